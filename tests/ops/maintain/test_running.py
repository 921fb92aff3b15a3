"""Killed at any moment, beside those who write, and one at a time."""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest

from neonhub.ops.maintain import LOCK, MaintenanceBusy, maintain, work
from neonhub.ops.maintain.vacuum import MOST
from neonhub.ops.records import last
from tests.conftest import Tenants
from tests.databases import Database
from tests.ops.maintain.worlds import (
    DAY,
    FAMILY,
    NOW,
    Conn,
    add_runs,
    agent,
    archived,
    contents,
    ids,
    run,
    step,
)  # fmt: skip

# Small batches: more moments at which to be killed.
_CHILD = """
import datetime as dt, sys
from pathlib import Path
from neonhub.ops.maintain import maintain, months, rows
rows.BATCH, rows.SLICE, months.PAGE = 40, 200, 100
maintain(sys.argv[1], archive_to=Path(sys.argv[2]), now=dt.datetime.fromisoformat(sys.argv[3]),
         notify=lambda line: print(line, flush=True))
"""
_PAST = dt.datetime(2026, 5, 20, tzinfo=dt.UTC)
_METRICS = (
    "SELECT sum(total_runs)::int, sum(successful_runs)::int, sum(total_tokens)::int, "
    "sum(total_cost) FROM agent_metrics"
)
_EVENTS = (
    "SELECT sum(count)::int, sum(value_sum) FROM analytics_summaries WHERE granularity = 'day'"
)


def _fill(conn: Conn, tenants: Tenants) -> None:
    for mark, workspace in (("a", tenants.workspace), ("b", tenants.other_workspace)):
        add_runs(conn, workspace, agent(conn, workspace), 700, first=_PAST, mark=mark)
        conn.execute(
            "INSERT INTO metric_events (workspace_id, kind, metadata, timestamp) "
            "SELECT %s, 'k', '{\"value\": 2}', %s::timestamptz + n * interval '1 hour' "
            "FROM generate_series(1, 1500) n",
            [workspace, NOW - 500 * DAY],
        )


def _until_killed(database: Database, archive: Path, after: str, pause: float) -> bool:
    """Run it, and kill it so long after it began a step; whether it was still at work."""
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, database.admin_dsn, str(archive), NOW.isoformat()],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    for line in child.stdout:
        if line.strip() == after:
            break
    time.sleep(pause)
    running = child.poll() is None
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    return running


def test_killed_at_any_moment_nothing_is_lost_and_nothing_is_twice(
    database: Database, tenants: Tenants, tmp_path: Path
) -> None:
    dice = random.Random()
    steps = ["partitions", "expire metric_events", *["expire agent_runs"] * 4]
    with database.admin() as conn:
        _fill(conn, tenants)
        before = contents(conn, *FAMILY, "metric_events")
        killed = 0
        for name in steps:
            killed += _until_killed(database, tmp_path, name, dice.uniform(0, 0.4))
            for table in ("agent_runs", "metric_events"):
                there = ids(conn, table) | set(archived(tmp_path, table))
                assert there == before[table].keys()
        _wait_for_the_lock(conn)

        report = run(database, tmp_path)

        assert not report.failed, report.failed
        assert killed > 1
        for table in (*FAMILY, "metric_events"):
            assert sorted(archived(tmp_path, table)) == sorted(before[table])
            assert ids(conn, table) == set()
        run(database, tmp_path, only=("rollups",))
        tokens = sum(n * 3 for n in range(1, 701)) * 2
        runs, good, summed, _cost = conn.execute(_METRICS).fetchone() or ()
        assert (runs, good, summed) == (1400, 466, tokens)
        assert conn.execute(_EVENTS).fetchone() == (3000, 6000.0)
    assert not list(tmp_path.rglob(".partial-*"))


def _wait_for_the_lock(conn: Conn) -> None:
    """A killed client's server process ends when it next speaks to the client."""
    held = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = %s"
    deadline = time.monotonic() + 10
    while conn.execute(held, [LOCK]).fetchone() is not None:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_those_who_write_meanwhile_notice_nothing(
    database: Database, tenants: Tenants, tmp_path: Path
) -> None:
    stop, slowest, errors = threading.Event(), [0.0], []
    done = [0]

    def write() -> None:
        """What the API does: as the application, in short transactions."""
        with database.connect() as conn:
            while not stop.is_set():
                began = time.monotonic()
                try:
                    with conn.transaction():
                        _one_unit(conn, tenants)
                except psycopg.Error as error:
                    errors.append(error)
                slowest[0] = max(slowest[0], time.monotonic() - began)
                done[0] += 1

    with database.admin() as conn:
        _fill(conn, tenants)
        of = agent(conn, tenants.workspace)
        conn.execute("UPDATE agents SET slug = 'live' WHERE id = %s", [of])
    writers = [threading.Thread(target=write) for _ in range(2)]
    for each in writers:
        each.start()
    try:
        report = run(database, tmp_path, now=dt.datetime.now(dt.UTC), rules={"agent_runs": "1m"})
    finally:
        stop.set()
        for each in writers:
            each.join()

    assert (report.failed, errors) == ([], [])
    assert step(report, "expire metric_events").did["months dropped"] >= 2
    assert done[0] > 20
    # The time-out of our locks, a statement's own time, and a busy machine's.
    assert slowest[0] < 1.5
    with database.admin() as conn:
        found = conn.execute("SELECT count(*) FROM agent_runs").fetchone()
        assert found == (done[0],)


def _one_unit(conn: Conn, tenants: Tenants) -> None:
    conn.execute("SELECT set_config('neonhub.workspace_id', %s, true)", [tenants.workspace])
    made = conn.execute(
        "INSERT INTO agent_runs (workspace_id, agent_id, input) SELECT %s, id, '{}' FROM agents "
        "WHERE slug = 'live' RETURNING id",
        [tenants.workspace],
    ).fetchone()
    assert made is not None
    conn.execute(
        "UPDATE agent_runs SET status = 'completed', completed_at = now() WHERE id = %s", [made[0]]
    )
    conn.execute(
        "INSERT INTO metric_events (workspace_id, kind, metadata) VALUES (%s, 'live', '{}')",
        [tenants.workspace],
    )
    conn.execute("SELECT count(*) FROM metric_events WHERE workspace_id = %s", [tenants.workspace])


def test_one_at_a_time(database: Database) -> None:
    with database.admin() as other:
        other.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        with pytest.raises(MaintenanceBusy, match="Another process") as caught:
            run(database)
        assert last(other, "maintain") is None
    assert caught.value.exit_code == 75


def test_a_table_that_others_hold_fails_its_step_alone(
    database: Database, tenants: Tenants, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "_TRIES", 2)
    with database.admin() as conn, database.admin() as other:
        conn.execute(
            "INSERT INTO metric_events (workspace_id, kind, metadata, timestamp) "
            "VALUES (%s, 'k', '{}', %s)",
            [tenants.workspace, NOW - 500 * DAY],
        )
        run(database, only=("partitions",))
        with other.transaction():
            other.execute("LOCK TABLE metric_events IN ROW EXCLUSIVE MODE")
            report = run(database, tmp_path, only=("expire",))
        assert [each.name for each in report.failed] == ["expire metric_events"]
        assert "hold locks" in (report.failed[0].error or "")

        assert not run(database, tmp_path, only=("expire",)).failed
        assert ids(conn, "metric_events") == set()
    assert len(archived(tmp_path, "metric_events")) == 1


def test_it_stops_when_its_time_is_over_and_the_next_goes_on(
    database: Database, tenants: Tenants, tmp_path: Path
) -> None:
    with database.admin() as conn:
        _fill(conn, tenants)
        report = run(database, tmp_path, only=("expire",), minutes=0.0)
        assert len(ids(conn, "agent_runs")) == 1400
        assert step(report, "expire agent_runs").state == "unfinished"
        assert not report.failed

        run(database, tmp_path, only=("expire",))
        assert ids(conn, "agent_runs") == set()


def test_what_has_many_dead_rows_is_vacuumed_once(database: Database, tenants: Tenants) -> None:
    with database.admin() as conn:
        conn.execute("ALTER TABLE users SET (autovacuum_enabled = false)")
        conn.execute(
            "INSERT INTO users (id, email) SELECT 'cu' || n, n || '@example.com' "
            "FROM generate_series(1, 3000) n"
        )
        conn.execute("DELETE FROM users WHERE id LIKE 'cu%'")
        conn.execute("SELECT pg_stat_force_next_flush()")
        conn.execute("SELECT 1")
        # Nobody looks at what was deleted: it could not be taken away.
        looking = (
            "SELECT count(*) FROM pg_stat_activity WHERE backend_xmin IS NOT NULL "
            "AND pid <> pg_backend_pid()"
        )
        while conn.execute(looking).fetchone() != (0,):
            time.sleep(0.05)
        first = step(run(database, only=("vacuum",)), "vacuum")
        vacuumed = (
            "SELECT n_dead_tup, last_vacuum IS NOT NULL FROM pg_stat_all_tables "
            "WHERE relname = 'users'"
        )
        assert conn.execute(vacuumed).fetchone() == (0, True)
        second = step(run(database, only=("vacuum",)), "vacuum")

    assert first.did["tables vacuumed"] == 1
    assert sum(first.did.values()) <= MOST
    assert "tables vacuumed" not in second.did


def test_it_is_recorded(database: Database) -> None:
    with database.admin() as conn:
        run(database)
        found = last(conn, "maintain")
        # Tables of before the log of sums: made when they are missing.
        conn.execute("DROP TABLE neonhub.rolled_up")
        assert not run(database).failed

    assert found is not None and found.state == "good"
    assert {each["name"] for each in found.detail["steps"]} >= {"partitions", "vacuum"}
    assert set(found.detail["marks"]) == {"agent_metrics", "analytics_summaries"}


def test_a_login_of_maintenance_alone_does_the_rows_and_says_what_it_may_not(
    database: Database, tenants: Tenants, tmp_path: Path
) -> None:
    with database.admin() as conn:
        add_runs(conn, tenants.workspace, agent(conn, tenants.workspace), 5, first=_PAST, mark="a")
        conn.execute(
            "INSERT INTO metric_events (workspace_id, kind, metadata, timestamp) "
            "VALUES (%s, 'k', '{}', %s)",
            [tenants.workspace, NOW - 500 * DAY],
        )
        run(database, only=("partitions",))
        report = maintain(database.login("neonhub_maintenance"), archive_to=tmp_path, now=NOW)

        assert ids(conn, "agent_runs") == set()
        assert len(ids(conn, "metric_events")) == 1
    assert [each.name for each in report.failed] == ["expire metric_events", "vacuum"]
    assert "may not become neonhub_owner" in (report.failed[0].error or "")
