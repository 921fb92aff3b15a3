"""Every vector has 1536 dimensions, and an index of its own."""

# The operations on policies, grants and functions are added to op at run time.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

from alembic import op

revision = "20240107000000_gpt5_merge_vector"
down_revision = "20240106000000_full_org_ai_vector_bootstrap"
branch_labels = None
depends_on = None

MERGED = ("brand_voices", "chunks", "content", "messages")


def merge(table: str) -> None:
    """Shorter vectors are filled up with zeros, which leaves every cosine as it was."""
    op.execute(f"""
DO $$
DECLARE
    longest integer;
BEGIN
    SELECT max(vector_dims(embedding)) INTO longest FROM {table};
    IF longest > 1536 THEN
        RAISE EXCEPTION '{table}.embedding has vectors of % dimensions; 1536 are kept', longest
            USING HINT = 'Embed those rows again with a smaller model, or clear their vectors.';
    END IF;
END $$""")
    op.execute(
        f"ALTER TABLE {table} ALTER COLUMN embedding TYPE vector(1536) USING "
        "CASE WHEN embedding IS NOT NULL THEN (embedding::real[] || array_fill("
        "0::real, ARRAY[1536 - vector_dims(embedding)]))::vector(1536) END"
    )


def merge_all() -> None:
    for table in MERGED:
        merge(table)


def of_any_dimension() -> None:
    for table in MERGED:
        op.execute(f"ALTER TABLE {table} ALTER COLUMN embedding TYPE vector")


def change_brand_voices() -> None:
    op.create_index(
        "brand_voices_embedding_cosine_idx",
        "brand_voices",
        ["embedding"],
        postgresql_using="ivfflat",
        postgresql_ops={"embedding": "vector_cosine_ops"},
        postgresql_with={"lists": 100},
    )


def change_chunks() -> None:
    op.create_index(
        "chunks_embedding_cosine_idx",
        "chunks",
        ["embedding"],
        postgresql_using="ivfflat",
        postgresql_ops={"embedding": "vector_cosine_ops"},
        postgresql_with={"lists": 100},
    )


def change_messages() -> None:
    op.create_index(
        "messages_embedding_cosine_idx",
        "messages",
        ["embedding"],
        postgresql_using="ivfflat",
        postgresql_ops={"embedding": "vector_cosine_ops"},
        postgresql_with={"lists": 100},
    )


def restore_messages() -> None:
    op.drop_index(
        "messages_embedding_cosine_idx",
        table_name="messages",
        postgresql_using="ivfflat",
        postgresql_ops={"embedding": "vector_cosine_ops"},
        postgresql_with={"lists": 100},
    )


def restore_chunks() -> None:
    op.drop_index(
        "chunks_embedding_cosine_idx",
        table_name="chunks",
        postgresql_using="ivfflat",
        postgresql_ops={"embedding": "vector_cosine_ops"},
        postgresql_with={"lists": 100},
    )


def restore_brand_voices() -> None:
    op.drop_index(
        "brand_voices_embedding_cosine_idx",
        table_name="brand_voices",
        postgresql_using="ivfflat",
        postgresql_ops={"embedding": "vector_cosine_ops"},
        postgresql_with={"lists": 100},
    )


def upgrade() -> None:
    merge_all()
    change_brand_voices()
    change_chunks()
    change_messages()


def downgrade() -> None:
    restore_messages()
    restore_chunks()
    restore_brand_voices()
    of_any_dimension()
