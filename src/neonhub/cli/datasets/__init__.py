"""``neonhub datasets``: the datasets of a workspace."""
