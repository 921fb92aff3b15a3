"""Tables of the knowledge domain."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from neonhub.db.base import (
    CASCADE,
    RESTRICT,
    SET_NULL,
    Model,
    Scope,
    global_ref,
    index,
    tenant_ref,
    unique,
)
from neonhub.db.mixins import Created, SoftDelete, Timestamps
from neonhub.db.policies import Access
from neonhub.db.types import (
    Cuid,
    Json,
    embedding_bits_column,
    embedding_column,
    enum_column,
    tsv_column,
)
from neonhub.domains.knowledge.enums import ConversationKind, DatasetKind, MessageRole

_SEARCHABLE = Access(searchable=True)


class Dataset(Timestamps, SoftDelete, Model, scope=Scope.WORKSPACE, access=_SEARCHABLE):
    """A collection of documents that is searched as one, in one embedding space."""

    __tablename__ = "datasets"
    __uniques__ = (unique("slug"),)

    embedding_space_id: Mapped[Cuid | None] = tenant_ref("embedding_spaces", SET_NULL)
    name: Mapped[str]
    slug: Mapped[str]
    kind: Mapped[DatasetKind] = enum_column(DatasetKind)
    description: Mapped[str | None]
    source: Mapped[str | None]
    metadata_: Mapped[Json | None] = mapped_column("metadata")


class Document(Timestamps, SoftDelete, Model, scope=Scope.WORKSPACE, access=_SEARCHABLE):
    """A text with its source; its chunks are what is searched."""

    __tablename__ = "documents"
    __uniques__ = (unique("dataset_id", "source_uri", where="source_uri IS NOT NULL"),)
    __indexes__ = (
        # Lists go by dataset and key; searches leave out the deleted, of which there are few.
        index("dataset_id", "id"),
        index("dataset_id", "id", name="ix_documents__deleted", where="deleted_at IS NOT NULL"),
    )
    __triggers__ = (("keep_version", "AFTER UPDATE OF content", "neonhub.keep_document_version"),)

    dataset_id: Mapped[Cuid | None] = tenant_ref("datasets", CASCADE)
    owner_id: Mapped[Cuid | None] = global_ref("users", SET_NULL)
    embedding_space_id: Mapped[Cuid | None] = tenant_ref("embedding_spaces", RESTRICT)
    title: Mapped[str]
    content: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=text("'draft'::text"))
    metadata_: Mapped[Json | None] = mapped_column("metadata")
    source_uri: Mapped[str | None]
    content_hash: Mapped[str | None]
    mime_type: Mapped[str | None]


class DocumentVersion(Timestamps, Model, scope=Scope.WORKSPACE):
    """What a document said before: the database keeps it when the content is replaced."""

    __tablename__ = "document_versions"
    __uniques__ = (unique("document_id", "version"),)

    document_id: Mapped[Cuid] = tenant_ref("documents", CASCADE)
    version: Mapped[int]
    content: Mapped[str]
    content_hash: Mapped[str]
    created_by_id: Mapped[Cuid | None] = global_ref("users", SET_NULL)


class Chunk(Created, Model, scope=Scope.WORKSPACE, access=_SEARCHABLE):
    """A passage of a document, with its vector and its words."""

    __tablename__ = "chunks"
    __uniques__ = (unique("document_id", "idx"),)
    __indexes__ = (
        index("dataset_id"),
        index("embedding_space_id"),
        # The nearest by sign bits are found in this index alone, never in the table: a tenant's
        # hundred thousand chunks are 38 MB here and 160 MB there.
        index(
            "embedding_space_id",
            "dataset_id",
            name="chunks_embedding_cosine_idx",
            include=("document_id", "id", "embedding_bits"),
        ),
        index("tsv", using="gin", led_by_tenant=False),
    )

    dataset_id: Mapped[Cuid] = tenant_ref("datasets", CASCADE)
    document_id: Mapped[Cuid] = tenant_ref("documents", CASCADE)
    embedding_space_id: Mapped[Cuid] = tenant_ref("embedding_spaces", RESTRICT)
    idx: Mapped[int]
    text: Mapped[str]
    embedding: Mapped[Any] = embedding_column()
    embedding_bits: Mapped[Any] = embedding_bits_column()
    metadata_: Mapped[Json | None] = mapped_column("metadata")
    content_hash: Mapped[str]
    token_count: Mapped[int | None]
    tsv: Mapped[Any] = tsv_column("text")


class Conversation(Timestamps, SoftDelete, Model, scope=Scope.WORKSPACE):
    """A thread of messages."""

    __tablename__ = "conversations"
    __indexes__ = (index("created_at"),)

    kind: Mapped[ConversationKind] = enum_column(ConversationKind, "support")
    status: Mapped[str] = mapped_column(server_default=text("'active'::text"))
    title: Mapped[str | None]
    created_by_id: Mapped[Cuid | None] = global_ref("users", SET_NULL)
    metadata_: Mapped[Json | None] = mapped_column("metadata")
    agent_id: Mapped[Cuid | None] = tenant_ref("agents", SET_NULL)
    person_id: Mapped[Cuid | None] = tenant_ref("people", SET_NULL)


class Message(Created, Model, scope=Scope.WORKSPACE):
    """A message of a conversation; its vector is made when it is to be found again."""

    __tablename__ = "messages"
    __indexes__ = (
        index("conversation_id", "created_at"),
        index("conversation_id", "id"),  # pages go by key
        index("role", "created_at"),
        index(
            "embedding_space_id",
            "conversation_id",
            name="messages_embedding_cosine_idx",
            include=("id", "embedding_bits"),
        ),
    )

    conversation_id: Mapped[Cuid] = tenant_ref("conversations", CASCADE)
    author_id: Mapped[Cuid | None] = global_ref("users", SET_NULL)
    role: Mapped[MessageRole] = enum_column(MessageRole)
    content_json: Mapped[Json]
    embedding: Mapped[Any] = embedding_column()
    embedding_bits: Mapped[Any] = embedding_bits_column()
    metadata_: Mapped[Json | None] = mapped_column("metadata")
    embedding_space_id: Mapped[Cuid | None] = tenant_ref("embedding_spaces", RESTRICT)
    token_count: Mapped[int | None]
