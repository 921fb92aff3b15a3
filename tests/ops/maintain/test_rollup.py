"""Roll-ups: equal to a count of everything there ever was, whatever came when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.conftest import Tenants, insert_tenants
from tests.databases import Database, Server
from tests.ops.maintain.worlds import DAY, NOW, Conn, agent, run, step

# What is counted from all the runs that there ever were, which a test keeps in a table beside.
_ALL_RUNS = """
SELECT agent_id, (started_at AT TIME ZONE 'UTC')::date AS date, count(*)::int,
       count(*) FILTER (WHERE status = 'completed')::int,
       count(*) FILTER (WHERE status = 'failed')::int, avg(duration_ms)::float8,
       sum(total_tokens)::bigint, sum(total_cost)
  FROM {source} GROUP BY 1, 2 ORDER BY 1, 2
"""
_ROLLED = """
SELECT agent_id, date, total_runs, successful_runs, failed_runs, avg_duration, total_tokens,
       total_cost FROM agent_metrics WHERE total_runs > 0 ORDER BY 1, 2
"""
_P95 = """
SELECT m.p95_duration IS NOT DISTINCT FROM percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms)
  FROM agent_metrics m JOIN agent_runs r ON r.agent_id = m.agent_id
   AND (r.started_at AT TIME ZONE 'UTC')::date = m.date GROUP BY m.id, m.p95_duration
"""
_ALL_EVENTS = """
SELECT kind, g, date_trunc(g, timestamp, 'UTC'), d, count(*)::int,
       sum(coalesce((metadata ->> 'value')::numeric, 0))::float8
  FROM {source} e CROSS JOIN LATERAL (VALUES ('hour', '{{}}'::jsonb), ('day', '{{}}'),
       ('week', '{{}}'), ('month', '{{}}'),
       ('day', ('{{"channel": "' || (metadata ->> 'channel') || '"}}')::jsonb)) v(g, d)
 WHERE d IS NOT NULL GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""
_SUMMARIES = """
SELECT kind, granularity::text, period_start, dimensions, count::int, value_sum
  FROM analytics_summaries ORDER BY 1, 2, 3, 4
"""
_moments = st.integers(0, 8).map(lambda n: NOW - n * 25 * DAY) | st.integers(0, 200).map(
    lambda n: NOW - n * dt.timedelta(hours=16, minutes=7)
)
_run = st.tuples(
    st.just("run"),
    st.integers(0, 1),
    st.sampled_from(["pending", "running", "completed", "failed", "cancelled"]),
    _moments,
    st.integers(0, 100_000),
)
_event = st.tuples(
    st.just("event"), st.sampled_from("ab"), _moments, st.sampled_from([None, "sms"]),
    st.decimals("-1000", "1000", places=3) | st.none(),
)  # fmt: skip
_act = (
    _run
    | _event
    | st.tuples(st.just("end"), st.integers(0, 30), st.integers(0, 5000))
    | st.tuples(st.just("move"), st.integers(0, 30))
    | st.tuples(st.sampled_from(["roll up", "expire"]))
)


@pytest.fixture(scope="module")
def place(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    database = server.clone()
    with database.admin() as conn:
        tenants = insert_tenants(conn)
        two = [agent(conn, tenants.workspace) for _ in range(2)]
        conn.execute("CREATE TABLE all_runs (LIKE agent_runs)")
        conn.execute("CREATE TABLE all_events (LIKE metric_events)")
        yield database, conn, tenants, two, tmp_path_factory.mktemp("archive")
    server.drop(database.name)


def _empty(conn: Conn) -> None:
    conn.execute("TRUNCATE agent_runs, metric_events, agent_metrics, analytics_summaries CASCADE")
    conn.execute("TRUNCATE neonhub.rolled_up; TRUNCATE all_runs, all_events")


@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.generate],  # to make a failing one smaller takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(acts=st.lists(_act, min_size=4, max_size=24))
def test_a_roll_up_is_a_full_count(place: Any, acts: list[Any]) -> None:
    """Rows come late, change and leave, in any order; what is summed up is all there ever was."""
    database, conn, tenants, two, archive = place
    _empty(conn)
    for act in acts:
        _do(act, database, conn, tenants, two, archive)
    run(database, archive, only=("rollups",))
    done = run(database, archive, only=("rollups",))  # finds nothing to do

    assert [each.error for each in done.steps] == [None, None]
    assert step(done, "roll up agent_metrics").did == {}
    assert step(done, "roll up analytics_summaries").did == {}
    assert _rows(conn, _ROLLED) == _rows(conn, _ALL_RUNS.format(source="all_runs"))
    assert _rows(conn, _SUMMARIES) == _rows(conn, _ALL_EVENTS.format(source="all_events"))
    if ("expire",) not in acts:
        assert all(row[0] for row in conn.execute(_P95))


def _rows(conn: Conn, query: str) -> list[Any]:
    with conn.transaction():
        conn.execute("SET LOCAL timezone = 'UTC'")
        return [
            tuple(round(each, 6) if isinstance(each, float) else each for each in row)
            for row in conn.execute(query.encode())
        ]


def _do(
    act: Any, database: Database, conn: Conn, tenants: Tenants, two: list[str], archive: Path
) -> None:
    match act:
        case ("run", which, status, at, tokens):
            conn.execute(
                "WITH made AS (INSERT INTO agent_runs (workspace_id, agent_id, status, input, "
                "started_at, completed_at, total_tokens, total_cost) VALUES (%s, %s, %s, '{}', "
                "%s, CASE WHEN %s IN ('completed', 'failed') THEN %s + interval '3 s' END, %s, "
                "0.0003) RETURNING *) INSERT INTO all_runs SELECT * FROM made",
                [tenants.workspace, two[which], status, at, status, at, tokens],
            )
        case ("event", kind, at, channel, value):
            conn.execute(
                "WITH made AS (INSERT INTO metric_events (workspace_id, kind, timestamp, metadata) "
                "VALUES (%s, %s, %s, jsonb_strip_nulls(jsonb_build_object('channel', %s::text, "
                "'value', %s::numeric))) RETURNING *) INSERT INTO all_events SELECT * FROM made",
                [tenants.workspace, kind, at, channel, value],
            )
        case ("end" | "move", which, *_):
            _change(conn, act, which)
        case ("roll up",):
            run(database, only=("rollups",))
        case ("expire",):
            report = run(
                database,
                archive,
                only=("partitions", "expire"),
                rules={"metric_events": "2m", "agent_runs": "40d"},
            )
            assert not report.failed, report.failed


def _change(conn: Conn, act: Any, which: int) -> None:
    """A run ends, or turns out to have begun on another day, within the week."""
    of = "SELECT id FROM agent_runs WHERE completed_at IS NULL ORDER BY id OFFSET %s LIMIT 1"
    found = conn.execute(of.encode(), [which]).fetchone()
    if found is None:
        return
    for table in ("agent_runs", "all_runs"):
        if act[0] == "end":
            conn.execute(
                f"UPDATE {table} SET status = 'completed', completed_at = started_at + "
                "interval '1 minute', duration_ms = 60000, total_tokens = %s "
                "WHERE id = %s".encode(),
                [act[2], found[0]],
            )
        else:
            conn.execute(
                f"UPDATE {table} SET started_at = started_at + interval '1 day' WHERE id = %s "
                "AND started_at > %s".encode(),
                [found[0], NOW - 5 * DAY],
            )


def test_what_a_tenant_measured_by_its_own_words_ends_no_roll_up(
    database: Database, tenants: Tenants
) -> None:
    """Values that are no number, or none that a double holds."""
    with database.admin() as conn:
        for value in ('"much"', "null", "[1]", "1e400", "-1e5000", "7"):
            conn.execute(
                "INSERT INTO metric_events (workspace_id, kind, metadata) VALUES "
                "(%s, 'odd', jsonb_build_object('value', %s::jsonb, 'channel', '[]'::jsonb))",
                [tenants.workspace, value],
            )
        report = run(database, only=("rollups",))

        assert not report.failed
        found = conn.execute("SELECT DISTINCT count, value_sum FROM analytics_summaries").fetchall()
        assert found == [(6, 7.0)]


def test_sums_of_what_is_gone_go_with_their_tenant(
    database: Database, tenants: Tenants, tmp_path: Path
) -> None:
    with database.admin() as conn:
        of = agent(conn, tenants.workspace)
        conn.execute(
            "INSERT INTO agent_runs (workspace_id, agent_id, status, input, started_at) "
            "VALUES (%s, %s, 'failed', '{}', %s)",
            [tenants.workspace, of, NOW - 200 * DAY],
        )
        run(database, tmp_path, only=("rollups", "expire"))
        left = "SELECT count(*) FROM neonhub.rolled_up"
        assert conn.execute(left).fetchone() == (1,)
        conn.execute("DELETE FROM agents WHERE id = %s", [of])

        run(database, only=("rollups",))

        assert conn.execute(left).fetchone() == (0,)
