"""Statements on documents, their passages and versions."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from neonhub.db.lazy import lazy_module
from neonhub.db.statements import command, int_arg, statement, text_arg

if TYPE_CHECKING:
    import sqlalchemy as sa

    from neonhub.domains.brands import tables as brands
    from neonhub.domains.knowledge import tables as t
else:
    sa = lazy_module("sqlalchemy")
    brands = lazy_module("neonhub.domains.brands.tables")
    t = lazy_module("neonhub.domains.knowledge.tables")


class DocumentRow(NamedTuple):
    """A live document without its text."""

    id: str
    dataset_id: str | None
    title: str
    source_uri: str | None
    mime_type: str | None
    content_hash: str | None
    status: str
    metadata: dict[str, Any] | None
    created_at: dt.datetime
    updated_at: dt.datetime


class DocumentWithChunksRow(NamedTuple):
    """A live document with its text and its chunks (dicts: id, idx, text, metadata, …)."""

    id: str
    dataset_id: str | None
    title: str
    content: str
    source_uri: str | None
    mime_type: str | None
    metadata: dict[str, Any] | None
    updated_at: dt.datetime
    chunks: list[dict[str, Any]]


class KnownDocumentRow(NamedTuple):
    """What ingest compares a file with."""

    id: str
    source_uri: str
    content_hash: str | None
    embedding_space_id: str | None


class ChunkVectorRow(NamedTuple):
    """A chunk's vector, under the hash of the text that it was made from."""

    content_hash: str
    embedding: bytes


class VersionRow(NamedTuple):
    """What a document said before."""

    version: int
    content_hash: str
    content: str
    created_at: dt.datetime


def _mine(table: Any) -> Any:
    return table.workspace_id == text_arg("workspace_id")


def _live(table: Any) -> Any:
    return sa.and_(_mine(table), table.deleted_at.is_(None))


def _document_columns() -> tuple[Any, ...]:
    d = t.Document
    return (
        d.id,
        d.dataset_id,
        d.title,
        d.source_uri,
        d.mime_type,
        d.content_hash,
        d.status,
        d.metadata_,
        d.created_at,
        d.updated_at,
    )


@statement(DocumentRow)
def list_documents() -> Any:
    """Live documents of a dataset after a key, in the order of their making."""
    d = t.Document
    return (
        sa.select(*_document_columns())
        .where(_live(d), d.dataset_id == text_arg("dataset_id"), d.id > text_arg("after"))
        .order_by(d.id)
        .limit(int_arg("limit"))
    )


@statement(str)
def find_document() -> Any:
    """The id, where there is a live document of that id."""
    d = t.Document
    return sa.select(d.id).where(_live(d), d.id == text_arg("id"))


@statement(DocumentWithChunksRow)
def get_document() -> Any:
    """The live document of that id with its chunks, which come as JSON beside it."""
    from sqlalchemy.dialects.postgresql import aggregate_order_by

    d, c = t.Document, t.Chunk
    each = sa.func.json_build_object(
        *("id", c.id, "idx", c.idx, "text", c.text),
        *("token_count", c.token_count, "metadata", c.metadata_),
    )
    chunks = (
        sa.select(
            sa.func.coalesce(
                sa.func.json_agg(aggregate_order_by(each, c.idx)), sa.text("'[]'::json")
            ).label("chunks")
        )
        .where(c.workspace_id == d.workspace_id, c.document_id == d.id)
        .lateral("chunks_of")
    )
    return (
        sa.select(
            d.id,
            d.dataset_id,
            d.title,
            d.content,
            d.source_uri,
            d.mime_type,
            d.metadata_,
            d.updated_at,
            chunks.c.chunks,
        )
        .join(chunks, sa.true())
        .where(_live(d), d.id == text_arg("id"))
    )


@statement(KnownDocumentRow)
def list_known_documents() -> Any:
    """What a dataset holds by source, after a key: for ingest to compare with."""
    d = t.Document
    return (
        sa.select(
            d.id,
            d.source_uri,
            d.content_hash,
            d.embedding_space_id,
        )
        .where(
            _live(d),
            d.dataset_id == text_arg("dataset_id"),
            d.source_uri.is_not(None),
            d.id > text_arg("after"),
        )
        .order_by(d.id)
        .limit(int_arg("limit"))
    )


@command(str)
def delete_documents() -> Any:
    """Hide documents; their chunks are found no more."""
    from sqlalchemy.dialects.postgresql import ARRAY

    d = t.Document
    ids = sa.bindparam("ids", type_=ARRAY(sa.Text()))
    return (
        sa.update(d)
        .where(_live(d), d.id == sa.func.any(ids))
        .values(deleted_at=sa.func.now())
        .returning(d.id)
    )


@command(type(None))
def delete_documents_of_dataset() -> Any:
    """Hide all documents of a dataset."""
    d = t.Document
    return (
        sa.update(d)
        .where(_live(d), d.dataset_id == text_arg("dataset_id"))
        .values(deleted_at=sa.func.now())
    )


@statement(ChunkVectorRow)
def list_chunk_vectors() -> Any:
    """The vectors that documents have in a space: what has not changed is not embedded again."""
    from sqlalchemy.dialects.postgresql import ARRAY

    c = t.Chunk
    ids = sa.bindparam("document_ids", type_=ARRAY(sa.Text()))
    return sa.select(c.content_hash, c.embedding).where(
        _mine(c),
        c.document_id == sa.func.any(ids),
        c.embedding_space_id == text_arg("embedding_space_id"),
        c.embedding.is_not(None),
    )


@command(type(None))
def delete_chunks() -> Any:
    """Remove the chunks of documents, to put new ones in their place."""
    from sqlalchemy.dialects.postgresql import ARRAY

    c = t.Chunk
    ids = sa.bindparam("document_ids", type_=ARRAY(sa.Text()))
    return sa.delete(c).where(_mine(c), c.document_id == sa.func.any(ids))


# -- versions ------------------------------------------------------------------------------


@statement(VersionRow)
def list_versions() -> Any:
    """What a document said before, the latest first."""
    v = t.DocumentVersion
    return (
        sa.select(v.version, v.content_hash, v.content, v.created_at)
        .where(_mine(v), v.document_id == text_arg("document_id"))
        .order_by(v.version.desc())
        .limit(int_arg("limit"))
    )


# -- conversations -------------------------------------------------------------------------
