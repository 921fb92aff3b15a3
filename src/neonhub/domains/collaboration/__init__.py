"""Collaboration: tasks and feedback."""
