"""Statements of signing in, for the role ``neonhub_auth``."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from neonhub.db.lazy import lazy_module
from neonhub.db.statements import command, int_arg, statement, text_arg

if TYPE_CHECKING:
    import sqlalchemy as sa

    from neonhub.domains.identity import tables as t
else:
    sa = lazy_module("sqlalchemy")
    t = lazy_module("neonhub.domains.identity.tables")


class UserRow(NamedTuple):
    """A user, as signing in sees them."""

    id: str
    email: str
    name: str | None
    image: str | None
    email_verified: dt.datetime | None
    created_at: dt.datetime


class SessionRow(NamedTuple):
    """A signed-in browser."""

    session_token: str
    user_id: str
    expires: dt.datetime


class SessionAndUserRow(NamedTuple):
    """A signed-in browser and its user."""

    session_token: str
    expires: dt.datetime
    id: str
    email: str
    name: str | None
    image: str | None
    email_verified: dt.datetime | None
    created_at: dt.datetime


class SealedAccountRow(NamedTuple):
    """An account's tokens, encrypted."""

    id: str
    access_token: str | None
    refresh_token: str | None
    id_token: str | None


class VerificationTokenRow(NamedTuple):
    """A one-time token as it was before its use."""

    identifier: str
    token: str
    expires: dt.datetime


def _instant(name: str) -> Any:
    return sa.bindparam(name, type_=sa.DateTime(timezone=True))


def _email() -> Any:
    from sqlalchemy.dialects.postgresql import CITEXT

    return sa.cast(text_arg("email"), CITEXT)


def _user_columns() -> tuple[Any, ...]:
    u = t.User
    return u.id, u.email, u.name, u.image, u.email_verified, u.created_at


# -- users -----------------------------------------------------------------------------------


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

    made = insert(t.User).values(
        id=text_arg("id"),
        email=_email(),
        name=text_arg("name"),
        image=text_arg("image"),
        email_verified=_instant("email_verified"),
    )
    return made.on_conflict_do_nothing(index_elements=["email"]).returning(*_user_columns())


@command(UserRow)
def update_user() -> Any:
    """Change what is given of a user: null leaves a column as it is."""
    u = t.User
    given = {
        "email": _email(),
        "name": text_arg("name"),
        "image": text_arg("image"),
        "email_verified": _instant("email_verified"),
    }
    values = {name: sa.func.coalesce(arg, getattr(u, name)) for name, arg in given.items()}
    changed = sa.update(u).where(u.id == text_arg("id")).values(**values)
    return changed.returning(*_user_columns())


def _account() -> Any:
    a = t.Account
    return sa.and_(
        a.provider == text_arg("provider"),
        a.provider_account_id == text_arg("provider_account_id"),
    )


@statement(UserRow)
def get_user_by_account() -> Any:
    """The user whom an account of a provider belongs to."""
    u, a = t.User, t.Account
    return sa.select(*_user_columns()).join(a, a.user_id == u.id).where(_account())


# -- accounts --------------------------------------------------------------------------------


@command(str)
def insert_account() -> Any:
    """A new account of a user's; nothing comes back where somebody has it already."""
    from sqlalchemy.dialects.postgresql import insert

    a = t.Account
    names = (
        *("id", "user_id", "type", "provider", "provider_account_id", "access_token"),
        *("refresh_token", "id_token", "token_type", "scope", "session_state"),
    )
    made = insert(a).values(
        **{name: text_arg(name) for name in names}, expires_at=int_arg("expires_at")
    )
    return made.on_conflict_do_nothing(
        index_elements=["provider", "provider_account_id"]
    ).returning(a.id)


@statement(SealedAccountRow)
def get_account_tokens() -> Any:
    """The tokens of a user's account, encrypted."""
    a = t.Account
    return sa.select(a.id, a.access_token, a.refresh_token, a.id_token).where(
        _account(), a.user_id == text_arg("user_id")
    )


@command(str)
def delete_account() -> Any:
    """Part an account from its user."""
    return sa.delete(t.Account).where(_account()).returning(t.Account.id)


# -- sessions --------------------------------------------------------------------------------


def _session_columns() -> tuple[Any, ...]:
    s = t.Session
    return s.session_token, s.user_id, s.expires


@command(SessionRow)
def insert_session() -> Any:
    """A new session."""
    s = t.Session
    return (
        sa.insert(s)
        .values(
            id=text_arg("id"),
            session_token=text_arg("session_token"),
            user_id=text_arg("user_id"),
            expires=_instant("expires"),
        )
        .returning(*_session_columns())
    )


@statement(SessionAndUserRow)
def get_session_and_user() -> Any:
    """The session with that token and its user, if it has not expired."""
    s, u = t.Session, t.User
    return (
        sa.select(s.session_token, s.expires, *_user_columns())
        .select_from(s)
        .join(u, u.id == s.user_id)
        .where(s.session_token == text_arg("session_token"), s.expires > sa.func.now())
    )


@command(SessionRow)
def update_session() -> Any:
    """Let a session last longer."""
    s = t.Session
    return (
        sa.update(s)
        .where(s.session_token == text_arg("session_token"))
        .values(expires=_instant("expires"))
        .returning(*_session_columns())
    )


@command(str)
def delete_session() -> Any:
    """End a session."""
    s = t.Session
    return sa.delete(s).where(s.session_token == text_arg("session_token")).returning(s.id)


# -- verification tokens ---------------------------------------------------------------------


@command(VerificationTokenRow)
def insert_verification_token() -> Any:
    """A new one-time token."""
    v = t.VerificationToken
    return (
        sa.insert(v)
        .values(
            identifier=text_arg("identifier"), token=text_arg("token"), expires=_instant("expires")
        )
        .returning(v.identifier, v.token, v.expires)
    )


@command(VerificationTokenRow)
def use_verification_token() -> Any:
    """Take a one-time token away: of several at once one gets it, and the others nothing."""
    v = t.VerificationToken
    return (
        sa.delete(v)
        .where(v.identifier == text_arg("identifier"), v.token == text_arg("token"))
        .returning(v.identifier, v.token, v.expires)
    )
