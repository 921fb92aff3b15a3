"""Organizations and workspaces, agents, people, and knowledge with its vectors."""

# The operations on policies, grants and functions are added to op at run time.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import BIT, VECTOR
from sqlalchemy.dialects import postgresql

from neonhub.db.policies import ColumnStorage, Entity, Enumeration, Function, Trigger

revision = "20240106000000_full_org_ai_vector_bootstrap"
down_revision = "20240101000000_initial"
branch_labels = None
depends_on = None

ID = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
JSON = postgresql.JSONB(none_as_null=True)
CUID = sa.text("neonhub.cuid()")
NOW = sa.text("now()")
BEFORE_TABLES: tuple[Entity, ...] = (
    Enumeration(name="AgentKind", labels=("COPILOT", "WORKFLOW", "ANALYST")),
    Enumeration(name="AgentStatus", labels=("DRAFT", "ACTIVE", "PAUSED", "DISABLED")),
    Enumeration(name="ConversationKind", labels=("support", "campaign", "planning", "ad_hoc")),
    Enumeration(name="DatasetKind", labels=("documents", "faq", "analytics")),
    Enumeration(name="InvitationStatus", labels=("pending", "accepted", "revoked", "expired")),
    Enumeration(name="MessageRole", labels=("system", "user", "assistant", "tool")),
    Function(
        name="keep_document_version",
        arguments="",
        returns="trigger",
        body="""
BEGIN
    -- The update holds the document's row, so that no other takes the same number meanwhile.
    IF old.content IS DISTINCT FROM new.content THEN
        INSERT INTO document_versions (workspace_id, document_id, version, content, content_hash)
        SELECT old.workspace_id, old.id, coalesce(max(v.version), 0) + 1, old.content,
               coalesce(old.content_hash, encode(sha256(convert_to(old.content, 'UTF8')), 'hex'))
          FROM document_versions v
         WHERE v.workspace_id = old.workspace_id AND v.document_id = old.id;
    END IF;
    RETURN NULL;
END
""",
        language="plpgsql",
        volatility="VOLATILE",
        parallel="UNSAFE",
        settings=("search_path TO 'public', 'pg_temp'",),
    ),
)
AFTER_TABLES: tuple[Entity, ...] = (
    ColumnStorage(table="chunks", column="embedding", storage="EXTERNAL"),
    ColumnStorage(table="chunks", column="embedding_bits", storage="PLAIN"),
    Trigger(
        table="documents",
        name="keep_version",
        timing="AFTER UPDATE OF content",
        function="neonhub.keep_document_version",
    ),
    ColumnStorage(table="messages", column="embedding", storage="EXTERNAL"),
    ColumnStorage(table="messages", column="embedding_bits", storage="PLAIN"),
)
TOUCHED = (
    "invitations",
    "organization_members",
    "organization_roles",
    "organizations",
    "team_members",
    "workspace_members",
    "workspaces",
    "embedding_spaces",
    "agents",
    "conversations",
    "datasets",
    "document_versions",
    "documents",
    "people",
)
# As they are made; on the way back the other way round.
TABLES = (
    "organizations",
    "organization_permissions",
    "organization_roles",
    "team_members",
    "workspaces",
    "agents",
    "api_keys",
    "embedding_spaces",
    "invitations",
    "organization_members",
    "people",
    "role_permissions",
    "workspace_members",
    "conversations",
    "datasets",
    "documents",
    "messages",
    "chunks",
    "document_versions",
)


def enum(name: str) -> postgresql.ENUM:
    """The type of that name, made above."""
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


def team_members() -> None:
    op.create_table(
        "team_members",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
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
        reference("team_members", "organization_id", "organizations", "CASCADE"),
        reference("team_members", "user_id", "users", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_team_members"),
        sa.UniqueConstraint(
            "user_id", "organization_id", name="ux_team_members__user_id__organization_id"
        ),
    )
    op.create_index("ix_team_members__organization_id", "team_members", ["organization_id"])
    op.create_index("ix_team_members__role__status", "team_members", ["role", "status"])


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
    op.create_index("ix_api_keys__token_hash", "api_keys", ["token_hash"])
    op.create_index("ix_api_keys__workspace_id", "api_keys", ["organization_id", "workspace_id"])


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


def invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("workspace_id", ID),
        sa.Column("email", postgresql.CITEXT(), nullable=False),
        sa.Column("role_id", ID),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("invited_by_id", ID),
        sa.Column(
            "status",
            enum("InvitationStatus"),
            server_default=sa.text("'pending'::\"InvitationStatus\""),
            nullable=False,
        ),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("accepted_at", INSTANT),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("invitations", "invited_by_id", "users", "SET NULL"),
        reference("invitations", "role_id", "organization_roles", "SET NULL", "organization_id"),
        reference("invitations", "workspace_id", "workspaces", "CASCADE", "organization_id"),
        reference("invitations", "organization_id", "organizations", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.UniqueConstraint("token_hash", name="ux_invitations__token_hash"),
    )
    op.create_index("ix_invitations__email", "invitations", ["email"])
    op.create_index("ix_invitations__invited_by_id", "invitations", ["invited_by_id"])
    op.create_index("ix_invitations__role_id", "invitations", ["organization_id", "role_id"])
    op.create_index("ix_invitations__status", "invitations", ["organization_id", "status"])
    op.create_index(
        "ix_invitations__workspace_id", "invitations", ["organization_id", "workspace_id"]
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
        "ix_organization_members__role_id", "organization_members", ["organization_id", "role_id"]
    )
    op.create_index("ix_organization_members__user_id", "organization_members", ["user_id"])


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
        sa.Column("merged_into_id", ID),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("deleted_at", INSTANT),
        reference("people", "merged_into_id", "people", "SET NULL", "workspace_id"),
        reference("people", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_people"),
    )
    op.create_index("ix_people__last_seen_at", "people", ["workspace_id", "last_seen_at"])
    op.create_index("ix_people__merged_into_id", "people", ["workspace_id", "merged_into_id"])
    op.create_index("ix_people__primary_email", "people", ["workspace_id", "primary_email"])
    op.create_index("ix_people__primary_phone", "people", ["workspace_id", "primary_phone"])
    op.create_index(
        "ux_people__external_id",
        "people",
        ["workspace_id", "external_id"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
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


def workspace_members() -> None:
    op.create_table(
        "workspace_members",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("role", sa.Text(), server_default=sa.text("'member'::text"), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'active'::text"), nullable=False),
        sa.Column("joined_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("workspace_members", "user_id", "users", "CASCADE"),
        reference("workspace_members", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_workspace_members"),
        sa.UniqueConstraint("workspace_id", "user_id", name="ux_workspace_members__user_id"),
    )
    op.create_index("ix_workspace_members__user_id", "workspace_members", ["user_id"])


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
        sa.Column("person_id", ID),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("deleted_at", INSTANT),
        reference("conversations", "created_by_id", "users", "SET NULL"),
        reference("conversations", "agent_id", "agents", "SET NULL", "workspace_id"),
        reference("conversations", "person_id", "people", "SET NULL", "workspace_id"),
        reference("conversations", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_conversations"),
    )
    op.create_index("ix_conversations__agent_id", "conversations", ["workspace_id", "agent_id"])
    op.create_index("ix_conversations__created_at", "conversations", ["workspace_id", "created_at"])
    op.create_index("ix_conversations__created_by_id", "conversations", ["created_by_id"])
    op.create_index("ix_conversations__person_id", "conversations", ["workspace_id", "person_id"])


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


def documents() -> None:
    op.create_table(
        "documents",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("dataset_id", ID),
        sa.Column("owner_id", ID),
        sa.Column("embedding_space_id", ID),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'draft'::text"), nullable=False),
        sa.Column("metadata", JSON),
        sa.Column("source_uri", sa.Text()),
        sa.Column("content_hash", sa.Text()),
        sa.Column("mime_type", sa.Text()),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("deleted_at", INSTANT),
        reference("documents", "owner_id", "users", "SET NULL"),
        reference("documents", "dataset_id", "datasets", "CASCADE", "workspace_id"),
        reference(
            "documents", "embedding_space_id", "embedding_spaces", "RESTRICT", "workspace_id"
        ),
        reference("documents", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_documents"),
    )
    op.create_index(
        "ix_documents__dataset_id__id", "documents", ["workspace_id", "dataset_id", "id"]
    )
    op.create_index(
        "ix_documents__deleted",
        "documents",
        ["workspace_id", "dataset_id", "id"],
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )
    op.create_index(
        "ix_documents__embedding_space_id", "documents", ["workspace_id", "embedding_space_id"]
    )
    op.create_index("ix_documents__owner_id", "documents", ["owner_id"])
    op.create_index(
        "ux_documents__dataset_id__source_uri",
        "documents",
        ["workspace_id", "dataset_id", "source_uri"],
        unique=True,
        postgresql_where=sa.text("source_uri IS NOT NULL AND deleted_at IS NULL"),
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
        sa.Column("embedding", VECTOR(dim=1536)),
        sa.Column(
            "embedding_bits",
            BIT(length=1536),
            sa.Computed("(binary_quantize(embedding))::bit(1536)", persisted=True),
        ),
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
        sa.Column("embedding", VECTOR(dim=1536)),
        sa.Column(
            "embedding_bits",
            BIT(length=1536),
            sa.Computed("(binary_quantize(embedding))::bit(1536)", persisted=True),
        ),
        sa.Column("metadata", JSON),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("token_count", sa.Integer()),
        sa.Column(
            "tsv",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('english'::regconfig, text)", persisted=True),
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
    op.create_index(
        "ix_chunks__scan",
        "chunks",
        ["workspace_id", "embedding_space_id", "dataset_id"],
        postgresql_include=["document_id", "id", "embedding_bits"],
    )
    op.create_index("ix_chunks__tsv", "chunks", ["tsv"], postgresql_using="gin")


def document_versions() -> None:
    op.create_table(
        "document_versions",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("document_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("created_by_id", ID),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("document_versions", "created_by_id", "users", "SET NULL"),
        reference("document_versions", "document_id", "documents", "CASCADE", "workspace_id"),
        reference("document_versions", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_document_versions"),
        sa.UniqueConstraint(
            "workspace_id",
            "document_id",
            "version",
            name="ux_document_versions__document_id__version",
        ),
    )
    op.create_index("ix_document_versions__created_by_id", "document_versions", ["created_by_id"])


def upgrade() -> None:
    for entity in BEFORE_TABLES:
        op.create_entity(entity)
    organizations()
    organization_permissions()
    organization_roles()
    team_members()
    workspaces()
    agents()
    api_keys()
    embedding_spaces()
    invitations()
    organization_members()
    people()
    role_permissions()
    workspace_members()
    conversations()
    datasets()
    documents()
    messages()
    chunks()
    document_versions()
    for table in TOUCHED:
        op.create_entity(Trigger(table, "touch", "BEFORE UPDATE", "neonhub.touch_updated_at"))
    for entity in AFTER_TABLES:
        op.create_entity(entity)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    for entity in reversed(BEFORE_TABLES):
        op.drop_entity(entity)
