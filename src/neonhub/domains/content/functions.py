"""The content domain's search by vector: what to link a piece with."""

from __future__ import annotations

from neonhub.db.nearest import VectorSearch

__all__ = ["VECTOR_SEARCHES"]

_TEXT = "concat_ws(E'\\n', c.title, c.body)"

VECTOR_SEARCHES = (VectorSearch("content", _TEXT, live="c.deleted_at IS NULL"),)
