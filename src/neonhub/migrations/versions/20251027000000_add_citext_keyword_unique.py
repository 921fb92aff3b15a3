"""Keywords are told apart without regard to case."""

# The operations on policies, grants and functions are added to op at run time.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20251027000000_add_citext_keyword_unique"
down_revision = "20250129_add_marketing_tables"
branch_labels = None
depends_on = None


def fold_keywords() -> None:
    """Of terms that differ only in case the oldest stays; each that goes is told."""
    op.execute("""
DO $$
DECLARE
    gone record;
BEGIN
    FOR gone IN
        DELETE FROM keywords k
         USING (SELECT workspace_id, id, first_value(term) OVER same AS kept,
                       row_number() OVER same AS place
                  FROM keywords
                WINDOW same AS (PARTITION BY workspace_id, lower(term)
                                ORDER BY created_at, id)) AS d
         WHERE k.workspace_id = d.workspace_id AND k.id = d.id AND d.place > 1
        RETURNING k.workspace_id, k.id, k.term, d.kept
    LOOP
        RAISE WARNING
            'keyword "%" (%) of workspace % was dropped: it differs only in case from "%"',
            gone.term, gone.id, gone.workspace_id, gone.kept;
    END LOOP;
END $$""")


def change_keywords() -> None:
    op.alter_column(
        "keywords",
        "term",
        existing_type=sa.TEXT(),
        type_=postgresql.CITEXT(),
        existing_nullable=False,
    )
    op.drop_constraint("ux_keywords__term", "keywords", type_="unique")
    op.create_unique_constraint("ux_keyword_term_ci", "keywords", ["workspace_id", "term"])


def restore_keywords() -> None:
    op.drop_constraint("ux_keyword_term_ci", "keywords", type_="unique")
    op.create_unique_constraint(
        "ux_keywords__term",
        "keywords",
        ["workspace_id", "term"],
        postgresql_nulls_not_distinct=False,
    )
    op.alter_column(
        "keywords",
        "term",
        existing_type=postgresql.CITEXT(),
        type_=sa.TEXT(),
        existing_nullable=False,
    )


def upgrade() -> None:
    fold_keywords()
    change_keywords()


def downgrade() -> None:
    restore_keywords()
