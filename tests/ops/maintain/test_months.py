"""Whole months: strays find theirs, guarded; what is past is archived and dropped."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import psycopg
import pytest

from neonhub.domains.governance.chain import entry_hash, first_broken
from neonhub.ops.drift import drift
from neonhub.ops.maintain import months
from neonhub.ops.maintain.archive.show import check, rows_of
from tests.conftest import Tenants
from tests.databases import Database
from tests.factories import analytics
from tests.factories.base import made_id
from tests.ops.maintain.worlds import DAY, NOW, Conn, archived, ids, run, step

BOTH = ("partitions", "expire")


def add_log(conn: Conn, organization: str, days: list[int]) -> None:
    """A chain of entries so many days ago, the oldest first."""
    before: bytes | None = None
    for seq, ago in enumerate(sorted(days, reverse=True), 1):
        entry: dict[str, Any] = {
            **{"organization_id": organization, "seq": seq, "id": made_id(f"{organization}{seq}")},
            **{"created_at": NOW - ago * DAY, "workspace_id": None, "user_id": None},
            **{"actor_type": "system", "action": 'a\u00e4\n"b"', "resource_type": ""},
            **{"resource_id": None, "request_hash": None, "metadata": {"n": seq, "x": 1.5}},
            **{"ip": "192.0.2.7", "user_agent": "t"},
        }
        made = entry_hash(before, entry)
        row = entry | {"prev_hash": before, "hash": made}
        row["metadata"] = psycopg.types.json.Jsonb(row["metadata"])
        names = ", ".join(row)
        marks = ", ".join(f"%({name})s" for name in row)
        conn.execute(f"INSERT INTO audit_logs ({names}) VALUES ({marks})".encode(), row)
        before = made


def parts(conn: Conn, table: str) -> set[str]:
    query = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass"
    return {str(row[0]) for row in conn.execute(query, [table])}


def test_the_log_leaves_by_months_and_the_archive_proves_itself(
    database: Database, tenants: Tenants, tmp_path: Path
) -> None:
    days = [1, 200, 372, 395, 396, 420, 1000, 1001]
    with database.admin() as conn:
        for organization in (tenants.organization, tenants.other_organization):
            add_log(conn, organization, days)
        report = run(database, tmp_path, only=BOTH)

        assert not report.failed
        assert step(report, "partitions").did["rows moved to their month"] == 14
        # 21 November a year ago is past, and its month is not.
        assert step(report, "expire audit_logs").did == {
            **{"rows archived": 10, "months dropped": 3, "rows deleted": 10},
        }
        assert conn.execute("SELECT count(*) FROM audit_logs").fetchone() == (6,)
        assert {"audit_logs_2025_11", "audit_logs_2026_05"} <= parts(conn, "audit_logs")
        assert not {"audit_logs_2024_02", "audit_logs_2025_10"} & parts(conn, "audit_logs")
        live = conn.execute(
            "SELECT seq, prev_hash FROM audit_logs WHERE organization_id = %s ORDER BY seq",
            [tenants.organization],
        ).fetchall()
    rows = list(rows_of(tmp_path / "audit_logs" / f"organization={tenants.organization}"))
    for row in rows:
        for name in ("hash", "prev_hash"):
            row[name] = row[name] and bytes.fromhex(row[name].removeprefix("\\x"))
    assert [row["seq"] for row in rows] == [1, 2, 3, 4, 5]
    assert first_broken(rows) is None
    assert live[0] == (6, rows[-1]["hash"])


def test_moved_rows_are_as_guarded_as_before(database: Database, tenants: Tenants) -> None:
    with database.admin() as conn:
        add_log(conn, tenants.organization, [500])
        analytics.METRIC_EVENT.insert(
            conn, workspace_id=tenants.workspace, timestamp=NOW - 300 * DAY
        )
        conn.execute(
            "INSERT INTO metric_events (workspace_id, kind, metadata, timestamp) "
            "VALUES (%s, 'odd', '{}', 'infinity'), (%s, 'odd', '{}', '1970-01-01')",
            [tenants.workspace, tenants.workspace],
        )
        told = step(run(database, only=("partitions",)), "partitions")
        for name in ("audit_logs_2025_07", "metric_events_2026_01"):
            forced = "SELECT relforcerowsecurity FROM pg_class WHERE relname = %s"
            assert conn.execute(forced, [name]).fetchone() == (True,)
        assert conn.execute("SELECT count(*) FROM ONLY metric_events_default").fetchone() == (2,)

    assert told.did["rows moved to their month"] == 2
    assert len(told.told) == 2
    assert drift(database.admin_dsn).findings == []
    with database.connect() as app:
        assert app.execute("SELECT count(*) FROM audit_logs").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("SELECT FROM audit_logs_2025_07")
        with app.transaction():
            app.execute(
                "SELECT set_config('neonhub.organization_id', %s, true)", [tenants.organization]
            )
            assert app.execute("SELECT count(*) FROM audit_logs").fetchone() == (1,)


def test_a_month_stays_while_one_tenant_keeps_it(
    database: Database, tenants: Tenants, tmp_path: Path
) -> None:
    with database.admin() as conn:
        for organization in (tenants.organization, tenants.other_organization):
            add_log(conn, organization, [500])
        conn.execute(
            'UPDATE organizations SET settings = \'{"retention": {"audit_logs": "3y"}}\' '
            "WHERE id = %s",
            [tenants.organization],
        )
        report = run(database, tmp_path, only=BOTH)

        assert conn.execute("SELECT count(*) FROM audit_logs").fetchone() == (2,)
    told = step(report, "expire audit_logs").told
    assert told == [f"audit_logs_2025_07 stays: {tenants.organization} keeps audit_logs 3y"]
    assert list(tmp_path.iterdir()) == []


def test_a_late_row_of_a_month_that_has_left_joins_its_file(
    database: Database, tenants: Tenants, tmp_path: Path
) -> None:
    with database.admin() as conn:
        add_log(conn, tenants.organization, [500, 501])
        run(database, tmp_path, only=BOTH)
        conn.execute(
            "INSERT INTO audit_logs (id, organization_id, action, seq, hash, created_at) "
            "VALUES ('clate', %s, 'late', 3, '\\x01', %s)",
            [tenants.organization, NOW - 500 * DAY],
        )
        report = run(database, tmp_path, only=BOTH)

        assert ids(conn, "audit_logs") == set()
    assert step(report, "expire audit_logs").did["rows archived"] == 1
    assert len(archived(tmp_path, "audit_logs")) == 3
    assert archived(tmp_path, "audit_logs").count("clate") == 1


def test_a_row_that_comes_between_archive_and_drop_keeps_the_month(
    database: Database, tenants: Tenants, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave = months._drop

    def too_late(*given: Any) -> bool:
        monkeypatch.undo()
        with database.admin() as conn:
            analytics.METRIC_EVENT.insert(
                conn, workspace_id=tenants.workspace, timestamp=NOW - 500 * DAY
            )
        return leave(*given)

    with database.admin() as conn:
        for _ in range(3):
            analytics.METRIC_EVENT.insert(
                conn, workspace_id=tenants.workspace, timestamp=NOW - 500 * DAY
            )
        monkeypatch.setattr(months, "_drop", too_late)
        first = run(database, tmp_path, only=BOTH)
        assert conn.execute("SELECT count(*) FROM metric_events").fetchone() == (4,)
        assert "rows came into it meanwhile" in step(first, "expire metric_events").told[0]

        run(database, tmp_path, only=(*BOTH, "rollups"))

        assert conn.execute("SELECT count(*) FROM metric_events").fetchone() == (0,)
        assert conn.execute(
            "SELECT sum(count) FROM analytics_summaries WHERE granularity = 'month'"
        ).fetchone() == (4,)
    assert len(set(archived(tmp_path, "metric_events"))) == 4
    assert sum(each.rows for each in check(tmp_path)) == 4


def test_a_month_in_several_pages(
    database: Database, tenants: Tenants, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(months, "PAGE", 7)
    with database.admin() as conn:
        conn.execute(
            "INSERT INTO metric_events (workspace_id, kind, metadata, timestamp) "
            "SELECT %s, 'k', '{}', %s::timestamptz - n %% 5 * interval '1 hour' "
            "FROM generate_series(1, 50) n",
            [tenants.workspace, dt.datetime(2025, 3, 9, tzinfo=dt.UTC)],
        )
        before = ids(conn, "metric_events")
        run(database, tmp_path, only=BOTH)
    assert sorted(archived(tmp_path, "metric_events")) == sorted(before)
