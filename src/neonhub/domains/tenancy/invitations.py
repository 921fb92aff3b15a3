"""Invitations: an address is asked to join, and whoever holds the token accepts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from neonhub.db.errors import InvalidInput, NeonHubError
from neonhub.db.ids import cuid
from neonhub.db.paging import Page, after_key, bounded, page_of
from neonhub.db.tenancy import Tenant
from neonhub.domains.identity.service import Users, checked_email
from neonhub.domains.tenancy import access_queries as q
from neonhub.domains.tenancy import queries as oq
from neonhub.domains.tenancy.errors import (
    AlreadyMember,
    InvitationExpired,
    InvitationForAnother,
    InvitationRevoked,
    InvitationUnknown,
    InvitationUsed,
)
from neonhub.domains.tenancy.member_queries import find_member_by_email, find_role
from neonhub.domains.tenancy.members import default_workspace, join
from neonhub.domains.tenancy.roles import role_to_give
from neonhub.domains.tenancy.tokens import digest, new_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from neonhub.db.session import Session
    from neonhub.domains.tenancy.guard import Guard

__all__ = ["Invitations", "Joined", "NewInvitation", "accept_invitation"]

PREFIX = "inv_"
DEFAULT_LIFE = dt.timedelta(days=7)
LONGEST_LIFE = dt.timedelta(days=30)

_REFUSALS: dict[str, type[NeonHubError]] = {
    "accepted": InvitationUsed,
    "revoked": InvitationRevoked,
    "expired": InvitationExpired,
}


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """An invitation just made. ``token`` is not to be had again."""

    token: str = field(repr=False)
    invitation: q.InvitationRow


@dataclass(frozen=True, slots=True)
class Joined:
    """What a user has become a member of; ``role`` is the one that they have now."""

    organization_id: str
    workspace_id: str | None
    role: str | None


class Invitations:
    """The invitations of one organization. All of it takes ``users:invite``."""

    def __init__(self, guard: Guard):
        self._guard = guard
        self._session = guard.session

    async def invite(
        self,
        email: str,
        role: str = "member",
        *,
        workspace: str | None = None,
        expires_in: dt.timedelta = DEFAULT_LIFE,
    ) -> NewInvitation:
        """Ask an address to join, with a workspace or the default one; the token is shown once.

        An open invitation to the same address is withdrawn. Raises ``AlreadyMember``,
        ``NotFound``, ``PermissionDenied`` for a role that holds more than the principal.
        """
        self._guard.require("users:invite")
        address = checked_email(email)
        if not dt.timedelta() < expires_in <= LONGEST_LIFE:
            reason = f"it must be more than nothing and at most {LONGEST_LIFE.days} days"
            raise InvalidInput(field="expires_in", reason=reason)
        given = await role_to_give(self._guard, role)
        chosen = await self._guard.workspace(workspace) if workspace is not None else None
        if await self._session.one(find_member_by_email, email=address) is not None:
            raise AlreadyMember(email=address)
        await self._session.all(q.revoke_invitations_to, email=address)
        token, invitation_id = new_token(PREFIX), cuid()
        await self._session.all(
            q.insert_invitation,
            id=invitation_id,
            workspace_id=chosen.id if chosen else None,
            email=address,
            role_id=given.id,
            token_hash=digest(token),
            invited_by_id=self._guard.principal.user_id,
            expires_at=dt.datetime.now(dt.UTC) + expires_in,
        )
        return NewInvitation(token, await self._get(invitation_id))

    async def list_invitations(
        self, *, cursor: str | None = None, limit: int = 50
    ) -> Page[q.InvitationRow]:
        """Invitations in the order of their making, those that serve no more among them."""
        self._guard.require("users:invite")
        rows = await self._session.all(
            q.list_invitations, after=after_key(cursor), limit=bounded(limit) + 1
        )
        return page_of(rows, limit, lambda row: row.id)

    async def revoke(self, invitation_id: str) -> None:
        """Withdraw an open invitation; raises ``InvitationUsed`` once it was accepted."""
        self._guard.require("users:invite")
        if await self._session.one(q.revoke_invitation, id=invitation_id) is not None:
            return
        if (await self._get(invitation_id)).status == "accepted":
            raise InvitationUsed

    async def _get(self, invitation_id: str) -> q.InvitationRow:
        return await self._session.get(
            q.get_invitation, "invitation", invitation_id, id=invitation_id
        )


async def accept_invitation(
    open_session: Callable[[Tenant], Session], token: str, user_id: str
) -> Joined:
    """Make the user a member of what the token's invitation is to. It works once.

    Who is a member already keeps the role that they have. Raises ``InvitationUnknown``,
    ``InvitationExpired``, ``InvitationRevoked``, ``InvitationUsed``, ``InvitationForAnother``.
    """
    token_hash = digest(token)
    async with open_session(Tenant(user_id=user_id)) as session:
        found = await session.one(oq.find_invitation, token_hash=token_hash)
        if found is None:
            raise InvitationUnknown
        user = await Users(session).get(user_id)
    if user.email.lower() != found.email.lower():
        raise InvitationForAnother
    if found.status in _REFUSALS:
        raise _REFUSALS[found.status]
    async with open_session(Tenant(None, found.organization_id, user_id)) as session:
        taken = await session.one(q.take_invitation, id=found.id)
        if taken is None:
            raise await _why_not(session, token_hash)
        role = await session.one(find_role, ref=found.role_id or "")
        workspace_id = await _workspace_to_join(session, found.workspace_id)
        member = await join(session, user_id, role, workspace_id, taken.invited_by_id)
    return Joined(found.organization_id, workspace_id, member.role)


async def _why_not(session: Session, token_hash: str) -> NeonHubError:
    """Somebody was quicker: what the invitation has become meanwhile."""
    now = await session.one(oq.find_invitation, token_hash=token_hash)
    kind = _REFUSALS.get(now.status) if now is not None else InvitationUnknown
    return (kind or InvitationExpired)()


async def _workspace_to_join(session: Session, wanted: str | None) -> str | None:
    """The workspace of the invitation while it lives, else the default one."""
    if wanted is not None and await session.one(oq.get_workspace, ref=wanted) is not None:
        return wanted
    found = await default_workspace(session)
    return found.id if found is not None else None
