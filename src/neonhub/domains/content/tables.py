"""Tables of the content domain."""

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
from neonhub.db.mixins import SoftDelete, Timestamps
from neonhub.db.policies import Access
from neonhub.db.types import (
    Cuid,
    Instant,
    Json,
    JsonArray,
    TextArray,
    embedding_bits_column,
    embedding_column,
    enum_column,
)
from neonhub.domains.content.enums import AnalysisKind, ContentKind, ContentStatus


class Persona(Timestamps, Model, scope=Scope.WORKSPACE):
    """A kind of reader that content is written for."""

    __tablename__ = "personas"
    __uniques__ = (unique("name"),)

    name: Mapped[str]
    summary: Mapped[str | None]


class EditorialCalendar(Timestamps, Model, scope=Scope.WORKSPACE):
    """What is to be published, and when."""

    __tablename__ = "editorial_calendar"
    __indexes__ = (index("publish_at"),)

    title: Mapped[str]
    publish_at: Mapped[Instant]
    priority: Mapped[int | None]
    status: Mapped[str | None] = mapped_column(server_default=text("'planned'::text"))
    persona_id: Mapped[Cuid | None] = tenant_ref("personas", SET_NULL)
    content_draft_id: Mapped[Cuid | None] = tenant_ref("content_drafts", SET_NULL)


class Content(Timestamps, SoftDelete, Model, scope=Scope.WORKSPACE):
    """A published or publishable piece; its vector finds what to link it with."""

    __tablename__ = "content"
    __indexes__ = (
        index("status", "created_at"),
        index(
            "embedding_space_id",
            name="content_embedding_cosine_idx",
            include=("id", "embedding_bits"),
        ),
    )

    author_id: Mapped[Cuid | None] = global_ref("users", SET_NULL)
    kind: Mapped[ContentKind] = enum_column(ContentKind)
    status: Mapped[ContentStatus] = enum_column(ContentStatus, "draft")
    title: Mapped[str | None]
    body: Mapped[str | None]
    metadata_: Mapped[Json | None] = mapped_column("metadata")
    published_at: Mapped[Instant | None]
    slug: Mapped[str | None]
    url: Mapped[str | None]
    embedding_space_id: Mapped[Cuid | None] = tenant_ref("embedding_spaces", RESTRICT)
    embedding: Mapped[Any] = embedding_column()
    embedding_bits: Mapped[Any] = embedding_bits_column()


class ContentDraft(Timestamps, SoftDelete, Model, scope=Scope.WORKSPACE):
    """A piece being written."""

    __tablename__ = "content_drafts"
    __indexes__ = (
        index("created_by_id", "status"),
        index("created_at"),
    )

    title: Mapped[str]
    topic: Mapped[str | None]
    body: Mapped[str]
    tone: Mapped[str] = mapped_column(server_default=text("'professional'::text"))
    audience: Mapped[str | None]
    status: Mapped[ContentStatus] = enum_column(ContentStatus, "draft")
    created_by_id: Mapped[Cuid | None] = global_ref("users", SET_NULL)
    kind: Mapped[ContentKind] = enum_column(ContentKind, "article")
    metadata_: Mapped[Json | None] = mapped_column("metadata")
    content_id: Mapped[Cuid | None] = tenant_ref("content", SET_NULL)


class ContentVersion(Timestamps, Model, scope=Scope.WORKSPACE, access=Access(append_only=True)):
    """What a draft said at one version; never changed once written."""

    __tablename__ = "content_versions"
    __uniques__ = (unique("draft_id", "version"),)

    draft_id: Mapped[Cuid] = tenant_ref("content_drafts", CASCADE)
    version: Mapped[int] = mapped_column(server_default=text("1"))
    title: Mapped[str | None]
    body: Mapped[str]
    changes: Mapped[str | None]
    created_by_id: Mapped[Cuid | None] = global_ref("users", SET_NULL)


class ContentAnalysis(Timestamps, Model, scope=Scope.WORKSPACE):
    """What an analysis found in one version of a draft."""

    __tablename__ = "content_analyses"
    __indexes__ = (index("draft_id", "kind", "created_at"),)

    draft_id: Mapped[Cuid] = tenant_ref("content_drafts", CASCADE)
    version: Mapped[int]
    kind: Mapped[AnalysisKind] = enum_column(AnalysisKind)
    score: Mapped[float | None]
    findings: Mapped[JsonArray]
    model: Mapped[str | None]


class SnippetLibrary(Timestamps, Model, scope=Scope.WORKSPACE):
    """A text that works, to be used again."""

    __tablename__ = "snippet_library"
    __uniques__ = (unique("name", "channel"),)
    __indexes__ = (
        index("channel"),
        index("brand_id"),
    )

    brand_id: Mapped[Cuid | None] = tenant_ref("brands", SET_NULL)
    channel: Mapped[str]
    name: Mapped[str]
    content: Mapped[str]
    tone: Mapped[str | None]
    use_cases: Mapped[TextArray]
    win_rate: Mapped[float | None]
    usage_count: Mapped[int] = mapped_column(server_default=text("0"))
    last_won_at: Mapped[Instant | None]
    metadata_: Mapped[Json | None] = mapped_column("metadata")
