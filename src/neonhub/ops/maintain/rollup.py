"""Roll-ups: the two tables of which the model says that they sum up others.

A day of an agent's runs (``agent_metrics``) and the events of an hour, day, week or month
(``analytics_summaries``). A group is what has gone, by ``neonhub.rolled_up``, plus what is there:
so it stays right when raw rows leave, and when late ones come. Only groups with a row that is
new or changed since the last roll-up are made anew. Which those are is told by the number of the
transaction that wrote them: no time of theirs is asked, and a row may come as late as it likes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import NeonHubError
from neonhub.ops.maintain.work import MAINTENANCE, acting, patiently

if TYPE_CHECKING:
    import psycopg

    from neonhub.ops.maintain.work import Work

__all__ = ["ROLLUPS", "Rollup", "SumsTooLarge", "carry_events", "carry_runs", "roll_up", "sums_of"]

Groups = list[list[str]]


class SumsTooLarge(NeonHubError):
    """The costs or tokens of a day are no figure that agent_metrics can hold: {groups}."""

    hint = "All other days were rolled up. Correct total_cost or total_tokens of the runs."
    exit_code = 65


@dataclass(frozen=True, slots=True)
class Rollup:
    """``statement`` makes every group anew that has a row for which ``newer`` holds."""

    name: str
    raw: str
    parent: str
    statement: str


# A run may begin anew on another day than it was asked for: its old day is made anew as well.
_RECENT_DAYS = 7
_RUN_SUMS = """
    ARRAY[count(*), count(*) FILTER (WHERE r.status = 'completed'),
          count(*) FILTER (WHERE r.status = 'failed'), count(r.duration_ms),
          coalesce(sum(r.duration_ms), 0), coalesce(sum(r.total_tokens), 0),
          coalesce(sum(r.total_cost), 0)]::numeric[]
"""
# NaN is greater than any number.
_FITS = """(sums[1] < 2^31 AND abs(sums[6]) < 2::numeric ^ 63 AND abs(sums[7]) < 1e14)"""
_RUN_DAY = "(r.started_at AT TIME ZONE 'UTC')::date"
_RUNS = f"""
WITH changed AS (
    SELECT r.workspace_id, r.agent_id, {_RUN_DAY} AS date FROM agent_runs r WHERE {{newer}}
    UNION
    SELECT b.workspace_id, b.key[1], b.key[2]::date FROM neonhub.rolled_up b
     WHERE b.rollup = 'agent_metrics' AND b.stale
    UNION
    SELECT m.workspace_id, m.agent_id, m.date FROM agent_metrics m
     WHERE m.date >= (%(now)s::timestamptz AT TIME ZONE 'UTC')::date - {_RECENT_DAYS}
       AND m.date < '9000-01-01'
), here AS (
    SELECT c.workspace_id, c.agent_id, c.date, s.sums, s.p95
      FROM changed c
      JOIN agents a ON a.workspace_id = c.workspace_id AND a.id = c.agent_id
     CROSS JOIN LATERAL (
        SELECT {_RUN_SUMS} AS sums,
               percentile_cont(0.95) WITHIN GROUP (ORDER BY r.duration_ms) AS p95
          FROM agent_runs r
         WHERE r.workspace_id = c.workspace_id AND r.agent_id = c.agent_id
           AND r.started_at >= c.date::timestamp AT TIME ZONE 'UTC'
           AND r.started_at < (c.date + 1)::timestamp AT TIME ZONE 'UTC') s
), whole AS MATERIALIZED (
    SELECT h.workspace_id, h.agent_id, h.date,
           -- Sums can be added up and a percentile cannot: that of the whole day stays.
           CASE WHEN coalesce(b.sums[1], 0) = 0 THEN h.p95
                ELSE coalesce(m.p95_duration, h.p95) END AS p95,
           CASE WHEN b.sums IS NULL THEN h.sums
                ELSE ARRAY(SELECT x + y FROM unnest(h.sums, b.sums) AS u(x, y)) END AS sums
      FROM here h
      LEFT JOIN neonhub.rolled_up b
        ON b.rollup = 'agent_metrics' AND b.workspace_id = h.workspace_id
       AND b.key = ARRAY[h.agent_id, h.date::text]
      LEFT JOIN agent_metrics m ON m.workspace_id = h.workspace_id
       AND m.agent_id = h.agent_id AND m.date = h.date
), made AS (
INSERT INTO agent_metrics AS m (workspace_id, agent_id, date, total_runs, successful_runs,
    failed_runs, avg_duration, p95_duration, total_tokens, total_cost)
SELECT workspace_id, agent_id, date, sums[1], sums[2], sums[3],
       (sums[5] / nullif(sums[4], 0))::double precision, p95, sums[6], sums[7]
  FROM whole WHERE {_FITS}
    ON CONFLICT (workspace_id, agent_id, date) DO UPDATE
   SET total_runs = excluded.total_runs, successful_runs = excluded.successful_runs,
       failed_runs = excluded.failed_runs, avg_duration = excluded.avg_duration,
       p95_duration = excluded.p95_duration,
       total_tokens = excluded.total_tokens, total_cost = excluded.total_cost
 WHERE (m.total_runs, m.successful_runs, m.failed_runs, m.avg_duration, m.p95_duration,
        m.total_tokens, m.total_cost)
    IS DISTINCT FROM (excluded.total_runs, excluded.successful_runs, excluded.failed_runs,
        excluded.avg_duration, excluded.p95_duration, excluded.total_tokens, excluded.total_cost)
RETURNING 1)
SELECT (SELECT count(*) FROM made),
       (SELECT jsonb_agg(ARRAY[workspace_id, agent_id, date::text]) FROM whole WHERE NOT {_FITS})
"""

# What an event counts for, and the groups that it is in: all of its kind in four lengths of
# time, and its channel's by day. A number past a double's range, at either end, would end the
# roll-up of all, and so would a text that is too long for an index.
_VALUE = """
    CASE WHEN jsonb_typeof(r.metadata -> 'value') = 'number'
          AND abs((r.metadata ->> 'value')::numeric) < 1e290
         THEN (r.metadata ->> 'value')::numeric ELSE 0 END
"""
_LONGEST = 200
_GROUPS = f"""
    (VALUES ('hour', '{{}}'::jsonb), ('day', '{{}}'), ('week', '{{}}'), ('month', '{{}}'),
            ('day', CASE WHEN jsonb_typeof(r.metadata -> 'channel') = 'string'
                          AND length(r.metadata ->> 'channel') <= {_LONGEST}
                         THEN jsonb_build_object('channel', r.metadata -> 'channel') END))
    AS g(granularity, dimensions)
"""
_SHORT = f"length(r.kind) <= {_LONGEST}"
_START = "date_trunc(g.granularity, r.\"timestamp\", 'UTC')"
_EVENTS = f"""
WITH changed AS (
    SELECT r.workspace_id, r.kind, g.granularity, {_START} AS starts, g.dimensions
      FROM metric_events r CROSS JOIN LATERAL {_GROUPS}
     WHERE g.dimensions IS NOT NULL AND {_SHORT} AND {{newer}}
    UNION
    SELECT b.workspace_id, b.key[1], b.key[2], b.key[3]::timestamptz, b.key[4]::jsonb
      FROM neonhub.rolled_up b WHERE b.rollup = 'analytics_summaries' AND b.stale
), here AS (
    SELECT c.*, s.number, s.total FROM changed c
      JOIN workspaces w ON w.id = c.workspace_id
     CROSS JOIN LATERAL (
        SELECT count(*) AS number, coalesce(sum({_VALUE}), 0) AS total
          FROM metric_events r
         WHERE r.workspace_id = c.workspace_id AND r.kind = c.kind
           AND r."timestamp" >= c.starts
           AND r."timestamp" < c.starts + ('1 ' || c.granularity)::interval
           AND r.metadata @> c.dimensions) s
), made AS (
INSERT INTO analytics_summaries AS m
    (workspace_id, kind, granularity, period_start, dimensions, count, value_sum)
SELECT h.workspace_id, h.kind, h.granularity::"Granularity", h.starts, h.dimensions,
       h.number + coalesce(b.sums[1], 0),
       round(h.total + coalesce(b.sums[2], 0), 300)::double precision
  FROM here h LEFT JOIN neonhub.rolled_up b
    ON b.rollup = 'analytics_summaries' AND b.workspace_id = h.workspace_id
   AND b.key = ARRAY[h.kind, h.granularity, h.starts::text, h.dimensions::text]
    ON CONFLICT (workspace_id, kind, granularity, period_start, dimensions) DO UPDATE
   SET count = excluded.count, value_sum = excluded.value_sum
 WHERE (m.count, m.value_sum) IS DISTINCT FROM (excluded.count, excluded.value_sum)
RETURNING 1)
SELECT (SELECT count(*) FROM made), NULL::jsonb
"""
ROLLUPS = (
    Rollup("agent_metrics", "agent_runs", "agents", _RUNS),
    Rollup("analytics_summaries", "metric_events", "workspaces", _EVENTS),
)

# Those that could not be made, as if something of theirs had left.
_OWED = """
INSERT INTO neonhub.rolled_up AS b (rollup, workspace_id, key, sums, stale)
SELECT %s, o.workspace_id, ARRAY[o.agent_id, o.date], '{0,0,0,0,0,0,0}', true
  FROM unnest(%s::text[], %s::text[], %s::text[]) AS o(workspace_id, agent_id, date)
    ON CONFLICT (rollup, workspace_id, key) DO UPDATE SET stale = true
"""
_TOLD = 3
_LARGEST = """
SELECT r.id FROM agent_runs r WHERE r.workspace_id = %s AND r.agent_id = %s
   AND r.started_at >= %s::date::timestamp AT TIME ZONE 'UTC'
   AND r.started_at < (%s::date + 1)::timestamp AT TIME ZONE 'UTC'
 ORDER BY greatest(abs(r.total_cost) / 1e14, abs(r.total_tokens::numeric) / 2 ^ 63::numeric) DESC
 LIMIT 1
"""

# A row's transaction has 32 bits of its number; age() tells how long ago that was. Some more than
# asked for is made anew, never less. Another cluster's numbers say nothing here.
_MARK = """
SELECT s.system_identifier::text || '/' || d.oid,
       pg_snapshot_xmin(pg_current_snapshot())::text, pg_snapshot_xmax(pg_current_snapshot())::text
  FROM pg_control_system() s, pg_database d WHERE d.datname = current_database()
"""
_SLACK = 1_000
_FAR = 1_500_000_000
_LAST = """
SELECT detail -> 'marks' -> %s FROM neonhub.operation_log
 WHERE operation = 'maintain' AND detail -> 'marks' ? %s ORDER BY place DESC LIMIT 1
"""
_ADD = """
    ON CONFLICT (rollup, workspace_id, key) DO UPDATE
   SET sums = ARRAY(SELECT x + y FROM unnest(b.sums, excluded.sums) AS u(x, y)), stale = true
"""


def roll_up(work: Work, rollup: Rollup) -> None:
    """Make the changed groups anew; the mark of how far it came is the next run's beginning.

    The mark is taken before the rows are read: what is written meanwhile is for the next run.
    Raises ``SumsTooLarge`` for groups that no row holds, when all others are made.
    """
    conn = work.conn
    before = conn.execute(_LAST.encode(), [rollup.name, rollup.name]).fetchone()

    done, owed = 0, Groups()

    def attempt() -> None:
        nonlocal done, owed
        with acting(conn, MAINTENANCE):
            row = conn.execute(_MARK.encode()).fetchone()
            assert row is not None  # noqa: S101
            where, oldest, newest = row
            newer = _newer(before[0] if before else None, where, int(newest))
            newer += f" AND {_SANE[rollup.raw]}"
            statement = rollup.statement.replace("{newer}", newer)
            made = conn.execute(statement.encode(), {"now": work.now}).fetchone()
            assert made is not None  # noqa: S101
            done, owed = made[0], made[1] or []
            _settle(conn, rollup, owed)
            conn.execute(_forget(rollup).encode())
            work.marks[rollup.name] = {"where": where, "xid": oldest}
            if work.dry_run:
                from psycopg import Rollback

                raise Rollback

    patiently(rollup.raw, attempt)
    work.count("groups to make anew" if work.dry_run else "groups made anew", done)
    if owed:
        raise _too_large(conn, owed)


def _settle(conn: psycopg.Connection[Any], rollup: Rollup, owed: Groups) -> None:
    """Nothing is stale any more but what could not be made: that is tried, and told, every time."""
    settled = "UPDATE neonhub.rolled_up SET stale = false WHERE rollup = %s AND stale"
    conn.execute(settled.encode(), [rollup.name])
    if owed:
        conn.execute(_OWED.encode(), [rollup.name, *map(list, zip(*owed, strict=True))])


def _too_large(conn: psycopg.Connection[Any], owed: Groups) -> SumsTooLarge:
    told = []
    for workspace, agent, day in owed[:_TOLD]:
        with acting(conn, MAINTENANCE, snapshot=True):
            row = conn.execute(_LARGEST.encode(), [workspace, agent, day, day]).fetchone()
        run = f" (see run {row[0]})" if row else ""
        told.append(f"agent {agent} of workspace {workspace} on {day}{run}")
    more = f", and {len(owed) - _TOLD:,} more" if len(owed) > _TOLD else ""
    return SumsTooLarge(groups=f"{', '.join(told)}{more}")


# A tenant may write any moment: what no figure is made of holds up nobody else's.
_SANE = {
    "agent_runs": "r.started_at BETWEEN '1970-01-01' AND '9000-01-01'",
    "metric_events": "r.\"timestamp\" BETWEEN '1970-01-01' AND '9000-01-01'",
}


def _newer(mark: dict[str, str] | None, where: str, newest: int) -> str:
    """The condition on a row that was written since ``mark``; all rows where that says nothing."""
    # Whoever may write to the log may write anything: what is no mark is none.
    if mark is None or mark.get("where") != where or not str(mark.get("xid")).isdecimal():
        return "true"
    distance = newest - int(mark["xid"])
    return f"age(r.xmin) <= {distance + _SLACK}" if 0 <= distance < _FAR else "true"


def _forget(rollup: Rollup) -> str:
    """Sums of tenants and agents that are no more."""
    if rollup.parent == "workspaces":
        there = "SELECT FROM workspaces w WHERE w.id = b.workspace_id"
    else:
        there = "SELECT FROM agents a WHERE a.workspace_id = b.workspace_id AND a.id = b.key[1]"
    return (
        f"DELETE FROM neonhub.rolled_up b WHERE b.rollup = '{rollup.name}' AND NOT EXISTS ({there})"
    )


def sums_of(raw: str, rows: str) -> str:
    """The query for what rows ``r`` of ``raw`` come to in each group, as ``rolled_up`` has it."""
    if raw == "agent_runs":
        return (
            f"SELECT 'agent_metrics' AS rollup, r.workspace_id, "
            f"ARRAY[r.agent_id, {_RUN_DAY}::text] AS key, {_RUN_SUMS} AS sums "
            f"FROM agent_runs r WHERE {rows} GROUP BY r.workspace_id, r.agent_id, {_RUN_DAY}"
        )
    return (
        "SELECT 'analytics_summaries' AS rollup, r.workspace_id, "
        f"ARRAY[r.kind, g.granularity, {_START}::text, g.dimensions::text] AS key, "
        f"ARRAY[count(*), sum({_VALUE})]::numeric[] AS sums "
        f"FROM metric_events r CROSS JOIN LATERAL {_GROUPS} "
        f"WHERE g.dimensions IS NOT NULL AND {_SHORT} AND {rows} "
        f"GROUP BY r.workspace_id, r.kind, g.granularity, {_START}, g.dimensions"
    )


_CARRY = "INSERT INTO neonhub.rolled_up AS b (rollup, workspace_id, key, sums)"


def carry_runs(conn: psycopg.Connection[Any], workspace_id: str, ids: list[str]) -> None:
    """Keep the sums of runs that this transaction is about to delete."""
    sums = sums_of("agent_runs", "r.workspace_id = %s AND r.id = ANY(%s)")
    conn.execute(f"{_CARRY} {sums} {_ADD}".encode(), [workspace_id, ids])


def carry_events(conn: psycopg.Connection[Any], begins: Any, ends: Any) -> None:
    """Keep the sums of a month's events, which this transaction is about to drop."""
    sums = sums_of("metric_events", 'r."timestamp" >= %s AND r."timestamp" < %s')
    conn.execute(f"{_CARRY} {sums} {_ADD}".encode(), [begins, ends])
