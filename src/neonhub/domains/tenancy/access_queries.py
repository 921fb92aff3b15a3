"""Statements on invitations and API keys."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from neonhub.db.lazy import lazy_module
from neonhub.db.statements import command, int_arg, statement, text_arg

if TYPE_CHECKING:
    import sqlalchemy as sa

    from neonhub.domains.tenancy import tables as t
else:
    sa = lazy_module("sqlalchemy")
    t = lazy_module("neonhub.domains.tenancy.tables")


class InvitationRow(NamedTuple):
    """An invitation; ``status`` is pending, accepted, revoked or expired."""

    id: str
    email: str
    role: str | None
    workspace_id: str | None
    status: str
    invited_by_id: str | None
    expires_at: dt.datetime
    accepted_at: dt.datetime | None
    created_at: dt.datetime


class TakenInvitation(NamedTuple):
    """An invitation just accepted, and who sent it."""

    id: str
    invited_by_id: str | None


class ApiKeyRow(NamedTuple):
    """An API key without its secret; ``status`` is active, expired or revoked."""

    id: str
    name: str
    prefix: str
    scopes: list[str]
    workspace_id: str | None
    created_by_id: str
    status: str
    created_at: dt.datetime
    last_used_at: dt.datetime | None
    expires_at: dt.datetime | None


class KeyStandingRow(NamedTuple):
    """What a key's maker may do now, and whether its last use was a minute ago or more."""

    permissions: list[str]
    stale: bool


def _mine(table: Any) -> Any:
    return table.organization_id == text_arg("organization_id")


def _instant(name: str) -> Any:
    return sa.bindparam(name, type_=sa.DateTime(timezone=True))


# -- invitations -----------------------------------------------------------------------------


@command(str)
def insert_invitation() -> Any:
    """A new invitation."""
    i = t.Invitation
    return (
        sa.insert(i)
        .values(
            id=text_arg("id"),
            organization_id=text_arg("organization_id"),
            workspace_id=text_arg("workspace_id"),
            email=text_arg("email"),
            role_id=text_arg("role_id"),
            token_hash=text_arg("token_hash"),
            invited_by_id=text_arg("invited_by_id"),
            expires_at=_instant("expires_at"),
        )
        .returning(i.id)
    )


def _invitations() -> Any:
    i, r = t.Invitation, t.OrganizationRole
    overdue = sa.and_(i.status == "pending", i.expires_at <= sa.func.now())
    status = sa.case((overdue, sa.literal("expired")), else_=sa.cast(i.status, sa.Text))
    same_role = sa.and_(r.organization_id == i.organization_id, r.id == i.role_id)
    return (
        sa.select(
            i.id,
            i.email,
            r.slug.label("role"),
            i.workspace_id,
            status.label("status"),
            i.invited_by_id,
            i.expires_at,
            i.accepted_at,
            i.created_at,
        )
        .outerjoin(r, same_role)
        .where(_mine(i))
    )


@statement(InvitationRow)
def list_invitations() -> Any:
    """Invitations after a key, the oldest first."""
    i = t.Invitation
    return _invitations().where(i.id > text_arg("after")).order_by(i.id).limit(int_arg("limit"))


@statement(InvitationRow)
def get_invitation() -> Any:
    """The invitation of that id."""
    return _invitations().where(t.Invitation.id == text_arg("id"))


def _pending(table: Any) -> Any:
    return sa.and_(_mine(table), table.status == "pending")


def _revoked(*which: Any) -> Any:
    i = t.Invitation
    return (
        sa.update(i)
        .where(_pending(i), *which)
        .values(status=sa.cast(sa.literal("revoked"), i.__table__.c.status.type))
        .returning(i.id)
    )


@command(str)
def revoke_invitation() -> Any:
    """Withdraw a pending invitation."""
    return _revoked(t.Invitation.id == text_arg("id"))


@command(str)
def revoke_invitations_to() -> Any:
    """Withdraw the pending invitations to an address, in any case of its letters."""
    from sqlalchemy.dialects.postgresql import CITEXT

    return _revoked(t.Invitation.email == sa.cast(text_arg("email"), CITEXT))


@command(str)
def revoke_invitations_by() -> Any:
    """Withdraw the pending invitations that a user sent."""
    return _revoked(t.Invitation.invited_by_id == text_arg("user_id"))


@command(TakenInvitation)
def take_invitation() -> Any:
    """Accept an invitation: of several at once one gets it, and the others nothing."""
    i = t.Invitation
    return (
        sa.update(i)
        .where(_pending(i), i.id == text_arg("id"), i.expires_at > sa.func.now())
        .values(
            status=sa.cast(sa.literal("accepted"), i.__table__.c.status.type),
            accepted_at=sa.func.now(),
        )
        .returning(i.id, i.invited_by_id)
    )


# -- API keys --------------------------------------------------------------------------------


def _api_keys() -> Any:
    k = t.ApiKey
    status = sa.case(
        (k.revoked_at.is_not(None), sa.literal("revoked")),
        (k.expires_at <= sa.func.now(), sa.literal("expired")),
        else_=sa.literal("active"),
    )
    return sa.select(
        k.id,
        k.name,
        k.prefix,
        k.scopes,
        k.workspace_id,
        k.created_by_id,
        status.label("status"),
        k.created_at,
        k.last_used_at,
        k.expires_at,
    ).where(_mine(k))


@command(str)
def insert_api_key() -> Any:
    """A new API key."""
    from sqlalchemy.dialects.postgresql import ARRAY

    k = t.ApiKey
    return (
        sa.insert(k)
        .values(
            id=text_arg("id"),
            organization_id=text_arg("organization_id"),
            workspace_id=text_arg("workspace_id"),
            created_by_id=text_arg("created_by_id"),
            name=text_arg("name"),
            prefix=text_arg("prefix"),
            token_hash=text_arg("token_hash"),
            scopes=sa.bindparam("scopes", type_=ARRAY(sa.Text())),
            expires_at=_instant("expires_at"),
        )
        .returning(k.id)
    )


@statement(ApiKeyRow)
def list_api_keys() -> Any:
    """API keys after a key, the oldest first, those that serve no more among them."""
    k = t.ApiKey
    return _api_keys().where(k.id > text_arg("after")).order_by(k.id).limit(int_arg("limit"))


@statement(ApiKeyRow)
def find_api_keys() -> Any:
    """The API keys with that id or prefix: at most two, which is too many."""
    k = t.ApiKey
    named = sa.or_(k.id == text_arg("ref"), k.prefix == text_arg("ref"))
    return _api_keys().where(named).order_by(k.id).limit(2)


def _revoked_keys(*which: Any) -> Any:
    k = t.ApiKey
    return (
        sa.update(k)
        .where(_mine(k), k.revoked_at.is_(None), *which)
        .values(revoked_at=sa.func.now())
        .returning(k.id)
    )


@command(str)
def revoke_api_key() -> Any:
    """Revoke an API key."""
    return _revoked_keys(t.ApiKey.id == text_arg("id"))


@command(str)
def revoke_api_keys_of() -> Any:
    """Revoke the API keys that a user made."""
    return _revoked_keys(t.ApiKey.created_by_id == text_arg("user_id"))


def _minute_ago() -> Any:
    return sa.func.now() - sa.text("interval '1 minute'")


@statement(KeyStandingRow)
def get_key_standing() -> Any:
    """What the key's maker may do now, and whether the key's last use wants noting."""
    k, m = t.ApiKey, t.OrganizationMembership
    rp, p = t.RolePermission, t.OrganizationPermission
    held = sa.and_(rp.organization_id == m.organization_id, rp.role_id == m.role_id)
    meant = sa.and_(p.organization_id == rp.organization_id, p.id == rp.permission_id)
    keys = (
        sa.select(p.key)
        .select_from(m)
        .join(rp, held)
        .join(p, meant)
        .where(
            m.organization_id == k.organization_id,
            m.user_id == k.created_by_id,
            m.status == "active",
        )
        .correlate(k)
        .scalar_subquery()
    )
    stale = sa.or_(k.last_used_at.is_(None), k.last_used_at < _minute_ago())
    return sa.select(sa.func.array(keys).label("permissions"), stale.label("stale")).where(
        _mine(k), k.id == text_arg("id")
    )


@command(str)
def touch_api_key() -> Any:
    """Note that a key was used, unless that was noted less than a minute ago."""
    k = t.ApiKey
    stale = sa.or_(k.last_used_at.is_(None), k.last_used_at < _minute_ago())
    return (
        sa.update(k)
        .where(_mine(k), k.id == text_arg("id"), stale)
        .values(last_used_at=sa.func.now())
        .returning(k.id)
    )
