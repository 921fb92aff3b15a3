"""Readiness names what is missing, and nothing else."""

from __future__ import annotations

import asyncio
import socket
import time

from neonhub.ops.migrate import downgrade, revisions
from neonhub.ops.readiness import CHECKS, readiness
from neonhub.ops.seed import seed
from tests.databases import Database


async def test_a_seeded_database_is_ready(database: Database) -> None:
    seed(database.admin_dsn)

    for dsn in (database.dsn(), database.admin_dsn):
        found = await readiness(dsn)
        assert found.ready, found.reasons
        assert tuple(found.reasons) == CHECKS


async def test_a_database_without_its_baseline_is_not(database: Database) -> None:
    found = await readiness(database.dsn())

    assert [name for name, reason in found.reasons.items() if reason] == ["baseline"]
    assert "seed" in (found.reasons["baseline"] or "")


async def test_a_database_behind_says_by_how_much(database: Database) -> None:
    seed(database.admin_dsn)
    downgrade(database.admin_dsn, revision=revisions()[-2])

    found = await readiness(database.dsn())

    assert found.reasons["migrations"] == "1 migrations behind: run `neonhub db migrate`"


async def test_a_database_ahead_says_so(database: Database) -> None:
    with database.admin() as conn:
        conn.execute("UPDATE neonhub.schema_migrations SET version_num = '29990101000000_later'")

    found = await readiness(database.dsn())

    assert "29990101000000_later" in (found.reasons["migrations"] or "")


async def test_an_empty_database_lacks_everything(empty_database: Database) -> None:
    found = await readiness(empty_database.admin_dsn)

    failing = {name for name, reason in found.reasons.items() if reason}
    assert failing == {"extensions", "migrations", "baseline"}
    assert "vector" in (found.reasons["extensions"] or "")


async def test_a_server_that_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        began = time.monotonic()
        found = await asyncio.wait_for(
            readiness(f"postgresql://u:hunter2@127.0.0.1:{port}/x", timeout=0.3), 5
        )

    assert time.monotonic() - began < 2
    assert not found.ready
    assert found.reasons["database"] == "it did not answer within 0.3 s"
    assert "hunter2" not in str(found)
