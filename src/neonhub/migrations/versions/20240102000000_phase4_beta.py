"""What the beta added: documents, tasks, feedback, the team, connectors and their sign-ins."""

# The operations on policies, grants and functions are added to op at run time.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from neonhub.db.policies import Trigger

revision = "20240102000000_phase4_beta"
down_revision = "20240101000000_initial"
branch_labels = None
depends_on = None

ID = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
JSON = postgresql.JSONB(none_as_null=True)
CUID = sa.text("neonhub.cuid()")
NOW = sa.text("now()")
TOUCHED = ("team_members", "documents", "connector_auths", "connectors", "feedback", "tasks")
# As they are made; on the way back the other way round.
TABLES = ("connectors", "connector_auths", "documents", "feedback", "tasks", "team_members")


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


def connectors() -> None:
    op.create_table(
        "connectors",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("icon_url", sa.Text()),
        sa.Column("website_url", sa.Text()),
        sa.Column("auth_type", sa.Text(), nullable=False),
        sa.Column("auth_config", JSON, nullable=False),
        sa.Column("is_enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("is_verified", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("triggers", JSON, nullable=False),
        sa.Column("actions", JSON, nullable=False),
        sa.Column("metadata", JSON),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_connectors"),
        sa.UniqueConstraint("name", name="ux_connectors__name"),
    )


def connector_auths() -> None:
    op.create_table(
        "connector_auths",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("connector_id", ID),
        sa.Column("account_id", sa.Text()),
        sa.Column("account_name", sa.Text()),
        sa.Column("access_token", sa.Text()),
        sa.Column("refresh_token", sa.Text()),
        sa.Column("api_key", sa.Text()),
        sa.Column("api_secret", sa.Text()),
        sa.Column(
            "scopes",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'::text[]"),
            nullable=False,
        ),
        sa.Column("scope", sa.Text()),
        sa.Column("token_type", sa.Text()),
        sa.Column("expires_at", INSTANT),
        sa.Column("status", sa.Text(), server_default=sa.text("'active'::text"), nullable=False),
        sa.Column("last_used_at", INSTANT),
        sa.Column("last_error", sa.Text()),
        sa.Column("metadata", JSON),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("connector_auths", "connector_id", "connectors", "SET NULL"),
        reference("connector_auths", "user_id", "users", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_connector_auths"),
        sa.UniqueConstraint(
            "user_id",
            "connector_id",
            "account_id",
            name="ux_connector_auths__user_id__connector_id__account_id",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index("ix_connector_auths__connector_id", "connector_auths", ["connector_id"])
    op.create_index("ix_connector_auths__user_id", "connector_auths", ["user_id"])


def documents() -> None:
    op.create_table(
        "documents",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("owner_id", ID),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'draft'::text"), nullable=False),
        sa.Column("metadata", JSON),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("documents", "owner_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_documents"),
    )
    op.create_index("ix_documents__owner_id", "documents", ["owner_id"])


def feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("category", sa.Text()),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("rating", sa.Integer()),
        sa.Column("status", sa.Text(), server_default=sa.text("'open'::text"), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("metadata", JSON),
        sa.Column("response", sa.Text()),
        sa.Column("resolved_at", INSTANT),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("feedback", "user_id", "users", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_feedback"),
    )
    op.create_index("ix_feedback__created_at", "feedback", ["created_at"])
    op.create_index("ix_feedback__type__status", "feedback", ["type", "status"])
    op.create_index("ix_feedback__user_id", "feedback", ["user_id"])
    op.create_index("ix_feedback__user_id__status", "feedback", ["user_id", "status"])


def tasks() -> None:
    op.create_table(
        "tasks",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("status", sa.Text(), server_default=sa.text("'todo'::text"), nullable=False),
        sa.Column("priority", sa.Text(), server_default=sa.text("'medium'::text"), nullable=False),
        sa.Column("created_by_id", ID),
        sa.Column("assignee_id", ID),
        sa.Column("due_date", INSTANT),
        sa.Column("completed_at", INSTANT),
        sa.Column(
            "tags",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'::text[]"),
            nullable=False,
        ),
        sa.Column("metadata", JSON),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("tasks", "assignee_id", "users", "SET NULL"),
        reference("tasks", "created_by_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_tasks"),
    )
    op.create_index("ix_tasks__assignee_id", "tasks", ["assignee_id"])
    op.create_index("ix_tasks__assignee_id__status", "tasks", ["assignee_id", "status"])
    op.create_index("ix_tasks__created_by_id", "tasks", ["created_by_id"])
    op.create_index("ix_tasks__created_by_id__status", "tasks", ["created_by_id", "status"])
    op.create_index("ix_tasks__due_date", "tasks", ["due_date"])


def team_members() -> None:
    op.create_table(
        "team_members",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("role", sa.Text(), server_default=sa.text("'Member'::text"), nullable=False),
        sa.Column("department", sa.Text()),
        sa.Column("status", sa.Text(), server_default=sa.text("'active'::text"), nullable=False),
        sa.Column("invited_by", sa.Text()),
        sa.Column("invited_at", INSTANT),
        sa.Column("joined_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("metadata", JSON),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("team_members", "user_id", "users", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_team_members"),
        sa.UniqueConstraint("user_id", name="ux_team_members__user_id__organization_id"),
    )
    op.create_index("ix_team_members__role__status", "team_members", ["role", "status"])


def upgrade() -> None:
    connectors()
    connector_auths()
    documents()
    feedback()
    tasks()
    team_members()
    for table in TOUCHED:
        op.create_entity(Trigger(table, "touch", "BEFORE UPDATE", "neonhub.touch_updated_at"))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
