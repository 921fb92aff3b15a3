"""The figures of the database, each brought about for real."""

from __future__ import annotations

import asyncio
import time

import psycopg
import pytest

from neonhub.ops.migrate import revisions
from neonhub.ops.records import record
from neonhub.ops.telemetry.figures import FAMILIES, look
from tests.databases import Database


async def test_a_fresh_database(database: Database) -> None:
    found = await look(database.admin_dsn)
    assert found.up
    assert found.values.keys() <= FAMILIES.keys()
    assert found.values["size_bytes"] > 1_000_000
    assert (found.values["pending_migrations"], found.values["replicas"]) == (0, 0)
    assert found.values["oldest_transaction_seconds"] == 0
    assert found.values["in_recovery"] == 0
    assert found.last == []


async def test_a_long_transaction_and_one_that_waits(database: Database) -> None:
    with database.admin() as holder, database.admin() as waiter:
        holder.execute("BEGIN")
        holder.execute("LOCK TABLE organizations")
        wait = asyncio.create_task(
            asyncio.to_thread(waiter.execute, "SELECT FROM organizations LIMIT 1")
        )
        await asyncio.sleep(0.4)
        found = await look(database.admin_dsn)
        holder.execute("COMMIT")
        await wait
    assert found.values["oldest_transaction_seconds"] >= 0.4
    assert found.values["waiting"] == 1
    assert found.values["connections"] == {"idle in transaction": 1, "active": 1}


async def test_a_worker_of_the_server_is_no_connection(database: Database) -> None:
    """Nor one of autovacuum, which comes and goes by itself."""
    with database.admin() as conn:
        conn.execute("SET debug_parallel_query = on")
        asks = asyncio.create_task(asyncio.to_thread(conn.execute, "SELECT pg_sleep(0.6)"))
        await asyncio.sleep(0.3)
        found = await look(database.admin_dsn)
        await asks
    assert found.values["connections"] == {"active": 1}


async def test_dead_rows(database: Database) -> None:
    with database.admin() as conn:
        conn.execute("CREATE TABLE dead AS SELECT generate_series(1, 500) AS n")
        conn.execute("DELETE FROM dead WHERE n <= 200")
        conn.execute("SELECT pg_stat_force_next_flush()")
    found = await look(database.admin_dsn)
    assert found.values["dead_rows"] >= 200
    assert found.values["live_rows"] >= 300


async def test_the_runway_of_partitions_is_that_of_the_shortest(database: Database) -> None:
    before = (await look(database.admin_dsn)).values["partition_runway_days"]
    with database.admin() as conn:
        conn.execute("SELECT neonhub.ensure_partitions(5, 0)")
        longer = (await look(database.admin_dsn)).values["partition_runway_days"]
        conn.execute(
            "CREATE TABLE public.brief (at timestamptz) PARTITION BY RANGE (at);"
            "CREATE TABLE public.brief_1 PARTITION OF brief FOR VALUES FROM ('2020-01-01') TO "
            "(now() + interval '3 days'); CREATE TABLE brief_default PARTITION OF brief DEFAULT"
        )
    shortest = (await look(database.admin_dsn)).values["partition_runway_days"]
    assert before > 60
    assert before + 55 < longer < before + 65
    assert 2.99 < shortest < 3.01


async def test_the_log_of_operations(database: Database) -> None:
    with database.admin() as conn:
        for operation, state in (("backup", "started"), ("backup", "good"), ("drill", "failed")):
            record(conn, operation, state)  # type: ignore[arg-type]
    found = {(name, state): at for name, state, at in (await look(database.admin_dsn)).last}
    assert set(found) == {("backup", "started"), ("backup", "good"), ("drill", "failed")}
    assert time.time() - 60 < found["backup", "good"] < time.time() + 1


async def test_pending_and_unknown_migrations(database: Database) -> None:
    with database.admin() as conn:
        conn.execute("UPDATE neonhub.schema_migrations SET version_num = %s", [revisions()[-3]])
        assert (await look(database.admin_dsn)).values["pending_migrations"] == 2
        conn.execute("UPDATE neonhub.schema_migrations SET version_num = '9999'")
        assert (await look(database.admin_dsn)).values["pending_migrations"] == -1


async def test_before_the_first_migration(empty_database: Database) -> None:
    found = await look(empty_database.admin_dsn)
    assert found.up and found.last == []
    assert found.values["pending_migrations"] == len(revisions())
    assert found.values["partition_runway_days"] is None


@pytest.mark.parametrize("role", ["neonhub_app", "neonhub_migrate"])
async def test_a_login_without_rights_says_what_it_is_not_shown(
    database: Database, role: str
) -> None:
    login = database.login(role)
    with database.admin() as conn:
        conn.execute("BEGIN")
        hidden = await look(login)
    assert hidden.up
    assert hidden.values["connections_hidden"] >= 1
    assert (await look(database.admin_dsn)).values["connections_hidden"] == 0


async def test_a_database_that_does_not_answer() -> None:
    found = await look("postgresql://nobody@127.0.0.1:1/x")
    assert (found.up, found.values) == (False, {})


async def test_it_takes_no_lock_that_a_migration_would_wait_for(database: Database) -> None:
    with psycopg.connect(database.admin_dsn) as conn:
        conn.execute("LOCK TABLE organizations, neonhub.operation_log IN EXCLUSIVE MODE")
        assert (await look(database.admin_dsn)).up
