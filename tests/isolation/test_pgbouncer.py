"""Behind pgbouncer in transaction mode: a transaction lands on any of two server connections."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from neonhub.db.errors import DuplicateKey
from neonhub.db.ids import cuid
from neonhub.db.pools import Database
from neonhub.db.session import Session
from neonhub.db.statements import statement
from neonhub.db.tenancy import Tenant
from tests import databases
from tests.databases import Server
from tests.isolation import pooler
from tests.isolation.pooler import Pooler
from tests.isolation.traffic import (
    Traffic,
    Watched,
    add_space,
    all_spaces,
    hold_against,
    left_behind,
    many_tenants,
    watched,
    what_is_there,
)

pytestmark = pytest.mark.parametrize("door", ["login", "role"])


@pytest.fixture(scope="module")
def behind(server: Server) -> Iterator[databases.Database]:
    made = server.clone()
    yield made
    server.drop(made.name)


@pytest.fixture(scope="module")
def bouncer(behind: databases.Database) -> Iterator[Pooler]:
    with pooler.running(behind) as made:
        yield made


@pytest.fixture
def tenants(behind: databases.Database) -> list[Tenant]:
    return many_tenants(behind, 12)


@statement(int)
def server_connection() -> object:
    """Which server connection this is."""
    import sqlalchemy as sa

    return sa.select(sa.func.pg_backend_pid())


async def test_the_pooler_is_noticed_and_nothing_is_prepared(
    bouncer: Pooler, behind: databases.Database, door: str
) -> None:
    async with Database(bouncer.dsn(door)) as pools:
        await pools.pooled.open()
        assert pools.pooled.prepares is False
        conn = await pools.pooled.take()
        rows = await (await conn.execute("SELECT name FROM pg_prepared_statements")).fetchall()
        assert rows == []
        await pools.pooled.give_back(conn)
    async with Database(behind.dsn()) as straight:
        await straight.pooled.open()
        assert straight.pooled.prepares is True


async def test_many_tenants_of_several_clients_hop_between_two_connections(
    bouncer: Pooler, behind: databases.Database, tenants: list[Tenant], door: str
) -> None:
    async with (
        watched(bouncer.dsn(door), size=3) as first,
        watched(bouncer.dsn(door), size=3) as second,
        watched(bouncer.dsn(door), size=3) as third,
    ):
        every = (first, second, third)
        clients = [Traffic(pools, tenants, seed) for seed, pools in enumerate(every)]
        await asyncio.gather(*(client.run(66) for client in clients))
        whole = clients[0]
        for client in clients[1:]:
            whole.strange += client.strange
            for workspace in whole.kept:
                whole.kept[workspace] |= client.kept[workspace]
                whole.maybe[workspace] |= client.maybe[workspace]
        for pools in every:
            await hold_against(whole, behind, pools.pooled)


async def test_one_client_is_served_by_both_connections(
    bouncer: Pooler, tenants: list[Tenant], door: str
) -> None:
    """The control: transactions do hop, so that what is left on a connection would be met."""
    async with Database(bouncer.dsn(door), size=6) as pools:

        async def look(tenant: Tenant) -> int:
            async with Session(pools.pooled, tenant) as session:
                return (await session.all(server_connection))[0]

        pids = await asyncio.gather(*(look(tenant) for tenant in tenants * 6))
    assert len(set(pids)) == 2


async def test_a_transaction_keeps_its_connection_and_its_tenant(
    bouncer: Pooler, tenants: list[Tenant], door: str
) -> None:
    async with Database(bouncer.dsn(door), size=8) as pools:

        async def unit(tenant: Tenant) -> None:
            name = f"kept-{cuid()}"
            async with Session(pools.pooled, tenant) as session:
                own = {"id": cuid(), "into": tenant.workspace_id, "name": name}
                await session.all(add_space, **own)
                pids = set()
                for _ in range(4):
                    rows = await session.all(all_spaces)
                    assert {row.workspace_id for row in rows} == {tenant.workspace_id}
                    assert name in {row.name for row in rows}
                    pids.add((await session.all(server_connection))[0])
                assert len(pids) == 1

        await asyncio.gather(*(unit(tenant) for tenant in tenants))


async def test_an_error_in_the_middle_of_a_pipeline(
    bouncer: Pooler, behind: databases.Database, tenants: list[Tenant], door: str
) -> None:
    """The connection goes on, in step: the next answers belong to the next questions."""
    async with Database(bouncer.dsn(door), size=1) as pools:
        for tenant in tenants:
            twice = {"id": cuid(), "into": tenant.workspace_id, "name": "twice"}
            with pytest.raises(DuplicateKey):
                async with Session(pools.pooled, tenant) as session:
                    await session.execute_many(add_space, [twice] * 3)
            async with Session(pools.pooled, tenant) as session:
                assert await session.all(all_spaces) == []
        conn = await pools.pooled.take()
        assert await (await conn.execute(left_behind(pools.pooled))).fetchone() == ("",)
        await pools.pooled.give_back(conn)
    assert not {t.workspace_id for t in tenants} & set(what_is_there(behind))


async def test_bulk_through_the_pooler(
    bouncer: Pooler, behind: databases.Database, tenants: list[Tenant], door: str
) -> None:
    """COPY into a temporary table: the table is gone with its transaction, whoever comes next."""
    async with watched(bouncer.dsn(door), size=6) as pools:
        traffic = Traffic(pools, tenants, seed=3)
        await asyncio.gather(*(traffic.bulk(tenant) for tenant in tenants * 3))
        found = what_is_there(behind)
        assert {w: len(found[w]) for w in traffic.kept} == dict.fromkeys(traffic.kept, 60)
        assert isinstance(pools.pooled, Watched)
        assert pools.pooled.left == []


async def test_cancelled_through_the_pooler(
    bouncer: Pooler, behind: databases.Database, tenants: list[Tenant], door: str
) -> None:
    """A cancel request ends its own statement, not that of whoever has the connection next."""
    async with watched(bouncer.dsn(door), size=6) as pools:
        traffic = Traffic(pools, tenants, seed=11)
        units = [traffic.cancelled, traffic.write, traffic.cancelled_write, traffic.gathered] * 15
        await asyncio.gather(
            *(unit(tenants[n % len(tenants)]) for n, unit in enumerate(units)),
        )
        found = what_is_there(behind)
        for workspace, kept in traffic.kept.items():
            assert found.get(workspace, set()) - traffic.maybe[workspace] == kept
        assert traffic.strange == []
