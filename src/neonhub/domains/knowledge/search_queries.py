"""The statements that search. Filter first: no route here reads another tenant's vectors.

``neonhub.search_chunks_by_vector`` finds the nearest (``neonhub.db.nearest``), and
``neonhub.search_chunks_by_text`` those with the question's words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neonhub.db.lazy import lazy_module
from neonhub.db.statements import int_arg, json_arg, statement, text_arg
from neonhub.domains.knowledge.queries import HitRow, NearRow

if TYPE_CHECKING:
    import sqlalchemy as sa

    from neonhub.domains.knowledge import tables as t
else:
    sa = lazy_module("sqlalchemy")
    t = lazy_module("neonhub.domains.knowledge.tables")

_RRF_K = 60
"""The constant of reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009)."""

_PASSAGES_COUNTED, _PASSAGE_DECAY = 3, 0.7
"""How many passages speak for a document, and what each is worth beside the one before it."""

MARK_START, MARK_END = "\ue000", "\ue001"
"""Private-use characters around each marked word; the service turns them into offsets."""


def _vector() -> Any:
    from pgvector.sqlalchemy import VECTOR

    return sa.cast(sa.bindparam("embedding", type_=sa.types.NullType()), VECTOR(1536))


def _datasets() -> Any:
    from sqlalchemy.dialects.postgresql import ARRAY

    return sa.bindparam("dataset_ids", type_=ARRAY(sa.Text()))


def _by_vector() -> Any:
    """The nearest of the tenant's chunks by cosine: id, document, similarity, rank."""
    found = sa.func.neonhub.search_chunks_by_vector(
        text_arg("embedding_space_id"),
        _datasets(),
        _vector(),
        json_arg("filter"),
        int_arg("width"),
        int_arg("depth"),
    ).table_valued("id", "similarity", name="near")
    c = t.Chunk
    # By its key, one by one: a join could be planned to read every chunk.
    each = (
        sa.select(c.document_id)
        .where(c.workspace_id == text_arg("workspace_id"), c.id == found.c.id)
        .limit(1)
        .lateral("each")
    )
    order = (found.c.similarity.desc(), found.c.id)
    return (
        sa.select(
            found.c.id,
            each.c.document_id,
            found.c.similarity,
            sa.func.row_number().over(order_by=order).label("rank"),
        )
        .select_from(found.join(each, sa.true()))
        .cte("by_vector")
    )


@statement(NearRow)
def search_near() -> Any:
    """The chunks nearest to a vector, by vector alone."""
    near = _by_vector()
    return sa.select(near.c.id.label("chunk_id"), near.c.document_id, near.c.similarity).order_by(
        near.c.rank
    )


def _by_text() -> Any:
    """The chunks that hold the question's words: id, document, score, rank."""
    found = sa.func.neonhub.search_chunks_by_text(
        text_arg("embedding_space_id"),
        _datasets(),
        text_arg("query"),
        json_arg("filter"),
        int_arg("text_depth"),
    ).table_valued("id", "document_id", "score", name="found")
    order = (sa.desc(found.c.score), found.c.id)
    return sa.select(
        found.c.id,
        found.c.document_id,
        found.c.score,
        sa.func.row_number().over(order_by=order).label("rank"),
        sa.func.row_number().over(partition_by=found.c.document_id, order_by=order).label("nth"),
    ).cte("by_text")


def _by_document(x: Any) -> Any:
    """Documents by their best three passages, each worth less than the one before."""
    worth = sa.func.sum(x.c.score * sa.func.power(_PASSAGE_DECAY, x.c.nth - 1))
    return (
        sa.select(
            x.c.document_id,
            sa.func.row_number().over(order_by=(worth.desc(), x.c.document_id)).label("rank"),
        )
        .where(x.c.nth <= _PASSAGES_COUNTED)
        .group_by(x.c.document_id)
        .cte("by_document")
    )


def _scored() -> Any:
    """Both lists and the documents', joined by reciprocal rank fusion."""
    v, x = _by_vector(), _by_text()
    d = _by_document(x)

    def share(rank: Any) -> Any:
        return sa.func.coalesce(sa.literal_column("1.0::float8") / (_RRF_K + rank), 0)

    document_id = sa.func.coalesce(v.c.document_id, x.c.document_id)
    return (
        sa.select(
            sa.func.coalesce(v.c.id, x.c.id).label("id"),
            document_id.label("document_id"),
            v.c.rank.label("vector_rank"),
            v.c.similarity,
            x.c.rank.label("text_rank"),
            x.c.score.label("text_score"),
            (share(v.c.rank) + share(x.c.rank) + share(d.c.rank)).label("score"),
        )
        .select_from(
            v.join(x, v.c.id == x.c.id, full=True).outerjoin(d, d.c.document_id == document_id)
        )
        .cte("scored")
    )


def _fused() -> Any:
    """The best of them; of a document more than ``per_document`` only when nothing else is left."""
    scored = _scored()
    nth = sa.func.row_number().over(
        partition_by=scored.c.document_id, order_by=(scored.c.score.desc(), scored.c.id)
    )
    counted = sa.select(scored, (nth > int_arg("per_document")).label("crowds")).cte("counted")
    return (
        sa.select(counted)
        .order_by(counted.c.crowds, counted.c.score.desc(), counted.c.id)
        .limit(int_arg("limit"))
        .cte("fused")
    )


@statement(HitRow)
def search_passages() -> Any:
    """Passages by vector and by words, fused, with their documents and the words marked."""
    c, d, fused = t.Chunk, t.Document, _fused()
    words = sa.func.plainto_tsquery(sa.literal_column("'english'::regconfig"), text_arg("query"))
    options = f"HighlightAll=true, StartSel={MARK_START}, StopSel={MARK_END}"
    marked = sa.func.ts_headline(
        sa.literal_column("'english'::regconfig"), c.text, words, sa.literal_column(f"'{options}'")
    )
    return (
        sa.select(
            c.id.label("chunk_id"),
            c.document_id,
            c.dataset_id,
            c.idx,
            d.title,
            d.source_uri,
            c.text,
            marked.label("marked"),
            c.metadata_.label("metadata"),
            d.metadata_.label("document_metadata"),
            fused.c.vector_rank,
            fused.c.similarity,
            fused.c.text_rank,
            fused.c.text_score,
            fused.c.score,
        )
        .join(c, sa.and_(c.workspace_id == text_arg("workspace_id"), c.id == fused.c.id))
        .join(d, sa.and_(d.workspace_id == c.workspace_id, d.id == c.document_id))
        .order_by(fused.c.crowds, fused.c.score.desc(), c.id)
    )
