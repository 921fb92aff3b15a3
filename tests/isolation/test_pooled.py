"""Connections used again and again by many tenants: nothing of one reaches another."""

from __future__ import annotations

import asyncio

import pytest

from neonhub.db.pools import Database
from neonhub.db.session import Session
from neonhub.db.tenancy import Tenant
from tests import databases
from tests.isolation.traffic import (
    Traffic,
    Watched,
    all_spaces,
    hold_against,
    left_behind,
    many_tenants,
    watched,
)


def dsn_of(database: databases.Database, door: str) -> str:
    return database.dsn() if door == "login" else database.admin_dsn


@pytest.mark.parametrize("door", ["login", "role"])
async def test_many_tenants_through_two_connections(
    database: databases.Database, door: str
) -> None:
    tenants = many_tenants(database, 12)
    async with watched(dsn_of(database, door)) as pools:
        traffic = Traffic(pools, tenants, seed=20240101)
        await traffic.run(200)
        await hold_against(traffic, database, pools.pooled)
        assert isinstance(pools.pooled, Watched)
        assert pools.pooled.takes_role is (door == "role")
        # Few connections served all: those that a cancelled task left were closed and replaced.
        assert pools.pooled.pids.most_common(1)[0][1] > 10


@pytest.mark.parametrize("door", ["login", "role"])
async def test_a_session_without_tenant_after_one_with_sees_nothing(
    database: databases.Database, door: str
) -> None:
    tenant = many_tenants(database, 2)[0]
    async with watched(dsn_of(database, door), size=1) as pools:
        traffic = Traffic(pools, [tenant], seed=1)
        await traffic.write(tenant)
        for nobody in (Tenant(), Tenant("", "", "")):
            async with Session(pools.pooled, nobody) as session:
                assert await session.all(all_spaces) == []
        async with Session(pools.pooled, tenant) as session:
            assert len(await session.all(all_spaces)) == 1
        assert isinstance(pools.pooled, Watched)
        assert pools.pooled.left == []


async def test_the_watch_sees_what_is_left(database: databases.Database) -> None:
    """The control: a setting for the connection, as no code here makes it, is told."""
    async with watched(database.dsn(), size=1) as pools:
        conn = await pools.pooled.take()
        await conn.execute("SELECT set_config('neonhub.workspace_id', 'left', false)")
        await pools.pooled.give_back(conn)
        async with pools.pooled.connection() as again:
            row = await (await again.execute(left_behind(pools.pooled))).fetchone()
        assert row == ("left",)
        assert isinstance(pools.pooled, Watched)
        assert pools.pooled.left == ["left"]


@pytest.mark.parametrize("seed", range(3))
async def test_cancelled_at_any_moment_no_connection_is_lost(
    database: databases.Database, seed: int
) -> None:
    """Tasks that are cancelled while they wait for, use, or give back one of two connections."""
    tenants = many_tenants(database, 4)
    async with Database(database.dsn(), size=2) as pools:
        traffic = Traffic(pools, tenants, seed)
        tasks = [asyncio.create_task(traffic.write(tenants[n % 4])) for n in range(120)]
        for n, task in enumerate(tasks):
            await asyncio.sleep(0.001)
            if n % 3:
                task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(each) for each in ended} <= {type(None), asyncio.CancelledError}
        async with asyncio.timeout(5):
            both = [await pools.pooled.take() for _ in range(2)]
        for conn in both:
            row = await (await conn.execute(left_behind(pools.pooled))).fetchone()
            assert row == ("",)
            await pools.pooled.give_back(conn)
        assert traffic.strange == []
