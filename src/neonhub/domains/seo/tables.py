"""Tables of the seo domain."""

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
    index,
    tenant_ref,
    unique,
)
from neonhub.db.mixins import Created, Timestamps
from neonhub.db.types import (
    CIText,
    Cuid,
    Date,
    Json,
    Money,
    computed,
    embedding_column,
    enum_column,
    folded_column,
    ratio,
)
from neonhub.domains.seo.enums import DeviceKind, KeywordIntent, LinkStatus


class Keyword(Timestamps, Model, scope=Scope.WORKSPACE):
    """A search term that the workspace wants to be found by."""

    __tablename__ = "keywords"
    __uniques__ = (unique("term", name="ux_keyword_term_ci"),)
    __indexes__ = (
        index("persona_id", name="ix_keyword_persona"),
        index("term_folded"),
    )

    term: Mapped[CIText]
    term_folded: Mapped[str] = folded_column("term")
    intent: Mapped[str]
    priority: Mapped[int | None]
    persona_id: Mapped[Cuid | None] = tenant_ref("personas", SET_NULL)


class KeywordCluster(Timestamps, Model, scope=Scope.WORKSPACE):
    """Terms that mean the same to a searcher, and the middle of their vectors."""

    __tablename__ = "keyword_clusters"
    __uniques__ = (unique("name"),)

    name: Mapped[str]
    pillar_keyword: Mapped[CIText | None]
    intent: Mapped[KeywordIntent | None] = enum_column(KeywordIntent)
    centroid: Mapped[Any] = embedding_column()
    embedding_space_id: Mapped[Cuid | None] = tenant_ref("embedding_spaces", RESTRICT)
    metadata_: Mapped[Json | None] = mapped_column("metadata")


class KeywordResearch(Timestamps, Model, scope=Scope.WORKSPACE):
    """What is known of a term: volume, competition, price, difficulty."""

    __tablename__ = "keyword_research"
    __uniques__ = (unique("keyword"),)
    __indexes__ = (index("keyword_folded"),)

    keyword: Mapped[CIText]
    keyword_folded: Mapped[str] = folded_column("keyword")
    search_volume: Mapped[int | None]
    competition: Mapped[float | None]
    cpc: Mapped[Money | None]
    intent: Mapped[KeywordIntent | None] = enum_column(KeywordIntent)
    difficulty: Mapped[float | None]
    cluster_id: Mapped[Cuid | None] = tenant_ref("keyword_clusters", SET_NULL)
    source: Mapped[str | None]


class InternalLink(Timestamps, Model, scope=Scope.WORKSPACE):
    """A link between two pages of the site, suggested or set."""

    __tablename__ = "internal_links"
    __uniques__ = (unique("from_url", "to_url"),)
    __indexes__ = (index("status"),)

    from_url: Mapped[str]
    to_url: Mapped[str]
    anchor_text: Mapped[str]
    context: Mapped[str | None]
    similarity: Mapped[float | None]
    status: Mapped[LinkStatus] = enum_column(LinkStatus, "suggested")


class LinkGraph(Timestamps, Model, scope=Scope.WORKSPACE):
    """A link between two pieces of content."""

    __tablename__ = "link_graph"
    __uniques__ = (
        unique(
            "source_content_id",
            "target_content_id",
            "anchor_text",
            name="ux_link_graph__source__target__anchor_text",
        ),
    )

    source_content_id: Mapped[Cuid] = tenant_ref("content", CASCADE)
    target_content_id: Mapped[Cuid] = tenant_ref("content", CASCADE)
    anchor_text: Mapped[str]
    similarity: Mapped[float | None]


class SeoMetric(Created, Model, scope=Scope.WORKSPACE):
    """A day of a page in a search engine, by term, country and device."""

    __tablename__ = "seo_metrics"
    __uniques__ = (unique("url", "keyword", "date", "country", "device", nulls_not_distinct=True),)
    __indexes__ = (
        index("url", "date"),
        index("keyword", "date"),
        index("date"),
        index("keyword_folded", "date"),
    )

    content_id: Mapped[Cuid | None] = tenant_ref("content", SET_NULL)
    url: Mapped[str]
    keyword: Mapped[CIText | None]
    keyword_folded: Mapped[str | None] = folded_column("keyword", nullable=True)
    impressions: Mapped[int] = mapped_column(server_default=text("0"))
    clicks: Mapped[int] = mapped_column(server_default=text("0"))
    ctr: Mapped[float] = computed(ratio("clicks", "impressions"))
    position: Mapped[float]
    date: Mapped[Date]
    title: Mapped[str | None]
    description: Mapped[str | None]
    country: Mapped[str | None]
    device: Mapped[DeviceKind | None] = enum_column(DeviceKind)
