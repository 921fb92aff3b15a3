"""Rows of an age, for what maintenance does with them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import orjson
import psycopg

from neonhub.ops.maintain import Report, Step, maintain
from neonhub.ops.maintain.archive.show import rows_of
from tests.databases import Database
from tests.factories import agents

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
Conn = psycopg.Connection[Any]

_RUNS = """
INSERT INTO agent_runs (id, workspace_id, agent_id, status, input, output, started_at,
                        completed_at, total_tokens, total_cost)
SELECT format('crun%%s%%s', %(mark)s::text, lpad(n::text, 10, '0')), %(workspace)s, %(agent)s,
       (ARRAY['completed', 'failed', 'cancelled']::"RunStatus"[])[1 + n %% 3],
       jsonb_build_object('n', n, 'text', E'a "line"\\nand, another é'), NULL,
       %(first)s::timestamptz + n * interval '37 minutes',
       %(first)s::timestamptz + n * interval '37 minutes' + n * interval '7 milliseconds',
       n * 3, n * 0.0101
  FROM generate_series(1, %(number)s) n
"""
_STEPS = """
INSERT INTO run_steps (id, workspace_id, run_id, name, idx, payload)
SELECT 'cstep' || k || substr(r.id, 5), r.workspace_id, r.id, '', k,
       CASE k WHEN 1 THEN '{"a": [1, 2.50]}'::jsonb END
  FROM agent_runs r CROSS JOIN generate_series(1, 2) k WHERE r.id LIKE %(mark)s
"""
_METRICS = """
INSERT INTO agent_run_metrics (id, workspace_id, agent_run_id, name, value)
SELECT 'cmet' || substr(r.id, 5), r.workspace_id, r.id, 'm',
       CASE WHEN r.total_tokens %% 2 = 0 THEN 'NaN'::float8 ELSE 0.1 + r.total_tokens END
  FROM agent_runs r WHERE r.id LIKE %(mark)s
"""


def run(database: Database, archive: Path | None = None, **given: Any) -> Report:
    """``maintain`` as of ``NOW``."""
    given.setdefault("now", NOW)
    return maintain(database.admin_dsn, archive_to=archive, **given)


def step(report: Report, name: str) -> Step:
    """One line of a report."""
    return next(each for each in report.steps if each.name == name)


def agent(conn: Conn, workspace: str) -> str:
    """A new agent of the workspace."""
    return str(agents.AGENT.insert(conn, workspace_id=workspace)["id"])


def add_runs(conn: Conn, workspace: str, of: str, number: int, *, first: Any, mark: str) -> None:
    """Runs that have ended, 37 minutes apart, each with two steps and a metric."""
    given = {"workspace": workspace, "agent": of, "number": number, "first": first, "mark": mark}
    conn.execute(_RUNS, given)
    for statement in (_STEPS, _METRICS):
        conn.execute(statement, {"mark": f"crun{mark}%"})


def contents(conn: Conn, *tables: str) -> dict[str, dict[str, str]]:
    """Rows of tables by their ids, as JSON."""
    return {
        table: {
            str(row_id): orjson.dumps(orjson.loads(text)).decode()
            for row_id, text in conn.execute(
                f"SELECT r.id, row_to_json(r)::text FROM {table} r".encode()
            )
        }
        for table in tables
    }


def ids(conn: Conn, table: str) -> set[str]:
    return {str(row[0]) for row in conn.execute(f"SELECT id FROM {table}".encode())}


def archived(archive: Path, table: str) -> list[str]:
    """The ids of a table's archived rows, as often as they are there."""
    if not list((archive / table).rglob("[0-9]*.parquet")):
        return []  # a killed run may have left a folder and no more
    return [row["id"] for row in rows_of(archive / table)]


FAMILY = ("agent_runs", "run_steps", "agent_run_metrics", "tool_executions")
