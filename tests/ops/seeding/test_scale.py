"""Rows to measure by: skewed, valid, once, and gone again."""

from __future__ import annotations

import datetime as dt

import pytest

from neonhub.db.errors import InvalidInput
from neonhub.ops.seeding.scale.load import ROWS_A_UNIT, STREAMS, ScaleThere, load, remove
from neonhub.ops.seeding.scale.tenants import MARK, tenants_of
from tests.databases import Database
from tests.factories.base import Conn

ANCHOR = dt.datetime.now(dt.UTC).date()


def counts(conn: Conn) -> dict[str, int]:
    found = {}
    for stream in STREAMS:
        row = conn.execute(f"SELECT count(*) FROM {stream.table}".encode()).fetchone()
        assert row is not None
        found[stream.table] = row[0]
    return found


def test_sizes_are_skewed_and_add_up() -> None:
    sizes = [tenant.size for tenant in tenants_of(25)]
    assert len(sizes) == 100
    assert sum(sizes) == pytest.approx(25)
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 30 * sizes[-1]


@pytest.mark.parametrize("role", ["postgres", "neonhub_maintenance"])
def test_rows_go_in_once_and_out_again(database: Database, role: str) -> None:
    """By a superuser straight into the tables; under row security by a way aside."""
    if role != "postgres" and not database.server.logins:
        pytest.skip("on a server that is not ours, roles have no login of their own")
    dsn = database.admin_dsn if role == "postgres" else database.dsn(role)
    heard: list[int] = []
    report = load(dsn, 1, anchor=ANCHOR, progress=lambda _table, rows: heard.append(rows))
    assert sum(heard) == report.rows
    assert report.rows == pytest.approx(ROWS_A_UNIT, rel=0.1)
    with database.admin() as conn:
        assert counts(conn) == report.tables
        largest = conn.execute(
            "SELECT count(*) FROM events GROUP BY workspace_id ORDER BY 1 DESC"
        ).fetchall()
        assert largest[0][0] > 3 * largest[-1][0]  # type: ignore[operator]
        stray = conn.execute(
            "SELECT count(*) FROM metric_events WHERE tableoid = 'metric_events_default'::regclass"
        ).fetchone()
        assert stray == (0,)
    with pytest.raises(ScaleThere, match="4 workspaces"):
        load(dsn, 1)
    assert remove(dsn) == 4
    with database.admin() as conn:
        assert set(counts(conn).values()) == {0}


def test_the_same_rows_at_every_run_and_nobody_elses_are_touched(database: Database) -> None:
    with database.admin() as conn:
        conn.execute("INSERT INTO organizations (id, slug, name) VALUES ('o', 'o', 'O')")
    sums = []
    for _ in range(2):
        load(database.admin_dsn, 1, anchor=ANCHOR)
        with database.admin() as conn:
            sums.append(
                conn.execute(
                    "SELECT md5(string_agg(e::text, '' ORDER BY id)) FROM "
                    "(SELECT id, person_id, type, occurred_at, payload FROM events) e"
                ).fetchone()
            )
        remove(database.admin_dsn)
    assert sums[0] == sums[1]
    with database.admin() as conn:
        left = conn.execute("SELECT id FROM organizations").fetchall()
    assert left == [("o",)]
    assert not "o".startswith(MARK)


@pytest.mark.parametrize("scale", [0, -1, 10_001])
def test_a_silly_scale_is_refused(database: Database, scale: int) -> None:
    with pytest.raises(InvalidInput, match="from 1 to 10000"):
        load(database.admin_dsn, scale)
