"""The Prisma client as the benchmarks measure it does the work that it is timed for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.prisma_peer import Inserted, Peer, available
from tests.conftest import insert_tenants
from tests.databases import Database
from tests.factories.base import made_id

pytestmark = pytest.mark.slow

PATTERNS: dict[str, Any] = {
    "agent_runs": {"agent_id": "none"},
    "brand_voice": {"guide_id": "none", "embedding": [0.5] * 1536},
    "campaign_performance": {"campaign_id": "none", "start": "2026-01-01", "end": "2026-01-31"},
    "person_by_identity": [{"email": "A@example.com", "phone": "+1"}] * 3,
}


@pytest.fixture(autouse=True)
def _available() -> None:
    if reason := available():
        pytest.skip(f"the real Prisma client cannot run here: {reason}")


@pytest.mark.parametrize("settings", [False, True])
def test_it_runs_the_five_patterns(
    database: Database, settings: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    with database.admin() as conn:
        tenants = insert_tenants(conn)
    task = {
        "tenant": {
            "workspace_id": tenants.workspace,
            "organization_id": tenants.organization,
            "user_id": tenants.user,
        },
        "patterns": {"user_workspaces": {"user_id": tenants.user}, **PATTERNS},
        "repeat": 7,
        "warm": 3,
        "settings": settings,
    }
    with Peer(database.dsn() if settings else database.admin_dsn) as peer:
        times = peer.measure(task)
        with pytest.raises(RuntimeError, match="Prisma failed"):
            peer.measure({**task, "patterns": {"unheard_of": {}}})
    assert {name: len(each) for name, each in times.items()} == dict.fromkeys(times, 7)
    assert set(times) == {"user_workspaces", *PATTERNS}
    assert all(0 < time < 60_000 for each in times.values() for time in each)
    told = capsys.readouterr().err
    assert "user_workspaces: relations by join, 1 rows" in told or "by query, 1 rows" in told


def test_it_inserts_and_skips(database: Database, tmp_path: Path) -> None:
    with database.admin() as conn:
        workspace = insert_tenants(conn).workspace
    file = tmp_path / "events.jsonl"
    rows = [
        {
            "workspace_id": workspace,
            "id": made_id(f"event {n}"),
            "kind": "view",
            "metadata": {"n": n},
            "timestamp": "2026-11-05T10:00:00.125+00:00",
        }
        for n in [*range(100), *range(20)]
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with Peer(database.admin_dsn) as peer:
        done: Inserted = peer.create_many(file, batch=50)
    assert (done.rows, done.inserted) == (120, 100)
    assert done.seconds > 0
    with database.admin() as conn:
        found = conn.execute(
            "SELECT count(*), sum((metadata->>'n')::int), count(DISTINCT timestamp)"
            " FROM metric_events WHERE workspace_id = %s",
            (workspace,),
        ).fetchone()
    assert found == (100, sum(range(100)), 1)
