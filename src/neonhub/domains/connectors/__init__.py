"""Connectors to other platforms, their sign-ins, triggers and actions."""
