"""The key's own organization over HTTP: workspaces, members, roles, invitations, API keys."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response

from neonhub.domains.http import CurrentPrincipal, Cursor, Limit, Organization, PageOf, Text
from neonhub.domains.tenancy import schemas as s
from neonhub.domains.tenancy.service import Tenancy

router = APIRouter(prefix="/api")


def _tenancy(unit: Organization) -> Tenancy:
    return unit.tenancy


Service = Annotated[Tenancy, Depends(_tenancy)]
Ref = Annotated[Text, Path(max_length=200)]


@router.get("/me", tags=["organization"], response_model=s.Me)
async def get_me(principal: CurrentPrincipal) -> Any:
    """Who the key is, and what it may do."""
    return s.Me(
        kind=principal.kind.value,
        id=principal.id,
        user_id=principal.user_id,
        organization_id=principal.organization_id,
        workspace_id=principal.workspace_id,
        permissions=sorted(principal.permissions),
    )


@router.get("/organization", tags=["organization"], response_model=s.Organization)
async def get_organization(service: Service) -> Any:
    """The organization."""
    return await service.get_organization()


# -- workspaces ------------------------------------------------------------------------------


@router.get("/workspaces", tags=["workspaces"], response_model=PageOf[s.Workspace])
async def list_workspaces(service: Service, cursor: Cursor = None, limit: Limit = 50) -> Any:
    """The organization's workspaces, the oldest first."""
    return await service.list_workspaces(cursor=cursor, limit=limit)


@router.post("/workspaces", tags=["workspaces"], status_code=201, response_model=s.Workspace)
async def create_workspace(service: Service, body: s.NewWorkspace, response: Response) -> Any:
    """Make a workspace."""
    made = await service.create_workspace(body.name, slug=body.slug)
    response.headers["Location"] = f"/api/workspaces/{made.slug}"
    return made


@router.get("/workspaces/{workspace}", tags=["workspaces"], response_model=s.Workspace)
async def get_workspace(service: Service, workspace: Ref) -> Any:
    """One workspace, by slug or id."""
    return await service.get_workspace(workspace)


# -- members and roles -----------------------------------------------------------------------


@router.get("/members", tags=["members"], response_model=PageOf[s.Member])
async def list_members(service: Service, cursor: Cursor = None, limit: Limit = 50) -> Any:
    """The organization's members, in the order of their joining."""
    page = await service.members.list_members(cursor=cursor, limit=limit)
    return {"items": [_member(row) for row in page.items], "next_cursor": page.next_cursor}


@router.put("/members/{user_id}/role", tags=["members"], response_model=s.Member)
async def change_role(service: Service, user_id: Ref, body: s.RoleChange) -> Any:
    """Give a member another role."""
    return _member(await service.members.change_role(user_id, body.role))


@router.delete("/members/{user_id}", tags=["members"], status_code=204)
async def remove_member(service: Service, user_id: Ref) -> None:
    """Remove a member; their API keys and open invitations go with them."""
    await service.members.remove(user_id)


@router.get("/roles", tags=["members"], response_model=list[s.Role])
async def list_roles(service: Service) -> Any:
    """The roles with their permissions."""
    return await service.roles.list_roles()


# -- invitations -----------------------------------------------------------------------------


@router.get("/invitations", tags=["invitations"], response_model=PageOf[s.Invitation])
async def list_invitations(service: Service, cursor: Cursor = None, limit: Limit = 50) -> Any:
    """Invitations, those that serve no more among them."""
    return await service.invitations.list_invitations(cursor=cursor, limit=limit)


@router.post("/invitations", tags=["invitations"], status_code=201, response_model=s.InvitationMade)
async def invite(service: Service, body: s.NewInvitation, response: Response) -> Any:
    """Invite an address. The token is shown this once."""
    made = await service.invitations.invite(
        body.email,
        body.role,
        workspace=body.workspace,
        expires_in=dt.timedelta(days=body.expires_in_days),
    )
    response.headers["Cache-Control"] = "no-store"
    return {**made.invitation._asdict(), "token": made.token}


@router.delete("/invitations/{invitation_id}", tags=["invitations"], status_code=204)
async def revoke_invitation(service: Service, invitation_id: Ref) -> None:
    """Withdraw an open invitation."""
    await service.invitations.revoke(invitation_id)


# -- API keys --------------------------------------------------------------------------------


@router.get("/api-keys", tags=["API keys"], response_model=PageOf[s.ApiKey])
async def list_api_keys(service: Service, cursor: Cursor = None, limit: Limit = 50) -> Any:
    """The organization's keys, those that serve no more among them."""
    return await service.api_keys.list_keys(cursor=cursor, limit=limit)


@router.post("/api-keys", tags=["API keys"], status_code=201, response_model=s.ApiKeyMade)
async def create_api_key(service: Service, body: s.NewApiKey, response: Response) -> Any:
    """Make a key. The token is shown this once."""
    days = body.expires_in_days
    made = await service.api_keys.create(
        body.name,
        body.scopes,
        workspace=body.workspace,
        expires_in=dt.timedelta(days=days) if days is not None else None,
    )
    response.headers["Cache-Control"] = "no-store"
    return {**made.key._asdict(), "token": made.token}


@router.delete("/api-keys/{key}", tags=["API keys"], status_code=204)
async def revoke_api_key(service: Service, key: Ref) -> None:
    """Revoke a key, named by its id or first characters, now."""
    await service.api_keys.revoke(key)


def _member(row: Any) -> dict[str, Any]:
    told: dict[str, Any] = row._asdict()
    del told["role_id"]
    return told
