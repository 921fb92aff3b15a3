"""Agent runs archived and deleted by ``neonhub maintain``, beside bare COPY and DELETE.

The peer connects as the superuser, writes CSV by one COPY, and deletes by one statement: it checks
nothing, keeps no sums, and holds its locks to the end.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from benchmarks.harness import Figure, Mark, interleaved, platform
from benchmarks.tenants import Admin, connect, make_workspaces

# Read twice, written typed and compressed, compared twice, and deleted in short transactions.
MARK = Mark(4.0)
_MAKE = """
INSERT INTO agent_runs (id, workspace_id, agent_id, status, input, output, objective, started_at,
                        completed_at, total_tokens, total_cost)
SELECT 'c' || substr(md5(n::text), 1, 24), %(workspace)s, %(agent)s, 'completed',
       jsonb_build_object('n', n, 'prompt', repeat('what was asked ', 10)),
       jsonb_build_object('text', repeat('what came of it ', 20)), 'Draft the newsletter',
       %(first)s::timestamptz + n * interval '20 seconds',
       %(first)s::timestamptz + n * interval '20 seconds' + interval '9 seconds', n %% 5000, 0.0123
  FROM generate_series(1, %(number)s) n
"""
_PAST = "r.completed_at < now() - interval '90 days' AND r.status = 'completed'"


def _refill(admin: Admin, workspace: str, agent: str, number: int) -> None:
    admin.execute("TRUNCATE agent_runs CASCADE")
    first = "2026-01-01T00:00:00Z"
    values = {"workspace": workspace, "agent": agent, "number": number, "first": first}
    admin.execute(_MAKE, values)
    admin.execute("VACUUM (ANALYZE) agent_runs")
    admin.execute("CHECKPOINT")


def _plainly(admin: Admin, to: Path) -> int:
    """What is measured against; the rows deleted."""
    copy = f"COPY (SELECT * FROM agent_runs r WHERE {_PAST}) TO STDOUT (FORMAT csv)"
    with admin.cursor().copy(copy.encode()) as rows, to.open("wb") as file:
        for block in rows:
            file.write(block)
    return admin.execute(f"DELETE FROM agent_runs r WHERE {_PAST}".encode()).rowcount


async def run(*, quick: bool) -> list[Figure]:
    """The one figure."""
    from neonhub.ops.maintain import maintain

    size, rounds = (5_000, 2) if quick else (100_000, 3)
    with platform() as under_test, connect(under_test.ready.admin_dsn) as admin:
        tenant = make_workspaces(admin, 1)[0]
        assert tenant.workspace_id is not None
        workspace = tenant.workspace_id
        row = admin.execute(
            "INSERT INTO agents (workspace_id, name, slug, kind) VALUES (%s, 'a', 'a', 'ANALYST') "
            "RETURNING id",
            [workspace],
        ).fetchone()
        assert row is not None
        agent, archive = str(row[0]), under_test.home / "archive"

        async def ours() -> float:
            _refill(admin, workspace, agent, size)
            shutil.rmtree(archive, ignore_errors=True)
            began = time.perf_counter()
            report = maintain(under_test.ready.admin_dsn, archive_to=archive, only=("expire",))
            took = time.perf_counter() - began
            did = next(each.did for each in report.steps if each.name == "expire agent_runs")
            return _counted(took, did["rows deleted"], size)

        async def peer() -> float:
            _refill(admin, workspace, agent, size)
            began = time.perf_counter()
            gone = _plainly(admin, under_test.home / "runs.csv")
            return _counted(time.perf_counter() - began, gone, size)

        times = await interleaved({"ours": ours, "peer": peer}, rounds=rounds)
        csv = (under_test.home / "runs.csv").stat().st_size
        # The last round may have been the peer's: the archive is of the last run of ours.
        parquet = sum(path.stat().st_size for path in archive.rglob("*.parquet"))
    figure = Figure(
        f"{size:,} runs archived and deleted",
        times["ours"].median,
        reference=times["peer"].median,
        beside="COPY and DELETE",
        mark=MARK,
        spread=times["ours"].spread,
        note=f"{parquet / 1e6:.1f} MB of Parquet, where CSV takes {csv / 1e6:.1f} MB",
    )
    return [figure]


def _counted(took: float, gone: int, size: int) -> float:
    if gone != size:
        raise AssertionError(f"{gone} rows were deleted of {size}")
    return took
