"""Figures of the database, for Prometheus: one look, bounded in time, which locks nothing.

They are of the whole database and name no tenant. Another login's session shows its state to
members of ``pg_read_all_stats`` alone: how many stay hidden is a figure too.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from neonhub.ops.books import OPERATIONS_TABLE, VERSION_SCHEMA, VERSION_TABLE
from neonhub.ops.migrate import revisions

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FAMILIES", "Figures", "look"]

TIMEOUT_S = 5.0

# Partitions have monthly bounds; the last one's end is how far rows can come without falling into
# the default partition. Its text is PostgreSQL's own: TO ('2027-03-01 00:00:00+00').
_LOOK = """
WITH s AS MATERIALIZED (
    SELECT state, backend_type, xact_start, wait_event_type, datname = current_database() AS ours
      FROM pg_stat_activity WHERE pid <> pg_backend_pid()
), bounds AS (
    SELECT i.inhparent, max(substring(pg_get_expr(c.relpartbound, c.oid)
               FROM $re$TO \\('([^']+)'\\)$re$)::timestamptz) AS until
      FROM pg_partitioned_table p
      JOIN pg_class t ON t.oid = p.partrelid AND t.relnamespace = 'public'::regnamespace
      JOIN pg_inherits i ON i.inhparent = p.partrelid
      JOIN pg_class c ON c.oid = i.inhrelid
     WHERE p.partstrat = 'r' GROUP BY 1
), archiver AS (
    SELECT extract(epoch FROM clock_timestamp() - last_archived_time) AS age,
           coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false) AS failing
      FROM pg_stat_archiver
     WHERE current_setting('archive_mode') <> 'off'
       AND current_setting('archive_command') NOT IN ('', '(disabled)', '/bin/true')
)
SELECT jsonb_build_object(
  'size_bytes', pg_database_size(current_database()),
  'connections', (SELECT coalesce(jsonb_object_agg(state, n), '{}') FROM
      (SELECT state, count(*) AS n FROM s WHERE ours AND backend_type = 'client backend'
        GROUP BY 1) AS c),
  'connections_hidden', (SELECT count(*) FROM s WHERE ours AND backend_type IS NULL),
  'connections_max', current_setting('max_connections')::int,
  'connections_all', (SELECT sum(numbackends) FROM pg_stat_database),
  'waiting', (SELECT count(*) FROM s WHERE ours AND wait_event_type = 'Lock'),
  'oldest_transaction_seconds', (SELECT coalesce(greatest(extract(epoch FROM
      clock_timestamp() - min(xact_start)), 0), 0) FROM s
      WHERE ours AND backend_type = 'client backend'),
  'transaction_age', (SELECT age(datfrozenxid) FROM pg_database
      WHERE datname = current_database()),
  'dead_rows', (SELECT coalesce(sum(n_dead_tup), 0) FROM pg_stat_user_tables),
  'live_rows', (SELECT coalesce(sum(n_live_tup), 0) FROM pg_stat_user_tables),
  'deadlocks_total', (SELECT deadlocks FROM pg_stat_database
      WHERE datname = current_database()),
  'in_recovery', pg_is_in_recovery()::int,
  'replicas', (SELECT count(*) FROM pg_stat_replication),
  'replication_lag_bytes', CASE WHEN NOT pg_is_in_recovery() THEN
      (SELECT max(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)) FROM pg_stat_replication) END,
  'replication_lag_seconds', CASE WHEN pg_is_in_recovery() THEN extract(epoch FROM
      clock_timestamp() - pg_last_xact_replay_timestamp()) END,
  'log_archive_age_seconds', (SELECT age FROM archiver),
  'log_archive_failing', (SELECT failing::int FROM archiver),
  'partition_runway_days', (SELECT extract(epoch FROM min(until) - clock_timestamp()) / 86400
      FROM bounds))
"""
_THERE = "SELECT to_regclass(%s) IS NOT NULL, to_regclass(%s) IS NOT NULL"
_REVISION = f"SELECT max(version_num) FROM {VERSION_SCHEMA}.{VERSION_TABLE}"
_LAST = f"""
SELECT operation, state, extract(epoch FROM max(at))::float8
  FROM {VERSION_SCHEMA}.{OPERATIONS_TABLE} GROUP BY 1, 2
"""

FAMILIES: Mapping[str, tuple[str, str]] = {
    "size_bytes": ("gauge", "Size of the database."),
    "connections": ("gauge", "Sessions of the database, by state, as far as they are shown."),
    "connections_hidden": (
        "gauge",
        "Sessions of the database whose state this login is not shown.",
    ),
    "connections_all": ("gauge", "Sessions of all databases of the server."),
    "connections_max": ("gauge", "The server's max_connections."),
    "waiting": ("gauge", "Sessions that wait for a lock."),
    "oldest_transaction_seconds": ("gauge", "Age of the oldest transaction that is shown."),
    "transaction_age": ("gauge", "Transactions since the oldest that is not frozen."),
    "dead_rows": ("gauge", "Rows that VACUUM has yet to take away, as statistics have them."),
    "live_rows": ("gauge", "Rows, as statistics have them."),
    "deadlocks_total": ("counter", "Deadlocks."),
    "in_recovery": ("gauge", "1 on a replica."),
    "replicas": ("gauge", "Replicas that are connected."),
    "replication_lag_bytes": ("gauge", "How far the slowest replica is behind; only on a primary."),
    "replication_lag_seconds": ("gauge", "Age of what was replayed last; only on a replica."),
    "log_archive_age_seconds": (
        "gauge",
        "Since a piece of the log was last archived; only where it is archived.",
    ),
    "log_archive_failing": ("gauge", "1 where the last piece could not be archived."),
    "partition_runway_days": ("gauge", "Until the first table runs out of monthly partitions."),
    "pending_migrations": (
        "gauge",
        "Migrations of this version that are not applied; -1: unknown.",
    ),
    "last_operation_timestamp_seconds": (
        "gauge",
        "When an operation was last in a state, as the log of operations has it.",
    ),
}
"""What each figure is: its type, and what it says."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one look found. ``up`` is whether the database answered; the rest is empty if not."""

    up: bool
    values: dict[str, Any] = field(default_factory=dict)
    last: list[tuple[str, str, float]] = field(default_factory=list)


async def look(dsn: str, *, timeout: float = TIMEOUT_S) -> Figures:  # noqa: ASYNC109
    """Look at the database of ``dsn``. A database that does not answer is no error."""
    import psycopg

    try:
        async with asyncio.timeout(timeout):
            return await _look(dsn)
    except (TimeoutError, psycopg.Error):
        return Figures(up=False)


async def _look(dsn: str) -> Figures:
    import psycopg

    conn = await psycopg.AsyncConnection.connect(
        dsn,
        autocommit=True,
        prepare_threshold=None,
        connect_timeout=3,
        application_name="neonhub metrics",
    )
    async with conn:

        async def one(query: str, *values: str) -> Any:
            cursor = await conn.execute(query.encode(), values or None)
            return await cursor.fetchone()

        values = (await one(_LOOK))[0]
        names = (f"{VERSION_SCHEMA}.{table}" for table in (VERSION_TABLE, OPERATIONS_TABLE))
        versioned, logged = await one(_THERE, *names)
        revision = (await one(_REVISION))[0] if versioned else None
        values["pending_migrations"] = _pending(revision)
        last = await (await conn.execute(_LAST.encode())).fetchall() if logged else []
        return Figures(up=True, values=values, last=last)


def _pending(revision: str | None) -> int:
    known = revisions()
    if revision is None:
        return len(known)
    return len(known) - 1 - known.index(revision) if revision in known else -1
