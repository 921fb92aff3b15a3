"""Members of an organization and of its workspaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neonhub.db.ids import cuid
from neonhub.db.paging import Page, after_key, bounded, page_of
from neonhub.domains.identity.service import Users
from neonhub.domains.tenancy import access_queries as aq
from neonhub.domains.tenancy import member_queries as q
from neonhub.domains.tenancy import queries as oq
from neonhub.domains.tenancy.errors import AlreadyMember, LastOwner
from neonhub.domains.tenancy.guard import in_workspaces
from neonhub.domains.tenancy.permissions import OWNER
from neonhub.domains.tenancy.roles import role_to_give

if TYPE_CHECKING:
    from neonhub.db.session import Session
    from neonhub.db.statements import Statement
    from neonhub.domains.tenancy.guard import Guard

__all__ = ["Members", "default_workspace", "join"]


async def default_workspace(session: Session) -> oq.WorkspaceRow | None:
    """The organization's oldest live workspace: the one that it was made with, while it lives."""
    return await session.one(oq.list_workspaces, after="", limit=1)


async def join(
    session: Session,
    user_id: str,
    role: q.RoleRow | None,
    workspace_id: str | None,
    invited_by_id: str | None,
) -> q.MemberRow:
    """Make a user a member of the organization, and of the workspace where one is given.

    Who is a member already keeps the role that they have.
    """
    await session.one(
        q.insert_member,
        id=cuid(),
        user_id=user_id,
        role_id=role.id if role else None,
        invited_by_id=invited_by_id,
    )
    member = await session.get(q.get_member, "member", user_id, user_id=user_id)
    if workspace_id is not None and member.status == "active":
        await in_workspaces(
            session,
            [workspace_id],
            q.upsert_workspace_member,
            id=cuid(),
            user_id=user_id,
            role=member.role or "guest",
        )
    return member


class Members:
    """Who belongs to one organization, and as what.

    Nobody gives a role that holds more than they do themselves, nor changes or removes a member
    who holds more.
    """

    def __init__(self, guard: Guard):
        self._guard = guard
        self._session = guard.session

    async def list_members(
        self, *, cursor: str | None = None, limit: int = 50
    ) -> Page[q.MemberRow]:
        """Members, in the order of their joining."""
        self._guard.require_any("users")
        rows = await self._session.all(
            q.list_members, after=after_key(cursor), limit=bounded(limit) + 1
        )
        return page_of(rows, limit, lambda row: row.id)

    async def get(self, user_id: str) -> q.MemberRow:
        """The member who is that user."""
        self._guard.require_any("users")
        return await self._session.get(q.get_member, "member", user_id, user_id=user_id)

    async def add(
        self, user_id: str, role: str = "member", *, workspace: str | None = None
    ) -> q.MemberRow:
        """Make a user a member, of a workspace too: without one, of the default workspace.

        By id, so that nobody finds out by this who has an account; by e-mail address there are
        invitations. Raises ``AlreadyMember``, ``NotFound``, ``PermissionDenied``.
        """
        self._guard.require("users:invite")
        given = await role_to_give(self._guard, role)
        chosen = (
            await self._guard.workspace(workspace)
            if workspace is not None
            else await default_workspace(self._session)
        )
        user = await Users(self._session).get(user_id)
        if await self._session.one(q.get_member, user_id=user_id) is not None:
            raise AlreadyMember(email=user.email)
        inviter = self._guard.principal.user_id
        return await join(self._session, user_id, given, chosen.id if chosen else None, inviter)

    async def change_role(self, user_id: str, role: str) -> q.MemberRow:
        """Give a member another role; raises ``LastOwner`` when none would be left."""
        self._guard.require("users:roles")
        member = await self._held(user_id)
        given = await role_to_give(self._guard, role)
        if member.role_id == given.id:
            return member
        await self._keep_an_owner(member, losing=given.slug != OWNER)
        await self._session.all(q.set_member_role, user_id=user_id, role_id=given.id)
        await self._everywhere(q.set_workspace_role, user_id=user_id, role=given.slug)
        return await self._session.get(q.get_member, "member", user_id, user_id=user_id)

    async def remove(self, user_id: str) -> None:
        """Remove a member from the organization and all its workspaces.

        Their API keys and open invitations are revoked with them. Anybody may leave by
        themselves; raises ``LastOwner`` when no owner would be left.
        """
        if user_id == self._guard.principal.user_id:
            self._guard.enter()
        else:
            self._guard.require("users:remove")
        member = await self._held(user_id)
        await self._keep_an_owner(member, losing=True)
        await self._everywhere(q.delete_workspace_member, user_id=user_id)
        await self._session.all(aq.revoke_api_keys_of, user_id=user_id)
        await self._session.all(aq.revoke_invitations_by, user_id=user_id)
        await self._session.all(q.delete_member, user_id=user_id)

    async def list_workspace_members(
        self, workspace: str, *, cursor: str | None = None, limit: int = 50
    ) -> Page[q.WorkspaceMemberRow]:
        """Members of a workspace, in the order of their joining it."""
        self._guard.require_any("users")
        found = await self._guard.workspace(workspace)
        await self._session.get(oq.enter_workspace, "workspace", found.id, workspace_id=found.id)
        rows = await self._session.all(
            q.list_workspace_members,
            workspace_id=found.id,
            after=after_key(cursor),
            limit=bounded(limit) + 1,
        )
        await self._session.one(oq.leave_workspace, before=self._session.tenant.workspace_id or "")
        return page_of(rows, limit, lambda row: row.id)

    async def add_to_workspace(self, user_id: str, workspace: str) -> None:
        """Make a member of the organization one of a workspace."""
        self._guard.require("users:invite")
        found = await self._guard.workspace(workspace)
        member = await self._held(user_id)
        await join(self._session, member.user_id, None, found.id, None)

    async def remove_from_workspace(self, user_id: str, workspace: str) -> None:
        """Take a member out of a workspace; owners and admins reach it all the same."""
        self._guard.require("users:remove")
        found = await self._guard.workspace(workspace)
        await self._held(user_id)
        await in_workspaces(self._session, [found.id], q.delete_workspace_member, user_id=user_id)

    async def _held(self, user_id: str) -> q.MemberRow:
        """The member, with the organization held: changes of members take turns from here on.

        Two owners who remove each other at the same time would otherwise each find the other
        still there.
        """
        await self._session.one(oq.lock_organization)
        member = await self._session.get(q.get_member, "member", user_id, user_id=user_id)
        if user_id != self._guard.principal.user_id and member.role_id is not None:
            await role_to_give(self._guard, member.role_id)
        return member

    async def _keep_an_owner(self, member: q.MemberRow, *, losing: bool) -> None:
        if not losing or member.role != OWNER:
            return
        others = [
            user_id
            for user_id in await self._session.all(q.list_owners)
            if user_id != member.user_id
        ]
        if not others:
            raise LastOwner
        organization = await self._session.one(oq.get_organization)
        if organization is not None and organization.owner_id == member.user_id:
            await self._session.all(oq.set_organization_owner, owner_id=others[0])

    async def _everywhere(self, statement: Statement[Any], **values: str) -> None:
        workspace_ids = await self._session.all(oq.list_workspace_ids)
        await in_workspaces(self._session, workspace_ids, statement, **values)
