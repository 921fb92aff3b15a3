"""What a principal may do in the organization of a unit of work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import NotFound, PermissionDenied, TenantRequired
from neonhub.db.tenancy import PrincipalKind
from neonhub.domains.tenancy import queries as q
from neonhub.domains.tenancy.errors import UserRequired, WorkspaceBound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neonhub.db.session import Session
    from neonhub.db.statements import Statement
    from neonhub.db.tenancy import Principal

__all__ = ["Guard", "in_workspaces"]


@dataclass(frozen=True, slots=True)
class Guard:
    """A principal at work in an organization."""

    session: Session
    principal: Principal

    def enter(self) -> None:
        """Refuse principals of another organization, or bound to one workspace of this one."""
        organization_id = self.session.tenant.organization_id
        if not organization_id:
            raise TenantRequired("This needs an organization, and none is set.")
        if self.principal.organization_id not in (None, organization_id):
            raise NotFound(what="organization", key=organization_id)
        if self.principal.workspace_id is not None:
            raise WorkspaceBound(permission="organization")

    def require(self, permission: str) -> None:
        """Enter with ``permission``, or raise ``PermissionDenied``."""
        self.enter()
        self.principal.require(permission)

    def require_any(self, area: str) -> None:
        """Enter as a person, or with any permission of ``area``: an API key needs one."""
        self.enter()
        held = any(key.startswith(f"{area}:") for key in self.principal.permissions)
        if self.principal.kind in (PrincipalKind.API_KEY, PrincipalKind.AGENT) and not held:
            raise PermissionDenied(permission=f"{area}:*")

    def require_all(self, permissions: Iterable[str]) -> None:
        """Nobody gives, takes or changes rights beyond their own."""
        for permission in sorted(permissions):
            self.principal.require(permission)

    def acting_user(self) -> str:
        """The user in whose name this is done."""
        if self.principal.user_id is None:
            raise UserRequired
        return self.principal.user_id

    def reads_every_workspace(self) -> bool:
        """Whether the principal sees workspaces that it is no member of."""
        return self.principal.user_id is None or self.principal.may("workspace:manage")

    async def workspace(self, ref: str) -> q.WorkspaceRow:
        """The live workspace with that id or slug, if the principal may see it."""
        found = q.get_workspace if self.reads_every_workspace() else q.get_reached_workspace
        return await self.session.get(found, "workspace", ref, ref=ref)


async def in_workspaces(
    session: Session, workspace_ids: Iterable[str], statement: Statement[Any], **values: Any
) -> None:
    """Run ``statement`` once in each of the organization's workspaces, in one transaction.

    Rows of a workspace are out of reach from any other, and from the organization: so the
    transaction's workspace moves, and at the end goes back. Reads of other tasks through the same
    session would meanwhile find nothing.
    """
    before = session.tenant.workspace_id or ""
    for workspace_id in workspace_ids:
        entered = await session.one(q.enter_workspace, workspace_id=workspace_id)
        if entered is None:
            await session.one(q.leave_workspace, before=before)
            raise NotFound(what="workspace", key=workspace_id)
        await session.all(statement, workspace_id=workspace_id, **values)
    await session.one(q.leave_workspace, before=before)
