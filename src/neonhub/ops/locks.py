"""Advisory locks of commands that must be alone in a database."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator

    import psycopg

__all__ = ["Holder", "give_back", "holder", "only"]

_HOLDER = """
SELECT a.pid, a.usename::text, a.application_name, coalesce(host(a.client_addr), 'local'),
       a.backend_start
  FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
 WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objid = %s
   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock. ``since`` its connection was opened; not everybody may see it."""

    pid: int
    user: str | None
    application: str | None
    client: str
    since: dt.datetime | None


def holder(conn: psycopg.Connection[Any], key: int) -> Holder | None:
    """Who holds the lock ``key`` of this database, as ``conn``'s login may see it."""
    row = conn.execute(_HOLDER, [key]).fetchone()
    return None if row is None else Holder(*row)


@contextlib.contextmanager
def only(conn: psycopg.Connection[Any], *key: int, busy: Callable[[], Exception]) -> Iterator[None]:
    """Hold the lock ``key`` (one number, or two) during the block; raise ``busy()`` where another
    connection has it."""
    wanted = ", ".join(["%s"] * len(key))
    row = conn.execute(f"SELECT pg_try_advisory_lock({wanted})".encode(), key).fetchone()
    if row != (True,):
        raise busy()
    try:
        yield
    finally:
        give_back(conn, *key)


def give_back(conn: psycopg.Connection[Any], *key: int) -> None:
    """Give the lock up while the connection is open: that one was closed, the server notices a
    little later, and who comes next would be told that somebody is at work."""
    import psycopg
    from psycopg.pq import TransactionStatus

    if conn.info.transaction_status is TransactionStatus.IDLE:
        wanted = ", ".join(["%s"] * len(key))
        with contextlib.suppress(psycopg.Error):
            conn.execute(f"SELECT pg_advisory_unlock({wanted})".encode(), key)
