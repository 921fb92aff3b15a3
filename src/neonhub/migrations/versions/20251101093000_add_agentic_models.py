"""LoopDrive: people, identities, consents, memories, events; purses and their ledger."""

# The operations on policies, grants and functions are added to op at run time.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import VECTOR
from sqlalchemy.dialects import postgresql

from neonhub.db.policies import ColumnStorage, Entity, Enumeration, Trigger

revision = "20251101093000_add_agentic_models"
down_revision = "20251028_budget_transactions"
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
        name="BudgetAllocationStatus",
        labels=("planned", "approved", "executing", "completed", "cancelled"),
    ),
    Enumeration(name="ConsentScope", labels=("marketing", "transactional")),
    Enumeration(name="ConsentStatus", labels=("granted", "revoked", "denied", "pending")),
    Enumeration(
        name="LedgerEntryType",
        labels=("allocate", "reserve", "release", "spend", "refund", "adjustment"),
    ),
    Enumeration(name="MemoryKind", labels=("fact", "intent", "message", "objection")),
)
TOUCHED = (
    "people",
    "person_consents",
    "person_identities",
    "person_notes",
    "person_objectives",
    "person_topics",
    "snippet_library",
    "budget_allocations",
    "budget_profiles",
    "payments",
)
AFTER_TABLES: tuple[Entity, ...] = (
    ColumnStorage(table="mem_embeddings", column="embedding", storage="EXTERNAL"),
)
# As they are made; on the way back the other way round.
TABLES = (
    "people",
    "budget_profiles",
    "person_identities",
    "person_notes",
    "person_objectives",
    "person_topics",
    "snippet_library",
    "budget_allocations",
    "events",
    "payments",
    "payouts",
    "person_consents",
    "budget_ledger",
    "mem_embeddings",
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


def people() -> None:
    op.create_table(
        "people",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("external_id", sa.Text()),
        sa.Column("display_name", sa.Text()),
        sa.Column("primary_email", postgresql.CITEXT()),
        sa.Column("primary_phone", sa.Text()),
        sa.Column("primary_handle", sa.Text()),
        sa.Column("locale", sa.Text(), server_default=sa.text("'en-US'::text"), nullable=False),
        sa.Column("timezone", sa.Text(), server_default=sa.text("'UTC'::text"), nullable=False),
        sa.Column(
            "persona_tags",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'::text[]"),
            nullable=False,
        ),
        sa.Column("attributes", JSON),
        sa.Column("last_seen_at", INSTANT),
        sa.Column("first_name", sa.Text()),
        sa.Column("last_name", sa.Text()),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("deleted_at", INSTANT),
        reference("people", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_people"),
    )
    op.create_index(
        "ix_people__display_name",
        "people",
        ["display_name"],
        postgresql_using="gin",
        postgresql_ops={"display_name": "gin_trgm_ops"},
    )
    op.create_index("ix_people__last_seen_at", "people", ["workspace_id", "last_seen_at"])
    op.create_index("ix_people__primary_email", "people", ["workspace_id", "primary_email"])
    op.create_index("ix_people__primary_phone", "people", ["workspace_id", "primary_phone"])
    op.create_index(
        "ux_people__external_id",
        "people",
        ["workspace_id", "external_id"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )


def budget_profiles() -> None:
    op.create_table(
        "budget_profiles",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("brand_id", ID),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), server_default=sa.text("'usd'::text"), nullable=False),
        sa.Column("total_budget", MONEY),
        sa.Column("reserved", MONEY, server_default=sa.text("0"), nullable=False),
        sa.Column("spent", MONEY, server_default=sa.text("0"), nullable=False),
        sa.Column("constraints", JSON),
        sa.Column("settings", JSON),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        sa.CheckConstraint("currency ~ '^[a-z]{3}$'::text", name="ck_budget_profiles__currency"),
        sa.CheckConstraint(
            "reserved + spent <= total_budget", name="ck_budget_profiles__within_total"
        ),
        reference("budget_profiles", "brand_id", "brands", "SET NULL", "workspace_id"),
        reference("budget_profiles", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_budget_profiles"),
        sa.UniqueConstraint("workspace_id", "name", name="ux_budget_profiles__name"),
        sa.UniqueConstraint("workspace_id", "slug", name="ux_budget_profiles__slug"),
    )
    op.create_index("ix_budget_profiles__brand_id", "budget_profiles", ["workspace_id", "brand_id"])


def person_identities() -> None:
    op.create_table(
        "person_identities",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("value", postgresql.CITEXT(), nullable=False),
        sa.Column("channel", sa.Text()),
        sa.Column("verified_at", INSTANT),
        sa.Column("source", sa.Text()),
        sa.Column("metadata", JSON),
        sa.Column("verified", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_primary", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("person_identities", "person_id", "people", "CASCADE", "workspace_id"),
        reference("person_identities", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_person_identities"),
        sa.UniqueConstraint(
            "workspace_id", "type", "value", name="ux_person_identities__type__value"
        ),
    )
    op.create_index(
        "ix_person_identities__person_id__type",
        "person_identities",
        ["workspace_id", "person_id", "type"],
    )


def person_notes() -> None:
    op.create_table(
        "person_notes",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("author_id", ID),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "tags",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'::text[]"),
            nullable=False,
        ),
        sa.Column(
            "visibility", sa.Text(), server_default=sa.text("'internal'::text"), nullable=False
        ),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("person_notes", "author_id", "users", "SET NULL"),
        reference("person_notes", "person_id", "people", "CASCADE", "workspace_id"),
        reference("person_notes", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_person_notes"),
    )
    op.create_index("ix_person_notes__author_id", "person_notes", ["author_id"])
    op.create_index(
        "ix_person_notes__person_id__created_at",
        "person_notes",
        ["workspace_id", "person_id", "created_at"],
    )


def person_objectives() -> None:
    op.create_table(
        "person_objectives",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("status", sa.Text(), server_default=sa.text("'active'::text"), nullable=False),
        sa.Column("priority", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("success_metric", sa.Text()),
        sa.Column("target_value", sa.Double()),
        sa.Column("due_at", INSTANT),
        sa.Column("metadata", JSON),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("person_objectives", "person_id", "people", "CASCADE", "workspace_id"),
        reference("person_objectives", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_person_objectives"),
    )
    op.create_index(
        "ix_person_objectives__person_id__status",
        "person_objectives",
        ["workspace_id", "person_id", "status"],
    )
    op.create_index("ix_person_objectives__status", "person_objectives", ["workspace_id", "status"])


def person_topics() -> None:
    op.create_table(
        "person_topics",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("weight", sa.Double(), server_default=sa.text("0"), nullable=False),
        sa.Column("trend", sa.Double(), server_default=sa.text("0")),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("person_topics", "person_id", "people", "CASCADE", "workspace_id"),
        reference("person_topics", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_person_topics"),
        sa.UniqueConstraint(
            "workspace_id", "person_id", "name", name="ux_person_topics__person_id__name"
        ),
    )
    op.create_index("ix_person_topics__name", "person_topics", ["workspace_id", "name"])


def snippet_library() -> None:
    op.create_table(
        "snippet_library",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("brand_id", ID),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("tone", sa.Text()),
        sa.Column(
            "use_cases",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'::text[]"),
            nullable=False,
        ),
        sa.Column("win_rate", sa.Double()),
        sa.Column("usage_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_won_at", INSTANT),
        sa.Column("metadata", JSON),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("snippet_library", "brand_id", "brands", "SET NULL", "workspace_id"),
        reference("snippet_library", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_snippet_library"),
        sa.UniqueConstraint(
            "workspace_id", "name", "channel", name="ux_snippet_library__name__channel"
        ),
    )
    op.create_index("ix_snippet_library__brand_id", "snippet_library", ["workspace_id", "brand_id"])
    op.create_index("ix_snippet_library__channel", "snippet_library", ["workspace_id", "channel"])


def budget_allocations() -> None:
    op.create_table(
        "budget_allocations",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("budget_profile_id", ID, nullable=False),
        sa.Column("campaign_id", ID),
        sa.Column("objective_id", ID),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("currency", sa.Text(), server_default=sa.text("'usd'::text"), nullable=False),
        sa.Column("window_start", INSTANT),
        sa.Column("window_end", INSTANT),
        sa.Column(
            "status",
            enum("BudgetAllocationStatus"),
            server_default=sa.text("'planned'::\"BudgetAllocationStatus\""),
            nullable=False,
        ),
        sa.Column("metadata", JSON),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        sa.CheckConstraint("currency ~ '^[a-z]{3}$'::text", name="ck_budget_allocations__currency"),
        reference(
            "budget_allocations", "budget_profile_id", "budget_profiles", "CASCADE", "workspace_id"
        ),
        reference(
            "budget_allocations", "campaign_id", "marketing_campaigns", "SET NULL", "workspace_id"
        ),
        reference(
            "budget_allocations", "objective_id", "person_objectives", "SET NULL", "workspace_id"
        ),
        reference("budget_allocations", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_budget_allocations"),
    )
    op.create_index(
        "ix_budget_allocations__budget_profile_id",
        "budget_allocations",
        ["workspace_id", "budget_profile_id"],
    )
    op.create_index(
        "ix_budget_allocations__campaign_id", "budget_allocations", ["workspace_id", "campaign_id"]
    )
    op.create_index(
        "ix_budget_allocations__objective_id",
        "budget_allocations",
        ["workspace_id", "objective_id"],
    )
    op.create_index(
        "ix_budget_allocations__status", "budget_allocations", ["workspace_id", "status"]
    )


def events() -> None:
    op.create_table(
        "events",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("campaign_id", ID),
        sa.Column("objective_id", ID),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("source", sa.Text()),
        sa.Column("provider_id", sa.Text()),
        sa.Column("topic", sa.Text()),
        sa.Column("intent", sa.Text()),
        sa.Column("sentiment", sa.Text()),
        sa.Column("payload", JSON),
        sa.Column("metadata", JSON),
        sa.Column("occurred_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        reference("events", "campaign_id", "marketing_campaigns", "SET NULL", "workspace_id"),
        reference("events", "objective_id", "person_objectives", "SET NULL", "workspace_id"),
        reference("events", "person_id", "people", "CASCADE", "workspace_id"),
        reference("events", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_events"),
    )
    op.create_index("ix_events__campaign_id", "events", ["workspace_id", "campaign_id"])
    op.create_index("ix_events__channel__type", "events", ["workspace_id", "channel", "type"])
    op.create_index("ix_events__objective_id", "events", ["workspace_id", "objective_id"])
    op.create_index("ix_events__occurred_at", "events", ["workspace_id", "occurred_at"])
    op.create_index(
        "ix_events__person_id__occurred_at", "events", ["workspace_id", "person_id", "occurred_at"]
    )


def payments() -> None:
    op.create_table(
        "payments",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("budget_profile_id", ID),
        sa.Column("stripe_payment_intent_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("currency", sa.Text(), server_default=sa.text("'usd'::text"), nullable=False),
        sa.Column("customer_id", sa.Text()),
        sa.Column("metadata", JSON),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        sa.CheckConstraint("currency ~ '^[a-z]{3}$'::text", name="ck_payments__currency"),
        reference("payments", "budget_profile_id", "budget_profiles", "SET NULL", "workspace_id"),
        reference("payments", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_payments"),
        sa.UniqueConstraint(
            "workspace_id", "stripe_payment_intent_id", name="ux_payments__stripe_payment_intent_id"
        ),
    )
    op.create_index(
        "ix_payments__budget_profile_id", "payments", ["workspace_id", "budget_profile_id"]
    )
    op.create_index("ix_payments__status", "payments", ["workspace_id", "status"])


def payouts() -> None:
    op.create_table(
        "payouts",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("budget_profile_id", ID),
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("stripe_transfer_id", sa.Text()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("currency", sa.Text(), server_default=sa.text("'usd'::text"), nullable=False),
        sa.Column("metadata", JSON),
        sa.Column("processed_at", INSTANT),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.CheckConstraint("currency ~ '^[a-z]{3}$'::text", name="ck_payouts__currency"),
        reference("payouts", "budget_profile_id", "budget_profiles", "SET NULL", "workspace_id"),
        reference("payouts", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_payouts"),
    )
    op.create_index(
        "ix_payouts__budget_profile_id", "payouts", ["workspace_id", "budget_profile_id"]
    )
    op.create_index("ix_payouts__status", "payouts", ["workspace_id", "status"])


def person_consents() -> None:
    op.create_table(
        "person_consents",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("campaign_id", ID),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column(
            "status",
            enum("ConsentStatus"),
            server_default=sa.text("'granted'::\"ConsentStatus\""),
            nullable=False,
        ),
        sa.Column("source", sa.Text()),
        sa.Column("collected_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("expires_at", INSTANT),
        sa.Column("evidence", JSON),
        sa.Column("metadata", JSON),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column(
            "scope",
            enum("ConsentScope"),
            server_default=sa.text("'marketing'::\"ConsentScope\""),
            nullable=False,
        ),
        reference(
            "person_consents", "campaign_id", "marketing_campaigns", "SET NULL", "workspace_id"
        ),
        reference("person_consents", "person_id", "people", "CASCADE", "workspace_id"),
        reference("person_consents", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_person_consents"),
    )
    op.create_index(
        "ix_person_consents__campaign_id", "person_consents", ["workspace_id", "campaign_id"]
    )
    op.create_index("ix_person_consents__channel", "person_consents", ["workspace_id", "channel"])
    op.create_index(
        "ix_person_consents__person_id__channel",
        "person_consents",
        ["workspace_id", "person_id", "channel"],
    )


def budget_ledger() -> None:
    op.create_table(
        "budget_ledger",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("budget_profile_id", ID, nullable=False),
        sa.Column("allocation_id", ID),
        sa.Column("campaign_id", ID),
        sa.Column("person_id", ID),
        sa.Column("entry_type", enum("LedgerEntryType"), nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("currency", sa.Text(), server_default=sa.text("'usd'::text"), nullable=False),
        sa.Column("occurred_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("metadata", JSON),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.CheckConstraint("currency ~ '^[a-z]{3}$'::text", name="ck_budget_ledger__currency"),
        reference(
            "budget_ledger", "allocation_id", "budget_allocations", "RESTRICT", "workspace_id"
        ),
        reference(
            "budget_ledger", "budget_profile_id", "budget_profiles", "RESTRICT", "workspace_id"
        ),
        reference(
            "budget_ledger", "campaign_id", "marketing_campaigns", "RESTRICT", "workspace_id"
        ),
        reference("budget_ledger", "person_id", "people", "SET NULL", "workspace_id"),
        reference("budget_ledger", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_budget_ledger"),
    )
    op.create_index(
        "ix_budget_ledger__allocation_id", "budget_ledger", ["workspace_id", "allocation_id"]
    )
    op.create_index(
        "ix_budget_ledger__budget_profile_id",
        "budget_ledger",
        ["workspace_id", "budget_profile_id"],
    )
    op.create_index(
        "ix_budget_ledger__campaign_id", "budget_ledger", ["workspace_id", "campaign_id"]
    )
    op.create_index(
        "ix_budget_ledger__occurred_at", "budget_ledger", ["workspace_id", "occurred_at"]
    )
    op.create_index("ix_budget_ledger__person_id", "budget_ledger", ["workspace_id", "person_id"])


def mem_embeddings() -> None:
    op.create_table(
        "mem_embeddings",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("source_event_id", ID),
        sa.Column("label", sa.Text()),
        sa.Column("embedding", VECTOR(dim=1536)),
        sa.Column("metadata", JSON),
        sa.Column("expires_at", INSTANT),
        sa.Column("kind", enum("MemoryKind"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("embedding_space_id", ID),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        reference(
            "mem_embeddings", "embedding_space_id", "embedding_spaces", "RESTRICT", "workspace_id"
        ),
        reference("mem_embeddings", "person_id", "people", "CASCADE", "workspace_id"),
        reference("mem_embeddings", "source_event_id", "events", "SET NULL", "workspace_id"),
        reference("mem_embeddings", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_mem_embeddings"),
    )
    op.create_index(
        "ix_mem_embeddings__embedding_space_id",
        "mem_embeddings",
        ["workspace_id", "embedding_space_id"],
    )
    op.create_index(
        "ix_mem_embeddings__person_id__created_at",
        "mem_embeddings",
        ["workspace_id", "person_id", "created_at"],
    )
    op.create_index(
        "ix_mem_embeddings__source_event_id", "mem_embeddings", ["workspace_id", "source_event_id"]
    )


def change_budgets() -> None:
    op.add_column("budgets", sa.Column("budget_profile_id", ID))
    op.create_index(
        "ix_budgets__budget_profile_id", "budgets", ["workspace_id", "budget_profile_id"]
    )
    op.create_foreign_key(
        "fk_budgets__budget_profile_id",
        "budgets",
        "budget_profiles",
        ["workspace_id", "budget_profile_id"],
        ["workspace_id", "id"],
        ondelete="SET NULL (budget_profile_id)",
    )


def restore_budgets() -> None:
    op.drop_constraint("fk_budgets__budget_profile_id", "budgets", type_="foreignkey")
    op.drop_index("ix_budgets__budget_profile_id", table_name="budgets")
    op.drop_column("budgets", "budget_profile_id")


def upgrade() -> None:
    for entity in BEFORE_TABLES:
        op.create_entity(entity)
    people()
    budget_profiles()
    person_identities()
    person_notes()
    person_objectives()
    person_topics()
    snippet_library()
    budget_allocations()
    events()
    payments()
    payouts()
    person_consents()
    budget_ledger()
    mem_embeddings()
    change_budgets()
    for table in TOUCHED:
        op.create_entity(Trigger(table, "touch", "BEFORE UPDATE", "neonhub.touch_updated_at"))
    for entity in AFTER_TABLES:
        op.create_entity(entity)


def downgrade() -> None:
    restore_budgets()
    for table in reversed(TABLES):
        op.drop_table(table)
    for entity in reversed(BEFORE_TABLES):
        op.drop_entity(entity)
