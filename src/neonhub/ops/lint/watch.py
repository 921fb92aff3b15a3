"""Running migrations and files of SQL in a database of no consequence, and looking on."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

from neonhub.ops.lint.observe import Observer, Run
from neonhub.ops.lint.split import split

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    import psycopg

__all__ = ["owner", "watch_file", "watch_revision"]

_IDLE = 0  # libpq's PQTRANS_IDLE
_OUTSIDE = "25001"  # cannot run inside a transaction block


@contextlib.contextmanager
def owner(dsn: str, *, limits: bool) -> Iterator[psycopg.Connection[Any]]:
    """A connection that acts as the owner; with the time limits that migrations run under."""
    from neonhub.ops.books import keep_books
    from neonhub.ops.migrate import LIMITS, act_as_owner
    from neonhub.ops.prepare import connected

    with connected(dsn) as conn:
        act_as_owner(conn)
        keep_books(conn)
        if limits:
            conn.execute(LIMITS)
        yield conn


def watch_revision(dsn: str, revision: str) -> Run:
    """Run the migration ``revision`` in the database of ``dsn``, which is at the one before.

    It runs by Alembic, its script left aside: only so can be told which line of it a statement
    comes from. What PostgreSQL refuses is the result's ``failure``.
    """
    import psycopg
    import sqlalchemy as sa

    from neonhub.ops import _alembic
    from neonhub.ops.migrate import source

    path = str(source(revision))
    with owner(dsn, limits=True) as conn:
        observer = Observer(conn)
        made: list[Run] = []

        def told(*, ctx: Any, **_rest: Any) -> None:
            del ctx
            made.append(observer.run())

        line = 1
        try:
            with _alembic.connect(conn) as connection:

                def before(*_event: Any) -> None:
                    nonlocal line
                    line = _line_of(path) or line

                def after(_c: Any, _cursor: Any, sql: str, values: Any, *_rest: Any) -> None:
                    if place := _line_of(path):
                        outside = conn.info.transaction_status == _IDLE
                        observer.ran(_shown(conn, sql, values), place, outside=outside)

                sa.event.listen(connection, "before_cursor_execute", before)
                sa.event.listen(connection, "after_cursor_execute", after)
                _alembic.upgrade(connection, revision, told)
        except psycopg.Error as error:
            conn.rollback()
            conn.autocommit = True
            return observer.run((_words(error), line))
        return made[-1]


def _line_of(path: str) -> int | None:
    """The line of the file at which this call came from it."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename != path:
        frame = frame.f_back
    return None if frame is None else frame.f_lineno


def _shown(conn: psycopg.Connection[Any], sql: str, values: Any) -> str:
    import psycopg

    return psycopg.ClientCursor(conn).mogrify(sql.encode(), values or ())


def watch_file(dsn: str, text: str) -> Run:
    """Run a file of SQL, statement by statement, in a transaction unless it has its own.

    A statement that cannot be in one (``CONCURRENTLY``) ends it, and another begins after.
    """
    import psycopg

    with owner(dsn, limits=False) as conn:
        observer = Observer(conn)
        for statement in split(text):
            verb = statement.sql.split(None, 1)[0].upper()
            try:
                if verb in {"BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT"}:
                    _bounded(conn, observer, verb)
                else:
                    _run(conn, observer, statement.sql, statement.line)
            except psycopg.Error as error:
                if conn.info.transaction_status != _IDLE:
                    conn.execute("ROLLBACK")
                return observer.run((_words(error), statement.line))
        made = observer.run()
        if conn.info.transaction_status != _IDLE:
            conn.execute("COMMIT")
        return made


def _bounded(conn: psycopg.Connection[Any], observer: Observer, verb: str) -> None:
    """The file's own transactions."""
    open_ = conn.info.transaction_status != _IDLE
    if verb in {"BEGIN", "START"}:
        if not open_:
            conn.execute("BEGIN")
        return
    if open_:
        conn.execute("ROLLBACK" if verb in {"ROLLBACK", "ABORT"} else "COMMIT")
    observer.committed()


def _run(conn: psycopg.Connection[Any], observer: Observer, sql: str, line: int) -> None:
    import psycopg

    if conn.info.transaction_status == _IDLE:
        conn.execute("BEGIN")
    conn.execute("SAVEPOINT before")
    try:
        conn.execute(sql.encode())
    except psycopg.Error as error:
        if error.sqlstate != _OUTSIDE:
            raise
        conn.execute("ROLLBACK TO SAVEPOINT before")
        conn.execute("COMMIT")
        conn.execute(sql.encode())
        observer.ran(sql, line, outside=True)
        return
    conn.execute("RELEASE SAVEPOINT before")
    observer.ran(sql, line)


def _words(error: psycopg.Error) -> str:
    return error.diag.message_primary or str(error)
