"""Datasets, documents, chunks, conversations: what can be searched."""
