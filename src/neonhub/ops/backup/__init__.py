"""Backups: taken from one moment of the database, proven by restoring them."""
