"""What a search engine's console measures."""

# The operations on policies, grants and functions are added to op at run time.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from neonhub.db.policies import Entity, Enumeration

revision = "20251028110000_add_seo_metrics"
down_revision = "20251028100000_add_link_graph"
branch_labels = None
depends_on = None

ID = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
CUID = sa.text("neonhub.cuid()")
NOW = sa.text("now()")
BEFORE_TABLES: tuple[Entity, ...] = (
    Enumeration(name="DeviceKind", labels=("desktop", "mobile", "tablet")),
)
# As they are made; on the way back the other way round.
TABLES = ("seo_metrics",)


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


def ratio(part: str, whole: str) -> str:
    """0 where there is nothing to divide by."""
    return (
        f"CASE WHEN {whole} > 0 THEN {part}::double precision / {whole}::double precision "
        "ELSE 0 END"
    )


def seo_metrics() -> None:
    op.create_table(
        "seo_metrics",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("content_id", ID),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("keyword", postgresql.CITEXT()),
        sa.Column("impressions", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("clicks", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "ctr",
            sa.Double(),
            sa.Computed(ratio("clicks", "impressions"), persisted=True),
            nullable=False,
        ),
        sa.Column("position", sa.Double(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("description", sa.Text()),
        sa.Column("country", sa.Text()),
        sa.Column("device", enum("DeviceKind")),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        reference("seo_metrics", "content_id", "content", "SET NULL", "workspace_id"),
        reference("seo_metrics", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_seo_metrics"),
        sa.UniqueConstraint(
            "workspace_id",
            "url",
            "keyword",
            "date",
            "country",
            "device",
            name="ux_seo_metrics__url__keyword__date__country__device",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index("ix_seo_metrics__content_id", "seo_metrics", ["workspace_id", "content_id"])
    op.create_index("ix_seo_metrics__date", "seo_metrics", ["workspace_id", "date"])
    op.create_index(
        "ix_seo_metrics__keyword__date", "seo_metrics", ["workspace_id", "keyword", "date"]
    )
    op.create_index("ix_seo_metrics__url__date", "seo_metrics", ["workspace_id", "url", "date"])


def upgrade() -> None:
    for entity in BEFORE_TABLES:
        op.create_entity(entity)
    seo_metrics()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    for entity in reversed(BEFORE_TABLES):
        op.drop_entity(entity)
