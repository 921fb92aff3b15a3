"""Marketing campaigns, leads, their touchpoints, and a day's totals."""

# The operations on policies, grants and functions are added to op at run time.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from neonhub.db.policies import Entity, Enumeration, Trigger

revision = "20250129_add_marketing_tables"
down_revision = "20240107000000_gpt5_merge_vector"
branch_labels = None
depends_on = None

ID = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
JSON = postgresql.JSONB(none_as_null=True)
MONEY = sa.Numeric(precision=18, scale=4)
CUID = sa.text("neonhub.cuid()")
NOW = sa.text("now()")
BEFORE_TABLES: tuple[Entity, ...] = (
    Enumeration(
        name="MarketingCampaignStatus",
        labels=("draft", "scheduled", "active", "paused", "completed", "archived"),
    ),
    Enumeration(
        name="MarketingCampaignType",
        labels=(
            "email",
            "social",
            "ppc",
            "content",
            "seo",
            "display",
            "video",
            "influencer",
            "event",
            "other",
        ),
    ),
    Enumeration(name="MarketingLeadGrade", labels=("A", "B", "C", "D", "F")),
    Enumeration(
        name="MarketingLeadStatus",
        labels=("new", "contacted", "qualified", "nurturing", "converted", "lost", "unqualified"),
    ),
    Enumeration(
        name="MarketingTouchpointType",
        labels=(
            "page_view",
            "email_open",
            "email_click",
            "ad_impression",
            "ad_click",
            "social_view",
            "social_click",
            "form_submit",
            "download",
            "video_view",
            "call",
            "chat",
        ),
    ),
)
TOUCHED = ("marketing_campaigns", "marketing_leads")
# As they are made; on the way back the other way round.
TABLES = ("marketing_metrics", "marketing_campaigns", "marketing_leads", "marketing_touchpoints")


def enum(name: str) -> postgresql.ENUM:
    """The type of that name, made before."""
    return postgresql.ENUM(name=name, create_type=False)


def reference(
    table: str, column: str, target: str, on_delete: str, tenant: str | None = None
) -> sa.ForeignKeyConstraint:
    """A foreign key; with ``tenant``, that column is part of it."""
    if tenant and on_delete == "SET NULL":
        on_delete = f"SET NULL ({column})"
    return sa.ForeignKeyConstraint(
        [tenant, column] if tenant else [column],
        [f"{target}.{tenant}", f"{target}.id"] if tenant else [f"{target}.id"],
        name=f"fk_{table}__{column}",
        ondelete=on_delete,
    )


def marketing_metrics() -> None:
    op.create_table(
        "marketing_metrics",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("impressions", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("clicks", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("conversions", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("revenue", MONEY, server_default=sa.text("0"), nullable=False),
        sa.Column("cost", MONEY, server_default=sa.text("0"), nullable=False),
        sa.Column("leads_generated", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("leads_cost", MONEY, server_default=sa.text("0"), nullable=False),
        sa.Column("channel_breakdown", JSON),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        reference("marketing_metrics", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_marketing_metrics"),
        sa.UniqueConstraint("workspace_id", "date", name="ux_marketing_metrics__date"),
    )


def marketing_campaigns() -> None:
    op.create_table(
        "marketing_campaigns",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("brand_id", ID),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("type", enum("MarketingCampaignType"), nullable=False),
        sa.Column(
            "status",
            enum("MarketingCampaignStatus"),
            server_default=sa.text("'draft'::\"MarketingCampaignStatus\""),
            nullable=False,
        ),
        sa.Column("budget", MONEY),
        sa.Column("spent", MONEY, server_default=sa.text("0"), nullable=False),
        sa.Column("start_date", INSTANT),
        sa.Column("end_date", INSTANT),
        sa.Column("impressions", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("clicks", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("conversions", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("revenue", MONEY, server_default=sa.text("0"), nullable=False),
        sa.Column("config", JSON),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("deleted_at", INSTANT),
        sa.CheckConstraint(
            "end_date >= start_date", name="ck_marketing_campaigns__ends_after_start"
        ),
        reference("marketing_campaigns", "brand_id", "brands", "SET NULL", "workspace_id"),
        reference("marketing_campaigns", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_marketing_campaigns"),
    )
    op.create_index(
        "ix_marketing_campaigns__brand_id", "marketing_campaigns", ["workspace_id", "brand_id"]
    )
    op.create_index(
        "ix_marketing_campaigns__start_date__end_date",
        "marketing_campaigns",
        ["workspace_id", "start_date", "end_date"],
    )
    op.create_index(
        "ix_marketing_campaigns__status", "marketing_campaigns", ["workspace_id", "status"]
    )


def marketing_leads() -> None:
    op.create_table(
        "marketing_leads",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("email", postgresql.CITEXT()),
        sa.Column("first_name", sa.Text()),
        sa.Column("last_name", sa.Text()),
        sa.Column("company", sa.Text()),
        sa.Column("phone", sa.Text()),
        sa.Column("source", sa.Text()),
        sa.Column("medium", sa.Text()),
        sa.Column("campaign", sa.Text()),
        sa.Column("campaign_id", ID),
        sa.Column("utm_params", JSON),
        sa.Column("score", sa.Double(), server_default=sa.text("0"), nullable=False),
        sa.Column("grade", enum("MarketingLeadGrade")),
        sa.Column(
            "status",
            enum("MarketingLeadStatus"),
            server_default=sa.text("'new'::\"MarketingLeadStatus\""),
            nullable=False,
        ),
        sa.Column("first_touch", INSTANT, server_default=NOW, nullable=False),
        sa.Column("last_touch", INSTANT, server_default=NOW, nullable=False),
        sa.Column("touch_count", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("page_views", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("engagement_score", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("converted_at", INSTANT),
        sa.Column("converted_value", MONEY),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        sa.CheckConstraint(
            "email IS NOT NULL OR phone IS NOT NULL", name="ck_marketing_leads__reachable"
        ),
        reference(
            "marketing_leads", "campaign_id", "marketing_campaigns", "SET NULL", "workspace_id"
        ),
        reference("marketing_leads", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_marketing_leads"),
    )
    op.create_index(
        "ix_marketing_leads__campaign_id", "marketing_leads", ["workspace_id", "campaign_id"]
    )
    op.create_index("ix_marketing_leads__email", "marketing_leads", ["workspace_id", "email"])
    op.create_index("ix_marketing_leads__score", "marketing_leads", ["workspace_id", "score"])
    op.create_index(
        "ix_marketing_leads__source__medium",
        "marketing_leads",
        ["workspace_id", "source", "medium"],
    )
    op.create_index("ix_marketing_leads__status", "marketing_leads", ["workspace_id", "status"])


def marketing_touchpoints() -> None:
    op.create_table(
        "marketing_touchpoints",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("lead_id", ID, nullable=False),
        sa.Column("campaign_id", ID),
        sa.Column("type", enum("MarketingTouchpointType"), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("url", sa.Text()),
        sa.Column("referrer", sa.Text()),
        sa.Column("device", sa.Text()),
        sa.Column("location", sa.Text()),
        sa.Column("session_id", sa.Text()),
        sa.Column("event_data", JSON),
        sa.Column("attribution_weight", sa.Double(), server_default=sa.text("0"), nullable=False),
        sa.Column("timestamp", INSTANT, server_default=NOW, nullable=False),
        reference(
            "marketing_touchpoints",
            "campaign_id",
            "marketing_campaigns",
            "SET NULL",
            "workspace_id",
        ),
        reference("marketing_touchpoints", "lead_id", "marketing_leads", "CASCADE", "workspace_id"),
        reference("marketing_touchpoints", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_marketing_touchpoints"),
    )
    op.create_index(
        "ix_marketing_touchpoints__campaign_id",
        "marketing_touchpoints",
        ["workspace_id", "campaign_id"],
    )
    op.create_index(
        "ix_marketing_touchpoints__channel__type",
        "marketing_touchpoints",
        ["workspace_id", "channel", "type"],
    )
    op.create_index(
        "ix_marketing_touchpoints__lead_id__timestamp",
        "marketing_touchpoints",
        ["workspace_id", "lead_id", "timestamp"],
    )
    op.create_index(
        "ix_marketing_touchpoints__timestamp",
        "marketing_touchpoints",
        ["workspace_id", "timestamp"],
    )


def upgrade() -> None:
    for entity in BEFORE_TABLES:
        op.create_entity(entity)
    marketing_metrics()
    marketing_campaigns()
    marketing_leads()
    marketing_touchpoints()
    for table in TOUCHED:
        op.create_entity(Trigger(table, "touch", "BEFORE UPDATE", "neonhub.touch_updated_at"))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    for entity in reversed(BEFORE_TABLES):
        op.drop_entity(entity)
