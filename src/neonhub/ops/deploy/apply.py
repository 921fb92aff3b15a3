"""Each migration by itself: it waits a moment for a table, lets go, and tries again later."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import Deadlock, NeonHubError, QueryTimeout

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import psycopg

__all__ = ["GaveUp", "Patience", "run"]


class GaveUp(NeonHubError):
    """A table was in use each of the {attempts} times that {revision} was tried: {who}."""

    hint = "Deploy again when that transaction has ended. Nothing of this migration is left."
    http_status = 503
    exit_code = 75


@dataclass(frozen=True, slots=True)
class Patience:
    """How a locked table is waited for: ``lock_s`` at a time, since all who come later wait behind
    the one that waits; ``attempts`` in all, pausing for ``pause_s``, twice as long each time, at
    most ``longest_s``."""

    lock_s: float = 1.0
    attempts: int = 8
    pause_s: float = 0.5
    longest_s: float = 20.0


def run(
    dsn: str,
    revision: str,
    patience: Patience,
    concurrently: Sequence[str],
    notify: Callable[[str], None],
) -> int:
    """Run one migration; return at which attempt it went. Raises ``GaveUp``, and what ``migrate``
    does for anything but a lock."""
    from neonhub.ops.migrate import migrate

    pause = patience.pause_s
    for attempt in range(1, patience.attempts + 1):
        timeout = f"{int(patience.lock_s * 1000)}ms"
        try:
            _drop_invalid(dsn, concurrently, timeout)
            migrate(dsn, revision=revision, notify=notify, lock_timeout=timeout)
            return attempt
        except (QueryTimeout, Deadlock) as error:
            if isinstance(error, QueryTimeout) and not _waited_for_lock(error):
                raise
            who = _in_the_way(dsn)
            if attempt == patience.attempts:
                raise GaveUp(attempts=attempt, revision=revision, who=who) from error
            notify(f"{revision}: a table is in use ({who}); again in {pause:g} s.")
        time.sleep(pause)
        pause = min(pause * 2, patience.longest_s)
    raise AssertionError  # the last attempt returns or raises


def _waited_for_lock(error: NeonHubError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) == "55P03"


_OLDEST = """
SELECT pid, coalesce(nullif(application_name, ''), usename::text, '?'), state,
       extract(epoch FROM clock_timestamp() - xact_start)
  FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
 ORDER BY xact_start LIMIT 1
"""


def _in_the_way(dsn: str) -> str:
    """The oldest transaction of the database: most likely the one, which nobody can say once the
    waiting has ended."""
    from neonhub.ops.prepare import connected

    with connected(dsn) as conn:
        row = conn.execute(_OLDEST).fetchone()
    if row is None:
        return "no open transaction that this role may see"
    pid, name, state, seconds = row
    return f"the oldest transaction is process {pid}, {name}, {state} for {seconds:.0f} s"


def _drop_invalid(dsn: str, concurrently: Sequence[str], timeout: str) -> None:
    """Indexes of this migration that an attempt left half-made: they would be taken for whole."""
    from psycopg import sql

    from neonhub.ops.migrate import act_as_owner
    from neonhub.ops.prepare import connected

    if not concurrently:
        return
    with connected(dsn) as conn:
        act_as_owner(conn)
        conn.execute("SELECT set_config('lock_timeout', %s, false)", [timeout])
        for name in _invalid(conn, concurrently):
            conn.execute(sql.SQL("DROP INDEX IF EXISTS public.{}").format(sql.Identifier(name)))


def _invalid(conn: psycopg.Connection[Any], names: Sequence[str]) -> list[str]:
    found = conn.execute(
        "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
        "WHERE NOT i.indisvalid AND c.relkind = 'i' AND c.relname = ANY (%s) "
        "AND c.relnamespace = 'public'::regnamespace",
        [list(names)],
    )
    return [str(name) for (name,) in found]
