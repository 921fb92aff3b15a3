"""Memory of agents, with vectors."""

# The operations on policies, grants and functions are added to op at run time.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import VECTOR
from sqlalchemy.dialects import postgresql

from neonhub.db.policies import ColumnStorage, Entity, Trigger

revision = "20240104000000_add_agent_memory"
down_revision = "20240103000000_realign_schema"
branch_labels = None
depends_on = None

ID = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
JSON = postgresql.JSONB(none_as_null=True)
CUID = sa.text("neonhub.cuid()")
NOW = sa.text("now()")
TOUCHED = ("agent_memories",)
AFTER_TABLES: tuple[Entity, ...] = (
    ColumnStorage(table="agent_memories", column="embedding", storage="EXTERNAL"),
)
# As they are made; on the way back the other way round.
TABLES = ("agent_memories",)


def agent_memories() -> None:
    op.create_table(
        "agent_memories",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("metadata", JSON),
        sa.Column("embedding", VECTOR(dim=1536)),
        sa.Column("expires_at", INSTANT),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_agent_memories"),
        sa.UniqueConstraint("agent", "key", name="ux_agent_memories__agent__key"),
    )
    op.create_index(
        "agent_memories_embedding_idx",
        "agent_memories",
        ["embedding"],
        postgresql_using="ivfflat",
        postgresql_ops={"embedding": "vector_cosine_ops"},
        postgresql_with={"lists": 100},
    )


def upgrade() -> None:
    agent_memories()
    for table in TOUCHED:
        op.create_entity(Trigger(table, "touch", "BEFORE UPDATE", "neonhub.touch_updated_at"))
    for entity in AFTER_TABLES:
        op.create_entity(entity)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
