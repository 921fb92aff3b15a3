"""Figures and traces of the operations and of the running platform."""
