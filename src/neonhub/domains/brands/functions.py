"""The brands domain's searches by vector: voices, and the passages of their guides."""

from __future__ import annotations

from neonhub.db.nearest import VectorSearch

__all__ = ["VECTOR_SEARCHES"]

# A guide that is asked for by name may be inactive.
_ACTIVE = """($3 IS NOT NULL OR c.guide_id NOT IN (
                        SELECT g.id FROM brand_voice_guides g
                         WHERE g.workspace_id = $1
                           AND (g.deleted_at IS NOT NULL OR NOT g.active)))"""

VECTOR_SEARCHES = (
    VectorSearch("brand_voice_embeddings", "c.chunk", "guide_id", live=_ACTIVE),
    VectorSearch("brand_voices", "c.prompt_template"),
)
