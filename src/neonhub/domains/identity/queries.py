"""Statements on users, their settings and their credentials."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from neonhub.db.lazy import lazy_module
from neonhub.db.statements import command, int_arg, json_arg, statement, text_arg

if TYPE_CHECKING:
    import sqlalchemy as sa

    from neonhub.domains.identity import tables as t
else:
    sa = lazy_module("sqlalchemy")
    t = lazy_module("neonhub.domains.identity.tables")


class UserRow(NamedTuple):
    """What the application may see of a user."""

    id: str
    email: str
    name: str | None
    image: str | None
    created_at: dt.datetime


class UserSettingsRow(NamedTuple):
    """A user's preferences, without the webhook's secret. ``data_retention`` is in days,
    ``api_rate_limit`` in requests an hour."""

    id: str
    brand_voice: dict[str, Any] | None
    email_notifications: bool
    push_notifications: bool
    notification_frequency: str
    timezone: str
    locale: str
    date_format: str
    data_retention: int
    allow_analytics: bool
    allow_personalization: bool
    api_rate_limit: int
    webhook_url: str | None
    has_webhook_secret: bool
    updated_at: dt.datetime


class CredentialRow(NamedTuple):
    """A user's access to an outside service, without any token."""

    id: str
    provider: str
    account_id: str | None
    scope: str | None
    token_type: str | None
    status: str
    has_refresh_token: bool
    expires_at: dt.datetime | None
    last_used_at: dt.datetime | None
    created_at: dt.datetime
    updated_at: dt.datetime


class SealedCredentialRow(NamedTuple):
    """A credential's tokens, encrypted."""

    id: str
    access_token: str | None
    refresh_token: str | None
    access_secret: str | None


# -- users -----------------------------------------------------------------------------------


def _user_columns() -> tuple[Any, ...]:
    u = t.User
    return u.id, u.email, u.name, u.image, u.created_at


def _email() -> Any:
    from sqlalchemy.dialects.postgresql import CITEXT

    return sa.cast(text_arg("email"), CITEXT)


@statement(UserRow)
def get_user() -> Any:
    """The user of that id."""
    return sa.select(*_user_columns()).where(t.User.id == text_arg("id"))


@statement(UserRow)
def find_user_by_email() -> Any:
    """The user with that e-mail address, in any case of its letters."""
    return sa.select(*_user_columns()).where(t.User.email == _email())


@command(UserRow)
def insert_user() -> Any:
    """A new user; nothing comes back where there is one with the e-mail address."""
    from sqlalchemy.dialects.postgresql import insert

    made = insert(t.User).values(id=text_arg("id"), email=_email(), name=text_arg("name"))
    return made.on_conflict_do_nothing(index_elements=["email"]).returning(*_user_columns())


# -- settings --------------------------------------------------------------------------------


def _own(table: Any) -> Any:
    return table.user_id == text_arg("user_id")


def _settings_columns() -> tuple[Any, ...]:
    s = t.UserSettings
    return (
        s.id,
        s.brand_voice,
        s.email_notifications,
        s.push_notifications,
        s.notification_frequency,
        s.timezone,
        s.locale,
        s.date_format,
        s.data_retention,
        s.allow_analytics,
        s.allow_personalization,
        s.api_rate_limit,
        s.webhook_url,
        s.webhook_secret.is_not(None).label("has_webhook_secret"),
        s.updated_at,
    )


@statement(UserSettingsRow)
def get_settings() -> Any:
    """The user's settings, if they have any yet."""
    return sa.select(*_settings_columns()).where(_own(t.UserSettings))


@command(type(None))
def insert_settings() -> Any:
    """Settings as the database has them by default, for a user who has none."""
    from sqlalchemy.dialects.postgresql import insert

    made = insert(t.UserSettings).values(id=text_arg("id"), user_id=text_arg("user_id"))
    return made.on_conflict_do_nothing(index_elements=["user_id"])


def _flag(name: str) -> Any:
    return sa.bindparam(name, type_=sa.Boolean())


def _set_or_cleared(name: str, value: Any, column: Any) -> Any:
    """``value``, null too, where the flag ``set_<name>`` is up; else what is there."""
    return sa.case((_flag(f"set_{name}"), value), else_=column)


@command(UserSettingsRow)
def update_settings() -> Any:
    """Change what is given: null leaves a column as it is, but for those that have a flag."""
    s = t.UserSettings
    kept = {
        "email_notifications": _flag("email_notifications"),
        "push_notifications": _flag("push_notifications"),
        "notification_frequency": text_arg("notification_frequency"),
        "timezone": text_arg("timezone"),
        "locale": text_arg("locale"),
        "date_format": text_arg("date_format"),
        "data_retention": int_arg("data_retention"),
        "allow_analytics": _flag("allow_analytics"),
        "allow_personalization": _flag("allow_personalization"),
        "api_rate_limit": int_arg("api_rate_limit"),
    }
    values = {name: sa.func.coalesce(arg, getattr(s, name)) for name, arg in kept.items()}
    brand_voice = _set_or_cleared("brand_voice", json_arg("brand_voice"), s.brand_voice)
    url = _set_or_cleared("webhook_url", text_arg("webhook_url"), s.webhook_url)
    secret = _set_or_cleared("webhook_secret", text_arg("webhook_secret"), s.webhook_secret)
    return (
        sa.update(s)
        .where(_own(s))
        .values(**values, brand_voice=brand_voice, webhook_url=url, webhook_secret=secret)
        .returning(*_settings_columns())
    )


@statement(str)
def get_webhook_secret() -> Any:
    """The secret of the user's webhook, encrypted."""
    s = t.UserSettings
    return sa.select(s.webhook_secret).where(_own(s), s.webhook_secret.is_not(None))


# -- credentials -----------------------------------------------------------------------------


def _credential_columns() -> tuple[Any, ...]:
    c = t.Credential
    return (
        c.id,
        c.provider,
        c.account_id,
        c.scope,
        c.token_type,
        c.status,
        c.refresh_token.is_not(None).label("has_refresh_token"),
        c.expires_at,
        c.last_used_at,
        c.created_at,
        c.updated_at,
    )


@statement(CredentialRow)
def list_credentials() -> Any:
    """The user's credentials after a key."""
    c = t.Credential
    return (
        sa.select(*_credential_columns())
        .where(_own(c), c.id > text_arg("after"))
        .order_by(c.id)
        .limit(int_arg("limit"))
    )


@statement(CredentialRow)
def get_credential() -> Any:
    """The user's credential of that id."""
    c = t.Credential
    return sa.select(*_credential_columns()).where(_own(c), c.id == text_arg("id"))


@command(str)
def hold_credential() -> Any:
    """The id of the user's credential for an account, made if there is none, and held."""
    from sqlalchemy.dialects.postgresql import insert

    made = insert(t.Credential).values(
        id=text_arg("id"),
        user_id=text_arg("user_id"),
        provider=text_arg("provider"),
        account_id=text_arg("account_id"),
    )
    return made.on_conflict_do_update(
        index_elements=["user_id", "provider", "account_id"],
        set_={"status": sa.literal_column("'active'")},
    ).returning(t.Credential.id)


@command(CredentialRow)
def set_credential() -> Any:
    """Write a credential's tokens, encrypted, and what goes with them."""
    c = t.Credential
    return (
        sa.update(c)
        .where(_own(c), c.id == text_arg("id"))
        .values(
            access_token=text_arg("access_token"),
            refresh_token=text_arg("refresh_token"),
            access_secret=text_arg("access_secret"),
            scope=text_arg("scope"),
            token_type=text_arg("token_type"),
            expires_at=sa.bindparam("expires_at", type_=sa.DateTime(timezone=True)),
        )
        .returning(*_credential_columns())
    )


@command(SealedCredentialRow)
def use_credential() -> Any:
    """A credential's tokens, encrypted; its use is noted."""
    c = t.Credential
    return (
        sa.update(c)
        .where(_own(c), c.id == text_arg("id"))
        .values(last_used_at=sa.func.now())
        .returning(c.id, c.access_token, c.refresh_token, c.access_secret)
    )


@command(str)
def delete_credential() -> Any:
    """Remove a credential."""
    c = t.Credential
    return sa.delete(c).where(_own(c), c.id == text_arg("id")).returning(c.id)
