"""``neonhub vectors …``: how each tenant's vectors are searched."""
