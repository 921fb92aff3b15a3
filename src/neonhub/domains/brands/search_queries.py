"""The statements that search a brand's voice. Filter first: only the tenant's own passages.

``neonhub.search_brand_voice_embeddings_by_vector`` finds the nearest (``neonhub.db.nearest``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from neonhub.db.lazy import lazy_module
from neonhub.db.statements import int_arg, statement, text_arg

if TYPE_CHECKING:
    import sqlalchemy as sa

    from neonhub.domains.brands import tables as t
else:
    sa = lazy_module("sqlalchemy")
    t = lazy_module("neonhub.domains.brands.tables")

RERANK_WIDTH = 200
"""How many of the nearest by sign bits are ranked again at full precision."""


class VoiceHit(NamedTuple):
    """A passage of a guide; ``similarity`` is the cosine, 1 for the same direction."""

    id: str
    guide_id: str
    guide: str
    idx: int
    chunk: str
    similarity: float


def _space() -> Any:
    s = t.EmbeddingSpace
    return (
        sa.select(s.id)
        .where(s.workspace_id == text_arg("workspace_id"), s.name == text_arg("space"))
        .scalar_subquery()
    )


def _nearest(guides: Any) -> Any:
    """The nearest passages of these guides, of all active ones where there are none given."""
    from pgvector.sqlalchemy import VECTOR

    e, g = t.BrandVoiceEmbedding, t.BrandVoiceGuide
    found = sa.func.neonhub.search_brand_voice_embeddings_by_vector(
        _space(),
        guides,
        sa.cast(sa.bindparam("embedding", type_=sa.types.NullType()), VECTOR(1536)),
        sa.literal_column(str(RERANK_WIDTH)),
        int_arg("limit"),
    ).table_valued("id", "similarity", name="near")
    # By their keys, one by one: a join could be planned to read every passage.
    each = (
        sa.select(e.guide_id, g.name, e.idx, e.chunk)
        .join(g, sa.and_(g.workspace_id == text_arg("workspace_id"), g.id == e.guide_id))
        .where(e.workspace_id == text_arg("workspace_id"), e.id == found.c.id)
        .limit(1)
        .lateral("each")
    )
    return (
        sa.select(
            found.c.id,
            each.c.guide_id,
            each.c.name.label("guide"),
            each.c.idx,
            each.c.chunk,
            found.c.similarity,
        )
        .select_from(found.join(each, sa.true()))
        .order_by(found.c.similarity.desc(), found.c.id)
    )


@statement(VoiceHit)
def search_voice() -> Any:
    """The passages nearest to a vector, of all guides that are live and active."""
    return _nearest(sa.literal_column("NULL::text[]"))


@statement(VoiceHit)
def search_voice_of_guide() -> Any:
    """The passages nearest to a vector, of one live guide, by its id or name."""
    g = t.BrandVoiceGuide
    guide = (
        sa.select(g.id)
        .where(
            g.workspace_id == text_arg("workspace_id"),
            g.deleted_at.is_(None),
            sa.or_(g.id == text_arg("guide"), g.name == text_arg("guide")),
        )
        .limit(1)
        .scalar_subquery()
    )
    # Where there is no such guide the array is empty, and finds nothing.
    return _nearest(sa.func.array(guide))
