"""Use-cases of the tenancy domain: organizations, workspaces, and what belongs to them.

``Tenancy`` works inside one organization; ``Organizations`` does what comes before: making one,
joining one, finding out who somebody is.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neonhub.db.errors import DuplicateKey, NotFound
from neonhub.db.ids import cuid
from neonhub.db.paging import Page, after_key, bounded, page_of
from neonhub.db.slugs import MAX_SLUG, checked_slug, slugify
from neonhub.db.tenancy import Principal, PrincipalKind, Tenant
from neonhub.domains.identity.service import Users
from neonhub.domains.tenancy import member_queries as mq
from neonhub.domains.tenancy import queries as q
from neonhub.domains.tenancy.api_keys import ApiKeys, authenticate
from neonhub.domains.tenancy.errors import LastWorkspace, SlugTaken
from neonhub.domains.tenancy.guard import Guard
from neonhub.domains.tenancy.invitations import Invitations, Joined, accept_invitation
from neonhub.domains.tenancy.members import Members, join
from neonhub.domains.tenancy.permissions import OWNER, PERMISSIONS, SYSTEM_ROLES
from neonhub.domains.tenancy.roles import Roles, checked_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from neonhub.db.session import Session

__all__ = ["NewOrganization", "Organizations", "Tenancy"]

_TRIES = 9


class Tenancy:
    """One organization: itself, its workspaces, members, roles, invitations and API keys."""

    def __init__(self, session: Session, principal: Principal):
        self._session = session
        self._guard = Guard(session, principal)

    @property
    def members(self) -> Members:
        """Who belongs to it, and as what."""
        return Members(self._guard)

    @property
    def roles(self) -> Roles:
        """What its members may do."""
        return Roles(self._guard)

    @property
    def invitations(self) -> Invitations:
        """Who was asked to join."""
        return Invitations(self._guard)

    @property
    def api_keys(self) -> ApiKeys:
        """What other programs come in with."""
        return ApiKeys(self._guard)

    # -- the organization ------------------------------------------------------------------

    async def get_organization(self) -> q.OrganizationRow:
        """The organization."""
        self._guard.enter()
        organization_id = self._session.tenant.organization_id or ""
        return await self._session.get(q.get_organization, "organization", organization_id)

    async def rename_organization(
        self, name: str | None = None, *, slug: str | None = None
    ) -> q.OrganizationRow:
        """Give it another name or slug; raises ``SlugTaken``, which fails the unit of work."""
        self._guard.require("workspace:manage")
        short = checked_slug(slug) if slug is not None else None
        label = checked_name(name) if name is not None else None
        organization_id = self._session.tenant.organization_id or ""
        try:
            return await self._session.get(
                q.rename_organization, "organization", organization_id, name=label, slug=short
            )
        except DuplicateKey as error:
            raise _taken("organization", short) from error

    async def delete_organization(self) -> None:
        """Hide the organization with all its workspaces; its API keys serve no more."""
        self._guard.require("workspace:delete")
        organization_id = self._session.tenant.organization_id or ""
        await self._session.get(q.delete_organization, "organization", organization_id)
        await self._session.all(q.delete_workspaces)

    # -- workspaces ------------------------------------------------------------------------

    async def list_workspaces(
        self, *, cursor: str | None = None, limit: int = 50
    ) -> Page[q.WorkspaceRow]:
        """Workspaces that the principal may see, the oldest first."""
        self._guard.enter()
        every = self._guard.reads_every_workspace()
        rows = await self._session.all(
            q.list_workspaces if every else q.list_reached_workspaces,
            after=after_key(cursor),
            limit=bounded(limit) + 1,
        )
        return page_of(rows, limit, lambda row: row.id)

    async def get_workspace(self, ref: str) -> q.WorkspaceRow:
        """The live workspace with that id or slug, if the principal may see it."""
        self._guard.enter()
        return await self._guard.workspace(ref)

    async def create_workspace(self, name: str, *, slug: str | None = None) -> q.WorkspaceRow:
        """A new workspace; who makes it is a member, and owners and admins reach it as all.

        Without a slug one is made of the name, and of a number where it is taken. Raises
        ``SlugTaken``.
        """
        self._guard.require("workspace:manage")
        user_id = self._guard.principal.user_id
        made = await _insert_workspace(self._session, cuid(), checked_name(name), slug, user_id)
        if user_id is not None:
            member = await self._session.one(mq.get_member, user_id=user_id)
            if member is not None:
                await join(self._session, user_id, None, made.id, None)
        return made

    async def rename_workspace(
        self, ref: str, name: str | None = None, *, slug: str | None = None
    ) -> q.WorkspaceRow:
        """Give it another name or slug; raises ``SlugTaken``, which fails the unit of work."""
        self._guard.require("workspace:manage")
        short = checked_slug(slug) if slug is not None else None
        label = checked_name(name) if name is not None else None
        found = await self._guard.workspace(ref)
        try:
            return await self._session.get(
                q.rename_workspace, "workspace", ref, id=found.id, name=label, slug=short
            )
        except DuplicateKey as error:
            raise _taken("workspace", short) from error

    async def delete_workspace(self, ref: str) -> None:
        """Hide a workspace with all that is in it; raises ``LastWorkspace``."""
        self._guard.require("workspace:delete")
        await self._session.one(q.lock_organization)
        found = await self._guard.workspace(ref)
        left = await self._session.all(q.list_workspaces, after="", limit=2)
        if len(left) == 1:
            raise LastWorkspace
        await self._session.get(q.delete_workspace, "workspace", ref, id=found.id)


@dataclass(frozen=True, slots=True)
class NewOrganization:
    """An organization just made, and its default workspace."""

    organization: q.OrganizationRow
    workspace: q.WorkspaceRow


class Organizations:
    """Making organizations, joining them, and who somebody is in them. Each is a unit of work."""

    def __init__(self, open_session: Callable[[Tenant], Session]):
        self._open = open_session

    async def create(
        self, name: str, *, owner_id: str, slug: str | None = None, plan: str = "starter"
    ) -> NewOrganization:
        """An organization of that user's, with a workspace, the system's roles and permissions.

        Without a slug one is made of the name; the workspace's is the same, or with a number
        where another organization has a workspace of that name. Raises ``SlugTaken``,
        ``NotFound`` for the user.
        """
        label = checked_name(name)
        short = checked_slug(slug) if slug is not None else slugify(label)
        # The policies let in what belongs to the tenant in the settings: so it is named first.
        tenant = Tenant(cuid(), cuid(), owner_id)
        async with self._open(tenant) as session:
            await Users(session).get(owner_id)
            made = await session.one(
                q.insert_organization,
                slug=short,
                name=label,
                plan=plan,
                settings=None,
                owner_id=owner_id,
            )
            if made is None:
                raise _taken("organization", short)
            workspace = await _insert_workspace(
                session, tenant.workspace_id or "", label, None, owner_id, wanted=short
            )
            await _insert_roles(session)
            role = await session.get(mq.find_role, "role", OWNER, ref=OWNER)
            await join(session, owner_id, role, workspace.id, None)
            organization = await session.get(q.get_organization, "organization", made)
        return NewOrganization(organization, workspace)

    async def of_user(self, user_id: str) -> list[q.FoundOrganization]:
        """The organizations in which the user reaches a workspace."""
        async with self._open(Tenant(user_id=user_id)) as session:
            return await session.all(q.list_organizations_of_user)

    async def workspaces_of_user(self, user_id: str) -> list[q.ReachRow]:
        """The workspaces that the user reaches, each with their role there."""
        async with self._open(Tenant(user_id=user_id)) as session:
            return await session.all(q.list_workspaces_of_user)

    async def principal_of_user(self, user_id: str, organization: str) -> Principal:
        """The user as a principal of the organization with that id or slug.

        Raises ``NotFound`` unless they are an active member of it.
        """
        async with self._open(Tenant(user_id=user_id)) as session:
            found = await session.one(q.find_organization, ref=organization)
        if found is None or not user_id:
            raise NotFound(what="organization", key=organization)
        async with self._open(Tenant(None, found.organization_id, user_id)) as session:
            held = await session.all(mq.list_permissions_of_user, user_id=user_id)
        return Principal(
            PrincipalKind.USER,
            user_id,
            user_id=user_id,
            organization_id=found.organization_id,
            permissions=frozenset(held),
        )

    async def accept_invitation(self, token: str, user_id: str) -> Joined:
        """Make the user a member by an invitation; see ``invitations.accept_invitation``."""
        return await accept_invitation(self._open, token, user_id)

    async def authenticate(self, token: str) -> Principal:
        """The principal of an API key; see ``api_keys.authenticate``."""
        return await authenticate(self._open, token)


def _taken(what: str, slug: str | None) -> SlugTaken:
    return SlugTaken(what=what, slug=slug, table=f"{what}s", columns=("slug",))


async def _insert_workspace(
    session: Session,
    workspace_id: str,
    name: str,
    slug: str | None,
    owner_id: str | None,
    *,
    wanted: str | None = None,
) -> q.WorkspaceRow:
    """A workspace with exactly ``slug``, or without one with ``wanted`` or what is free near it.

    Whether a slug is free cannot be asked: it may be another organization's. So it is tried.
    """
    candidates = [checked_slug(slug)] if slug is not None else _near(wanted or slugify(name))
    for candidate in candidates:
        made = await session.one(
            q.insert_workspace, id=workspace_id, slug=candidate, name=name, owner_id=owner_id
        )
        if made is not None:
            return made
    raise _taken("workspace", candidates[-1])


def _near(slug: str) -> list[str]:
    """``slug``, then with numbers, and last with an ending that nobody has."""
    endings = [*map(str, range(2, _TRIES + 1)), secrets.token_hex(6)]
    return [slug, *(f"{slug[: MAX_SLUG - len(end) - 1].rstrip('-')}-{end}" for end in endings)]


async def _insert_roles(session: Session) -> None:
    """The permissions and roles that every organization has."""
    await session.execute_many(
        mq.insert_permission,
        [
            {"id": cuid(), "key": key, "category": key.split(":")[0], "description": description}
            for key, description in PERMISSIONS.items()
        ],
    )
    roles = [(cuid(), role) for role in SYSTEM_ROLES]
    await session.execute_many(
        mq.insert_role,
        [
            {
                "id": role_id,
                "slug": role.slug,
                "name": role.name,
                "description": role.description,
                "is_system": True,
            }
            for role_id, role in roles
        ],
    )
    await session.execute_many(
        mq.allow,
        [{"role_id": role_id, "keys": sorted(role.permissions)} for role_id, role in roles],
    )
