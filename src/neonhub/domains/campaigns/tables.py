"""Tables of the campaigns domain."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from neonhub.db.base import (
    CASCADE,
    SET_NULL,
    Model,
    Scope,
    global_ref,
    index,
    tenant_ref,
    unique,
)
from neonhub.db.mixins import Created, SoftDelete, Timestamps
from neonhub.db.types import (
    BigInt,
    CIText,
    Cuid,
    Date,
    Instant,
    Json,
    JsonArray,
    Money,
    computed,
    enum_column,
    folded_column,
    ratio,
)
from neonhub.domains.campaigns.enums import (
    CampaignStatus,
    MarketingCampaignStatus,
    MarketingCampaignType,
    MarketingLeadGrade,
    MarketingLeadStatus,
    MarketingTouchpointType,
)


class Campaign(Timestamps, SoftDelete, Model, scope=Scope.WORKSPACE):
    """A campaign that agents run: e-mail sequences, social posts, tests."""

    __tablename__ = "campaigns"
    __indexes__ = (index("status"),)

    owner_id: Mapped[Cuid | None] = global_ref("users", SET_NULL)
    name: Mapped[str]
    status: Mapped[CampaignStatus] = enum_column(CampaignStatus, "draft")
    type: Mapped[str]
    config: Mapped[Json | None]
    schedule: Mapped[Json | None]
    budget: Mapped[Json | None]


class CampaignMetric(Model, scope=Scope.WORKSPACE):
    """A figure of a campaign at a moment."""

    __tablename__ = "campaign_metrics"
    __indexes__ = (
        index(
            "campaign_id",
            "kind",
            "timestamp",
            name="campaign_metrics_campaign_id_kind_timestamp_idx",
        ),
    )

    campaign_id: Mapped[Cuid] = tenant_ref("campaigns", CASCADE)
    kind: Mapped[str]
    value: Mapped[float | None]
    payload: Mapped[Json | None]
    timestamp: Mapped[Instant] = mapped_column(server_default=func.now())


class MarketingCampaign(Timestamps, SoftDelete, Model, scope=Scope.WORKSPACE):
    """A marketing campaign with its budget and its totals."""

    __tablename__ = "marketing_campaigns"
    __table_args__ = (CheckConstraint("end_date >= start_date", name="ends_after_start"),)
    __indexes__ = (
        index("status"),
        index("start_date", "end_date"),
    )

    brand_id: Mapped[Cuid | None] = tenant_ref("brands", SET_NULL)
    name: Mapped[str]
    description: Mapped[str | None]
    type: Mapped[MarketingCampaignType] = enum_column(MarketingCampaignType)
    status: Mapped[MarketingCampaignStatus] = enum_column(MarketingCampaignStatus, "draft")
    budget: Mapped[Money | None]
    spent: Mapped[Money] = mapped_column(server_default=text("0"))
    start_date: Mapped[Instant | None]
    end_date: Mapped[Instant | None]
    impressions: Mapped[int] = mapped_column(server_default=text("0"))
    clicks: Mapped[int] = mapped_column(server_default=text("0"))
    conversions: Mapped[int] = mapped_column(server_default=text("0"))
    revenue: Mapped[Money] = mapped_column(server_default=text("0"))
    config: Mapped[Json | None]


class MarketingCampaignPerformance(Timestamps, Model, scope=Scope.WORKSPACE):
    """A day of a marketing campaign in one channel; the ratios follow from it."""

    __tablename__ = "marketing_campaign_performance"
    __uniques__ = (unique("campaign_id", "date", "channel"),)

    campaign_id: Mapped[Cuid] = tenant_ref("marketing_campaigns", CASCADE)
    date: Mapped[Date]
    channel: Mapped[str] = mapped_column(server_default=text("'all'::text"))
    impressions: Mapped[BigInt] = mapped_column(server_default=text("0"))
    clicks: Mapped[BigInt] = mapped_column(server_default=text("0"))
    conversions: Mapped[BigInt] = mapped_column(server_default=text("0"))
    spend: Mapped[Money] = mapped_column(server_default=text("0"))
    revenue: Mapped[Money] = mapped_column(server_default=text("0"))
    ctr: Mapped[float] = computed(ratio("clicks", "impressions"))
    cpc: Mapped[float] = computed(ratio("spend", "clicks"))
    cpa: Mapped[float] = computed(ratio("spend", "conversions"))
    roas: Mapped[float] = computed(ratio("revenue", "spend"))


class MarketingLead(Timestamps, Model, scope=Scope.WORKSPACE):
    """Somebody who may buy, with the score and the way that they came."""

    __tablename__ = "marketing_leads"
    __table_args__ = (CheckConstraint("email IS NOT NULL OR phone IS NOT NULL", name="reachable"),)
    __indexes__ = (
        index("status"),
        index("email"),
        index("source", "medium"),
        index("score"),
        index("email_folded"),
    )

    email: Mapped[CIText | None]
    email_folded: Mapped[str | None] = folded_column("email", nullable=True)
    first_name: Mapped[str | None]
    last_name: Mapped[str | None]
    company: Mapped[str | None]
    phone: Mapped[str | None]
    source: Mapped[str | None]
    medium: Mapped[str | None]
    campaign: Mapped[str | None]
    campaign_id: Mapped[Cuid | None] = tenant_ref("marketing_campaigns", SET_NULL)
    utm_params: Mapped[Json | None]
    score: Mapped[float] = mapped_column(server_default=text("0"))
    grade: Mapped[MarketingLeadGrade | None] = enum_column(MarketingLeadGrade)
    status: Mapped[MarketingLeadStatus] = enum_column(MarketingLeadStatus, "new")
    first_touch: Mapped[Instant] = mapped_column(server_default=func.now())
    last_touch: Mapped[Instant] = mapped_column(server_default=func.now())
    touch_count: Mapped[int] = mapped_column(server_default=text("1"))
    page_views: Mapped[int] = mapped_column(server_default=text("0"))
    engagement_score: Mapped[int] = mapped_column(server_default=text("0"))
    converted_at: Mapped[Instant | None]
    converted_value: Mapped[Money | None]
    person_id: Mapped[Cuid | None] = tenant_ref("people", SET_NULL)


class MarketingTouchpoint(Model, scope=Scope.WORKSPACE):
    """A contact with a lead, and its share of what it led to."""

    __tablename__ = "marketing_touchpoints"
    __indexes__ = (
        index("lead_id", "timestamp"),
        index("campaign_id"),
        index("channel", "type"),
        index("timestamp"),
    )

    lead_id: Mapped[Cuid] = tenant_ref("marketing_leads", CASCADE)
    campaign_id: Mapped[Cuid | None] = tenant_ref("marketing_campaigns", SET_NULL)
    type: Mapped[MarketingTouchpointType] = enum_column(MarketingTouchpointType)
    channel: Mapped[str]
    url: Mapped[str | None]
    referrer: Mapped[str | None]
    device: Mapped[str | None]
    location: Mapped[str | None]
    session_id: Mapped[str | None]
    event_data: Mapped[Json | None]
    attribution_weight: Mapped[float] = mapped_column(server_default=text("0"))
    timestamp: Mapped[Instant] = mapped_column(server_default=func.now())
    dedupe_key: Mapped[str | None]


class MarketingMetric(Created, Model, scope=Scope.WORKSPACE):
    """A day of all marketing of a workspace."""

    __tablename__ = "marketing_metrics"
    __uniques__ = (unique("date"),)

    date: Mapped[Date]
    impressions: Mapped[int] = mapped_column(server_default=text("0"))
    clicks: Mapped[int] = mapped_column(server_default=text("0"))
    conversions: Mapped[int] = mapped_column(server_default=text("0"))
    revenue: Mapped[Money] = mapped_column(server_default=text("0"))
    cost: Mapped[Money] = mapped_column(server_default=text("0"))
    leads_generated: Mapped[int] = mapped_column(server_default=text("0"))
    leads_cost: Mapped[Money] = mapped_column(server_default=text("0"))
    channel_breakdown: Mapped[Json | None]


class EmailSequence(Created, Model, scope=Scope.WORKSPACE):
    """An e-mail of a campaign, sent or to be sent."""

    __tablename__ = "email_sequences"
    __indexes__ = (index("campaign_id", "scheduled_for"),)

    campaign_id: Mapped[Cuid] = tenant_ref("campaigns", CASCADE)
    subject: Mapped[str]
    body: Mapped[str]
    variant: Mapped[str | None]
    scheduled_for: Mapped[Instant | None]
    sent_at: Mapped[Instant | None]
    metrics: Mapped[Json | None]


class SocialPost(Created, Model, scope=Scope.WORKSPACE):
    """A post of a campaign, published or to be published."""

    __tablename__ = "social_posts"
    __indexes__ = (index("campaign_id", "platform", "scheduled_for"),)

    campaign_id: Mapped[Cuid] = tenant_ref("campaigns", CASCADE)
    platform: Mapped[str]
    content: Mapped[str]
    media_urls: Mapped[JsonArray | None]
    variant: Mapped[str | None]
    scheduled_for: Mapped[Instant | None]
    published_at: Mapped[Instant | None]
    external_id: Mapped[str | None]
    metrics: Mapped[Json | None]


class ABTest(Model, scope=Scope.WORKSPACE):
    """A test of variants: each ``{key, visitors, conversions}``."""

    __tablename__ = "ab_tests"
    __indexes__ = (index("campaign_id"),)

    campaign_id: Mapped[Cuid] = tenant_ref("campaigns", CASCADE)
    name: Mapped[str]
    variants: Mapped[JsonArray]
    winner: Mapped[str | None]
    metrics: Mapped[Json]
    started_at: Mapped[Instant] = mapped_column(server_default=func.now())
    completed_at: Mapped[Instant | None]
