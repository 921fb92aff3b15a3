"""Tables of the people domain."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, text
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
    CIText,
    Cuid,
    Instant,
    Json,
    TextArray,
    embedding_bits_column,
    embedding_column,
    enum_column,
    folded_column,
)
from neonhub.domains.people.enums import ConsentScope, ConsentStatus, MemoryKind

# A column of that name hides the function inside its class.
_HALF = text("0.5")


class Person(Timestamps, SoftDelete, Model, scope=Scope.WORKSPACE, access=Access(searchable=True)):
    """One human being, whatever the channels. A merged person keeps its row."""

    __tablename__ = "people"
    __uniques__ = (unique("external_id"),)
    __indexes__ = (
        index("primary_email"),
        index("primary_phone"),
        index("last_seen_at"),
        index("primary_email_folded"),
        index(
            "display_name", using="gin", ops={"display_name": "gin_trgm_ops"}, led_by_tenant=False
        ),
    )

    external_id: Mapped[str | None]
    display_name: Mapped[str | None]
    primary_email: Mapped[CIText | None]
    primary_email_folded: Mapped[str | None] = folded_column("primary_email", nullable=True)
    primary_phone: Mapped[str | None]
    primary_handle: Mapped[str | None]
    locale: Mapped[str] = mapped_column(server_default=text("'en-US'::text"))
    timezone: Mapped[str] = mapped_column(server_default=text("'UTC'::text"))
    persona_tags: Mapped[TextArray]
    attributes: Mapped[Json | None]
    last_seen_at: Mapped[Instant | None]
    first_name: Mapped[str | None]
    last_name: Mapped[str | None]
    merged_into_id: Mapped[Cuid | None] = tenant_ref("people", SET_NULL)


class Identity(Timestamps, Model, scope=Scope.WORKSPACE):
    """An address, number or handle by which a person is known."""

    __tablename__ = "person_identities"
    __uniques__ = (unique("type", "value"),)
    __indexes__ = (
        index("person_id", "type"),
        index("type", "value_folded"),
    )

    person_id: Mapped[Cuid] = tenant_ref("people", CASCADE)
    type: Mapped[str]
    value: Mapped[CIText]
    value_folded: Mapped[str] = folded_column("value")
    channel: Mapped[str | None]
    verified_at: Mapped[Instant | None]
    source: Mapped[str | None]
    metadata_: Mapped[Json | None] = mapped_column("metadata")
    verified: Mapped[bool] = mapped_column(server_default=text("false"))
    is_primary: Mapped[bool] = mapped_column(server_default=text("false"))


class Consent(Model, scope=Scope.WORKSPACE, access=Access(append_only=True)):
    """What a person agreed to, a row at each change of mind: the newest is in force."""

    __tablename__ = "person_consents"
    __indexes__ = (
        index("person_id", "channel"),
        index("channel"),
    )

    person_id: Mapped[Cuid] = tenant_ref("people", CASCADE)
    campaign_id: Mapped[Cuid | None] = tenant_ref("marketing_campaigns", SET_NULL)
    channel: Mapped[str]
    status: Mapped[ConsentStatus] = enum_column(ConsentStatus, "granted")
    source: Mapped[str | None]
    collected_at: Mapped[Instant] = mapped_column(server_default=func.now())
    expires_at: Mapped[Instant | None]
    evidence: Mapped[Json | None]
    metadata_: Mapped[Json | None] = mapped_column("metadata")
    updated_at: Mapped[Instant] = mapped_column(server_default=func.now(), info={"touched": True})
    scope: Mapped[ConsentScope] = enum_column(ConsentScope, "marketing")


class Note(Timestamps, Model, scope=Scope.WORKSPACE):
    """What somebody wrote down about a person."""

    __tablename__ = "person_notes"
    __indexes__ = (index("person_id", "created_at"),)

    person_id: Mapped[Cuid] = tenant_ref("people", CASCADE)
    author_id: Mapped[Cuid | None] = global_ref("users", SET_NULL)
    body: Mapped[str]
    tags: Mapped[TextArray]
    visibility: Mapped[str] = mapped_column(server_default=text("'internal'::text"))


class Topic(Timestamps, Model, scope=Scope.WORKSPACE):
    """What a person cares about, and how much."""

    __tablename__ = "person_topics"
    __uniques__ = (unique("person_id", "name"),)
    __indexes__ = (index("name"),)

    person_id: Mapped[Cuid] = tenant_ref("people", CASCADE)
    name: Mapped[str]
    weight: Mapped[float] = mapped_column(server_default=text("0"))
    trend: Mapped[float | None] = mapped_column(server_default=text("0"))


class Objective(Timestamps, Model, scope=Scope.WORKSPACE):
    """What is to be reached with a person."""

    __tablename__ = "person_objectives"
    __indexes__ = (
        index("status"),
        index("person_id", "status"),
    )

    person_id: Mapped[Cuid] = tenant_ref("people", CASCADE)
    title: Mapped[str]
    description: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default=text("'active'::text"))
    priority: Mapped[int] = mapped_column(server_default=text("0"))
    success_metric: Mapped[str | None]
    target_value: Mapped[float | None]
    due_at: Mapped[Instant | None]
    metadata_: Mapped[Json | None] = mapped_column("metadata")


class MemEmbedding(Created, Model, scope=Scope.WORKSPACE):
    """Something to remember of a person, with its vector."""

    __tablename__ = "mem_embeddings"
    __indexes__ = (
        index("person_id", "created_at"),
        index(
            "embedding_space_id",
            "person_id",
            name="mem_embeddings_embedding_cosine_idx",
            include=("id", "embedding_bits"),
        ),
    )

    person_id: Mapped[Cuid] = tenant_ref("people", CASCADE)
    source_event_id: Mapped[Cuid | None] = tenant_ref("events", SET_NULL)
    label: Mapped[str | None]
    embedding: Mapped[Any] = embedding_column()
    embedding_bits: Mapped[Any] = embedding_bits_column()
    metadata_: Mapped[Json | None] = mapped_column("metadata")
    expires_at: Mapped[Instant | None]
    kind: Mapped[MemoryKind] = enum_column(MemoryKind)
    text: Mapped[str]
    embedding_space_id: Mapped[Cuid | None] = tenant_ref("embedding_spaces", RESTRICT)
    importance: Mapped[float] = mapped_column(server_default=_HALF)
    superseded_by_id: Mapped[Cuid | None] = tenant_ref("mem_embeddings", SET_NULL)
    last_accessed_at: Mapped[Instant | None]


class Event(Created, Model, scope=Scope.WORKSPACE):
    """Something that a person did or that was done to reach them."""

    __tablename__ = "events"
    __uniques__ = (unique("dedupe_key"),)
    __indexes__ = (
        index("occurred_at"),
        index("person_id", "occurred_at"),
        index("channel", "type"),
    )

    person_id: Mapped[Cuid] = tenant_ref("people", CASCADE)
    campaign_id: Mapped[Cuid | None] = tenant_ref("marketing_campaigns", SET_NULL)
    objective_id: Mapped[Cuid | None] = tenant_ref("person_objectives", SET_NULL)
    channel: Mapped[str]
    type: Mapped[str]
    source: Mapped[str | None]
    provider_id: Mapped[str | None]
    topic: Mapped[str | None]
    intent: Mapped[str | None]
    sentiment: Mapped[str | None]
    payload: Mapped[Json | None]
    metadata_: Mapped[Json | None] = mapped_column("metadata")
    occurred_at: Mapped[Instant] = mapped_column(server_default=func.now())
    dedupe_key: Mapped[str | None]
