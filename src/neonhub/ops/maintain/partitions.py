"""Partitions ahead of time, and rows that came before theirs moved into it."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from neonhub.db.partitions import MIRROR_GUARDS
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
SELECT c.relname, a.attname, pg_relation_size(to_regclass(c.relname || '_default')) AS spare
  FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.partattrs[0]
 WHERE c.relnamespace = 'public'::regnamespace AND p.partstrat = 'r' ORDER BY 1
"""
# A clock that was never set says 1970, one that was set wrong anything.
_EARLIEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_AHEAD = dt.timedelta(days=370)
# As many as neonhub.ensure_partitions() makes.
_BEHIND, _MONTHS_AHEAD = 2, 3


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
    for table, column, spare in work.conn.execute(_TABLES).fetchall():
        if spare is None:
            _ensure(work)  # it makes default partitions too
        for begins in _wanted(work, table):
            if work.dry_run:
                work.count("partitions to make")
                continue
            rows = patiently(table, partial(_made, work, table, column, begins))
            work.count("partitions made")
            work.count("rows moved to their month", rows)
        for begins, rows in _strays(work, table, column) if spare else []:
            if work.out_of_time():
                return
            _settle(work, table, column, begins, rows)


def _ensure(work: Work) -> None:
    """``neonhub.ensure_partitions()``: also where a default partition is missing."""
    if work.dry_run:
        return

    def attempt() -> list[Any]:
        with acting(work.conn, MAINTENANCE):
            return work.conn.execute("SELECT neonhub.ensure_partitions()").fetchall()

    work.count("partitions made", len(patiently("partitioned tables", attempt)))


def _wanted(work: Work, table: str) -> list[dt.datetime]:
    """The beginnings of the months about now for which there is no partition yet."""
    there = {month.begins for month in months_of(work.conn, table)}
    first = work.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    numbers = (first.year * 12 + first.month - 1 + n for n in range(-_BEHIND, _MONTHS_AHEAD + 1))
    months = (first.replace(year=number // 12, month=number % 12 + 1) for number in numbers)
    return [month for month in months if month not in there]


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

    moved = patiently(table, partial(_made, work, table, column, begins))
    work.count("rows moved to their month", moved)
    work.count("partitions made")


def _made(work: Work, table: str, column: str, begins: dt.datetime) -> int:
    with acting(work.conn, OWNER):
        return _move(work.conn, table, column, begins)


def _move(conn: psycopg.Connection[Any], table: str, column: str, begins: dt.datetime) -> int:
    """Make the month of ``begins`` with the rows of it that lie in the default partition.

    As ``neonhub.ensure_partitions`` does it, which goes back two months only, and makes all months
    that are missing in one transaction: under load it and the writers wait for each other. The
    owner sees rows while row security is not forced, the lock keeps all others out, and all of it
    is one transaction. Rows come after the month is attached: attaching one with rows would check
    its references as the owner, whom forced policies let see nothing.
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
        ALTER TABLE {spare} FORCE ROW LEVEL SECURITY
        """.encode()
    )
    this = f"WHERE c.oid = '{made}'::regclass AND c.relispartition"
    body = MIRROR_GUARDS.body.replace("WHERE c.relispartition", this)
    if this not in body:
        raise AssertionError("the guards' function reads otherwise than it did")
    conn.execute(f"DO $guards${body}$guards$".encode())
    return moved
