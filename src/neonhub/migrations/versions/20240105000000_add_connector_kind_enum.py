"""Kinds of connectors as an enumeration."""

# The operations on policies, grants and functions are added to op at run time.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

from alembic import op

from neonhub.db.policies import Enumeration

revision = "20240105000000_add_connector_kind_enum"
down_revision = "20240104000000_add_agent_memory"
branch_labels = None
depends_on = None

KINDS = (
    "EMAIL",
    "SMS",
    "WHATSAPP",
    "REDDIT",
    "INSTAGRAM",
    "FACEBOOK",
    "X",
    "YOUTUBE",
    "TIKTOK",
    "GOOGLE_ADS",
    "GOOGLE_SEARCH_CONSOLE",
    "SHOPIFY",
    "STRIPE",
    "SLACK",
    "DISCORD",
    "LINKEDIN",
)


def kinds_of_connectors() -> None:
    """A kind that no connector has stops the migration before anything is changed."""
    op.create_entity(Enumeration("ConnectorKind", KINDS))
    op.execute("""
DO $$
DECLARE
    unknown text;
BEGIN
    SELECT string_agg(DISTINCT category, ', ') INTO unknown FROM connectors
     WHERE upper(translate(category, '- ', '__'))
           <> ALL (enum_range(NULL::"ConnectorKind")::text[]);
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION 'connectors have categories that are no kind of connector: %', unknown
            USING HINT = 'Set connectors.category to one of the kinds, then migrate again.';
    END IF;
END $$""")
    op.execute(
        'ALTER TABLE connectors ALTER COLUMN category TYPE "ConnectorKind" '
        "USING upper(translate(category, '- ', '__'))::\"ConnectorKind\""
    )
    op.execute('ALTER TABLE connector_auths ADD COLUMN connector_kind "ConnectorKind"')
    op.execute("ALTER TABLE connector_auths DISABLE TRIGGER USER")
    op.execute(
        "UPDATE connector_auths a SET connector_kind = coalesce("
        "(SELECT c.category FROM connectors c WHERE c.id = a.connector_id), 'EMAIL')"
    )
    op.execute("ALTER TABLE connector_auths ENABLE TRIGGER USER")
    op.alter_column("connector_auths", "connector_kind", nullable=False)


def categories_as_text() -> None:
    op.drop_column("connector_auths", "connector_kind")
    op.execute("ALTER TABLE connectors ALTER COLUMN category TYPE text USING lower(category::text)")
    op.drop_entity(Enumeration("ConnectorKind", KINDS))


def change_connector_auths() -> None:
    op.create_index("ix_connector_auths__connector_kind", "connector_auths", ["connector_kind"])


def restore_connector_auths() -> None:
    op.drop_index("ix_connector_auths__connector_kind", table_name="connector_auths")


def upgrade() -> None:
    kinds_of_connectors()
    change_connector_auths()


def downgrade() -> None:
    restore_connector_auths()
    categories_as_text()
