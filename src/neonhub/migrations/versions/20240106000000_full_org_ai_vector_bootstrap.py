"""Organizations and workspaces, into which everything moves; agents, brands, knowledge."""

# The operations on policies, grants and functions are added to op at run time.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import VECTOR
from sqlalchemy.dialects import postgresql

from neonhub.db.policies import ColumnStorage, Entity, Enumeration, Trigger

revision = "20240106000000_full_org_ai_vector_bootstrap"
down_revision = "20240105000000_add_connector_kind_enum"
branch_labels = None
depends_on = None

ID = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
JSON = postgresql.JSONB(none_as_null=True)
MONEY = sa.Numeric(precision=18, scale=4)
CUID = sa.text("neonhub.cuid()")
NOW = sa.text("now()")
TOUCHED_FIRST = ("organizations", "workspaces")
# As they are made; on the way back the other way round.
TABLES_FIRST = ("organizations", "workspaces")
# The baseline's own: what was there before tenants were is found in its workspace.
ORGANIZATION = "c04es3kifs2np42j5bdf5qh5j"
WORKSPACE = "c01jsniwmunhzhuiool5zttvg"
# What becomes a workspace's, and what an organization's.
PLACED = (
    "agent_jobs",
    "agent_memories",
    "documents",
    "content_drafts",
    "ab_tests",
    "campaigns",
    "email_sequences",
    "social_posts",
    "action_configs",
    "connector_auths",
    "trigger_configs",
    "feedback",
    "tasks",
    "metric_events",
)
BILLED = ("team_members", "invoices", "subscriptions", "usage_records")
# References among them: table, column, target, what its deletion does.
WITHIN = (
    ("ab_tests", "campaign_id", "campaigns", "CASCADE"),
    ("action_configs", "connector_auth_id", "connector_auths", "CASCADE"),
    ("email_sequences", "campaign_id", "campaigns", "CASCADE"),
    ("invoices", "subscription_id", "subscriptions", "CASCADE"),
    ("social_posts", "campaign_id", "campaigns", "CASCADE"),
    ("trigger_configs", "connector_auth_id", "connector_auths", "CASCADE"),
    ("usage_records", "subscription_id", "subscriptions", "CASCADE"),
)
BEFORE_TABLES: tuple[Entity, ...] = (
    Enumeration(name="ActorType", labels=("user", "agent", "api_key", "system")),
    Enumeration(name="AgentKind", labels=("COPILOT", "WORKFLOW", "ANALYST")),
    Enumeration(name="AgentStatus", labels=("DRAFT", "ACTIVE", "PAUSED", "DISABLED")),
    Enumeration(name="ContentKind", labels=("article", "email", "social_script", "ad_copy")),
    Enumeration(name="ConversationKind", labels=("support", "campaign", "planning", "ad_hoc")),
    Enumeration(name="DatasetKind", labels=("documents", "faq", "analytics")),
    Enumeration(name="MessageRole", labels=("system", "user", "assistant", "tool")),
    Enumeration(
        name="RunStatus", labels=("pending", "running", "completed", "failed", "cancelled")
    ),
    Enumeration(
        name="TrainStatus", labels=("queued", "running", "completed", "failed", "cancelled")
    ),
)
TOUCHED = (
    "organization_members",
    "organization_roles",
    "brand_voices",
    "brands",
    "embedding_spaces",
    "agent_configs",
    "agents",
    "tools",
    "conversations",
    "datasets",
    "content",
    "editorial_calendar",
    "personas",
    "keywords",
)
AFTER_TABLES: tuple[Entity, ...] = (
    ColumnStorage(table="brand_voices", column="embedding", storage="EXTERNAL"),
    ColumnStorage(table="chunks", column="embedding", storage="EXTERNAL"),
    ColumnStorage(table="messages", column="embedding", storage="EXTERNAL"),
    ColumnStorage(table="content", column="embedding", storage="EXTERNAL"),
)
# As they are made; on the way back the other way round.
TABLES = (
    "audit_logs",
    "organization_permissions",
    "organization_roles",
    "agents",
    "api_keys",
    "brands",
    "embedding_spaces",
    "model_versions",
    "organization_members",
    "personas",
    "role_permissions",
    "agent_capabilities",
    "agent_configs",
    "brand_assets",
    "brand_voices",
    "campaign_metrics",
    "content",
    "conversations",
    "datasets",
    "inference_endpoints",
    "keywords",
    "tools",
    "training_jobs",
    "agent_runs",
    "messages",
    "agent_run_metrics",
    "chunks",
    "editorial_calendar",
    "run_steps",
    "tool_executions",
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


def organizations() -> None:
    op.create_table(
        "organizations",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), server_default=sa.text("'starter'::text"), nullable=False),
        sa.Column("settings", JSON),
        sa.Column("owner_id", ID),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("deleted_at", INSTANT),
        reference("organizations", "owner_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_organizations"),
    )
    op.create_index("ix_organizations__owner_id", "organizations", ["owner_id"])
    op.create_index(
        "ux_organizations__slug",
        "organizations",
        ["slug"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )


def workspaces() -> None:
    op.create_table(
        "workspaces",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("owner_id", ID),
        sa.Column("settings", JSON),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("deleted_at", INSTANT),
        reference("workspaces", "organization_id", "organizations", "CASCADE"),
        reference("workspaces", "owner_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_workspaces"),
        sa.UniqueConstraint("organization_id", "id", name="ux_workspaces__id"),
    )
    op.create_index("ix_workspaces__organization_id", "workspaces", ["organization_id"])
    op.create_index("ix_workspaces__owner_id", "workspaces", ["owner_id"])
    op.create_index(
        "ux_workspaces__slug",
        "workspaces",
        ["slug"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )


def place_what_is_there() -> None:
    """Make the first organization and workspace, if there are rows to put into them."""
    filled = " OR ".join(f"EXISTS (SELECT FROM {table})" for table in (*PLACED, *BILLED))
    op.execute(f"""
DO $$
BEGIN
    IF {filled} THEN
        INSERT INTO organizations (id, slug, name, plan)
        VALUES ('{ORGANIZATION}', 'primary', 'NeonHub', 'scale');
        INSERT INTO workspaces (id, organization_id, slug, name)
        VALUES ('{WORKSPACE}', '{ORGANIZATION}', 'primary', 'NeonHub');
    END IF;
END $$""")
    for table, column, _target, _action in WITHIN:
        op.drop_constraint(f"fk_{table}__{column}", table, type_="foreignkey")
    for table in PLACED:
        belong(table, "workspace_id", WORKSPACE)
        op.drop_constraint(f"pk_{table}", table, type_="primary")
        op.create_primary_key(f"pk_{table}", table, ["workspace_id", "id"])
    for table in BILLED:
        belong(table, "organization_id", ORGANIZATION)


def belong(table: str, column: str, tenant: str) -> None:
    """A default for one moment fills old rows without rewriting the table."""
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column} text COLLATE \"C\" DEFAULT '{tenant}'")
    op.alter_column(table, column, nullable=False, server_default=None)


def take_out_of_tenants() -> None:
    for table in BILLED:
        op.drop_column(table, "organization_id")
    for table in PLACED:
        op.drop_constraint(f"pk_{table}", table, type_="primary")
        op.create_primary_key(f"pk_{table}", table, ["id"])
        op.drop_column(table, "workspace_id")
    for table, column, target, action in WITHIN:
        op.create_foreign_key(
            f"fk_{table}__{column}", table, target, [column], ["id"], ondelete=action
        )


def audit_logs() -> None:
    op.create_table(
        "audit_logs",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("user_id", ID),
        sa.Column("actor_type", enum("ActorType")),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Text()),
        sa.Column("resource_type", sa.Text()),
        sa.Column("request_hash", sa.Text()),
        sa.Column("metadata", JSON),
        sa.Column("ip", postgresql.INET()),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("workspace_id", ID),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("prev_hash", sa.LargeBinary()),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_agent", sa.Text()),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_audit_logs"),
    )
    op.create_index("ix_audit_logs__action", "audit_logs", ["action"])
    op.create_index("ix_audit_logs__created_at", "audit_logs", ["organization_id", "created_at"])
    op.create_index("ix_audit_logs__user_id__created_at", "audit_logs", ["user_id", "created_at"])


def organization_permissions() -> None:
    op.create_table(
        "organization_permissions",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("category", sa.Text()),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        reference("organization_permissions", "organization_id", "organizations", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_organization_permissions"),
        sa.UniqueConstraint("organization_id", "id", name="ux_organization_permissions__id"),
        sa.UniqueConstraint("organization_id", "key", name="ux_organization_permissions__key"),
    )


def organization_roles() -> None:
    op.create_table(
        "organization_roles",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("is_system", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("organization_roles", "organization_id", "organizations", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_organization_roles"),
        sa.UniqueConstraint("organization_id", "id", name="ux_organization_roles__id"),
        sa.UniqueConstraint("organization_id", "slug", name="ux_organization_roles__slug"),
    )


def agents() -> None:
    op.create_table(
        "agents",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("kind", enum("AgentKind"), nullable=False),
        sa.Column(
            "status",
            enum("AgentStatus"),
            server_default=sa.text("'ACTIVE'::\"AgentStatus\""),
            nullable=False,
        ),
        sa.Column("description", sa.Text()),
        sa.Column("version", sa.Text()),
        sa.Column("config", JSON),
        sa.Column("prompt", sa.Text()),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("deleted_at", INSTANT),
        reference("agents", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_agents"),
    )
    op.create_index(
        "ux_agents__slug",
        "agents",
        ["workspace_id", "slug"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )


def api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("created_by_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column(
            "scopes",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'::text[]"),
            nullable=False,
        ),
        sa.Column("last_used_at", INSTANT),
        sa.Column("expires_at", INSTANT),
        sa.Column("revoked_at", INSTANT),
        sa.Column("workspace_id", ID),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        reference("api_keys", "created_by_id", "users", "CASCADE"),
        reference("api_keys", "workspace_id", "workspaces", "CASCADE", "organization_id"),
        reference("api_keys", "organization_id", "organizations", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint(
            "created_by_id", "token_hash", name="ux_api_keys__created_by_id__token_hash"
        ),
        sa.UniqueConstraint("organization_id", "token_hash", name="ux_api_keys__token_hash"),
    )
    op.create_index("ix_api_keys__id", "api_keys", ["organization_id", "id"])
    op.create_index("ix_api_keys__token_hash", "api_keys", ["token_hash"])
    op.create_index("ix_api_keys__workspace_id", "api_keys", ["organization_id", "workspace_id"])


def brands() -> None:
    op.create_table(
        "brands",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("main_color", sa.Text()),
        sa.Column("slogan", sa.Text()),
        sa.Column("metadata", JSON),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("deleted_at", INSTANT),
        reference("brands", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_brands"),
    )
    op.create_index(
        "ux_brands__slug",
        "brands",
        ["workspace_id", "slug"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )


def embedding_spaces() -> None:
    op.create_table(
        "embedding_spaces",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.Column("metadata", JSON),
        sa.Column("is_default", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("embedding_spaces", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_embedding_spaces"),
        sa.UniqueConstraint("workspace_id", "name", name="ux_embedding_spaces__name"),
    )


def model_versions() -> None:
    op.create_table(
        "model_versions",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("metadata", JSON),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        reference("model_versions", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_model_versions"),
        sa.UniqueConstraint(
            "workspace_id", "name", "version", name="ux_model_versions__name__version"
        ),
    )


def organization_members() -> None:
    op.create_table(
        "organization_members",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("role_id", ID),
        sa.Column("status", sa.Text(), server_default=sa.text("'active'::text"), nullable=False),
        sa.Column("invited_by_id", ID),
        sa.Column("joined_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference(
            "organization_members", "role_id", "organization_roles", "SET NULL", "organization_id"
        ),
        reference("organization_members", "organization_id", "organizations", "CASCADE"),
        reference("organization_members", "user_id", "users", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_organization_members"),
        sa.UniqueConstraint("organization_id", "user_id", name="ux_organization_members__user_id"),
    )
    op.create_index(
        "ix_organization_members__id", "organization_members", ["organization_id", "id"]
    )
    op.create_index(
        "ix_organization_members__role_id", "organization_members", ["organization_id", "role_id"]
    )
    op.create_index("ix_organization_members__user_id", "organization_members", ["user_id"])


def personas() -> None:
    op.create_table(
        "personas",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text()),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("personas", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_personas"),
        sa.UniqueConstraint("workspace_id", "name", name="ux_personas__name"),
    )


def role_permissions() -> None:
    op.create_table(
        "role_permissions",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("role_id", ID, nullable=False),
        sa.Column("permission_id", ID, nullable=False),
        reference(
            "role_permissions",
            "permission_id",
            "organization_permissions",
            "CASCADE",
            "organization_id",
        ),
        reference(
            "role_permissions", "role_id", "organization_roles", "CASCADE", "organization_id"
        ),
        reference("role_permissions", "organization_id", "organizations", "CASCADE"),
        sa.PrimaryKeyConstraint("role_id", "permission_id", name="pk_role_permissions"),
    )
    op.create_index("ix_role_permissions__organization_id", "role_permissions", ["organization_id"])
    op.create_index(
        "ix_role_permissions__permission_id",
        "role_permissions",
        ["organization_id", "permission_id"],
    )
    op.create_index(
        "ix_role_permissions__role_id", "role_permissions", ["organization_id", "role_id"]
    )


def agent_capabilities() -> None:
    op.create_table(
        "agent_capabilities",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("config", JSON),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        reference("agent_capabilities", "agent_id", "agents", "CASCADE", "workspace_id"),
        reference("agent_capabilities", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_agent_capabilities"),
        sa.UniqueConstraint(
            "workspace_id", "agent_id", "name", name="ux_agent_capabilities__agent_id__name"
        ),
    )


def agent_configs() -> None:
    op.create_table(
        "agent_configs",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", JSON, nullable=False),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("agent_configs", "agent_id", "agents", "CASCADE", "workspace_id"),
        reference("agent_configs", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_agent_configs"),
        sa.UniqueConstraint(
            "workspace_id", "agent_id", "key", name="ux_agent_configs__agent_id__key"
        ),
    )


def brand_assets() -> None:
    op.create_table(
        "brand_assets",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text()),
        sa.Column("metadata", JSON),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        reference("brand_assets", "brand_id", "brands", "CASCADE", "workspace_id"),
        reference("brand_assets", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_brand_assets"),
    )
    op.create_index("ix_brand_assets__brand_id", "brand_assets", ["workspace_id", "brand_id"])


def brand_voices() -> None:
    op.create_table(
        "brand_voices",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("embedding_space_id", ID, nullable=False),
        sa.Column("prompt_template", sa.Text(), nullable=False),
        sa.Column("style_rules_json", JSON, nullable=False),
        sa.Column("embedding", VECTOR()),
        sa.Column("metrics", JSON),
        sa.Column("name", sa.Text()),
        sa.Column("is_default", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("brand_voices", "brand_id", "brands", "CASCADE", "workspace_id"),
        reference(
            "brand_voices", "embedding_space_id", "embedding_spaces", "RESTRICT", "workspace_id"
        ),
        reference("brand_voices", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_brand_voices"),
    )
    op.create_index("ix_brand_voices__brand_id", "brand_voices", ["workspace_id", "brand_id"])
    op.create_index(
        "ix_brand_voices__embedding_space_id",
        "brand_voices",
        ["workspace_id", "embedding_space_id"],
    )


def campaign_metrics() -> None:
    op.create_table(
        "campaign_metrics",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Double()),
        sa.Column("payload", JSON),
        sa.Column("timestamp", INSTANT, server_default=NOW, nullable=False),
        reference("campaign_metrics", "campaign_id", "campaigns", "CASCADE", "workspace_id"),
        reference("campaign_metrics", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_campaign_metrics"),
    )
    op.create_index(
        "campaign_metrics_campaign_id_kind_timestamp_idx",
        "campaign_metrics",
        ["workspace_id", "campaign_id", "kind", "timestamp"],
    )


def content() -> None:
    op.create_table(
        "content",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("author_id", ID),
        sa.Column("kind", enum("ContentKind"), nullable=False),
        sa.Column(
            "status",
            enum("ContentStatus"),
            server_default=sa.text("'draft'::\"ContentStatus\""),
            nullable=False,
        ),
        sa.Column("title", sa.Text()),
        sa.Column("body", sa.Text()),
        sa.Column("metadata", JSON),
        sa.Column("published_at", INSTANT),
        sa.Column("slug", sa.Text()),
        sa.Column("url", sa.Text()),
        sa.Column("embedding_space_id", ID),
        sa.Column("embedding", VECTOR()),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("deleted_at", INSTANT),
        reference("content", "author_id", "users", "SET NULL"),
        reference("content", "embedding_space_id", "embedding_spaces", "RESTRICT", "workspace_id"),
        reference("content", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_content"),
    )
    op.create_index("ix_content__author_id", "content", ["author_id"])
    op.create_index(
        "ix_content__embedding_space_id", "content", ["workspace_id", "embedding_space_id"]
    )
    op.create_index(
        "ix_content__status__created_at", "content", ["workspace_id", "status", "created_at"]
    )


def conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column(
            "kind",
            enum("ConversationKind"),
            server_default=sa.text("'support'::\"ConversationKind\""),
            nullable=False,
        ),
        sa.Column("status", sa.Text(), server_default=sa.text("'active'::text"), nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("created_by_id", ID),
        sa.Column("metadata", JSON),
        sa.Column("agent_id", ID),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("conversations", "created_by_id", "users", "SET NULL"),
        reference("conversations", "agent_id", "agents", "SET NULL", "workspace_id"),
        reference("conversations", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_conversations"),
    )
    op.create_index("ix_conversations__agent_id", "conversations", ["workspace_id", "agent_id"])
    op.create_index("ix_conversations__created_at", "conversations", ["workspace_id", "created_at"])
    op.create_index("ix_conversations__created_by_id", "conversations", ["created_by_id"])


def datasets() -> None:
    op.create_table(
        "datasets",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("embedding_space_id", ID),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("kind", enum("DatasetKind"), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("source", sa.Text()),
        sa.Column("metadata", JSON),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("deleted_at", INSTANT),
        reference("datasets", "embedding_space_id", "embedding_spaces", "SET NULL", "workspace_id"),
        reference("datasets", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_datasets"),
    )
    op.create_index(
        "ix_datasets__embedding_space_id", "datasets", ["workspace_id", "embedding_space_id"]
    )
    op.create_index(
        "ux_datasets__slug",
        "datasets",
        ["workspace_id", "slug"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )


def inference_endpoints() -> None:
    op.create_table(
        "inference_endpoints",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("model_version_id", ID),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'draft'::text"), nullable=False),
        sa.Column("config", JSON),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        reference(
            "inference_endpoints", "model_version_id", "model_versions", "SET NULL", "workspace_id"
        ),
        reference("inference_endpoints", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_inference_endpoints"),
        sa.UniqueConstraint("workspace_id", "slug", name="ux_inference_endpoints__slug"),
    )
    op.create_index(
        "ix_inference_endpoints__model_version_id",
        "inference_endpoints",
        ["workspace_id", "model_version_id"],
    )


def keywords() -> None:
    op.create_table(
        "keywords",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("intent", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer()),
        sa.Column("persona_id", ID),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("keywords", "persona_id", "personas", "SET NULL", "workspace_id"),
        reference("keywords", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_keywords"),
        sa.UniqueConstraint("workspace_id", "term", name="ux_keywords__term"),
    )
    op.create_index("ix_keyword_persona", "keywords", ["workspace_id", "persona_id"])


def tools() -> None:
    op.create_table(
        "tools",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("input_schema", JSON),
        sa.Column("output_schema", JSON),
        sa.Column("agent_id", ID),
        sa.Column("version", sa.Text()),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("tools", "agent_id", "agents", "SET NULL", "workspace_id"),
        reference("tools", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_tools"),
        sa.UniqueConstraint("workspace_id", "slug", name="ux_tools__slug"),
    )
    op.create_index("ix_tools__agent_id", "tools", ["workspace_id", "agent_id"])


def training_jobs() -> None:
    op.create_table(
        "training_jobs",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("model_version_id", ID, nullable=False),
        sa.Column(
            "status",
            enum("TrainStatus"),
            server_default=sa.text("'queued'::\"TrainStatus\""),
            nullable=False,
        ),
        sa.Column("config", JSON, nullable=False),
        sa.Column("metrics", JSON),
        sa.Column("started_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("completed_at", INSTANT),
        reference("training_jobs", "model_version_id", "model_versions", "CASCADE", "workspace_id"),
        reference("training_jobs", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_training_jobs"),
    )
    op.create_index(
        "ix_training_jobs__model_version_id", "training_jobs", ["workspace_id", "model_version_id"]
    )


def agent_runs() -> None:
    op.create_table(
        "agent_runs",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("dataset_id", ID),
        sa.Column(
            "status",
            enum("RunStatus"),
            server_default=sa.text("'pending'::\"RunStatus\""),
            nullable=False,
        ),
        sa.Column("objective", sa.Text()),
        sa.Column("input", JSON, nullable=False),
        sa.Column("output", JSON),
        sa.Column("metrics", JSON),
        sa.Column("meta", JSON),
        sa.Column("input_hash", sa.Text()),
        sa.Column("error_message", sa.Text()),
        sa.Column("started_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("completed_at", INSTANT),
        sa.Column("duration_ms", sa.Integer()),
        sa.Column("total_tokens", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("total_cost", MONEY, server_default=sa.text("0"), nullable=False),
        sa.Column("trace_id", sa.Text()),
        reference("agent_runs", "agent_id", "agents", "CASCADE", "workspace_id"),
        reference("agent_runs", "dataset_id", "datasets", "SET NULL", "workspace_id"),
        reference("agent_runs", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_agent_runs"),
    )
    op.create_index(
        "ix_agent_runs__agent_id__started_at",
        "agent_runs",
        ["workspace_id", "agent_id", "started_at"],
    )
    op.create_index("ix_agent_runs__dataset_id", "agent_runs", ["workspace_id", "dataset_id"])
    op.create_index(
        "ix_agent_runs__status__started_at", "agent_runs", ["workspace_id", "status", "started_at"]
    )


def messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("author_id", ID),
        sa.Column("role", enum("MessageRole"), nullable=False),
        sa.Column("content_json", JSON, nullable=False),
        sa.Column("embedding", VECTOR()),
        sa.Column("metadata", JSON),
        sa.Column("embedding_space_id", ID),
        sa.Column("token_count", sa.Integer()),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        reference("messages", "author_id", "users", "SET NULL"),
        reference("messages", "conversation_id", "conversations", "CASCADE", "workspace_id"),
        reference("messages", "embedding_space_id", "embedding_spaces", "RESTRICT", "workspace_id"),
        reference("messages", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_messages"),
    )
    op.create_index("ix_messages__author_id", "messages", ["author_id"])
    op.create_index(
        "ix_messages__conversation_id__created_at",
        "messages",
        ["workspace_id", "conversation_id", "created_at"],
    )
    op.create_index(
        "ix_messages__conversation_id__id", "messages", ["workspace_id", "conversation_id", "id"]
    )
    op.create_index(
        "ix_messages__embedding_space_id", "messages", ["workspace_id", "embedding_space_id"]
    )
    op.create_index(
        "ix_messages__role__created_at", "messages", ["workspace_id", "role", "created_at"]
    )


def agent_run_metrics() -> None:
    op.create_table(
        "agent_run_metrics",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("agent_run_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Double()),
        sa.Column("metadata", JSON),
        sa.Column("recorded_at", INSTANT, server_default=NOW, nullable=False),
        reference("agent_run_metrics", "agent_run_id", "agent_runs", "CASCADE", "workspace_id"),
        reference("agent_run_metrics", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_agent_run_metrics"),
    )
    op.create_index(
        "ix_agent_run_metrics__agent_run_id__name",
        "agent_run_metrics",
        ["workspace_id", "agent_run_id", "name"],
    )


def chunks() -> None:
    op.create_table(
        "chunks",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("dataset_id", ID, nullable=False),
        sa.Column("document_id", ID, nullable=False),
        sa.Column("embedding_space_id", ID, nullable=False),
        sa.Column("idx", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("embedding", VECTOR()),
        sa.Column("metadata", JSON),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("token_count", sa.Integer()),
        sa.Column(
            "tsv",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('english'::regconfig, text)", persisted=True),
            nullable=False,
        ),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        reference("chunks", "dataset_id", "datasets", "CASCADE", "workspace_id"),
        reference("chunks", "document_id", "documents", "CASCADE", "workspace_id"),
        reference("chunks", "embedding_space_id", "embedding_spaces", "RESTRICT", "workspace_id"),
        reference("chunks", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_chunks"),
        sa.UniqueConstraint(
            "workspace_id", "document_id", "idx", name="ux_chunks__document_id__idx"
        ),
    )
    op.create_index("ix_chunks__dataset_id", "chunks", ["workspace_id", "dataset_id"])
    op.create_index(
        "ix_chunks__embedding_space_id", "chunks", ["workspace_id", "embedding_space_id"]
    )
    op.create_index("ix_chunks__tsv", "chunks", ["tsv"], postgresql_using="gin")


def editorial_calendar() -> None:
    op.create_table(
        "editorial_calendar",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("publish_at", INSTANT, nullable=False),
        sa.Column("priority", sa.Integer()),
        sa.Column("status", sa.Text(), server_default=sa.text("'planned'::text")),
        sa.Column("persona_id", ID),
        sa.Column("content_draft_id", ID),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference(
            "editorial_calendar", "content_draft_id", "content_drafts", "SET NULL", "workspace_id"
        ),
        reference("editorial_calendar", "persona_id", "personas", "SET NULL", "workspace_id"),
        reference("editorial_calendar", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_editorial_calendar"),
    )
    op.create_index(
        "ix_editorial_calendar__content_draft_id",
        "editorial_calendar",
        ["workspace_id", "content_draft_id"],
    )
    op.create_index(
        "ix_editorial_calendar__persona_id", "editorial_calendar", ["workspace_id", "persona_id"]
    )
    op.create_index(
        "ix_editorial_calendar__publish_at", "editorial_calendar", ["workspace_id", "publish_at"]
    )


def run_steps() -> None:
    op.create_table(
        "run_steps",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "status",
            enum("RunStatus"),
            server_default=sa.text("'pending'::\"RunStatus\""),
            nullable=False,
        ),
        sa.Column("payload", JSON),
        sa.Column("result", JSON),
        sa.Column("error", sa.Text()),
        sa.Column("started_at", INSTANT, server_default=NOW),
        sa.Column("completed_at", INSTANT),
        sa.Column("duration_ms", sa.Integer()),
        sa.Column("parent_step_id", ID),
        sa.Column("kind", sa.Text(), server_default=sa.text("'step'::text"), nullable=False),
        sa.Column("idx", sa.Integer(), nullable=False),
        reference("run_steps", "parent_step_id", "run_steps", "CASCADE", "workspace_id"),
        reference("run_steps", "run_id", "agent_runs", "CASCADE", "workspace_id"),
        reference("run_steps", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_run_steps"),
    )
    op.create_index("ix_run_steps__parent_step_id", "run_steps", ["workspace_id", "parent_step_id"])
    op.create_index("ix_run_steps__run_id__name", "run_steps", ["workspace_id", "run_id", "name"])
    op.create_index(
        "ix_run_steps__run_id__status", "run_steps", ["workspace_id", "run_id", "status"]
    )


def tool_executions() -> None:
    op.create_table(
        "tool_executions",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("tool_id", ID, nullable=False),
        sa.Column("agent_run_id", ID),
        sa.Column(
            "status",
            enum("RunStatus"),
            server_default=sa.text("'pending'::\"RunStatus\""),
            nullable=False,
        ),
        sa.Column("input", JSON),
        sa.Column("output", JSON),
        sa.Column("started_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("completed_at", INSTANT),
        sa.Column("metadata", JSON),
        sa.Column("tool_name", sa.Text(), nullable=False),
        sa.Column("error_message", sa.Text()),
        sa.Column("duration_ms", sa.Integer()),
        reference("tool_executions", "agent_run_id", "agent_runs", "CASCADE", "workspace_id"),
        reference("tool_executions", "tool_id", "tools", "CASCADE", "workspace_id"),
        reference("tool_executions", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_tool_executions"),
    )
    op.create_index(
        "ix_tool_executions__agent_run_id__started_at",
        "tool_executions",
        ["workspace_id", "agent_run_id", "started_at"],
    )
    op.create_index(
        "ix_tool_executions__tool_id__started_at",
        "tool_executions",
        ["workspace_id", "tool_id", "started_at"],
    )


def change_ab_tests() -> None:
    op.drop_index("ix_ab_tests__campaign_id", table_name="ab_tests")
    op.create_index("ix_ab_tests__campaign_id", "ab_tests", ["workspace_id", "campaign_id"])


def change_action_configs() -> None:
    op.drop_index("ix_action_configs__connector_auth_id__is_active", table_name="action_configs")
    op.create_index(
        "ix_action_configs__connector_auth_id__is_active",
        "action_configs",
        ["workspace_id", "connector_auth_id", "is_active"],
    )


def change_agent_jobs() -> None:
    op.add_column("agent_jobs", sa.Column("agent_id", ID))
    op.drop_index("ix_agent_jobs__agent", table_name="agent_jobs")
    op.create_index("ix_agent_jobs__agent", "agent_jobs", ["workspace_id", "agent"])
    op.drop_index("ix_agent_jobs__created_at", table_name="agent_jobs")
    op.create_index("ix_agent_jobs__created_at", "agent_jobs", ["workspace_id", "created_at"])
    op.drop_index("ix_agent_jobs__status", table_name="agent_jobs")
    op.create_index("ix_agent_jobs__status", "agent_jobs", ["workspace_id", "status"])
    op.create_index("ix_agent_jobs__agent_id", "agent_jobs", ["workspace_id", "agent_id"])


def change_agent_memories() -> None:
    op.add_column("agent_memories", sa.Column("agent_id", ID))
    op.add_column("agent_memories", sa.Column("embedding_space_id", ID))
    op.drop_constraint("ux_agent_memories__agent__key", "agent_memories", type_="unique")
    op.create_unique_constraint(
        "ux_agent_memories__agent__key", "agent_memories", ["workspace_id", "agent", "key"]
    )
    op.create_index("ix_agent_memories__agent_id", "agent_memories", ["workspace_id", "agent_id"])
    op.create_index(
        "ix_agent_memories__embedding_space_id",
        "agent_memories",
        ["workspace_id", "embedding_space_id"],
    )


def change_campaigns() -> None:
    op.drop_index("ix_campaigns__status", table_name="campaigns")
    op.create_index("ix_campaigns__status", "campaigns", ["workspace_id", "status"])


def change_connector_auths() -> None:
    op.drop_index("ix_connector_auths__connector_kind", table_name="connector_auths")
    op.create_index(
        "ix_connector_auths__connector_kind", "connector_auths", ["workspace_id", "connector_kind"]
    )
    op.drop_constraint(
        "ux_connector_auths__user_id__connector_id__account_id", "connector_auths", type_="unique"
    )
    op.create_unique_constraint(
        "ux_connector_auths__user_id__connector_id__account_id",
        "connector_auths",
        ["workspace_id", "user_id", "connector_id", "account_id"],
        postgresql_nulls_not_distinct=True,
    )


def change_content_drafts() -> None:
    op.add_column(
        "content_drafts",
        sa.Column(
            "kind",
            enum("ContentKind"),
            server_default=sa.text("'article'::\"ContentKind\""),
            nullable=False,
        ),
    )
    op.add_column("content_drafts", sa.Column("content_id", ID))
    op.drop_index("ix_content_drafts__created_at", table_name="content_drafts")
    op.create_index(
        "ix_content_drafts__created_at", "content_drafts", ["workspace_id", "created_at"]
    )
    op.drop_index("ix_content_drafts__created_by_id__status", table_name="content_drafts")
    op.create_index(
        "ix_content_drafts__created_by_id__status",
        "content_drafts",
        ["workspace_id", "created_by_id", "status"],
    )
    op.create_index(
        "ix_content_drafts__content_id", "content_drafts", ["workspace_id", "content_id"]
    )


def change_documents() -> None:
    op.add_column("documents", sa.Column("dataset_id", ID))
    op.add_column("documents", sa.Column("embedding_space_id", ID))
    op.create_index(
        "ix_documents__dataset_id__id", "documents", ["workspace_id", "dataset_id", "id"]
    )
    op.create_index(
        "ix_documents__embedding_space_id", "documents", ["workspace_id", "embedding_space_id"]
    )


def change_email_sequences() -> None:
    op.drop_index("ix_email_sequences__campaign_id__scheduled_for", table_name="email_sequences")
    op.create_index(
        "ix_email_sequences__campaign_id__scheduled_for",
        "email_sequences",
        ["workspace_id", "campaign_id", "scheduled_for"],
    )


def change_feedback() -> None:
    op.drop_index("ix_feedback__created_at", table_name="feedback")
    op.create_index("ix_feedback__created_at", "feedback", ["workspace_id", "created_at"])
    op.drop_index("ix_feedback__type__status", table_name="feedback")
    op.create_index("ix_feedback__type__status", "feedback", ["workspace_id", "type", "status"])
    op.drop_index("ix_feedback__user_id__status", table_name="feedback")
    op.create_index(
        "ix_feedback__user_id__status", "feedback", ["workspace_id", "user_id", "status"]
    )


def change_invoices() -> None:
    op.drop_index("ix_invoices__subscription_id", table_name="invoices")
    op.create_index(
        "ix_invoices__subscription_id", "invoices", ["organization_id", "subscription_id"]
    )
    op.create_index("ix_invoices__organization_id", "invoices", ["organization_id"])


def change_metric_events() -> None:
    op.drop_index("ix_metric_events__kind__timestamp", table_name="metric_events")
    op.create_index(
        "ix_metric_events__kind__timestamp", "metric_events", ["workspace_id", "kind", "timestamp"]
    )


def change_social_posts() -> None:
    op.drop_index(
        "ix_social_posts__campaign_id__platform__scheduled_for", table_name="social_posts"
    )
    op.create_index(
        "ix_social_posts__campaign_id__platform__scheduled_for",
        "social_posts",
        ["workspace_id", "campaign_id", "platform", "scheduled_for"],
    )


def change_subscriptions() -> None:
    op.create_unique_constraint("ux_subscriptions__id", "subscriptions", ["organization_id", "id"])
    op.create_unique_constraint(
        "ux_subscriptions__organization_id", "subscriptions", ["organization_id"]
    )


def change_tasks() -> None:
    op.drop_index("ix_tasks__assignee_id__status", table_name="tasks")
    op.create_index(
        "ix_tasks__assignee_id__status", "tasks", ["workspace_id", "assignee_id", "status"]
    )
    op.drop_index("ix_tasks__created_by_id__status", table_name="tasks")
    op.create_index(
        "ix_tasks__created_by_id__status", "tasks", ["workspace_id", "created_by_id", "status"]
    )
    op.drop_index("ix_tasks__due_date", table_name="tasks")
    op.create_index("ix_tasks__due_date", "tasks", ["workspace_id", "due_date"])


def change_team_members() -> None:
    op.drop_constraint("ux_team_members__user_id__organization_id", "team_members", type_="unique")
    op.create_unique_constraint(
        "ux_team_members__user_id__organization_id", "team_members", ["user_id", "organization_id"]
    )
    op.create_index("ix_team_members__organization_id", "team_members", ["organization_id"])


def change_trigger_configs() -> None:
    op.drop_index("ix_trigger_configs__connector_auth_id__is_active", table_name="trigger_configs")
    op.create_index(
        "ix_trigger_configs__connector_auth_id__is_active",
        "trigger_configs",
        ["workspace_id", "connector_auth_id", "is_active"],
    )


def change_usage_records() -> None:
    op.drop_index("ix_usage_records__subscription_id", table_name="usage_records")
    op.create_index(
        "ix_usage_records__subscription_id", "usage_records", ["organization_id", "subscription_id"]
    )
    op.create_index("ix_usage_records__organization_id", "usage_records", ["organization_id"])


def change_ab_tests_again() -> None:
    op.create_foreign_key(
        "fk_ab_tests__campaign_id",
        "ab_tests",
        "campaigns",
        ["workspace_id", "campaign_id"],
        ["workspace_id", "id"],
        ondelete="CASCADE",
    )
    op.create_foreign_key(
        "fk_ab_tests__workspace_id",
        "ab_tests",
        "workspaces",
        ["workspace_id"],
        ["id"],
        ondelete="CASCADE",
    )


def change_action_configs_again() -> None:
    op.create_foreign_key(
        "fk_action_configs__connector_auth_id",
        "action_configs",
        "connector_auths",
        ["workspace_id", "connector_auth_id"],
        ["workspace_id", "id"],
        ondelete="CASCADE",
    )
    op.create_foreign_key(
        "fk_action_configs__workspace_id",
        "action_configs",
        "workspaces",
        ["workspace_id"],
        ["id"],
        ondelete="CASCADE",
    )


def change_agent_jobs_again() -> None:
    op.create_foreign_key(
        "fk_agent_jobs__workspace_id",
        "agent_jobs",
        "workspaces",
        ["workspace_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_foreign_key(
        "fk_agent_jobs__agent_id",
        "agent_jobs",
        "agents",
        ["workspace_id", "agent_id"],
        ["workspace_id", "id"],
        ondelete="SET NULL (agent_id)",
    )


def change_agent_memories_again() -> None:
    op.create_foreign_key(
        "fk_agent_memories__embedding_space_id",
        "agent_memories",
        "embedding_spaces",
        ["workspace_id", "embedding_space_id"],
        ["workspace_id", "id"],
        ondelete="RESTRICT",
    )
    op.create_foreign_key(
        "fk_agent_memories__workspace_id",
        "agent_memories",
        "workspaces",
        ["workspace_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_foreign_key(
        "fk_agent_memories__agent_id",
        "agent_memories",
        "agents",
        ["workspace_id", "agent_id"],
        ["workspace_id", "id"],
        ondelete="CASCADE",
    )


def change_campaigns_again() -> None:
    op.create_foreign_key(
        "fk_campaigns__workspace_id",
        "campaigns",
        "workspaces",
        ["workspace_id"],
        ["id"],
        ondelete="CASCADE",
    )


def change_connector_auths_again() -> None:
    op.create_foreign_key(
        "fk_connector_auths__workspace_id",
        "connector_auths",
        "workspaces",
        ["workspace_id"],
        ["id"],
        ondelete="CASCADE",
    )


def change_content_drafts_again() -> None:
    op.create_foreign_key(
        "fk_content_drafts__content_id",
        "content_drafts",
        "content",
        ["workspace_id", "content_id"],
        ["workspace_id", "id"],
        ondelete="SET NULL (content_id)",
    )
    op.create_foreign_key(
        "fk_content_drafts__workspace_id",
        "content_drafts",
        "workspaces",
        ["workspace_id"],
        ["id"],
        ondelete="CASCADE",
    )


def change_documents_again() -> None:
    op.create_foreign_key(
        "fk_documents__workspace_id",
        "documents",
        "workspaces",
        ["workspace_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_foreign_key(
        "fk_documents__dataset_id",
        "documents",
        "datasets",
        ["workspace_id", "dataset_id"],
        ["workspace_id", "id"],
        ondelete="CASCADE",
    )
    op.create_foreign_key(
        "fk_documents__embedding_space_id",
        "documents",
        "embedding_spaces",
        ["workspace_id", "embedding_space_id"],
        ["workspace_id", "id"],
        ondelete="RESTRICT",
    )


def change_email_sequences_again() -> None:
    op.create_foreign_key(
        "fk_email_sequences__workspace_id",
        "email_sequences",
        "workspaces",
        ["workspace_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_foreign_key(
        "fk_email_sequences__campaign_id",
        "email_sequences",
        "campaigns",
        ["workspace_id", "campaign_id"],
        ["workspace_id", "id"],
        ondelete="CASCADE",
    )


def change_feedback_again() -> None:
    op.create_foreign_key(
        "fk_feedback__workspace_id",
        "feedback",
        "workspaces",
        ["workspace_id"],
        ["id"],
        ondelete="CASCADE",
    )


def change_invoices_again() -> None:
    op.create_foreign_key(
        "fk_invoices__subscription_id",
        "invoices",
        "subscriptions",
        ["organization_id", "subscription_id"],
        ["organization_id", "id"],
        ondelete="CASCADE",
    )
    op.create_foreign_key(
        "fk_invoices__organization_id",
        "invoices",
        "organizations",
        ["organization_id"],
        ["id"],
        ondelete="CASCADE",
    )


def change_metric_events_again() -> None:
    op.create_foreign_key(
        "fk_metric_events__workspace_id",
        "metric_events",
        "workspaces",
        ["workspace_id"],
        ["id"],
        ondelete="CASCADE",
    )


def change_social_posts_again() -> None:
    op.create_foreign_key(
        "fk_social_posts__campaign_id",
        "social_posts",
        "campaigns",
        ["workspace_id", "campaign_id"],
        ["workspace_id", "id"],
        ondelete="CASCADE",
    )
    op.create_foreign_key(
        "fk_social_posts__workspace_id",
        "social_posts",
        "workspaces",
        ["workspace_id"],
        ["id"],
        ondelete="CASCADE",
    )


def change_subscriptions_again() -> None:
    op.create_foreign_key(
        "fk_subscriptions__organization_id",
        "subscriptions",
        "organizations",
        ["organization_id"],
        ["id"],
        ondelete="CASCADE",
    )


def change_tasks_again() -> None:
    op.create_foreign_key(
        "fk_tasks__workspace_id",
        "tasks",
        "workspaces",
        ["workspace_id"],
        ["id"],
        ondelete="CASCADE",
    )


def change_team_members_again() -> None:
    op.create_foreign_key(
        "fk_team_members__organization_id",
        "team_members",
        "organizations",
        ["organization_id"],
        ["id"],
        ondelete="CASCADE",
    )


def change_trigger_configs_again() -> None:
    op.create_foreign_key(
        "fk_trigger_configs__connector_auth_id",
        "trigger_configs",
        "connector_auths",
        ["workspace_id", "connector_auth_id"],
        ["workspace_id", "id"],
        ondelete="CASCADE",
    )
    op.create_foreign_key(
        "fk_trigger_configs__workspace_id",
        "trigger_configs",
        "workspaces",
        ["workspace_id"],
        ["id"],
        ondelete="CASCADE",
    )


def change_usage_records_again() -> None:
    op.create_foreign_key(
        "fk_usage_records__organization_id",
        "usage_records",
        "organizations",
        ["organization_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_foreign_key(
        "fk_usage_records__subscription_id",
        "usage_records",
        "subscriptions",
        ["organization_id", "subscription_id"],
        ["organization_id", "id"],
        ondelete="CASCADE",
    )


def restore_usage_records() -> None:
    op.drop_constraint("fk_usage_records__subscription_id", "usage_records", type_="foreignkey")
    op.drop_constraint("fk_usage_records__organization_id", "usage_records", type_="foreignkey")


def restore_trigger_configs() -> None:
    op.drop_constraint("fk_trigger_configs__workspace_id", "trigger_configs", type_="foreignkey")
    op.drop_constraint(
        "fk_trigger_configs__connector_auth_id", "trigger_configs", type_="foreignkey"
    )


def restore_team_members() -> None:
    op.drop_constraint("fk_team_members__organization_id", "team_members", type_="foreignkey")


def restore_tasks() -> None:
    op.drop_constraint("fk_tasks__workspace_id", "tasks", type_="foreignkey")


def restore_subscriptions() -> None:
    op.drop_constraint("fk_subscriptions__organization_id", "subscriptions", type_="foreignkey")


def restore_social_posts() -> None:
    op.drop_constraint("fk_social_posts__workspace_id", "social_posts", type_="foreignkey")
    op.drop_constraint("fk_social_posts__campaign_id", "social_posts", type_="foreignkey")


def restore_metric_events() -> None:
    op.drop_constraint("fk_metric_events__workspace_id", "metric_events", type_="foreignkey")


def restore_invoices() -> None:
    op.drop_constraint("fk_invoices__organization_id", "invoices", type_="foreignkey")
    op.drop_constraint("fk_invoices__subscription_id", "invoices", type_="foreignkey")


def restore_feedback() -> None:
    op.drop_constraint("fk_feedback__workspace_id", "feedback", type_="foreignkey")


def restore_email_sequences() -> None:
    op.drop_constraint("fk_email_sequences__campaign_id", "email_sequences", type_="foreignkey")
    op.drop_constraint("fk_email_sequences__workspace_id", "email_sequences", type_="foreignkey")


def restore_documents() -> None:
    op.drop_constraint("fk_documents__embedding_space_id", "documents", type_="foreignkey")
    op.drop_constraint("fk_documents__dataset_id", "documents", type_="foreignkey")
    op.drop_constraint("fk_documents__workspace_id", "documents", type_="foreignkey")


def restore_content_drafts() -> None:
    op.drop_constraint("fk_content_drafts__workspace_id", "content_drafts", type_="foreignkey")
    op.drop_constraint("fk_content_drafts__content_id", "content_drafts", type_="foreignkey")


def restore_connector_auths() -> None:
    op.drop_constraint("fk_connector_auths__workspace_id", "connector_auths", type_="foreignkey")


def restore_campaigns() -> None:
    op.drop_constraint("fk_campaigns__workspace_id", "campaigns", type_="foreignkey")


def restore_agent_memories() -> None:
    op.drop_constraint("fk_agent_memories__agent_id", "agent_memories", type_="foreignkey")
    op.drop_constraint("fk_agent_memories__workspace_id", "agent_memories", type_="foreignkey")
    op.drop_constraint(
        "fk_agent_memories__embedding_space_id", "agent_memories", type_="foreignkey"
    )


def restore_agent_jobs() -> None:
    op.drop_constraint("fk_agent_jobs__agent_id", "agent_jobs", type_="foreignkey")
    op.drop_constraint("fk_agent_jobs__workspace_id", "agent_jobs", type_="foreignkey")


def restore_action_configs() -> None:
    op.drop_constraint("fk_action_configs__workspace_id", "action_configs", type_="foreignkey")
    op.drop_constraint("fk_action_configs__connector_auth_id", "action_configs", type_="foreignkey")


def restore_ab_tests() -> None:
    op.drop_constraint("fk_ab_tests__workspace_id", "ab_tests", type_="foreignkey")
    op.drop_constraint("fk_ab_tests__campaign_id", "ab_tests", type_="foreignkey")


def restore_usage_records_again() -> None:
    op.drop_index("ix_usage_records__organization_id", table_name="usage_records")
    op.drop_index("ix_usage_records__subscription_id", table_name="usage_records")
    op.create_index("ix_usage_records__subscription_id", "usage_records", ["subscription_id"])


def restore_trigger_configs_again() -> None:
    op.drop_index("ix_trigger_configs__connector_auth_id__is_active", table_name="trigger_configs")
    op.create_index(
        "ix_trigger_configs__connector_auth_id__is_active",
        "trigger_configs",
        ["connector_auth_id", "is_active"],
    )


def restore_team_members_again() -> None:
    op.drop_index("ix_team_members__organization_id", table_name="team_members")
    op.drop_constraint("ux_team_members__user_id__organization_id", "team_members", type_="unique")
    op.create_unique_constraint(
        "ux_team_members__user_id__organization_id",
        "team_members",
        ["user_id"],
        postgresql_nulls_not_distinct=False,
    )


def restore_tasks_again() -> None:
    op.drop_index("ix_tasks__due_date", table_name="tasks")
    op.create_index("ix_tasks__due_date", "tasks", ["due_date"])
    op.drop_index("ix_tasks__created_by_id__status", table_name="tasks")
    op.create_index("ix_tasks__created_by_id__status", "tasks", ["created_by_id", "status"])
    op.drop_index("ix_tasks__assignee_id__status", table_name="tasks")
    op.create_index("ix_tasks__assignee_id__status", "tasks", ["assignee_id", "status"])


def restore_subscriptions_again() -> None:
    op.drop_constraint("ux_subscriptions__organization_id", "subscriptions", type_="unique")
    op.drop_constraint("ux_subscriptions__id", "subscriptions", type_="unique")


def restore_social_posts_again() -> None:
    op.drop_index(
        "ix_social_posts__campaign_id__platform__scheduled_for", table_name="social_posts"
    )
    op.create_index(
        "ix_social_posts__campaign_id__platform__scheduled_for",
        "social_posts",
        ["campaign_id", "platform", "scheduled_for"],
    )


def restore_metric_events_again() -> None:
    op.drop_index("ix_metric_events__kind__timestamp", table_name="metric_events")
    op.create_index("ix_metric_events__kind__timestamp", "metric_events", ["kind", "timestamp"])


def restore_invoices_again() -> None:
    op.drop_index("ix_invoices__organization_id", table_name="invoices")
    op.drop_index("ix_invoices__subscription_id", table_name="invoices")
    op.create_index("ix_invoices__subscription_id", "invoices", ["subscription_id"])


def restore_feedback_again() -> None:
    op.drop_index("ix_feedback__user_id__status", table_name="feedback")
    op.create_index("ix_feedback__user_id__status", "feedback", ["user_id", "status"])
    op.drop_index("ix_feedback__type__status", table_name="feedback")
    op.create_index("ix_feedback__type__status", "feedback", ["type", "status"])
    op.drop_index("ix_feedback__created_at", table_name="feedback")
    op.create_index("ix_feedback__created_at", "feedback", ["created_at"])


def restore_email_sequences_again() -> None:
    op.drop_index("ix_email_sequences__campaign_id__scheduled_for", table_name="email_sequences")
    op.create_index(
        "ix_email_sequences__campaign_id__scheduled_for",
        "email_sequences",
        ["campaign_id", "scheduled_for"],
    )


def restore_documents_again() -> None:
    op.drop_index("ix_documents__embedding_space_id", table_name="documents")
    op.drop_index("ix_documents__dataset_id__id", table_name="documents")
    op.drop_column("documents", "embedding_space_id")
    op.drop_column("documents", "dataset_id")


def restore_content_drafts_again() -> None:
    op.drop_index("ix_content_drafts__content_id", table_name="content_drafts")
    op.drop_index("ix_content_drafts__created_by_id__status", table_name="content_drafts")
    op.create_index(
        "ix_content_drafts__created_by_id__status", "content_drafts", ["created_by_id", "status"]
    )
    op.drop_index("ix_content_drafts__created_at", table_name="content_drafts")
    op.create_index("ix_content_drafts__created_at", "content_drafts", ["created_at"])
    op.drop_column("content_drafts", "content_id")
    op.drop_column("content_drafts", "kind")


def restore_connector_auths_again() -> None:
    op.drop_constraint(
        "ux_connector_auths__user_id__connector_id__account_id", "connector_auths", type_="unique"
    )
    op.create_unique_constraint(
        "ux_connector_auths__user_id__connector_id__account_id",
        "connector_auths",
        ["user_id", "connector_id", "account_id"],
        postgresql_nulls_not_distinct=True,
    )
    op.drop_index("ix_connector_auths__connector_kind", table_name="connector_auths")
    op.create_index("ix_connector_auths__connector_kind", "connector_auths", ["connector_kind"])


def restore_campaigns_again() -> None:
    op.drop_index("ix_campaigns__status", table_name="campaigns")
    op.create_index("ix_campaigns__status", "campaigns", ["status"])


def restore_agent_memories_again() -> None:
    op.drop_index("ix_agent_memories__embedding_space_id", table_name="agent_memories")
    op.drop_index("ix_agent_memories__agent_id", table_name="agent_memories")
    op.drop_constraint("ux_agent_memories__agent__key", "agent_memories", type_="unique")
    op.create_unique_constraint(
        "ux_agent_memories__agent__key",
        "agent_memories",
        ["agent", "key"],
        postgresql_nulls_not_distinct=False,
    )
    op.drop_column("agent_memories", "embedding_space_id")
    op.drop_column("agent_memories", "agent_id")


def restore_agent_jobs_again() -> None:
    op.drop_index("ix_agent_jobs__agent_id", table_name="agent_jobs")
    op.drop_index("ix_agent_jobs__status", table_name="agent_jobs")
    op.create_index("ix_agent_jobs__status", "agent_jobs", ["status"])
    op.drop_index("ix_agent_jobs__created_at", table_name="agent_jobs")
    op.create_index("ix_agent_jobs__created_at", "agent_jobs", ["created_at"])
    op.drop_index("ix_agent_jobs__agent", table_name="agent_jobs")
    op.create_index("ix_agent_jobs__agent", "agent_jobs", ["agent"])
    op.drop_column("agent_jobs", "agent_id")


def restore_action_configs_again() -> None:
    op.drop_index("ix_action_configs__connector_auth_id__is_active", table_name="action_configs")
    op.create_index(
        "ix_action_configs__connector_auth_id__is_active",
        "action_configs",
        ["connector_auth_id", "is_active"],
    )


def restore_ab_tests_again() -> None:
    op.drop_index("ix_ab_tests__campaign_id", table_name="ab_tests")
    op.create_index("ix_ab_tests__campaign_id", "ab_tests", ["campaign_id"])


def upgrade() -> None:
    organizations()
    workspaces()
    for table in TOUCHED_FIRST:
        op.create_entity(Trigger(table, "touch", "BEFORE UPDATE", "neonhub.touch_updated_at"))
    place_what_is_there()
    for entity in BEFORE_TABLES:
        op.create_entity(entity)
    for step in (
        audit_logs,
        organization_permissions,
        organization_roles,
        agents,
        api_keys,
        brands,
        embedding_spaces,
        model_versions,
        organization_members,
        personas,
        role_permissions,
        agent_capabilities,
        agent_configs,
        brand_assets,
        brand_voices,
        campaign_metrics,
        content,
        conversations,
        datasets,
        inference_endpoints,
        keywords,
        tools,
        training_jobs,
        agent_runs,
        messages,
        agent_run_metrics,
        chunks,
        editorial_calendar,
        run_steps,
        tool_executions,
        change_ab_tests,
        change_action_configs,
        change_agent_jobs,
        change_agent_memories,
        change_campaigns,
        change_connector_auths,
        change_content_drafts,
        change_documents,
        change_email_sequences,
        change_feedback,
        change_invoices,
        change_metric_events,
        change_social_posts,
        change_subscriptions,
        change_tasks,
        change_team_members,
        change_trigger_configs,
        change_usage_records,
        change_ab_tests_again,
        change_action_configs_again,
        change_agent_jobs_again,
        change_agent_memories_again,
        change_campaigns_again,
        change_connector_auths_again,
        change_content_drafts_again,
        change_documents_again,
        change_email_sequences_again,
        change_feedback_again,
        change_invoices_again,
        change_metric_events_again,
        change_social_posts_again,
        change_subscriptions_again,
        change_tasks_again,
        change_team_members_again,
        change_trigger_configs_again,
        change_usage_records_again,
    ):
        step()
    for table in TOUCHED:
        op.create_entity(Trigger(table, "touch", "BEFORE UPDATE", "neonhub.touch_updated_at"))
    for entity in AFTER_TABLES:
        op.create_entity(entity)


def downgrade() -> None:
    for step in (
        restore_usage_records,
        restore_trigger_configs,
        restore_team_members,
        restore_tasks,
        restore_subscriptions,
        restore_social_posts,
        restore_metric_events,
        restore_invoices,
        restore_feedback,
        restore_email_sequences,
        restore_documents,
        restore_content_drafts,
        restore_connector_auths,
        restore_campaigns,
        restore_agent_memories,
        restore_agent_jobs,
        restore_action_configs,
        restore_ab_tests,
        restore_usage_records_again,
        restore_trigger_configs_again,
        restore_team_members_again,
        restore_tasks_again,
        restore_subscriptions_again,
        restore_social_posts_again,
        restore_metric_events_again,
        restore_invoices_again,
        restore_feedback_again,
        restore_email_sequences_again,
        restore_documents_again,
        restore_content_drafts_again,
        restore_connector_auths_again,
        restore_campaigns_again,
        restore_agent_memories_again,
        restore_agent_jobs_again,
        restore_action_configs_again,
        restore_ab_tests_again,
    ):
        step()
    for table in reversed(TABLES):
        op.drop_table(table)
    for entity in reversed(BEFORE_TABLES):
        op.drop_entity(entity)
    take_out_of_tenants()
    for table in reversed(TABLES_FIRST):
        op.drop_table(table)
