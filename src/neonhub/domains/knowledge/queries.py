"""Every statement of the knowledge domain."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from neonhub.db.lazy import lazy_module
from neonhub.db.statements import command, int_arg, json_arg, statement, text_arg

if TYPE_CHECKING:
    import sqlalchemy as sa

    from neonhub.domains.brands import tables as brands
    from neonhub.domains.knowledge import tables as t
else:
    sa = lazy_module("sqlalchemy")
    brands = lazy_module("neonhub.domains.brands.tables")
    t = lazy_module("neonhub.domains.knowledge.tables")


class SpaceRow(NamedTuple):
    """An embedding space."""

    id: str
    name: str
    provider: str
    model: str
    dimension: int
    metadata: dict[str, Any] | None


class SearchSpaceRow(NamedTuple):
    """An embedding space, and the ids of the live datasets in it."""

    id: str
    name: str
    provider: str
    model: str
    dimension: int
    metadata: dict[str, Any] | None
    dataset_ids: list[str]


class DatasetKeyRow(NamedTuple):
    """What work with a live dataset needs to know of it."""

    id: str
    slug: str
    name: str
    kind: str
    embedding_space_id: str | None


class HeldDatasetRow(NamedTuple):
    """A dataset that cannot be hidden for now, unless it is already."""

    slug: str
    live: bool


class DatasetRow(NamedTuple):
    """A live dataset with the size of what it holds: to show, since the size is counted."""

    id: str
    slug: str
    name: str
    kind: str
    description: str | None
    embedding_space_id: str | None
    space_name: str | None
    documents: int
    created_at: dt.datetime
    updated_at: dt.datetime


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


class HitRow(NamedTuple):
    """A passage found, with the ranks it had by vector and by words."""

    chunk_id: str
    document_id: str
    dataset_id: str
    idx: int
    title: str
    source_uri: str | None
    text: str
    marked: str
    metadata: dict[str, Any] | None
    document_metadata: dict[str, Any] | None
    vector_rank: int | None
    similarity: float | None
    text_rank: int | None
    text_score: float | None
    score: float


class ChunkVectorRow(NamedTuple):
    """A chunk's vector, under the hash of the text that it was made from."""

    content_hash: str
    embedding: bytes


class NearRow(NamedTuple):
    """A chunk near a vector."""

    chunk_id: str
    document_id: str
    similarity: float


class VersionRow(NamedTuple):
    """What a document said before."""

    version: int
    content_hash: str
    content: str
    created_at: dt.datetime


class MessageRow(NamedTuple):
    """A message of a conversation."""

    id: str
    role: str
    content: dict[str, Any]
    author_id: str | None
    token_count: int | None
    created_at: dt.datetime


class ConversationRow(NamedTuple):
    """A live conversation."""

    id: str
    kind: str
    status: str
    title: str | None
    agent_id: str | None
    person_id: str | None
    created_at: dt.datetime


def _mine(table: Any) -> Any:
    return table.workspace_id == text_arg("workspace_id")


def _live(table: Any) -> Any:
    return sa.and_(_mine(table), table.deleted_at.is_(None))


# -- embedding spaces ----------------------------------------------------------------------


def _space_columns() -> tuple[Any, ...]:
    s = brands.EmbeddingSpace
    return s.id, s.name, s.provider, s.model, s.dimension, s.metadata_


@statement(SpaceRow)
def get_space() -> Any:
    """The embedding space of that id."""
    s = brands.EmbeddingSpace
    return sa.select(*_space_columns()).where(_mine(s), s.id == text_arg("id"))


@command(SpaceRow)
def upsert_space() -> Any:
    """The embedding space of that name, made if it is not there."""
    from sqlalchemy.dialects.postgresql import insert

    s = brands.EmbeddingSpace
    made = insert(s).values(
        id=text_arg("id"),
        workspace_id=text_arg("workspace_id"),
        name=text_arg("name"),
        provider=text_arg("provider"),
        model=text_arg("model"),
        dimension=int_arg("dimension"),
        metadata_=json_arg("metadata"),
    )
    # An update that changes nothing, so that RETURNING gives the row that was there.
    return made.on_conflict_do_update(
        index_elements=["workspace_id", "name"], set_={"name": made.excluded.name}
    ).returning(*_space_columns())


@statement(SearchSpaceRow)
def list_search_spaces() -> Any:
    """The spaces that the workspace's live datasets are in, by name, each with those datasets."""
    d, s = t.Dataset, brands.EmbeddingSpace
    held = (
        sa.select(d.embedding_space_id, sa.func.array_agg(d.id).label("dataset_ids"))
        .where(_live(d), d.embedding_space_id.is_not(None))
        .group_by(d.embedding_space_id)
        .subquery("held")
    )
    return (
        sa.select(*_space_columns(), held.c.dataset_ids)
        .join(held, held.c.embedding_space_id == s.id)
        .where(_mine(s))
        .order_by(s.name)
    )


# -- datasets ------------------------------------------------------------------------------


def _by_ref() -> Any:
    d = t.Dataset
    return sa.or_(d.slug == text_arg("ref"), d.id == text_arg("ref"))


def _datasets() -> Any:
    d, s, doc = t.Dataset, brands.EmbeddingSpace, t.Document
    documents = (
        sa.select(sa.func.count())
        .select_from(doc)
        .where(doc.workspace_id == d.workspace_id, doc.dataset_id == d.id, doc.deleted_at.is_(None))
        .scalar_subquery()
    )
    return (
        sa.select(
            d.id,
            d.slug,
            d.name,
            d.kind,
            d.description,
            d.embedding_space_id,
            s.name.label("space_name"),
            documents.label("documents"),
            d.created_at,
            d.updated_at,
        )
        .outerjoin(s, sa.and_(s.workspace_id == d.workspace_id, s.id == d.embedding_space_id))
        .where(_live(d))
    )


@statement(DatasetRow)
def list_datasets() -> Any:
    """Live datasets after a key, by slug."""
    d = t.Dataset
    return _datasets().where(d.slug > text_arg("after")).order_by(d.slug).limit(int_arg("limit"))


@statement(DatasetRow)
def get_dataset() -> Any:
    """The live dataset with that id or slug, its documents counted."""
    return _datasets().where(_by_ref())


@statement(DatasetKeyRow)
def find_dataset() -> Any:
    """The live dataset with that id or slug."""
    d = t.Dataset
    return sa.select(d.id, d.slug, d.name, d.kind, d.embedding_space_id).where(_live(d), _by_ref())


@command(HeldDatasetRow)
def hold_dataset() -> Any:
    """The dataset of that id, hidden or not; it stays as it is until the end of the unit."""
    d = t.Dataset
    return (
        sa.select(d.slug, d.deleted_at.is_(None).label("live"))
        .where(_mine(d), d.id == text_arg("id"))
        .with_for_update(read=True)
    )


@command(str)
def insert_dataset() -> Any:
    """A new dataset's id; none where a live one has the slug, which is left as it is."""
    from sqlalchemy.dialects.postgresql import insert

    d = t.Dataset
    return (
        insert(d)
        .values(
            id=text_arg("id"),
            workspace_id=text_arg("workspace_id"),
            name=text_arg("name"),
            slug=text_arg("slug"),
            kind=sa.cast(text_arg("kind"), d.__table__.c.kind.type),
            description=text_arg("description"),
            embedding_space_id=text_arg("embedding_space_id"),
        )
        .on_conflict_do_nothing(
            index_elements=["workspace_id", "slug"], index_where=sa.text("deleted_at IS NULL")
        )
        .returning(d.id)
    )


@command(str)
def set_dataset_space() -> Any:
    """Fix the embedding space of a dataset that has none yet."""
    d = t.Dataset
    return (
        sa.update(d)
        .where(_live(d), d.id == text_arg("id"), d.embedding_space_id.is_(None))
        .values(embedding_space_id=text_arg("embedding_space_id"))
        .returning(d.id)
    )


@command(str)
def delete_dataset() -> Any:
    """Hide a dataset."""
    d = t.Dataset
    return (
        sa.update(d)
        .where(_live(d), d.id == text_arg("id"))
        .values(deleted_at=sa.func.now())
        .returning(d.id)
    )


# -- documents -----------------------------------------------------------------------------


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


def _conversation_columns() -> tuple[Any, ...]:
    c = t.Conversation
    return c.id, c.kind, c.status, c.title, c.agent_id, c.person_id, c.created_at


@command(ConversationRow)
def insert_conversation() -> Any:
    """A new conversation."""
    c = t.Conversation
    return (
        sa.insert(c)
        .values(
            id=text_arg("id"),
            workspace_id=text_arg("workspace_id"),
            kind=sa.cast(text_arg("kind"), c.__table__.c.kind.type),
            title=text_arg("title"),
            created_by_id=text_arg("created_by_id"),
            agent_id=text_arg("agent_id"),
            person_id=text_arg("person_id"),
            metadata_=json_arg("metadata"),
        )
        .returning(*_conversation_columns())
    )


@statement(ConversationRow)
def find_conversation() -> Any:
    """The live conversation of that id."""
    c = t.Conversation
    return sa.select(*_conversation_columns()).where(_live(c), c.id == text_arg("id"))


@statement(ConversationRow)
def list_conversations() -> Any:
    """Live conversations before a key, the latest first."""
    c = t.Conversation
    return (
        sa.select(*_conversation_columns())
        .where(_live(c), sa.or_(text_arg("before") == "", c.id < text_arg("before")))
        .order_by(c.id.desc())
        .limit(int_arg("limit"))
    )


@command(MessageRow)
def insert_message() -> Any:
    """A new message."""
    m = t.Message
    return (
        sa.insert(m)
        .values(
            id=text_arg("id"),
            workspace_id=text_arg("workspace_id"),
            conversation_id=text_arg("conversation_id"),
            author_id=text_arg("author_id"),
            role=sa.cast(text_arg("role"), m.__table__.c.role.type),
            content_json=json_arg("content"),
            token_count=int_arg("token_count"),
        )
        .returning(*_message_columns())
    )


def _message_columns() -> tuple[Any, ...]:
    m = t.Message
    return m.id, m.role, m.content_json.label("content"), m.author_id, m.token_count, m.created_at


@statement(MessageRow)
def list_messages() -> Any:
    """A conversation's messages after a key, the oldest first."""
    m = t.Message
    return (
        sa.select(*_message_columns())
        .where(_mine(m), m.conversation_id == text_arg("conversation_id"), m.id > text_arg("after"))
        .order_by(m.id)
        .limit(int_arg("limit"))
    )
