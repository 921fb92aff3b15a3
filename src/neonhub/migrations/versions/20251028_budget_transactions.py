"""Budgets, and the transactions of campaigns."""

# The operations on policies, grants and functions are added to op at run time.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from neonhub.db.policies import Entity, Enumeration, Trigger

revision = "20251028_budget_transactions"
down_revision = "20251028110000_add_seo_metrics"
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
        name="BudgetTransactionType",
        labels=("allocate", "spend", "reserve", "refund", "adjustment"),
    ),
)
TOUCHED = ("budgets",)
# As they are made; on the way back the other way round.
TABLES = ("budgets", "budget_transactions")


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


def budgets() -> None:
    op.create_table(
        "budgets",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("currency", sa.Text(), server_default=sa.text("'usd'::text"), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'active'::text"), nullable=False),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        sa.CheckConstraint("currency ~ '^[a-z]{3}$'::text", name="ck_budgets__currency"),
        reference("budgets", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_budgets"),
        sa.UniqueConstraint(
            "workspace_id", "name", "period_start", name="ux_budgets__name__period_start"
        ),
    )


def budget_transactions() -> None:
    op.create_table(
        "budget_transactions",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("type", enum("BudgetTransactionType"), nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("currency", sa.Text(), server_default=sa.text("'usd'::text"), nullable=False),
        sa.Column("channel", sa.Text()),
        sa.Column("description", sa.Text()),
        sa.Column("metadata", JSON),
        sa.Column("balance_before", MONEY, nullable=False),
        sa.Column("balance_after", MONEY, nullable=False),
        sa.Column("created_by_id", ID),
        sa.Column("idempotency_key", sa.Text()),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.CheckConstraint(
            "currency ~ '^[a-z]{3}$'::text", name="ck_budget_transactions__currency"
        ),
        reference("budget_transactions", "created_by_id", "users", "SET NULL"),
        reference("budget_transactions", "campaign_id", "campaigns", "RESTRICT", "workspace_id"),
        reference("budget_transactions", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_budget_transactions"),
    )
    op.create_index(
        "ix_budget_transactions__campaign_id",
        "budget_transactions",
        ["workspace_id", "campaign_id"],
    )
    op.create_index(
        "ix_budget_transactions__created_at", "budget_transactions", ["workspace_id", "created_at"]
    )
    op.create_index(
        "ix_budget_transactions__created_by_id", "budget_transactions", ["created_by_id"]
    )
    op.create_index("ix_budget_transactions__type", "budget_transactions", ["workspace_id", "type"])


def upgrade() -> None:
    for entity in BEFORE_TABLES:
        op.create_entity(entity)
    budgets()
    budget_transactions()
    for table in TOUCHED:
        op.create_entity(Trigger(table, "touch", "BEFORE UPDATE", "neonhub.touch_updated_at"))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    for entity in reversed(BEFORE_TABLES):
        op.drop_entity(entity)
