"""Links between pages and between pieces of content."""

# The operations on policies, grants and functions are added to op at run time.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from neonhub.db.policies import Entity, Enumeration, Trigger

revision = "20251028100000_add_link_graph"
down_revision = "20251027000000_add_citext_keyword_unique"
branch_labels = None
depends_on = None

ID = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
CUID = sa.text("neonhub.cuid()")
NOW = sa.text("now()")
BEFORE_TABLES: tuple[Entity, ...] = (
    Enumeration(name="LinkStatus", labels=("suggested", "active", "removed")),
)
TOUCHED = ("internal_links", "link_graph")
# As they are made; on the way back the other way round.
TABLES = ("internal_links", "link_graph")


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


def internal_links() -> None:
    op.create_table(
        "internal_links",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("from_url", sa.Text(), nullable=False),
        sa.Column("to_url", sa.Text(), nullable=False),
        sa.Column("anchor_text", sa.Text(), nullable=False),
        sa.Column("context", sa.Text()),
        sa.Column("similarity", sa.Double()),
        sa.Column(
            "status",
            enum("LinkStatus"),
            server_default=sa.text("'suggested'::\"LinkStatus\""),
            nullable=False,
        ),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("internal_links", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_internal_links"),
        sa.UniqueConstraint(
            "workspace_id", "from_url", "to_url", name="ux_internal_links__from_url__to_url"
        ),
    )
    op.create_index("ix_internal_links__status", "internal_links", ["workspace_id", "status"])


def link_graph() -> None:
    op.create_table(
        "link_graph",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("source_content_id", ID, nullable=False),
        sa.Column("target_content_id", ID, nullable=False),
        sa.Column("anchor_text", sa.Text(), nullable=False),
        sa.Column("similarity", sa.Double()),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("link_graph", "source_content_id", "content", "CASCADE", "workspace_id"),
        reference("link_graph", "target_content_id", "content", "CASCADE", "workspace_id"),
        reference("link_graph", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_link_graph"),
        sa.UniqueConstraint(
            "workspace_id",
            "source_content_id",
            "target_content_id",
            "anchor_text",
            name="ux_link_graph__source__target__anchor_text",
        ),
    )
    op.create_index(
        "ix_link_graph__target_content_id", "link_graph", ["workspace_id", "target_content_id"]
    )


def upgrade() -> None:
    for entity in BEFORE_TABLES:
        op.create_entity(entity)
    internal_links()
    link_graph()
    for table in TOUCHED:
        op.create_entity(Trigger(table, "touch", "BEFORE UPDATE", "neonhub.touch_updated_at"))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    for entity in reversed(BEFORE_TABLES):
        op.drop_entity(entity)
