"""Statements on organizations and workspaces, and the look-ups before a tenant is known."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from neonhub.db.lazy import lazy_module
from neonhub.db.statements import command, int_arg, json_arg, statement, text_arg

if TYPE_CHECKING:
    import sqlalchemy as sa

    from neonhub.domains.tenancy import tables as t
else:
    sa = lazy_module("sqlalchemy")
    t = lazy_module("neonhub.domains.tenancy.tables")


class FoundWorkspace(NamedTuple):
    """A workspace as its look-up tells it."""

    workspace_id: str
    organization_id: str
    slug: str
    name: str


class FoundOrganization(NamedTuple):
    """An organization as its look-up tells it."""

    organization_id: str
    slug: str
    name: str


class ReachRow(NamedTuple):
    """A workspace that a user reaches, and as what."""

    workspace_id: str
    organization_id: str
    slug: str
    name: str
    role: str


class FoundApiKey(NamedTuple):
    """An API key by its hash; ``status`` is active, expired or revoked."""

    id: str
    organization_id: str
    workspace_id: str | None
    created_by_id: str
    scopes: list[str]
    status: str


class FoundInvitation(NamedTuple):
    """An invitation by its hash; ``status`` is pending, accepted, revoked or expired."""

    id: str
    organization_id: str
    workspace_id: str | None
    email: str
    role_id: str | None
    status: str


class OrganizationRow(NamedTuple):
    """A live organization."""

    id: str
    slug: str
    name: str
    plan: str
    settings: dict[str, Any] | None
    owner_id: str | None
    created_at: dt.datetime
    updated_at: dt.datetime


class WorkspaceRow(NamedTuple):
    """A live workspace."""

    id: str
    slug: str
    name: str
    owner_id: str | None
    settings: dict[str, Any] | None
    created_at: dt.datetime
    updated_at: dt.datetime


# -- before the tenant is known --------------------------------------------------------------


def _looked_up(function: str, row: Any, *arguments: Any) -> Any:
    """The rows of a function of the schema ``neonhub``, columns as ``row`` has them."""
    called = getattr(sa.func.neonhub, function)(*arguments)
    found = called.table_valued(*row._fields, name="found")
    return sa.select(*(found.c[name] for name in row._fields))


@statement(FoundWorkspace)
def find_workspace() -> Any:
    """The live workspace of that id or slug, if the user in the setting reaches it."""
    return _looked_up("find_workspace", FoundWorkspace, text_arg("ref"))


@statement(FoundOrganization)
def find_organization() -> Any:
    """The live organization of that id or slug, if the user in the setting is a member."""
    return _looked_up("find_organization", FoundOrganization, text_arg("ref"))


@statement(ReachRow)
def list_workspaces_of_user() -> Any:
    """The live workspaces that the user in the setting reaches."""
    return _looked_up("workspaces_of_user", ReachRow).order_by(sa.text("slug"))


@statement(FoundOrganization)
def list_organizations_of_user() -> Any:
    """The live organizations in which the user in the setting reaches a workspace."""
    reached = sa.func.neonhub.workspaces_of_user().table_valued("organization_id", name="reached")
    ids = sa.select(reached.c.organization_id).distinct().subquery("ids")
    found = (
        sa.func.neonhub.find_organization(ids.c.organization_id)
        .table_valued(*FoundOrganization._fields, name="found")
        .lateral("found")
    )
    chosen = sa.select(*(found.c[name] for name in FoundOrganization._fields))
    return chosen.select_from(ids.join(found, sa.true())).order_by(found.c.slug)


@statement(FoundApiKey)
def find_api_key() -> Any:
    """The API key with that hash."""
    return _looked_up("find_api_key", FoundApiKey, text_arg("token_hash"))


@statement(FoundInvitation)
def find_invitation() -> Any:
    """The invitation with that hash."""
    return _looked_up("find_invitation", FoundInvitation, text_arg("token_hash"))


# -- organizations ---------------------------------------------------------------------------


def _this(table: Any) -> Any:
    return sa.and_(table.id == text_arg("organization_id"), table.deleted_at.is_(None))


def _live(table: Any) -> Any:
    return sa.and_(table.organization_id == text_arg("organization_id"), table.deleted_at.is_(None))


def _organization_columns() -> tuple[Any, ...]:
    o = t.Organization
    return o.id, o.slug, o.name, o.plan, o.settings, o.owner_id, o.created_at, o.updated_at


@command(str)
def insert_organization() -> Any:
    """A new organization; nothing comes back where a live one has the slug."""
    from sqlalchemy.dialects.postgresql import insert

    o = t.Organization
    return (
        insert(o)
        .values(
            id=text_arg("organization_id"),
            slug=text_arg("slug"),
            name=text_arg("name"),
            plan=text_arg("plan"),
            settings=json_arg("settings"),
            owner_id=text_arg("owner_id"),
        )
        .on_conflict_do_nothing(index_elements=["slug"], index_where=sa.text("deleted_at IS NULL"))
        .returning(o.id)
    )


@statement(OrganizationRow)
def get_organization() -> Any:
    """The organization of the unit, if it is live."""
    return sa.select(*_organization_columns()).where(_this(t.Organization))


@command(str)
def lock_organization() -> Any:
    """Hold the organization's row, so that changes that depend on each other take turns.

    Not against references to it: members may be added meanwhile.
    """
    o = t.Organization
    return sa.select(o.id).where(_this(o)).with_for_update(key_share=True)


@command(OrganizationRow)
def rename_organization() -> Any:
    """Give the organization another name, and another slug where one is given."""
    o = t.Organization
    return (
        sa.update(o)
        .where(_this(o))
        .values(
            name=sa.func.coalesce(text_arg("name"), o.name),
            slug=sa.func.coalesce(text_arg("slug"), o.slug),
        )
        .returning(*_organization_columns())
    )


@command(str)
def set_organization_owner() -> Any:
    """Note who owns the organization."""
    o = t.Organization
    return (
        sa.update(o)
        .where(_this(o), o.owner_id.is_distinct_from(text_arg("owner_id")))
        .values(owner_id=text_arg("owner_id"))
        .returning(o.id)
    )


@command(str)
def delete_organization() -> Any:
    """Hide the organization."""
    o = t.Organization
    return sa.update(o).where(_this(o)).values(deleted_at=sa.func.now()).returning(o.id)


# -- workspaces ------------------------------------------------------------------------------


def _workspace_columns() -> tuple[Any, ...]:
    w = t.Workspace
    return w.id, w.slug, w.name, w.owner_id, w.settings, w.created_at, w.updated_at


@command(WorkspaceRow)
def insert_workspace() -> Any:
    """A new workspace; nothing comes back where a live one of any organization has the slug."""
    from sqlalchemy.dialects.postgresql import insert

    w = t.Workspace
    return (
        insert(w)
        .values(
            id=text_arg("id"),
            organization_id=text_arg("organization_id"),
            slug=text_arg("slug"),
            name=text_arg("name"),
            owner_id=text_arg("owner_id"),
        )
        .on_conflict_do_nothing(index_elements=["slug"], index_where=sa.text("deleted_at IS NULL"))
        .returning(*_workspace_columns())
    )


def _reached() -> Any:
    """The workspaces that the user in the setting reaches."""
    reached = sa.func.neonhub.workspaces_of_user().table_valued("workspace_id", name="reached")
    return t.Workspace.id.in_(sa.select(reached.c.workspace_id))


def _workspaces_after() -> Any:
    w = t.Workspace
    return (
        sa.select(*_workspace_columns())
        .where(_live(w), w.id > text_arg("after"))
        .order_by(w.id)
        .limit(int_arg("limit"))
    )


def _workspace_called() -> Any:
    w = t.Workspace
    return sa.select(*_workspace_columns()).where(
        _live(w), sa.or_(w.id == text_arg("ref"), w.slug == text_arg("ref"))
    )


@statement(WorkspaceRow)
def list_workspaces() -> Any:
    """The organization's live workspaces after a key, the oldest first."""
    return _workspaces_after()


@statement(WorkspaceRow)
def list_reached_workspaces() -> Any:
    """Those of them that the user in the setting reaches."""
    return _workspaces_after().where(_reached())


@statement(str)
def list_workspace_ids() -> Any:
    """Every workspace of the organization, the deleted ones too."""
    w = t.Workspace
    return sa.select(w.id).where(w.organization_id == text_arg("organization_id")).order_by(w.id)


@statement(WorkspaceRow)
def get_workspace() -> Any:
    """The organization's live workspace with that id or slug."""
    return _workspace_called()


@statement(WorkspaceRow)
def get_reached_workspace() -> Any:
    """The same, if the user in the setting reaches it."""
    return _workspace_called().where(_reached())


@command(WorkspaceRow)
def rename_workspace() -> Any:
    """Give a workspace another name, and another slug where one is given."""
    w = t.Workspace
    return (
        sa.update(w)
        .where(_live(w), w.id == text_arg("id"))
        .values(
            name=sa.func.coalesce(text_arg("name"), w.name),
            slug=sa.func.coalesce(text_arg("slug"), w.slug),
        )
        .returning(*_workspace_columns())
    )


@command(str)
def delete_workspace() -> Any:
    """Hide a workspace."""
    w = t.Workspace
    return (
        sa.update(w)
        .where(_live(w), w.id == text_arg("id"))
        .values(deleted_at=sa.func.now())
        .returning(w.id)
    )


@command(str)
def delete_workspaces() -> Any:
    """Hide every workspace of the organization."""
    w = t.Workspace
    return sa.update(w).where(_live(w)).values(deleted_at=sa.func.now()).returning(w.id)


@command(str)
def enter_workspace() -> Any:
    """Set the transaction's workspace to one of the organization's own."""
    w = t.Workspace
    setting = sa.literal("neonhub.workspace_id")
    return sa.select(sa.func.set_config(setting, w.id, sa.true()).label("workspace_id")).where(
        w.organization_id == text_arg("organization_id"), w.id == text_arg("workspace_id")
    )


@command(str)
def leave_workspace() -> Any:
    """Set the transaction's workspace back to what the unit of work began with."""
    setting = sa.literal("neonhub.workspace_id")
    return sa.select(
        sa.func.set_config(setting, text_arg("before"), sa.true()).label("workspace_id")
    )
