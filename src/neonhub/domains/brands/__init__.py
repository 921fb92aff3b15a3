"""Brands, their voices, and the embedding spaces that vectors live in."""
