"""The first tables: who signs in, and the functions that every table relies on."""

# The operations on policies, grants and functions are added to op at run time.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from neonhub.db.policies import Function, Trigger

revision = "20240101000000_initial"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
JSON = postgresql.JSONB(none_as_null=True)
CUID = sa.text("neonhub.cuid()")
NOW = sa.text("now()")
FUNCTIONS = (
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
    Function(
        name="current_workspace",
        arguments="",
        returns="text",
        body=" SELECT NULLIF(current_setting('neonhub.workspace_id', true), '') ",
    ),
    Function(
        name="current_organization",
        arguments="",
        returns="text",
        body=" SELECT NULLIF(current_setting('neonhub.organization_id', true), '') ",
    ),
    Function(
        name="current_user_id",
        arguments="",
        returns="text",
        body=" SELECT NULLIF(current_setting('neonhub.user_id', true), '') ",
    ),
)
TOUCHED = (
    "credentials",
    "user_settings",
    "users",
)
# As they are made; on the way back the other way round.
TABLES = (
    "users",
    "verification_tokens",
    "accounts",
    "credentials",
    "sessions",
    "user_settings",
)


def reference(table: str, column: str, target: str, on_delete: str) -> sa.ForeignKeyConstraint:
    """A foreign key."""
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=f"fk_{table}__{column}", ondelete=on_delete
    )


def users() -> None:
    op.create_table(
        "users",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("email", postgresql.CITEXT(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("image", sa.Text()),
        sa.Column("email_verified", INSTANT),
        sa.Column("stripe_customer_id", sa.Text()),
        sa.Column("is_beta_user", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="ux_users__email"),
        sa.UniqueConstraint("stripe_customer_id", name="ux_users__stripe_customer_id"),
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


def credentials() -> None:
    op.create_table(
        "credentials",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text()),
        sa.Column("access_token", sa.Text()),
        sa.Column("refresh_token", sa.Text()),
        sa.Column("access_secret", sa.Text()),
        sa.Column("scope", sa.Text()),
        sa.Column("token_type", sa.Text()),
        sa.Column("expires_at", INSTANT),
        sa.Column("last_used_at", INSTANT),
        sa.Column("status", sa.Text(), server_default=sa.text("'active'::text"), nullable=False),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("credentials", "user_id", "users", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_credentials"),
        sa.UniqueConstraint(
            "user_id",
            "provider",
            "account_id",
            name="ux_credentials__user_id__provider__account_id",
        ),
    )
    op.create_index("ix_credentials__user_id__provider", "credentials", ["user_id", "provider"])


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


def user_settings() -> None:
    op.create_table(
        "user_settings",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("brand_voice", JSON),
        sa.Column(
            "email_notifications", sa.Boolean(), server_default=sa.text("true"), nullable=False
        ),
        sa.Column(
            "push_notifications", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        sa.Column(
            "notification_frequency",
            sa.Text(),
            server_default=sa.text("'realtime'::text"),
            nullable=False,
        ),
        sa.Column("timezone", sa.Text(), server_default=sa.text("'UTC'::text"), nullable=False),
        sa.Column("locale", sa.Text(), server_default=sa.text("'en-US'::text"), nullable=False),
        sa.Column(
            "date_format", sa.Text(), server_default=sa.text("'MM/DD/YYYY'::text"), nullable=False
        ),
        sa.Column("data_retention", sa.Integer(), server_default=sa.text("90"), nullable=False),
        sa.Column("allow_analytics", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "allow_personalization", sa.Boolean(), server_default=sa.text("true"), nullable=False
        ),
        sa.Column("api_rate_limit", sa.Integer(), server_default=sa.text("1000"), nullable=False),
        sa.Column("webhook_url", sa.Text()),
        sa.Column("webhook_secret", sa.Text()),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("user_settings", "user_id", "users", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_user_settings"),
        sa.UniqueConstraint("user_id", name="ux_user_settings__user_id"),
    )


def upgrade() -> None:
    for function in FUNCTIONS:
        op.create_entity(function)
    users()
    verification_tokens()
    accounts()
    credentials()
    sessions()
    user_settings()
    for table in TOUCHED:
        op.create_entity(Trigger(table, "touch", "BEFORE UPDATE", "neonhub.touch_updated_at"))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    for function in reversed(FUNCTIONS):
        op.drop_entity(function)
