"""One tenant's row that has no place where it should go: it stays, and all others' go."""

from __future__ import annotations

import datetime as dt
import secrets
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Tenants
from tests.databases import Database
from tests.ops.maintain.worlds import DAY, NOW, add_runs, agent, ids, run, step

LONG_AGO = dt.datetime(2026, 5, 2, tzinfo=dt.UTC)
_MISFITS = (
    "UPDATE agent_runs SET started_at = '0044-03-15 BC', completed_at = NULL WHERE id LIKE %s",
    "UPDATE agent_runs SET started_at = '-infinity', completed_at = NULL WHERE id LIKE %s",
    "UPDATE agent_runs SET total_cost = 'NaN' WHERE id LIKE %s",
    "UPDATE run_steps SET completed_at = 'infinity' WHERE run_id LIKE %s",
)


@pytest.fixture
def runs(database: Database, tenants: Tenants) -> Database:
    """Ten runs of each of two tenants, all of them past."""
    with database.admin() as conn:
        for mark, workspace in (("a", tenants.workspace), ("b", tenants.other_workspace)):
            add_runs(conn, workspace, agent(conn, workspace), 10, first=LONG_AGO, mark=mark)
    return database


def test_a_row_that_no_archive_has_room_for_stays_and_all_others_go(
    runs: Database, tenants: Tenants, tmp_path: Path
) -> None:
    with runs.admin() as conn:
        for number, statement in enumerate(_MISFITS, 1):
            conn.execute(statement.encode(), [f"cruna%{number}"])
        report = run(runs, tmp_path, only=("expire",))

        done = step(report, "expire agent_runs")
        stayed = {f"cruna{number:010}" for number in range(1, 5)}
        assert ids(conn, "agent_runs") == stayed
    assert [each.name for each in report.failed] == ["expire agent_runs"]
    assert done.did["rows deleted"] == 16
    assert f"4 of workspace {tenants.workspace}, row cruna0000000001" in (done.error or "")
    assert "(agent_runs.started_at)" in (done.error or "")

    with runs.admin() as conn:
        conn.execute("DELETE FROM run_steps WHERE completed_at = 'infinity'")
        conn.execute(
            "UPDATE agent_runs SET started_at = %s, completed_at = NULL, total_cost = 0", [LONG_AGO]
        )
        assert not run(runs, tmp_path, only=("expire",)).failed
        assert ids(conn, "agent_runs") == set()


@pytest.mark.parametrize("table", ["agent_runs", "metric_events"])
def test_an_archive_of_one_tenant_that_was_altered_holds_up_no_other(
    runs: Database, tenants: Tenants, tmp_path: Path, table: str
) -> None:
    asked: dict[str, Any] = {"only": ("expire",), "rules": {"metric_events": "2m"}}
    with runs.admin() as conn:
        _events(conn, tenants)
        assert not run(runs, tmp_path, only=("partitions",), now=LONG_AGO).failed
        altered = tmp_path / table / f"workspace={tenants.workspace}" / "2026-05.parquet"
        altered.parent.mkdir(parents=True)
        altered.write_bytes(b"something else")
        report = run(runs, tmp_path, **asked)

        left = conn.execute(f"SELECT DISTINCT workspace_id FROM {table}".encode()).fetchall()
    other = tmp_path / table / f"workspace={tenants.other_workspace}" / "2026-05.parquet"
    failed = step(report, f"expire {table}")
    assert f"{altered} is damaged" in (failed.error or "")
    assert other.exists()
    # A month goes whole, for all of its tenants.
    whole = {(tenants.workspace,), (tenants.other_workspace,)}
    assert set(left) == (whole if table == "metric_events" else {(tenants.workspace,)})


def _events(conn: Any, tenants: Tenants) -> None:
    for workspace in (tenants.workspace, tenants.other_workspace):
        conn.execute(
            "INSERT INTO metric_events (workspace_id, kind, metadata, timestamp) "
            "VALUES (%s, 'seen', '{}', %s)",
            [workspace, LONG_AGO],
        )


def test_sums_that_no_figure_holds_end_no_roll_up_of_others(
    runs: Database, tenants: Tenants
) -> None:
    with runs.admin() as conn:
        conn.execute("UPDATE agent_runs SET total_cost = 99999999999999 WHERE id LIKE 'cruna%'")
        for _again in range(2):  # it is told until it is mended
            report = run(runs, only=("rollups",))
            failed = step(report, "roll up agent_metrics")
            assert f"of workspace {tenants.workspace} on 2026-05-02 (see run cruna" in str(
                failed.error
            )
            found = conn.execute("SELECT workspace_id, total_runs FROM agent_metrics").fetchall()
            assert found == [(tenants.other_workspace, 10)]

        conn.execute("UPDATE agent_runs SET total_cost = 1 WHERE id LIKE 'cruna%'")
        assert not run(runs, only=("rollups",)).failed
        found = conn.execute(
            "SELECT total_cost, p95_duration > 0 FROM agent_metrics WHERE workspace_id = %s",
            [tenants.workspace],
        ).fetchall()
        assert found == [(10, True)]


def test_no_days_and_no_events_of_a_tenant_end_a_roll_up(
    database: Database, tenants: Tenants, tmp_path: Path
) -> None:
    """A day that has no next one, a number too small and texts too long for an index."""
    with database.admin() as conn:
        conn.execute(
            "INSERT INTO agent_metrics (workspace_id, agent_id, date) VALUES (%s, %s, %s)",
            [tenants.workspace, agent(conn, tenants.workspace), "5874897-12-31"],
        )
        long = secrets.token_hex(1200)
        for kind, value, channel in (("a", "1e-400", "b"), (long, "1", "b"), ("a", "1", long * 2)):
            conn.execute(
                "INSERT INTO metric_events (workspace_id, kind, timestamp, metadata) VALUES "
                "(%s, %s, %s, jsonb_build_object('value', %s::numeric, 'channel', %s::text))",
                [tenants.workspace, kind, NOW - 100 * DAY, value, channel],
            )
        assert not run(database, only=("rollups", "partitions")).failed
        counted = "SELECT count, value_sum FROM analytics_summaries WHERE granularity = 'month'"
        assert conn.execute(counted.encode()).fetchall() == [(2, 1.0)]

        report = run(database, tmp_path, rules={"metric_events": "2m"})
        assert not report.failed
        assert step(report, "expire metric_events").did["months dropped"] == 1
        assert conn.execute(counted.encode()).fetchall() == [(2, 1.0)]
