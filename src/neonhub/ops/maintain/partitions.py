"""Partitions ahead of time, and rows that came before theirs moved into it."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neonhub.ops.maintain.work import MAINTENANCE, OWNER, acting, patiently

if TYPE_CHECKING:
    import psycopg

    from neonhub.ops.maintain.work import Work

__all__ = ["Month", "keep_partitions", "months_of"]

_MONTHS = """
SELECT c.relname, pg_get_expr(c.relpartbound, c.oid)
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
 WHERE i.inhparent = %s::regclass ORDER BY 1
"""
_BOUNDS = re.compile(r"FROM \('([^']+)'\) TO \('([^']+)'\)")
_TABLES = """
SELECT c.relname, a.attname, pg_relation_size(to_regclass(c.relname || '_default'))
  FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.partattrs[0]
 WHERE c.relnamespace = 'public'::regnamespace AND p.partstrat = 'r' ORDER BY 1
"""
# A clock that was never set says 1970, one that was set wrong anything.
_EARLIEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_AHEAD = dt.timedelta(days=370)


@dataclass(frozen=True, slots=True)
class Month:
    """A partition and what it holds: from ``begins`` up to, not with, ``ends``."""

    name: str
    begins: dt.datetime
    ends: dt.datetime


def months_of(conn: psycopg.Connection[Any], table: str) -> list[Month]:
    """The monthly partitions of ``table``, the oldest first; the default one is none."""
    made = []
    for name, bounds in conn.execute(_MONTHS, [table]):
        if found := _BOUNDS.search(bounds):
            made.append(Month(name, *(dt.datetime.fromisoformat(each) for each in found.groups())))
    return sorted(made, key=lambda month: month.begins)


def keep_partitions(work: Work) -> None:
    """Make the months to come, then move what lies in a default partition into its month."""
    if not work.dry_run:

        def ahead() -> list[Any]:
            with acting(work.conn, MAINTENANCE):
                return work.conn.execute("SELECT neonhub.ensure_partitions()").fetchall()

        work.count("partitions made", len(patiently("partitioned tables", ahead)))
    for table, column, size in work.conn.execute(_TABLES).fetchall():
        if not size:
            continue
        for month, rows in _strays(work, table, column):
            if work.out_of_time():
                return
            _settle(work, table, column, month, rows)


def _strays(work: Work, table: str, column: str) -> list[tuple[Any, int]]:
    """Months of rows that no partition holds, and how many they are.

    The condition names every gap, so that only the default partition is read.
    """
    months = months_of(work.conn, table)
    edges = [edge for month in months for edge in (month.begins, month.ends)]
    gaps = [f"r.{column} < %s"] if months else ["true"]
    for last, following in itertools.pairwise(months):
        if last.ends < following.begins:
            gaps.append(f"(r.{column} >= %s AND r.{column} < %s)")
        else:
            edges.remove(last.ends)
            edges.remove(following.begins)
    if months:
        gaps.append(f"r.{column} >= %s")
    query = (
        f"SELECT CASE WHEN isfinite(r.{column}) THEN extract(epoch FROM "
        f"date_trunc('month', r.{column}, 'UTC'))::bigint END, count(*) "
        f"FROM {table} r WHERE {' OR '.join(gaps)} GROUP BY 1 ORDER BY 1"
    )
    with acting(work.conn, MAINTENANCE, snapshot=True):
        return work.conn.execute(query.encode(), edges).fetchall()


def _settle(work: Work, table: str, column: str, epoch: int | None, rows: int) -> None:
    latest = (work.now + _AHEAD).timestamp()
    if epoch is None or not _EARLIEST.timestamp() <= epoch <= latest:
        work.tell(f"{rows:,} rows of {table} stay in {table}_default: their time cannot be right")
        return
    begins = dt.datetime.fromtimestamp(epoch, dt.UTC)
    if work.dry_run:
        work.count("rows to move to their month", rows)
        return

    def move() -> int:
        with acting(work.conn, OWNER):
            return _move(work.conn, table, column, begins)

    work.count("rows moved to their month", patiently(table, move))
    work.count("partitions made")


def _move(conn: psycopg.Connection[Any], table: str, column: str, begins: dt.datetime) -> int:
    """Make the month of ``begins`` with the rows of it that lie in the default partition.

    As ``neonhub.ensure_partitions`` does it, which goes back two months only: the owner sees rows
    while row security is not forced, the lock keeps all others out, and all of it is one
    transaction. Rows come after the month is attached: attaching one with rows would check its
    references as the owner, whom forced policies let see nothing.
    """
    ends = (begins.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    made, spare = f"{table}_{begins:%Y_%m}", f"{table}_default"
    within = f"{column} >= '{begins.isoformat()}' AND {column} < '{ends.isoformat()}'"
    conn.execute("SELECT pg_advisory_xact_lock(7236002)")
    conn.execute(
        f"""
        CREATE TABLE {made} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS
                             INCLUDING GENERATED INCLUDING STORAGE);
        LOCK TABLE {spare} IN ACCESS EXCLUSIVE MODE;
        ALTER TABLE {spare} NO FORCE ROW LEVEL SECURITY, DISABLE TRIGGER USER;
        CREATE TABLE neonhub.moved (LIKE {table})
        """.encode()
    )
    moved = conn.execute(
        f"WITH gone AS (DELETE FROM {spare} WHERE {within} RETURNING *) "
        "INSERT INTO neonhub.moved SELECT * FROM gone".encode()
    ).rowcount
    conn.execute(
        f"""
        ALTER TABLE {spare} ENABLE TRIGGER USER;
        ALTER TABLE {table} ATTACH PARTITION {made}
            FOR VALUES FROM ('{begins.isoformat()}') TO ('{ends.isoformat()}');
        INSERT INTO {made} SELECT * FROM neonhub.moved;
        DROP TABLE neonhub.moved;
        SELECT neonhub.mirror_guards()
        """.encode()
    )
    return moved
