"""VACUUM and ANALYZE where they are due and autovacuum has not just been."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from neonhub.ops.maintain.work import LOCK_WAIT_MS, OWNER, acting

if TYPE_CHECKING:
    from neonhub.ops.maintain.work import Work

__all__ = ["MOST", "vacuum"]

MOST = 20
"""Tables at one run, those with the most dead rows first."""

# A tenth dead, where autovacuum waits for a fifth; and statistics that a tenth of the rows has
# outlived, or older than a week where anything changed. Nobody analyses a partitioned table but
# us. What was done within the hour is not done again.
_DUE = """
WITH seen AS (
    SELECT s.relid::regclass::text AS name, c.relkind, s.n_live_tup AS live, s.n_dead_tup AS dead,
           s.n_mod_since_analyze AS changed,
           greatest(s.last_vacuum, s.last_autovacuum) AS vacuumed,
           greatest(s.last_analyze, s.last_autoanalyze) AS analysed
      FROM pg_stat_all_tables s JOIN pg_class c ON c.oid = s.relid
     WHERE c.relnamespace IN ('public'::regnamespace, 'neonhub'::regnamespace)
       AND c.relowner = to_regrole('neonhub_owner')
)
SELECT name, due_vacuum, due_analysis FROM seen
 CROSS JOIN LATERAL (SELECT
    relkind <> 'p' AND dead > 1000 + live / 10
        AND coalesce(vacuumed < now() - interval '1 hour', true) AS due_vacuum,
    CASE WHEN relkind = 'p'
         THEN coalesce(analysed < now() - interval '7 days', true)
         ELSE coalesce(analysed < now() - interval '1 hour', true)
          AND (changed > 1000 + live / 10
               OR (changed > 0 AND coalesce(analysed < now() - interval '7 days', live > 0)))
    END AS due_analysis) d
 WHERE due_vacuum OR due_analysis
 ORDER BY due_vacuum DESC, dead DESC, name LIMIT %s
"""


def vacuum(work: Work) -> None:
    """Vacuum and analyse what is due, one table after the other; one that is locked is left out."""
    conn = work.conn
    conn.execute("SELECT pg_stat_force_next_flush()")
    conn.execute("SELECT pg_stat_clear_snapshot()")
    due = conn.execute(_DUE.encode(), [MOST]).fetchall()
    if work.dry_run:
        work.count("tables to vacuum", sum(row[1] for row in due))
        work.count("tables to analyse", sum(row[2] and not row[1] for row in due))
        return
    try:
        with acting(conn, OWNER):
            pass  # whether it may, before one table after the other is refused
        conn.execute(f"SET ROLE {OWNER}".encode())
        conn.execute(f"SET lock_timeout = {LOCK_WAIT_MS}".encode())
        for name, vacuumed, _analysed in due:
            if work.out_of_time():
                return
            _one(work, name, vacuumed=vacuumed)
    finally:
        conn.execute("RESET ROLE")
        conn.execute("SET lock_timeout = 0; SET statement_timeout = 0")


def _one(work: Work, name: str, *, vacuumed: bool) -> None:
    import psycopg

    left = max(int((work.ends - time.monotonic()) * 1000), 1)
    words = "VACUUM (ANALYZE, SKIP_LOCKED)" if vacuumed else "ANALYZE (SKIP_LOCKED)"
    try:
        work.conn.execute(f"SET statement_timeout = {min(left, 2**31 - 1)}".encode())
        work.conn.execute(f"{words} {name}".encode())
    except psycopg.errors.QueryCanceled:
        work.unfinished = True
        work.tell(f"{name} was not done within the time")
    except psycopg.errors.LockNotAvailable:
        work.tell(f"{name} was locked and is left to the next run")
    else:
        work.count("tables vacuumed" if vacuumed else "tables analysed")
