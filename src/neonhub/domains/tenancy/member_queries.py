"""Statements on members, roles and what roles allow."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from neonhub.db.lazy import lazy_module
from neonhub.db.statements import command, int_arg, statement, text_arg

if TYPE_CHECKING:
    import sqlalchemy as sa

    from neonhub.domains.identity import tables as identity
    from neonhub.domains.tenancy import tables as t
else:
    sa = lazy_module("sqlalchemy")
    identity = lazy_module("neonhub.domains.identity.tables")
    t = lazy_module("neonhub.domains.tenancy.tables")


class MemberRow(NamedTuple):
    """A member of an organization; ``role`` is the role's slug."""

    id: str
    user_id: str
    email: str
    name: str | None
    role_id: str | None
    role: str | None
    status: str
    joined_at: dt.datetime


class WorkspaceMemberRow(NamedTuple):
    """A member of a workspace."""

    id: str
    user_id: str
    email: str
    name: str | None
    role: str
    status: str
    joined_at: dt.datetime


class RoleRow(NamedTuple):
    """A role, the permissions that it holds, and how many hold or are offered it."""

    id: str
    slug: str
    name: str
    description: str | None
    is_system: bool
    permissions: list[str]
    holders: int


class PermissionRow(NamedTuple):
    """Something that may be allowed."""

    key: str
    category: str | None
    description: str | None


def _mine(table: Any) -> Any:
    return table.organization_id == text_arg("organization_id")


def _texts(name: str) -> Any:
    from sqlalchemy.dialects.postgresql import ARRAY

    return sa.bindparam(name, type_=ARRAY(sa.Text()))


# -- members ---------------------------------------------------------------------------------


def _members() -> Any:
    m, u, r = t.OrganizationMembership, identity.User, t.OrganizationRole
    same_role = sa.and_(r.organization_id == m.organization_id, r.id == m.role_id)
    return (
        sa.select(
            m.id,
            m.user_id,
            u.email,
            u.name,
            m.role_id,
            r.slug.label("role"),
            m.status,
            m.joined_at,
        )
        .join(u, u.id == m.user_id)
        .outerjoin(r, same_role)
        .where(_mine(m))
    )


@statement(MemberRow)
def list_members() -> Any:
    """Members after a key, in the order of their joining."""
    m = t.OrganizationMembership
    return _members().where(m.id > text_arg("after")).order_by(m.id).limit(int_arg("limit"))


@statement(MemberRow)
def get_member() -> Any:
    """The member who is that user."""
    return _members().where(t.OrganizationMembership.user_id == text_arg("user_id"))


@statement(MemberRow)
def find_member_by_email() -> Any:
    """The member with that e-mail address, in any case of its letters."""
    from sqlalchemy.dialects.postgresql import CITEXT

    return _members().where(identity.User.email == sa.cast(text_arg("email"), CITEXT))


@statement(str)
def list_owners() -> Any:
    """The users who are active owners, by their joining."""
    m, r = t.OrganizationMembership, t.OrganizationRole
    same_role = sa.and_(r.organization_id == m.organization_id, r.id == m.role_id)
    return (
        sa.select(m.user_id)
        .join(r, same_role)
        .where(_mine(m), m.status == "active", r.slug == "owner")
        .order_by(m.id)
    )


@command(str)
def insert_member() -> Any:
    """A new member; nothing comes back where the user is one already."""
    from sqlalchemy.dialects.postgresql import insert

    m = t.OrganizationMembership
    return (
        insert(m)
        .values(
            id=text_arg("id"),
            organization_id=text_arg("organization_id"),
            user_id=text_arg("user_id"),
            role_id=text_arg("role_id"),
            invited_by_id=text_arg("invited_by_id"),
        )
        .on_conflict_do_nothing(index_elements=["organization_id", "user_id"])
        .returning(m.id)
    )


@command(str)
def set_member_role() -> Any:
    """Give a member another role."""
    m = t.OrganizationMembership
    return (
        sa.update(m)
        .where(_mine(m), m.user_id == text_arg("user_id"))
        .values(role_id=text_arg("role_id"))
        .returning(m.id)
    )


@command(str)
def delete_member() -> Any:
    """Remove a member."""
    m = t.OrganizationMembership
    return sa.delete(m).where(_mine(m), m.user_id == text_arg("user_id")).returning(m.id)


@statement(str)
def list_permissions_of_user() -> Any:
    """The permissions that a user holds as an active member of the organization."""
    m, rp, p = t.OrganizationMembership, t.RolePermission, t.OrganizationPermission
    held = sa.and_(rp.organization_id == m.organization_id, rp.role_id == m.role_id)
    meant = sa.and_(p.organization_id == rp.organization_id, p.id == rp.permission_id)
    return (
        sa.select(p.key)
        .select_from(m)
        .join(rp, held)
        .join(p, meant)
        .where(_mine(m), m.user_id == text_arg("user_id"), m.status == "active")
        .order_by(p.key)
    )


# -- members of the transaction's workspace --------------------------------------------------


def _here(table: Any) -> Any:
    return table.workspace_id == text_arg("workspace_id")


@statement(WorkspaceMemberRow)
def list_workspace_members() -> Any:
    """A workspace's members after a key, in the order of their joining."""
    m, u = t.WorkspaceMember, identity.User
    return (
        sa.select(m.id, m.user_id, u.email, u.name, m.role, m.status, m.joined_at)
        .join(u, u.id == m.user_id)
        .where(_here(m), m.id > text_arg("after"))
        .order_by(m.id)
        .limit(int_arg("limit"))
    )


@command(str)
def upsert_workspace_member() -> Any:
    """Make a user a member of the workspace, or an active one again."""
    from sqlalchemy.dialects.postgresql import insert

    m = t.WorkspaceMember
    made = insert(m).values(
        id=text_arg("id"),
        workspace_id=text_arg("workspace_id"),
        user_id=text_arg("user_id"),
        role=text_arg("role"),
    )
    return made.on_conflict_do_update(
        index_elements=["workspace_id", "user_id"],
        set_={"role": made.excluded.role, "status": sa.literal_column("'active'")},
    ).returning(m.id)


@command(str)
def set_workspace_role() -> Any:
    """Write a member's role beside the membership in the workspace."""
    m = t.WorkspaceMember
    return (
        sa.update(m)
        .where(_here(m), m.user_id == text_arg("user_id"))
        .values(role=text_arg("role"))
        .returning(m.id)
    )


@command(str)
def delete_workspace_member() -> Any:
    """Remove a user from the workspace."""
    m = t.WorkspaceMember
    return sa.delete(m).where(_here(m), m.user_id == text_arg("user_id")).returning(m.id)


# -- roles and permissions -------------------------------------------------------------------


def _roles() -> Any:
    r, rp, p = t.OrganizationRole, t.RolePermission, t.OrganizationPermission
    m, i = t.OrganizationMembership, t.Invitation
    meant = sa.and_(p.organization_id == rp.organization_id, p.id == rp.permission_id)
    keys = (
        sa.select(p.key)
        .select_from(rp)
        .join(p, meant)
        .where(rp.organization_id == r.organization_id, rp.role_id == r.id)
        .order_by(p.key)
        .correlate(r)
        .scalar_subquery()
    )
    members = (
        sa.select(sa.func.count())
        .where(m.organization_id == r.organization_id, m.role_id == r.id)
        .correlate(r)
        .scalar_subquery()
    )
    offers = (
        sa.select(sa.func.count())
        .where(i.organization_id == r.organization_id, i.role_id == r.id, i.status == "pending")
        .correlate(r)
        .scalar_subquery()
    )
    return sa.select(
        r.id,
        r.slug,
        r.name,
        r.description,
        r.is_system,
        sa.func.array(keys).label("permissions"),
        (members + offers).label("holders"),
    ).where(_mine(r))


@statement(RoleRow)
def list_roles() -> Any:
    """Every role of the organization."""
    return _roles().order_by(t.OrganizationRole.id)


@statement(RoleRow)
def find_role() -> Any:
    """The role with that id or slug."""
    r = t.OrganizationRole
    return _roles().where(sa.or_(r.id == text_arg("ref"), r.slug == text_arg("ref")))


@command(str)
def insert_role() -> Any:
    """A new role; nothing comes back where the organization has one with the slug."""
    from sqlalchemy.dialects.postgresql import insert

    r = t.OrganizationRole
    return (
        insert(r)
        .values(
            id=text_arg("id"),
            organization_id=text_arg("organization_id"),
            slug=text_arg("slug"),
            name=text_arg("name"),
            description=text_arg("description"),
            is_system=sa.cast(text_arg("is_system"), sa.Boolean),
        )
        .on_conflict_do_nothing(index_elements=["organization_id", "slug"])
        .returning(r.id)
    )


@command(str)
def delete_role() -> Any:
    """Remove a role of the organization's own making."""
    r = t.OrganizationRole
    return (
        sa.delete(r)
        .where(_mine(r), r.id == text_arg("id"), r.is_system.is_(sa.false()))
        .returning(r.id)
    )


@statement(PermissionRow)
def list_permissions() -> Any:
    """Everything that a role of the organization may allow."""
    p = t.OrganizationPermission
    return sa.select(p.key, p.category, p.description).where(_mine(p)).order_by(p.key)


@command(type(None))
def insert_permission() -> Any:
    """Something that roles may allow."""
    p = t.OrganizationPermission
    return sa.insert(p).values(
        id=text_arg("id"),
        organization_id=text_arg("organization_id"),
        key=text_arg("key"),
        category=text_arg("category"),
        description=text_arg("description"),
    )


@command(str)
def allow() -> Any:
    """Let a role have permissions, by their keys."""
    from sqlalchemy.dialects.postgresql import insert

    rp, p = t.RolePermission, t.OrganizationPermission
    chosen = sa.select(p.organization_id, sa.cast(text_arg("role_id"), sa.Text), p.id).where(
        _mine(p), p.key == sa.func.any(_texts("keys"))
    )
    return (
        insert(rp)
        .from_select(["organization_id", "role_id", "permission_id"], chosen)
        .on_conflict_do_nothing(index_elements=["role_id", "permission_id"])
        .returning(rp.permission_id)
    )


@command(str)
def disallow_others() -> Any:
    """Take from a role what is not among the permissions with those keys."""
    rp, p = t.RolePermission, t.OrganizationPermission
    kept = sa.select(p.id).where(_mine(p), p.key == sa.func.any(_texts("keys")))
    return (
        sa.delete(rp)
        .where(_mine(rp), rp.role_id == text_arg("role_id"), rp.permission_id.not_in(kept))
        .returning(rp.permission_id)
    )
