"""What the models had and the database lacked: settings, campaigns, billing, automations."""

# The operations on policies, grants and functions are added to op at run time.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from neonhub.db.policies import Entity, Enumeration, Trigger

revision = "20240103000000_realign_schema"
down_revision = "20240102000000_phase4_beta"
branch_labels = None
depends_on = None

ID = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
JSON = postgresql.JSONB(none_as_null=True)
CUID = sa.text("neonhub.cuid()")
NOW = sa.text("now()")
BEFORE_TABLES: tuple[Entity, ...] = (
    Enumeration(
        name="CampaignStatus",
        labels=("draft", "scheduled", "active", "paused", "completed", "archived"),
    ),
)
TOUCHED = (
    "credentials",
    "user_settings",
    "campaigns",
    "action_configs",
    "trigger_configs",
    "invoices",
    "subscriptions",
)
# As they are made; on the way back the other way round.
TABLES = (
    "campaigns",
    "credentials",
    "subscriptions",
    "user_settings",
    "ab_tests",
    "action_configs",
    "email_sequences",
    "invoices",
    "social_posts",
    "trigger_configs",
    "usage_records",
)


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


def campaigns() -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("owner_id", ID),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "status",
            enum("CampaignStatus"),
            server_default=sa.text("'draft'::\"CampaignStatus\""),
            nullable=False,
        ),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("config", JSON),
        sa.Column("schedule", JSON),
        sa.Column("budget", JSON),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("campaigns", "owner_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_campaigns"),
    )
    op.create_index("ix_campaigns__owner_id", "campaigns", ["owner_id"])
    op.create_index("ix_campaigns__status", "campaigns", ["status"])


def credentials() -> None:
    op.create_table(
        "credentials",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text()),
        sa.Column("access_token", sa.Text()),
        sa.Column("refresh_token", sa.Text()),
        sa.Column("access_secret", sa.Text()),
        sa.Column("scope", sa.Text()),
        sa.Column("token_type", sa.Text()),
        sa.Column("expires_at", INSTANT),
        sa.Column("last_used_at", INSTANT),
        sa.Column("status", sa.Text(), server_default=sa.text("'active'::text"), nullable=False),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("credentials", "user_id", "users", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_credentials"),
        sa.UniqueConstraint(
            "user_id",
            "provider",
            "account_id",
            name="ux_credentials__user_id__provider__account_id",
        ),
    )
    op.create_index("ix_credentials__user_id__provider", "credentials", ["user_id", "provider"])


def subscriptions() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("user_id", ID),
        sa.Column("stripe_customer_id", sa.Text(), nullable=False),
        sa.Column("stripe_subscription_id", sa.Text(), nullable=False),
        sa.Column("stripe_price_id", sa.Text(), nullable=False),
        sa.Column("stripe_product_id", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("current_period_start", INSTANT, nullable=False),
        sa.Column("current_period_end", INSTANT, nullable=False),
        sa.Column(
            "cancel_at_period_end", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        sa.Column("canceled_at", INSTANT),
        sa.Column("campaigns_used", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("emails_sent", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("social_posts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("agent_calls", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("campaign_limit", sa.Integer(), server_default=sa.text("5"), nullable=False),
        sa.Column("email_limit", sa.Integer(), server_default=sa.text("1000"), nullable=False),
        sa.Column("social_limit", sa.Integer(), server_default=sa.text("100"), nullable=False),
        sa.Column("agent_call_limit", sa.Integer(), server_default=sa.text("100"), nullable=False),
        sa.Column("trial_ends_at", INSTANT),
        sa.Column("metadata", JSON),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("subscriptions", "user_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
        sa.UniqueConstraint("stripe_customer_id", name="ux_subscriptions__stripe_customer_id"),
        sa.UniqueConstraint(
            "stripe_subscription_id", name="ux_subscriptions__stripe_subscription_id"
        ),
    )
    op.create_index("ix_subscriptions__user_id", "subscriptions", ["user_id"])


def user_settings() -> None:
    op.create_table(
        "user_settings",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("brand_voice", JSON),
        sa.Column(
            "email_notifications", sa.Boolean(), server_default=sa.text("true"), nullable=False
        ),
        sa.Column(
            "push_notifications", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        sa.Column(
            "notification_frequency",
            sa.Text(),
            server_default=sa.text("'realtime'::text"),
            nullable=False,
        ),
        sa.Column("timezone", sa.Text(), server_default=sa.text("'UTC'::text"), nullable=False),
        sa.Column("locale", sa.Text(), server_default=sa.text("'en-US'::text"), nullable=False),
        sa.Column(
            "date_format", sa.Text(), server_default=sa.text("'MM/DD/YYYY'::text"), nullable=False
        ),
        sa.Column("data_retention", sa.Integer(), server_default=sa.text("90"), nullable=False),
        sa.Column("allow_analytics", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "allow_personalization", sa.Boolean(), server_default=sa.text("true"), nullable=False
        ),
        sa.Column("api_rate_limit", sa.Integer(), server_default=sa.text("1000"), nullable=False),
        sa.Column("webhook_url", sa.Text()),
        sa.Column("webhook_secret", sa.Text()),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("user_settings", "user_id", "users", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_user_settings"),
        sa.UniqueConstraint("user_id", name="ux_user_settings__user_id"),
    )


def ab_tests() -> None:
    op.create_table(
        "ab_tests",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("variants", JSON, nullable=False),
        sa.Column("winner", sa.Text()),
        sa.Column("metrics", JSON, nullable=False),
        sa.Column("started_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("completed_at", INSTANT),
        reference("ab_tests", "campaign_id", "campaigns", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_ab_tests"),
    )
    op.create_index("ix_ab_tests__campaign_id", "ab_tests", ["campaign_id"])


def action_configs() -> None:
    op.create_table(
        "action_configs",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("connector_auth_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("action_type", sa.Text(), nullable=False),
        sa.Column("config", JSON, nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("last_executed_at", INSTANT),
        sa.Column("execution_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("metadata", JSON),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("action_configs", "connector_auth_id", "connector_auths", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_action_configs"),
    )
    op.create_index(
        "ix_action_configs__connector_auth_id__is_active",
        "action_configs",
        ["connector_auth_id", "is_active"],
    )


def email_sequences() -> None:
    op.create_table(
        "email_sequences",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("variant", sa.Text()),
        sa.Column("scheduled_for", INSTANT),
        sa.Column("sent_at", INSTANT),
        sa.Column("metrics", JSON),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        reference("email_sequences", "campaign_id", "campaigns", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_email_sequences"),
    )
    op.create_index(
        "ix_email_sequences__campaign_id__scheduled_for",
        "email_sequences",
        ["campaign_id", "scheduled_for"],
    )


def invoices() -> None:
    op.create_table(
        "invoices",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("subscription_id", ID, nullable=False),
        sa.Column("stripe_invoice_id", sa.Text(), nullable=False),
        sa.Column("stripe_payment_intent_id", sa.Text()),
        sa.Column("amount_due", sa.Integer(), nullable=False),
        sa.Column("amount_paid", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("currency", sa.Text(), server_default=sa.text("'usd'::text"), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("invoice_pdf", sa.Text()),
        sa.Column("hosted_invoice_url", sa.Text()),
        sa.Column("due_date", INSTANT),
        sa.Column("paid_at", INSTANT),
        sa.Column("metadata", JSON),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        sa.CheckConstraint("currency ~ '^[a-z]{3}$'::text", name="ck_invoices__currency"),
        reference("invoices", "subscription_id", "subscriptions", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_invoices"),
        sa.UniqueConstraint("stripe_invoice_id", name="ux_invoices__stripe_invoice_id"),
    )
    op.create_index("ix_invoices__subscription_id", "invoices", ["subscription_id"])
    op.create_index(
        "ix_invoices__subscription_id__status", "invoices", ["subscription_id", "status"]
    )


def social_posts() -> None:
    op.create_table(
        "social_posts",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("media_urls", JSON),
        sa.Column("variant", sa.Text()),
        sa.Column("scheduled_for", INSTANT),
        sa.Column("published_at", INSTANT),
        sa.Column("external_id", sa.Text()),
        sa.Column("metrics", JSON),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        reference("social_posts", "campaign_id", "campaigns", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_social_posts"),
    )
    op.create_index(
        "ix_social_posts__campaign_id__platform__scheduled_for",
        "social_posts",
        ["campaign_id", "platform", "scheduled_for"],
    )


def trigger_configs() -> None:
    op.create_table(
        "trigger_configs",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("connector_auth_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("trigger_type", sa.Text(), nullable=False),
        sa.Column("config", JSON, nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("last_triggered_at", INSTANT),
        sa.Column("trigger_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("metadata", JSON),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("trigger_configs", "connector_auth_id", "connector_auths", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_trigger_configs"),
    )
    op.create_index(
        "ix_trigger_configs__connector_auth_id__is_active",
        "trigger_configs",
        ["connector_auth_id", "is_active"],
    )


def usage_records() -> None:
    op.create_table(
        "usage_records",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("subscription_id", ID, nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Text()),
        sa.Column("quantity", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("cost", sa.Integer()),
        sa.Column("timestamp", INSTANT, server_default=NOW, nullable=False),
        sa.Column("metadata", JSON),
        reference("usage_records", "subscription_id", "subscriptions", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_usage_records"),
    )
    op.create_index("ix_usage_records__subscription_id", "usage_records", ["subscription_id"])
    op.create_index(
        "ix_usage_records__subscription_id__resource_type__timestamp",
        "usage_records",
        ["subscription_id", "resource_type", "timestamp"],
    )


def change_users() -> None:
    op.add_column("users", sa.Column("stripe_customer_id", sa.Text()))
    op.add_column(
        "users",
        sa.Column("is_beta_user", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.create_unique_constraint("ux_users__stripe_customer_id", "users", ["stripe_customer_id"])


def restore_users() -> None:
    op.drop_constraint("ux_users__stripe_customer_id", "users", type_="unique")
    op.drop_column("users", "is_beta_user")
    op.drop_column("users", "stripe_customer_id")


def upgrade() -> None:
    for entity in BEFORE_TABLES:
        op.create_entity(entity)
    campaigns()
    credentials()
    subscriptions()
    user_settings()
    ab_tests()
    action_configs()
    email_sequences()
    invoices()
    social_posts()
    trigger_configs()
    usage_records()
    change_users()
    for table in TOUCHED:
        op.create_entity(Trigger(table, "touch", "BEFORE UPDATE", "neonhub.touch_updated_at"))


def downgrade() -> None:
    restore_users()
    for table in reversed(TABLES):
        op.drop_table(table)
    for entity in reversed(BEFORE_TABLES):
        op.drop_entity(entity)
