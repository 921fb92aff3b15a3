"""Sections of the baseline: the first user, the organization, its workspace, roles and rights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neonhub.db.ids import deterministic_cuid
from neonhub.ops.seeding.writing import enter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neonhub.ops.seeding.run import Run

__all__ = [
    "admin",
    "enter_tenant",
    "memberships",
    "organization",
    "permissions",
    "role_permissions",
    "roles",
    "workspace",
]


def enter_tenant(run: Run) -> None:
    """Name the rows that all others hang on, and set the tenant to them for the transaction."""
    organization = run.facts["organization"]["slug"]
    run.ids.update(
        organization=deterministic_cuid("organization", organization),
        workspace=deterministic_cuid("workspace", run.facts["workspace"]["slug"]),
        user=deterministic_cuid("user", run.facts["admin"]["email"]),
    )
    enter(
        run.conn,
        workspace_id=run.ids["workspace"],
        organization_id=run.ids["organization"],
        user_id=run.ids["user"],
    )


def admin(run: Run) -> None:
    """The first user. One with the e-mail address who signed in before is taken for them."""
    facts = run.facts["admin"]
    run.insert(
        "INSERT INTO users (id, email, name) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        run.ids["user"],
        facts["email"],
        facts["name"],
    )
    found = run.conn.execute(
        "SELECT id FROM users WHERE email = %s::citext", [facts["email"]]
    ).fetchone()
    if found is not None:
        run.ids["user"] = found[0]


def organization(run: Run) -> None:
    """The organization."""
    facts = run.facts["organization"]
    mine = {"id": run.ids["organization"], **facts, "owner_id": run.ids["user"]}
    run.add("organizations", [mine])
    run.must_exist("organizations", run.ids["organization"], "organization", facts["slug"])


def workspace(run: Run) -> None:
    """Its workspace."""
    facts = run.facts["workspace"]
    mine = {"id": run.ids["workspace"], "organization_id": run.ids["organization"], **facts}
    run.add("workspaces", [mine | {"owner_id": run.ids["user"]}])
    run.must_exist("workspaces", run.ids["workspace"], "workspace", facts["slug"])


def permissions(run: Run) -> None:
    """What roles may allow."""
    from neonhub.domains.tenancy.permissions import PERMISSIONS

    mine = run.ids["organization"]
    run.insert(
        "INSERT INTO organization_permissions (id, organization_id, key, category, description) "
        "SELECT id, %s, key, split_part(key, ':', 1), description "
        "FROM unnest(%s::text[], %s::text[], %s::text[]) AS given (id, key, description) "
        "ON CONFLICT DO NOTHING",
        mine,
        [deterministic_cuid("permission", mine, key) for key in PERMISSIONS],
        list(PERMISSIONS),
        list(PERMISSIONS.values()),
        rows=len(PERMISSIONS),
    )


def roles(run: Run) -> None:
    """The system's roles."""
    from neonhub.domains.tenancy.permissions import SYSTEM_ROLES

    mine = run.ids["organization"]
    run.insert(
        "INSERT INTO organization_roles "
        "(id, organization_id, slug, name, description, is_system) "
        "SELECT id, %s, slug, name, description, true "
        "FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) "
        "AS given (id, slug, name, description) ON CONFLICT DO NOTHING",
        mine,
        *_columns(
            (deterministic_cuid("role", mine, role.slug), role.slug, role.name, role.description)
            for role in SYSTEM_ROLES
        ),
        rows=len(SYSTEM_ROLES),
    )


def role_permissions(run: Run) -> None:
    """What each of the system's roles allows."""
    from neonhub.domains.tenancy.permissions import SYSTEM_ROLES

    mine = run.ids["organization"]
    run.insert(
        "INSERT INTO role_permissions (organization_id, role_id, permission_id) "
        "SELECT r.organization_id, r.id, p.id "
        "FROM unnest(%s::text[], %s::text[]) AS given (slug, key) "
        "JOIN organization_roles r ON r.organization_id = %s AND r.slug = given.slug "
        "JOIN organization_permissions p ON p.organization_id = %s AND p.key = given.key "
        "ON CONFLICT DO NOTHING",
        *_columns((role.slug, key) for role in SYSTEM_ROLES for key in sorted(role.permissions)),
        mine,
        mine,
        rows=sum(len(role.permissions) for role in SYSTEM_ROLES),
    )


def memberships(run: Run) -> None:
    """The first user's place in the organization and in its workspace."""
    role, user = run.facts["admin"]["role"], run.ids["user"]
    mine, here = run.ids["organization"], run.ids["workspace"]
    run.insert(
        "INSERT INTO organization_members (id, organization_id, user_id, role_id) "
        "SELECT %s, organization_id, %s, id FROM organization_roles "
        "WHERE organization_id = %s AND slug = %s ON CONFLICT DO NOTHING",
        deterministic_cuid("organization_member", mine, user),
        user,
        mine,
        role,
    )
    run.insert(
        "INSERT INTO workspace_members (id, workspace_id, user_id, role) "
        "VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
        deterministic_cuid("workspace_member", here, user),
        here,
        user,
        role,
    )


def _columns(rows: Any) -> Sequence[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
