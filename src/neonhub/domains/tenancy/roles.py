"""Roles: what the members of an organization may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neonhub.db.errors import InvalidInput, NotFound
from neonhub.db.ids import cuid
from neonhub.db.slugs import checked_slug, slugify
from neonhub.domains.tenancy import member_queries as q
from neonhub.domains.tenancy.errors import RoleInUse, SlugTaken, SystemRoleFixed, UnknownPermission
from neonhub.domains.tenancy.queries import lock_organization

if TYPE_CHECKING:
    from collections.abc import Collection

    from neonhub.db.session import Session
    from neonhub.domains.tenancy.guard import Guard

__all__ = ["Roles", "checked_name", "checked_permissions", "role_to_give"]

MAX_NAME = 200


def checked_name(name: str) -> str:
    """``name`` without blanks around it; raises ``InvalidInput`` when it is empty or too long."""
    plain = name.strip()
    if not plain or len(plain) > MAX_NAME:
        raise InvalidInput(field="name", reason=f"it must have 1 to {MAX_NAME} characters")
    return plain


async def checked_permissions(session: Session, keys: Collection[str]) -> list[str]:
    """``keys`` in order, each once; raises ``UnknownPermission`` for what is none."""
    known = {row.key for row in await session.all(q.list_permissions)}
    if unknown := sorted(set(keys) - known):
        raise UnknownPermission(keys=", ".join(map(repr, unknown)), field="permissions")
    return sorted(set(keys))


async def role_to_give(guard: Guard, ref: str) -> q.RoleRow:
    """The role with that id or slug, if it holds nothing beyond the principal's own rights."""
    role = await guard.session.get(q.find_role, "role", ref, ref=ref)
    guard.require_all(role.permissions)
    return role


class Roles:
    """The roles of one organization. Changing them takes ``users:roles``."""

    def __init__(self, guard: Guard):
        self._guard = guard
        self._session = guard.session

    async def list_roles(self) -> list[q.RoleRow]:
        """Every role with its permissions, the system's first."""
        self._guard.require_any("users")
        return await self._session.all(q.list_roles)

    async def get(self, ref: str) -> q.RoleRow:
        """The role with that id or slug."""
        self._guard.require_any("users")
        return await self._session.get(q.find_role, "role", ref, ref=ref)

    async def list_permissions(self) -> list[q.PermissionRow]:
        """Everything that a role may allow."""
        self._guard.require_any("users")
        return await self._session.all(q.list_permissions)

    async def create(
        self,
        name: str,
        permissions: Collection[str] = (),
        *,
        slug: str | None = None,
        description: str | None = None,
    ) -> q.RoleRow:
        """A new role; raises ``SlugTaken``, ``UnknownPermission``, ``PermissionDenied``."""
        self._guard.require("users:roles")
        label = checked_name(name)
        short = checked_slug(slug) if slug is not None else slugify(label)
        keys = await checked_permissions(self._session, permissions)
        self._guard.require_all(keys)
        made = await self._session.one(
            q.insert_role,
            id=cuid(),
            slug=short,
            name=label,
            description=description,
            is_system=False,
        )
        if made is None:
            raise SlugTaken(what="role", slug=short, table="organization_roles", columns=("slug",))
        await self._session.all(q.allow, role_id=made, keys=keys)
        return await self._session.get(q.find_role, "role", made, ref=made)

    async def set_permissions(self, ref: str, permissions: Collection[str]) -> q.RoleRow:
        """Let a role have exactly these; raises ``SystemRoleFixed``, and as ``create`` does."""
        self._guard.require("users:roles")
        keys = await checked_permissions(self._session, permissions)
        role = await self._changeable(ref)
        self._guard.require_all({*keys, *role.permissions})
        await self._session.all(q.disallow_others, role_id=role.id, keys=keys)
        await self._session.all(q.allow, role_id=role.id, keys=keys)
        return await self._session.get(q.find_role, "role", role.id, ref=role.id)

    async def delete(self, ref: str) -> None:
        """Remove a role; raises ``SystemRoleFixed``, and ``RoleInUse`` while somebody has it."""
        self._guard.require("users:roles")
        role = await self._changeable(ref)
        self._guard.require_all(role.permissions)
        if role.holders:
            raise RoleInUse(role=role.slug, holders=role.holders)
        if await self._session.one(q.delete_role, id=role.id) is None:
            raise NotFound(what="role", key=ref)

    async def _changeable(self, ref: str) -> q.RoleRow:
        await self._session.one(lock_organization)
        role = await self._session.get(q.find_role, "role", ref, ref=ref)
        if role.is_system:
            raise SystemRoleFixed(role=role.slug)
        return role
