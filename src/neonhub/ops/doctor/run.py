"""Every part of the doctor's look, one after another, each able to fail alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neonhub.ops.doctor import indexes, server, sessions, statements, tables
from neonhub.ops.doctor.look import Doctor, Limits, Look, Unjudged

if TYPE_CHECKING:
    from collections.abc import Callable

    from neonhub.settings import Settings

__all__ = ["doctor", "enable"]

_EXTENSIONS = ("pg_stat_statements", "pgstattuple")

_LIMITS = "SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = '30s'; "
_LIMITS += "SET LOCAL lock_timeout = '200ms'"
_ORDER = {"urgent": 0, "slow": 1, "advice": 2}
_PARTS: dict[str, Callable[[Look, Doctor], None]] = {
    "who waits on whom": sessions.waiting,
    "transactions": sessions.transactions,
    "connections": sessions.connections,
    "the pooler": sessions.pools,
    "statements": statements.statements,
    "sequential scans": indexes.sequential_scans,
    "references without an index": indexes.references,
    "unused indexes": indexes.unused,
    "dead rows": tables.dead_rows,
    "bloat": tables.bloat,
    "statistics": tables.statistics,
    "cache": server.cache,
    "temporary files": server.temporary_files,
    "checkpoints": server.checkpoints,
    "transaction ids": server.transaction_ids,
    "replication": server.replication,
    "replication slots": server.slots,
    "settings": server.settings,
}


def doctor(dsn: str, settings: Settings, *, limits: Limits | None = None) -> Doctor:
    """Look at the database of ``dsn``. An administrator, or a member of pg_monitor, sees all.

    Raises ``ConnectionFailed``; what one part of the look fails for is ``unjudged``.
    """
    import psycopg

    from neonhub.ops.prepare import connected

    with connected(dsn) as conn:
        found = Doctor(conn.info.dbname)
        row = conn.execute("SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')")
        sees_all = row.fetchone() == (True,)
        look = Look(
            conn, settings, limits or Limits(), sees_all, conn.info.server_version, found.unjudged
        )
        if not sees_all:
            found.unjudged.append(
                Unjudged(
                    "sessions and statements of other roles",
                    f"{conn.info.user} sees their number and not what they do",
                    "run it as an administrator or a member of pg_monitor",
                )
            )
        for what, part in _PARTS.items():
            try:
                with conn.transaction(force_rollback=True):
                    conn.execute(_LIMITS)
                    part(look, found)
            except psycopg.Error as error:
                if conn.closed:
                    raise
                first = error.diag.message_primary or str(error).partition("\n")[0]
                if isinstance(error, psycopg.errors.LockNotAvailable):
                    # A size is asked of the file, under a lock: it must not queue with the rest.
                    first = "somebody holds a table locked: see who waits on whom"
                found.unjudged.append(Unjudged(what, first))
    found.findings.sort(key=lambda each: _ORDER[each.severity])
    return found


def enable(dsn: str) -> list[str]:
    """Make the extensions that the look is better for, where the server offers them; which.

    Statements are recorded only by a server that has pg_stat_statements preloaded. Raises
    ``AdministratorNeeded``.
    """
    import psycopg

    from neonhub.ops.prepare import connected
    from neonhub.ops.roles import AdministratorNeeded

    made = []
    with connected(dsn) as conn:
        wanted = conn.execute(
            "SELECT name FROM pg_available_extensions WHERE name = ANY (%s) "
            "AND installed_version IS NULL ORDER BY 1",
            [list(_EXTENSIONS)],
        ).fetchall()
        for (name,) in wanted:
            try:
                conn.execute(f"CREATE EXTENSION IF NOT EXISTS {name} SCHEMA public".encode())
            except psycopg.errors.InsufficientPrivilege as error:
                reason = error.diag.message_primary
                raise AdministratorNeeded(
                    user=conn.info.user,
                    what=f"the extension {name}",
                    reason=reason,
                    hint="Run it with the URL of an administrator.",
                ) from error
            made.append(str(name))
    return made
