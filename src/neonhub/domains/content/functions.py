"""The content domain's search by vector: what to link a piece with."""

from __future__ import annotations

from neonhub.db.nearest import VectorSearch

__all__ = ["VECTOR_SEARCHES"]

VECTOR_SEARCHES = (VectorSearch("content", live="c.deleted_at IS NULL"),)
