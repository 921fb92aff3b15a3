"""``neonhub db``: the database and its schema."""
