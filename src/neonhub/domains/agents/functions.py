"""The agents domain's search by vector: what agents remember."""

from __future__ import annotations

from neonhub.db.nearest import VectorSearch

__all__ = ["VECTOR_SEARCHES"]

_LIVE = "(c.expires_at IS NULL OR c.expires_at > now())"
_MEMORIES = VectorSearch("agent_memories", "c.content", "agent_id", live=_LIVE)

VECTOR_SEARCHES = (_MEMORIES,)
