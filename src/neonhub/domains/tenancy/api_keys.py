"""API keys: made, listed, revoked, and what they let their holder be.

A key acts as itself, not as the user who made it: its principal has no ``user_id``. With one it
would be held to that user's own workspaces, where a key without a workspace is good for all of
the organization's, and it would open that user's settings and credentials, which no key may.

Nor does it outgrow its maker: it may do what its scopes say and its maker still may. Removing
the maker from the organization revokes it.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from neonhub.db.errors import InvalidInput, NotFound, PermissionDenied
from neonhub.db.ids import cuid
from neonhub.db.paging import Page, after_key, bounded, page_of
from neonhub.db.tenancy import Principal, PrincipalKind, Tenant
from neonhub.domains.tenancy import access_queries as q
from neonhub.domains.tenancy import queries as oq
from neonhub.domains.tenancy.errors import (
    AmbiguousKey,
    ApiKeyExpired,
    ApiKeyRejected,
    ApiKeyRevoked,
)
from neonhub.domains.tenancy.member_queries import get_member, list_permissions_of_user
from neonhub.domains.tenancy.permissions import WORKING
from neonhub.domains.tenancy.roles import checked_name, checked_permissions
from neonhub.domains.tenancy.tokens import digest, new_token

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from neonhub.db.session import Session
    from neonhub.domains.tenancy.guard import Guard

__all__ = ["ApiKeys", "NewApiKey", "authenticate"]

PREFIX = "neon_"
SHOWN = 12
"""How many of a key's first characters are kept, to tell keys apart by."""
_FORM = re.compile(r"neon_[A-Za-z0-9_-]{43}")
_LONGEST_LIFE = dt.timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """An API key just made. ``token`` is not to be had again."""

    token: str = field(repr=False)
    key: q.ApiKeyRow


class ApiKeys:
    """The API keys of one organization. All of it takes ``workspace:manage``."""

    def __init__(self, guard: Guard):
        self._guard = guard
        self._session = guard.session

    async def create(
        self,
        name: str,
        scopes: Collection[str] | None = None,
        *,
        workspace: str | None = None,
        expires_in: dt.timedelta | None = None,
        created_by: str | None = None,
    ) -> NewApiKey:
        """A new key for the organization, or for one workspace of it; it is shown once.

        ``scopes`` are permissions that its maker holds; without any given, those of a member's
        that its maker holds. ``created_by`` names the maker where the principal is the system.
        Raises ``UnknownPermission``, ``PermissionDenied``, ``NotFound``, ``UserRequired``.
        """
        self._guard.require("workspace:manage")
        label = checked_name(name)
        maker, ends = await self._maker(created_by)
        if expires_in is not None and not dt.timedelta() < expires_in <= _LONGEST_LIFE:
            reason = f"it must be more than nothing and at most {_LONGEST_LIFE.days} days"
            raise InvalidInput(field="expires_in", reason=reason)
        chosen = await self._guard.workspace(workspace) if workspace is not None else None
        keys = await self._scopes(maker, scopes)
        if expires_in is not None:
            asked = dt.datetime.now(dt.UTC) + expires_in
            ends = min(asked, ends) if ends else asked
        token, key_id = new_token(PREFIX), cuid()
        await self._session.all(
            q.insert_api_key,
            id=key_id,
            workspace_id=chosen.id if chosen else None,
            created_by_id=maker,
            name=label,
            prefix=token[:SHOWN],
            token_hash=digest(token),
            scopes=keys,
            expires_at=ends,
        )
        return NewApiKey(token, await self._find(key_id))

    async def _scopes(self, maker: str, asked: Collection[str] | None) -> list[str]:
        """The scopes asked for, in order; neither maker nor principal gives what it has not."""
        await self._session.get(get_member, "member", maker, user_id=maker)
        held = await self._session.all(list_permissions_of_user, user_id=maker)
        if asked is None:
            return sorted(key for key in WORKING & set(held) if self._guard.principal.may(key))
        keys = await checked_permissions(self._session, asked)
        self._guard.require_all(keys)
        for permission in keys:
            if permission not in held:
                raise PermissionDenied(permission=permission)
        return keys

    async def _maker(self, created_by: str | None) -> tuple[str, dt.datetime | None]:
        """Who answers for a new key, and when it ends at the latest.

        A key that makes another makes it in its own maker's name, and not beyond its own end.
        """
        principal = self._guard.principal
        if created_by is not None and principal.kind is PrincipalKind.SYSTEM:
            return created_by, None
        if principal.kind is PrincipalKind.API_KEY:
            own = await self._find(principal.id)
            return own.created_by_id, own.expires_at
        return self._guard.acting_user(), None

    async def list_keys(self, *, cursor: str | None = None, limit: int = 50) -> Page[q.ApiKeyRow]:
        """Keys in the order of their making, those that serve no more among them."""
        self._guard.require("workspace:manage")
        rows = await self._session.all(
            q.list_api_keys, after=after_key(cursor), limit=bounded(limit) + 1
        )
        return page_of(rows, limit, lambda row: row.id)

    async def revoke(self, ref: str) -> q.ApiKeyRow:
        """Revoke the key with that id or prefix, now; a key revoked before stays so.

        Raises ``NotFound``, and ``AmbiguousKey`` where two keys have the prefix.
        """
        self._guard.require("workspace:manage")
        key = await self._find(ref)
        await self._session.all(q.revoke_api_key, id=key.id)
        return await self._find(key.id)

    async def _find(self, ref: str) -> q.ApiKeyRow:
        rows = await self._session.all(q.find_api_keys, ref=ref)
        if not rows:
            raise NotFound(what="API key", key=ref)
        if len(rows) > 1:
            raise AmbiguousKey(ref=ref, field="key")
        return rows[0]


async def authenticate(open_session: Callable[[Tenant], Session], token: str) -> Principal:
    """Who holds the key ``token``; raises ``ApiKeyRejected``, ``ApiKeyExpired``, ``ApiKeyRevoked``.

    Two round trips, and once a minute a third, which notes the use.
    """
    if not _FORM.fullmatch(token):
        raise ApiKeyRejected
    async with open_session(Tenant()) as session:
        found = await session.one(oq.find_api_key, token_hash=digest(token))
    if found is None:
        raise ApiKeyRejected
    if found.status != "active":
        raise (ApiKeyExpired if found.status == "expired" else ApiKeyRevoked)
    async with open_session(Tenant(None, found.organization_id)) as session:
        standing = await session.one(q.get_key_standing, id=found.id)
        if standing is None:
            raise ApiKeyRevoked
        if standing.stale:
            await session.all(q.touch_api_key, id=found.id)
    return Principal(
        PrincipalKind.API_KEY,
        found.id,
        organization_id=found.organization_id,
        workspace_id=found.workspace_id,
        permissions=frozenset(found.scopes) & frozenset(standing.permissions),
    )
