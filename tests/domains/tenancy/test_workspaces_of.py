"""A user's workspaces with role, before any tenant is known."""

from __future__ import annotations

from neonhub.db.ids import cuid
from neonhub.db.tenancy import Tenant
from neonhub.hub import NeonHub
from tests.conftest import Tenants
from tests.domains.wire import watched
from tests.factories import tenancy
from tests.factories.base import Conn


async def test_a_users_workspaces_come_with_their_role(
    hub: NeonHub, fresh: Tenants, admin: Conn
) -> None:
    second = tenancy.WORKSPACE.insert(
        admin, organization_id=fresh.other_organization, slug=f"a-{cuid()}"
    )
    for workspace, role, status in (
        (second["id"], "editor", "active"),
        (fresh.other_workspace, "viewer", "suspended"),
    ):
        tenancy.WORKSPACE_MEMBER.insert(
            admin, workspace_id=workspace, user_id=fresh.user, role=role, status=status
        )

    rows = await hub.workspaces_of(fresh.user)

    assert [(row.workspace_id, row.role) for row in rows] == [
        (second["id"], "editor"),
        (fresh.workspace, "member"),
    ]
    assert rows[0].organization_id == fresh.other_organization
    assert await hub.workspaces_of(cuid()) == [] == await hub.workspaces_of("")


async def test_it_is_one_round_trip(hub: NeonHub, fresh: Tenants) -> None:
    await hub.workspaces_of(fresh.user)  # the connection is there
    async with watched(hub) as wire:
        assert len(await hub.workspaces_of(fresh.user)) == 1
    assert (wire.trips, wire.statements) == (1, 2)


async def test_finding_a_workspace_once_spares_the_trip(hub: NeonHub, here: Tenant) -> None:
    async with hub.workspace(here.workspace_id or "") as ws:
        tenant = ws.tenant
    async with watched(hub) as wire, hub.workspace(tenant) as ws:
        assert await ws.agents.find("nobody") is None
    assert wire.trips == 1
