"""What came after a backup and restoring must not undo: erasures, consents, the audit log."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import NeonHubError
from neonhub.ops.backup.erasures import Erasure, erase, remembered

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    import psycopg

    from neonhub.ops.backup.log import Notify
    from neonhub.ops.backup.opening import Opened

__all__ = ["carried", "erased_again", "erasures_since"]

# Only ever added to: what the backup lacks of them is what came since, by this column.
_CARRIED = {"person_consents": "updated_at", "audit_logs": "created_at"}


def erasures_since(dsn: str, backup: Opened, notify: Notify) -> list[Erasure]:
    """Those that the live database or a newer backup beside this one remembers."""
    found = set(_of_newer_backups(backup, notify))
    moment = backup.manifest.moment
    try:
        with _reading(dsn) as conn:
            found |= set(remembered(conn, moment))
    except NeonHubError as error:
        since = moment.strftime("%Y-%m-%d %H:%M:%S UTC")
        notify(
            f"The live database could not be read ({error}): erasures since {since} are known "
            f"from newer backups only, {len(found)} of them."
        )
    return sorted(found)


def _of_newer_backups(backup: Opened, notify: Notify) -> list[Erasure]:
    from neonhub.ops.backup.manifest import read

    since = backup.manifest.moment.isoformat()
    # The newest remembers what those between do; where it cannot be read, the one before it.
    for name in reversed([name for name in backup.place.names() if name > backup.name]):
        try:
            found = read(backup.place, name, backup.identities).erasures
        except NeonHubError as error:
            notify(f"The erasures that {name} carries cannot be read: {error}")
        else:
            return [each for each in found if each[3] > since]
    return []


def erased_again(dsn: str, made: str, backup: Opened, notify: Notify) -> int:
    """Erase in the restored database what was erased since; how many rows that were."""
    from neonhub.ops.prepare import connected

    erasures = erasures_since(dsn, backup, notify)
    if not erasures:
        return 0
    with connected(made) as conn, conn.transaction():
        conn.execute("SET LOCAL ROLE neonhub_maintenance")
        return erase(conn, erasures)


def carried(dsn: str, made: str, backup: Opened) -> int:
    """Bring the audit log, the consents and the log of operations since into the restored one."""
    from neonhub.ops.backup.rows import put_rows
    from neonhub.ops.prepare import connected

    rows = 0
    with contextlib.ExitStack() as stack:
        try:
            live = stack.enter_context(_reading(dsn))
        except NeonHubError:
            return 0  # lost: there is nothing to bring
        conn = stack.enter_context(connected(made))
        stack.enter_context(conn.transaction())
        conn.execute("SET LOCAL ROLE neonhub_maintenance")
        for table, column in _CARRIED.items():
            if _has(live, f"public.{table}") and _has(conn, f"public.{table}"):
                # A row has the time at which its transaction began, which is before it was seen.
                recent = (
                    f"r.{column} > '{backup.manifest.moment.isoformat()}'::timestamptz "
                    "- interval '1 day'"
                )
                rows += put_rows(live, conn, table, recent, missing=True).put
        _operations(live, conn, backup.manifest.moment)
    return rows


def _operations(
    live: psycopg.Connection[Any], conn: psycopg.Connection[Any], moment: dt.datetime
) -> None:
    from psycopg.types.json import Jsonb

    if not _has(live, "neonhub.operation_log"):
        return
    query = "SELECT operation, state, detail, at, by FROM neonhub.operation_log WHERE at > %s"
    add = (
        "INSERT INTO neonhub.operation_log (operation, state, detail, at, by) "
        "VALUES (%s, %s, %s, %s, %s)"
    )
    for operation, state, detail, at, by in live.execute(
        f"{query} AND operation IN ('backup', 'drill', 'restore') ORDER BY place".encode(), [moment]
    ).fetchall():
        conn.execute(add.encode(), [operation, state, Jsonb(detail), at, by])


def _has(conn: psycopg.Connection[Any], table: str) -> bool:
    return conn.execute("SELECT to_regclass(%s) IS NOT NULL", [table]).fetchone() == (True,)


@contextlib.contextmanager
def _reading(dsn: str) -> Iterator[psycopg.Connection[Any]]:
    """A transaction of the live database that reads every tenant's rows."""
    from neonhub.ops.prepare import connected

    with connected(dsn) as conn, conn.transaction():
        conn.execute("SET LOCAL ROLE neonhub_maintenance; SET TRANSACTION READ ONLY")
        yield conn
