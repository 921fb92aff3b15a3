"""The unit's own connection: what it leaves is nobody's, and nobody waits for himself."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import psycopg
import pytest

from neonhub.db.errors import TransactionFailed, UnitBusy
from neonhub.db.pools import Database
from neonhub.db.session import Session
from neonhub.db.tenancy import Tenant
from neonhub.domains.knowledge import queries as q
from tests import databases
from tests.conftest import Tenants

LEAVES = """
DECLARE held CURSOR WITH HOLD FOR SELECT id FROM workspaces;
CREATE TEMPORARY TABLE datasets AS SELECT 'theirs' AS id;
SET neonhub.workspace_id = 'theirs';
SET work_mem = '1MB';
LISTEN gossip;
SELECT pg_advisory_lock(42);
"""
LEFT = """
SELECT (SELECT count(*) FROM pg_cursors WHERE is_holdable)::int,
       (SELECT count(*) FROM pg_class WHERE relpersistence = 't')::int,
       current_setting('neonhub.workspace_id', true),
       current_setting('work_mem') = '1MB',
       (SELECT count(*) FROM pg_listening_channels())::int,
       (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())::int
"""


@pytest.fixture
async def one(
    shared_database: databases.Database, fresh: Tenants
) -> AsyncIterator[tuple[Database, Tenant, Tenant]]:
    """A pool of a single connection, and two tenants."""
    async with Database(shared_database.dsn(), size=1) as opened:
        ours = Tenant(fresh.workspace, fresh.organization, fresh.user)
        theirs = Tenant(fresh.other_workspace, fresh.other_organization, fresh.other_user)
        yield opened, ours, theirs


@pytest.mark.parametrize("ends", ["commits", "rolls back"])
async def test_what_one_tenant_leaves_the_next_does_not_find(
    one: tuple[Database, Tenant, Tenant], ends: str
) -> None:
    opened, ours, theirs = one
    async with Session(opened.pooled, ours) as session:
        async with session.connection() as conn:
            first = conn.info.backend_pid
            await conn.execute(LEAVES.encode())
        if ends == "rolls back":
            await session.rollback()

    async with Session(opened.pooled, theirs) as session, session.connection() as conn:
        assert conn.info.backend_pid == first
        row = await (await conn.execute(LEFT)).fetchone()
    assert row == (0, 0, theirs.workspace_id, False, 0, 0)


async def test_a_transaction_that_failed_unseen_is_told(
    one: tuple[Database, Tenant, Tenant],
) -> None:
    opened, ours, theirs = one
    with pytest.raises(TransactionFailed):
        async with Session(opened.pooled, ours) as session, session.connection() as conn:
            await conn.execute("SELECT pg_advisory_lock(43)")
            with contextlib.suppress(psycopg.Error):  # as a caller might
                await conn.execute("SELECT 1 / 0")
    async with Session(opened.pooled, theirs) as session:
        assert await session.all(q.list_datasets, after="", limit=10) == []


async def test_waiting_for_oneself_is_refused(one: tuple[Database, Tenant, Tenant]) -> None:
    opened, ours, _ = one
    async with asyncio.timeout(10), Session(opened.pooled, ours) as session:
        async with session.connection() as conn:
            with pytest.raises(UnitBusy, match="would wait for its end"):
                async with session.savepoint():
                    pass
            with pytest.raises(UnitBusy):
                await session.commit()
            # A task that was started within would wait as well.
            with pytest.raises(UnitBusy):
                await asyncio.create_task(session.all(q.list_datasets, after="", limit=10))
            await conn.execute("SELECT 1")
        async with session.savepoint(), session.connection() as conn:
            await conn.execute("SELECT 1")
        assert await session.all(q.list_datasets, after="", limit=10) == []
