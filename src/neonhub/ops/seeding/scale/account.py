"""Accounts: an organization, a workspace and a user a tenant, who may do everything in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neonhub.domains.tenancy.permissions import PERMISSIONS, SYSTEM_ROLES
from neonhub.ops.seeding.scale.stream import Clock, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neonhub.ops.seeding.scale.tenants import Tenant

__all__ = ["STREAMS"]

_ROLES = {role.slug: number for number, role in enumerate(SYSTEM_ROLES)}
_PERMISSIONS = {key: number for number, key in enumerate(PERMISSIONS)}


def _users(tenant: Tenant, _clock: Clock) -> Iterator[str]:
    yield f"{tenant.user_id}\tscale-{tenant.number:05d}@example.com\tScale {tenant.number}"


def _organizations(tenant: Tenant, _clock: Clock) -> Iterator[str]:
    name = f"scale-{tenant.number:05d}\tScale {tenant.number}"
    yield f"{tenant.organization_id}\t{name}\tscale\t{tenant.user_id}"


def _workspaces(tenant: Tenant, _clock: Clock) -> Iterator[str]:
    name = f"scale-{tenant.number:05d}\tScale {tenant.number}"
    yield f"{tenant.workspace_id}\t{tenant.organization_id}\t{name}\t{tenant.user_id}"


def _roles(tenant: Tenant, _clock: Clock) -> Iterator[str]:
    ids = tenant.prefix("ro")
    for number, role in enumerate(SYSTEM_ROLES):
        key = f"{ids}{number:011d}\t{tenant.organization_id}"
        yield f"{key}\t{role.slug}\t{role.name}\t{role.description}\tt"


def _permissions(tenant: Tenant, _clock: Clock) -> Iterator[str]:
    ids = tenant.prefix("pm")
    for number, (key, text) in enumerate(PERMISSIONS.items()):
        category = key.split(":", maxsplit=1)[0]
        yield f"{ids}{number:011d}\t{tenant.organization_id}\t{key}\t{category}\t{text}"


def _role_permissions(tenant: Tenant, _clock: Clock) -> Iterator[str]:
    roles, permissions = tenant.prefix("ro"), tenant.prefix("pm")
    for role in SYSTEM_ROLES:
        for key in sorted(role.permissions):
            pair = f"{roles}{_ROLES[role.slug]:011d}\t{permissions}{_PERMISSIONS[key]:011d}"
            yield f"{tenant.organization_id}\t{pair}"


def _members(tenant: Tenant, _clock: Clock) -> Iterator[str]:
    role = f"{tenant.prefix('ro')}{_ROLES['owner']:011d}"
    key = f"{tenant.prefix('om')}{0:011d}"
    yield f"{key}\t{tenant.organization_id}\t{tenant.user_id}\t{role}"


def _seats(tenant: Tenant, _clock: Clock) -> Iterator[str]:
    yield f"{tenant.prefix('wm')}{0:011d}\t{tenant.workspace_id}\t{tenant.user_id}\towner"


STREAMS = (
    Stream("users", ("id", "email", "name"), _users),
    Stream("organizations", ("id", "slug", "name", "plan", "owner_id"), _organizations),
    Stream("workspaces", ("id", "organization_id", "slug", "name", "owner_id"), _workspaces),
    Stream(
        "organization_roles",
        ("id", "organization_id", "slug", "name", "description", "is_system"),
        _roles,
    ),
    Stream(
        "organization_permissions",
        ("id", "organization_id", "key", "category", "description"),
        _permissions,
    ),
    Stream("role_permissions", ("organization_id", "role_id", "permission_id"), _role_permissions),
    Stream("organization_members", ("id", "organization_id", "user_id", "role_id"), _members),
    Stream("workspace_members", ("id", "workspace_id", "user_id", "role"), _seats),
)
