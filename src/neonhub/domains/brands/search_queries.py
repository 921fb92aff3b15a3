"""The statements that search a brand's voice. Filter first: only the tenant's own passages.

Its sign bits are ordered by Hamming distance, within the index
``brand_voice_embeddings_embedding_cosine_idx`` alone; the best are ranked again by cosine at full
precision. How many is written into the text, so that one prepared plan serves every question.
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


def _vector() -> Any:
    """The question's vector, once a statement: a parameter would be cast for every row."""
    from pgvector.sqlalchemy import VECTOR

    given = sa.cast(sa.bindparam("embedding", type_=sa.types.NullType()), VECTOR(1536))
    return sa.select(given).scalar_subquery()


def _bits() -> Any:
    from pgvector.sqlalchemy import BIT, VECTOR

    given = sa.cast(sa.bindparam("embedding", type_=sa.types.NullType()), VECTOR(1536))
    return sa.select(sa.cast(sa.func.binary_quantize(given), BIT(1536))).scalar_subquery()


def _space() -> Any:
    s = t.EmbeddingSpace
    return (
        sa.select(s.id)
        .where(s.workspace_id == text_arg("workspace_id"), s.name == text_arg("space"))
        .scalar_subquery()
    )


def _nearest(*filters: Any) -> Any:
    """The passages nearest by sign bits, of those in the space that pass the filters."""
    e = t.BrandVoiceEmbedding
    return (
        sa.select(e.id)
        .where(
            e.workspace_id == text_arg("workspace_id"),
            e.embedding_space_id == _space(),
            e.embedding_bits.is_not(None),
            *filters,
        )
        .order_by(e.embedding_bits.op("<~>")(_bits()))
        .limit(RERANK_WIDTH)
        .cte("nearest")
        .prefix_with("MATERIALIZED")
    )


def _ranked(nearest: Any) -> Any:
    """Those ranked by cosine, the best ``limit`` of them, with their guides' names."""
    e, g = t.BrandVoiceEmbedding, t.BrandVoiceGuide
    distance: Any = e.embedding.op("<=>", return_type=sa.Double())(_vector())
    # One by one, by their key: a join would be planned for the middling tenant, and of a large one
    # read every passage.
    each = (
        sa.select(e.id, e.guide_id, e.idx, e.chunk, distance.label("distance"))
        .where(e.workspace_id == text_arg("workspace_id"), e.id == nearest.c.id)
        .limit(1)
        .lateral("each")
    )
    best = (
        sa.select(each)
        .select_from(nearest.join(each, sa.true()))
        .order_by(each.c.distance, each.c.id)
        .limit(int_arg("limit"))
        .cte("best")
    )
    similarity: Any = (sa.literal_column("1") - best.c.distance).label("similarity")
    return (
        sa.select(
            best.c.id, best.c.guide_id, g.name.label("guide"), best.c.idx, best.c.chunk, similarity
        )
        .join(g, sa.and_(g.workspace_id == text_arg("workspace_id"), g.id == best.c.guide_id))
        .order_by(best.c.distance, best.c.id)
    )


@statement(VoiceHit)
def search_voice() -> Any:
    """The passages nearest to a vector, of all guides that are live and active."""
    e, g = t.BrandVoiceEmbedding, t.BrandVoiceGuide
    left_out = sa.select(g.id).where(
        g.workspace_id == text_arg("workspace_id"),
        sa.or_(g.deleted_at.is_not(None), g.active.is_(sa.false())),
    )
    return _ranked(_nearest(e.guide_id.not_in(left_out)))


@statement(VoiceHit)
def search_voice_of_guide() -> Any:
    """The passages nearest to a vector, of one live guide, by its id or name."""
    e, g = t.BrandVoiceEmbedding, t.BrandVoiceGuide
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
    return _ranked(_nearest(e.guide_id == guide))
