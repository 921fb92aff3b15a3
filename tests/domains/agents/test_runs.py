"""An agent's last runs with the tools that they called, and agents by name."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from neonhub.db.errors import (
    DuplicateKey,
    InvalidInput,
    NotFound,
    PermissionDenied,
    TenantRequired,
)
from neonhub.db.ids import cuid
from neonhub.db.tenancy import Principal, PrincipalKind, Tenant
from neonhub.domains.agents import queries as q
from neonhub.domains.agents.errors import AgentExists
from neonhub.hub import NeonHub
from tests.domains.wire import watched
from tests.factories import agents
from tests.factories.base import Conn, Row

NOON = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)


def fill(admin: Conn, workspace_id: str | None, slug: str = "writer") -> Row:
    """An agent with five runs, every second one failed; the n-th called n tools."""
    agent = agents.AGENT.insert(admin, workspace_id=workspace_id, slug=slug)
    tool = agents.TOOL.insert(admin, workspace_id=workspace_id)
    for n in range(5):
        run = agents.AGENT_RUN.insert(
            admin,
            workspace_id=workspace_id,
            agent_id=agent["id"],
            status="failed" if n % 2 else "completed",
            input={"n": n},
            started_at=NOON + dt.timedelta(hours=n),
            completed_at=NOON + dt.timedelta(hours=n, seconds=2),
            total_cost=Decimal("0.0125"),
        )
        for call in range(n):
            agents.TOOL_EXECUTION.insert(
                admin,
                workspace_id=workspace_id,
                tool_id=tool["id"],
                agent_run_id=run["id"],
                tool_name=f"tool-{call}",
                input={"call": call},
                started_at=NOON + dt.timedelta(hours=n, milliseconds=call),
                completed_at=NOON + dt.timedelta(hours=n, milliseconds=call + 250),
            )
    return agent


async def test_the_last_runs_come_with_their_tools(
    hub: NeonHub, here: Tenant, there: Tenant, admin: Conn
) -> None:
    agent = fill(admin, here.workspace_id)
    fill(admin, there.workspace_id)

    async with hub.workspace(here) as ws:
        runs = await ws.agents.list_runs("writer")
        by_id = await ws.agents.list_runs(agent["id"], limit=2)
        failed = await ws.agents.list_runs("writer", status="failed")

    assert [run.input["n"] for run in runs] == [4, 3, 2, 1, 0]
    assert by_id == runs[:2]
    assert [run.input["n"] for run in failed] == [3, 1]
    assert [len(run.tool_executions) for run in runs] == [4, 3, 2, 1, 0]
    assert {run.agent_id for run in runs} == {agent["id"]}
    latest = runs[0]
    assert (latest.started_at, latest.duration_ms) == (NOON + dt.timedelta(hours=4), 2000)
    assert latest.total_cost == Decimal("0.0125")
    names = [each.tool_name for each in latest.tool_executions]
    assert names == ["tool-0", "tool-1", "tool-2", "tool-3"]
    call = latest.tool_executions[1]
    assert call.started_at == NOON + dt.timedelta(hours=4, milliseconds=1)
    assert (call.input, call.duration_ms) == ({"call": 1}, 250)


async def test_it_is_one_round_trip(hub: NeonHub, here: Tenant, admin: Conn) -> None:
    fill(admin, here.workspace_id)
    async with hub.workspace(here) as ws, watched(hub) as wire:
        runs = await ws.agents.list_runs("writer", status="completed")
    assert sum(len(run.tool_executions) for run in runs) == 6
    # The tenant's settings and the statement, in one trip, however many the runs and tools.
    assert (wire.trips, wire.statements) == (1, 2)


async def test_no_runs_are_no_agent_missing(
    hub: NeonHub, here: Tenant, there: Tenant, admin: Conn
) -> None:
    fill(admin, there.workspace_id, "theirs")
    async with hub.workspace(here) as ws:
        await ws.agents.create("Idle", kind="COPILOT")
        assert await ws.agents.list_runs("idle") == []
        for gone in ("theirs", cuid()):
            with pytest.raises(NotFound, match="agent"):
                await ws.agents.list_runs(gone)


async def test_what_cannot_be_asked_is_refused(hub: NeonHub, here: Tenant) -> None:
    async with hub.workspace(here) as ws:
        with pytest.raises(InvalidInput, match="none of pending, running"):
            await ws.agents.list_runs("writer", status="done")
        with pytest.raises(InvalidInput, match="limit"):
            await ws.agents.list_runs("writer", limit=0)
        with pytest.raises(InvalidInput, match="1000 are the most"):
            await ws.agents.list_by_id(["x"] * 1001)


async def test_agent_and_run_are_there_together_or_not_at_all(hub: NeonHub, here: Tenant) -> None:
    async with hub.workspace(here) as ws:
        agent = await ws.agents.create("Writer", kind="WORKFLOW", config={"tone": "plain"})
        run = await ws.agents.start_run(agent.id, input={"brief": "spring"}, objective="draft")
    async with hub.workspace(here) as ws:
        (found,) = await ws.agents.list_runs("writer")
    assert (found.id, found.status, found.objective) == (run.id, "running", "draft")

    with pytest.raises(RuntimeError):
        async with hub.workspace(here) as ws:
            other = await ws.agents.create("Other", kind="WORKFLOW")
            await ws.agents.start_run(other.slug, input={})
            raise RuntimeError
    async with hub.workspace(here) as ws:
        assert await ws.agents.find("other") is None


async def test_a_slug_is_taken_once_and_the_unit_goes_on(
    hub: NeonHub, here: Tenant, there: Tenant
) -> None:
    async with hub.workspace(there) as ws:
        await ws.agents.create("Writer", kind="COPILOT")  # another tenant's is no hindrance
    async with hub.workspace(here) as ws:
        first = await ws.agents.create("Writer", kind="COPILOT")
        with pytest.raises(AgentExists, match="'writer' exists") as caught:
            await ws.agents.create("Writer", kind="COPILOT")
        assert isinstance(caught.value, DuplicateKey)
        assert (caught.value.table, caught.value.columns) == ("agents", ("slug",))
        second = await ws.agents.create("Writer", kind="COPILOT", slug="writer-2")
    async with hub.workspace(here) as ws:
        found = await ws.agents.list_by_id([second.id, first.id, cuid()])
        assert [row.slug for row in found] == ["writer", "writer-2"]


async def test_get_raises_where_find_gives_none(hub: NeonHub, here: Tenant) -> None:
    async with hub.workspace(here) as ws:
        assert await ws.agents.find("nobody") is None
        with pytest.raises(NotFound, match="no agent 'nobody'"):
            await ws.agents.get("nobody")
        with pytest.raises(NotFound, match="no agent 'nobody'"):
            await ws.agents.start_run("nobody", input={})


async def test_making_and_running_take_the_right_to(hub: NeonHub, here: Tenant) -> None:
    guest = Principal(PrincipalKind.USER, "u", permissions=frozenset({"agents:execute"}))
    async with hub.workspace(here, guest) as ws:
        with pytest.raises(PermissionDenied, match="agents:create"):
            await ws.agents.create("Writer", kind="COPILOT")
    guest = Principal(PrincipalKind.USER, "u", permissions=frozenset({"agents:create"}))
    async with hub.workspace(here, guest) as ws:
        agent = await ws.agents.create("Writer", kind="COPILOT")
        with pytest.raises(PermissionDenied, match="agents:execute"):
            await ws.agents.start_run(agent.id, input={})


async def test_without_a_workspace_nothing_is_asked(
    hub: NeonHub, here: Tenant, admin: Conn
) -> None:
    fill(admin, here.workspace_id)
    asked = {"ref": "writer", "status": None, "limit": 20}
    for nowhere in (Tenant(), Tenant("", here.organization_id, here.user_id)):
        async with hub.session(nowhere) as session, watched(hub) as wire:
            with pytest.raises(TenantRequired):
                await session.all(q.list_runs, **asked)
        assert wire.trips == 0
        # And what forgets to name the tenant is shown nothing.
        async with hub.session(nowhere) as session, session.connection() as conn:
            found = await conn.execute("SELECT count(*) FROM agents")
            assert await found.fetchone() == (0,)
