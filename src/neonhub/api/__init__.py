"""The HTTP API: composition, errors, health, and the process that serves it."""
