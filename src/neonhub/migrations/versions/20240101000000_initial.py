"""The first tables: who signs in, drafts, jobs for agents, metric events. No tenant yet."""

# The operations on policies, grants and functions are added to op at run time.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from neonhub.db.policies import Entity, Enumeration, Function, Trigger

revision = "20240101000000_initial"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
JSON = postgresql.JSONB(none_as_null=True)
CUID = sa.text("neonhub.cuid()")
NOW = sa.text("now()")
BEFORE_TABLES: tuple[Entity, ...] = (
    Enumeration(name="ContentStatus", labels=("draft", "published", "archived")),
    Enumeration(name="JobStatus", labels=("queued", "running", "completed", "failed", "cancelled")),
    Function(
        name="cuid",
        arguments="",
        returns="text",
        body="""
DECLARE
    digits constant text := '0123456789abcdefghijklmnopqrstuvwxyz';
    stamp bigint := floor(extract(epoch FROM clock_timestamp()) * 1000);
    noise bytea := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
    made text := '';
BEGIN
    FOR i IN 1..8 LOOP
        made := substr(digits, (stamp % 36)::int + 1, 1) || made;
        stamp := stamp / 36;
    END LOOP;
    -- Bytes 6 and 8 of a UUID carry its version and variant: they are not random.
    FOR i IN 0..18 LOOP
        CONTINUE WHEN i IN (6, 8);
        made := made || substr(digits, get_byte(noise, i) % 36 + 1, 1);
    END LOOP;
    RETURN 'c' || substr(made, 1, 24);
END
""",
        language="plpgsql",
        volatility="VOLATILE",
    ),
    Function(
        name="touch_updated_at",
        arguments="",
        returns="trigger",
        body="""
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
""",
        language="plpgsql",
        volatility="VOLATILE",
        parallel="UNSAFE",
    ),
)
TOUCHED = ("users", "agent_jobs", "content_drafts")
# As they are made; on the way back the other way round.
TABLES = (
    "metric_events",
    "users",
    "verification_tokens",
    "accounts",
    "agent_jobs",
    "content_drafts",
    "sessions",
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


def metric_events() -> None:
    op.create_table(
        "metric_events",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("metadata", JSON, nullable=False),
        sa.Column("timestamp", INSTANT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_metric_events"),
    )
    op.create_index("ix_metric_events__kind__timestamp", "metric_events", ["kind", "timestamp"])
    op.create_index(
        "ix_metric_events__metadata",
        "metric_events",
        ["metadata"],
        postgresql_using="gin",
        postgresql_ops={"metadata": "jsonb_path_ops"},
    )


def users() -> None:
    op.create_table(
        "users",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("email", postgresql.CITEXT(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("image", sa.Text()),
        sa.Column("email_verified", INSTANT),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="ux_users__email"),
    )


def verification_tokens() -> None:
    op.create_table(
        "verification_tokens",
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("expires", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("identifier", "token", name="pk_verification_tokens"),
        sa.UniqueConstraint("token", name="ux_verification_tokens__token"),
    )


def accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("provider_account_id", sa.Text(), nullable=False),
        sa.Column("refresh_token", sa.Text()),
        sa.Column("access_token", sa.Text()),
        sa.Column("expires_at", sa.Integer()),
        sa.Column("token_type", sa.Text()),
        sa.Column("scope", sa.Text()),
        sa.Column("id_token", sa.Text()),
        sa.Column("session_state", sa.Text()),
        reference("accounts", "user_id", "users", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint(
            "provider", "provider_account_id", name="ux_accounts__provider__provider_account_id"
        ),
    )
    op.create_index("ix_accounts__user_id", "accounts", ["user_id"])


def agent_jobs() -> None:
    op.create_table(
        "agent_jobs",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("input", JSON, nullable=False),
        sa.Column("output", JSON),
        sa.Column(
            "status",
            enum("JobStatus"),
            server_default=sa.text("'queued'::\"JobStatus\""),
            nullable=False,
        ),
        sa.Column("error", sa.Text()),
        sa.Column("metrics", JSON),
        sa.Column("created_by_id", ID),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("agent_jobs", "created_by_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_agent_jobs"),
    )
    op.create_index("ix_agent_jobs__agent", "agent_jobs", ["agent"])
    op.create_index("ix_agent_jobs__created_at", "agent_jobs", ["created_at"])
    op.create_index("ix_agent_jobs__created_by_id", "agent_jobs", ["created_by_id"])
    op.create_index("ix_agent_jobs__status", "agent_jobs", ["status"])


def content_drafts() -> None:
    op.create_table(
        "content_drafts",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text()),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "tone", sa.Text(), server_default=sa.text("'professional'::text"), nullable=False
        ),
        sa.Column("audience", sa.Text()),
        sa.Column(
            "status",
            enum("ContentStatus"),
            server_default=sa.text("'draft'::\"ContentStatus\""),
            nullable=False,
        ),
        sa.Column("created_by_id", ID),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("content_drafts", "created_by_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_content_drafts"),
    )
    op.create_index("ix_content_drafts__created_at", "content_drafts", ["created_at"])
    op.create_index("ix_content_drafts__created_by_id", "content_drafts", ["created_by_id"])
    op.create_index(
        "ix_content_drafts__created_by_id__status", "content_drafts", ["created_by_id", "status"]
    )


def sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("session_token", sa.Text(), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("expires", INSTANT, nullable=False),
        reference("sessions", "user_id", "users", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("session_token", name="ux_sessions__session_token"),
    )
    op.create_index("ix_sessions__user_id", "sessions", ["user_id"])


def upgrade() -> None:
    for entity in BEFORE_TABLES:
        op.create_entity(entity)
    metric_events()
    users()
    verification_tokens()
    accounts()
    agent_jobs()
    content_drafts()
    sessions()
    for table in TOUCHED:
        op.create_entity(Trigger(table, "touch", "BEFORE UPDATE", "neonhub.touch_updated_at"))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    for entity in reversed(BEFORE_TABLES):
        op.drop_entity(entity)
