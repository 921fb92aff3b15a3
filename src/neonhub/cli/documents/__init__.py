"""``neonhub documents``: the documents of a dataset."""
