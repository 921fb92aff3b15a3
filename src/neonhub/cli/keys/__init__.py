"""``neonhub keys``: API keys."""
