"""The archive of the server's log: every finished segment copied to a folder, for good."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import InvalidInput, NeonHubError, PermissionDenied
from neonhub.ops.physical.base import WAL

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    import psycopg

__all__ = ["WAL", "Archive", "ArchiveFailed", "archive_off", "archive_on", "archive_status"]

# Copied under another name, brought to the disk, then linked: `ln` refuses a name that is taken.
# One that was archived before a crash, and is the same, is well archived.
_COMMAND = (
    'if test -e "{0}/%f"; then cmp -s "%p" "{0}/%f"; else '
    'rm -f "{0}/.%f.part" && cp "%p" "{0}/.%f.part" && sync "{0}/.%f.part" && '
    'ln "{0}/.%f.part" "{0}/%f" && rm "{0}/.%f.part" && sync "{0}"; fi'
)
_WAIT_S = 30.0


class ArchiveFailed(NeonHubError):
    """The server does not archive its log into {path}: {reason}."""

    hint = "May the account that runs the server write there? Its log says more."
    exit_code = 73


_NOWHERE = "/bin/true"


@dataclass(frozen=True, slots=True)
class Archive:
    """``on`` when segments are copied to ``to``; ``restart`` when the server must be restarted
    before its settings hold."""

    on: bool
    restart: bool
    to: str | None
    last: str | None
    last_at: dt.datetime | None
    failed: int
    failing: bool
    waiting: int


def archive_on(dsn: str, to: Path, restart: Callable[[], str] | None = None) -> Archive:
    """Archive into ``to``/wal from now on, and see the first segment arrive.

    ``restart`` restarts the server where that is ours to do, and returns its URL; elsewhere the
    answer says that it is needed. The folder is there and the server's account may write to it.
    Raises ``ArchiveFailed``.
    """
    folder = Path(to).absolute() / WAL
    if any(sign in str(folder) for sign in "'\"%\\$`\n"):
        raise InvalidInput(field="--to", reason="a name with quotes or % does not fit a command")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings = {"archive_mode": "on", "archive_command": _COMMAND.format(folder)}
    settings |= {"archive_timeout": "60s"}
    before = _claimed(dsn, Path(to).absolute())
    _set(dsn, settings)
    found = archive_status(dsn)
    if found.restart and restart is not None:
        dsn = restart()
        found = archive_status(dsn)
    return found if found.restart else _first(dsn, folder, before)


def archive_off(dsn: str) -> Archive:
    """Stop archiving, once what is written by now has arrived (where it does not fail).

    The mode stays on, so that no restart is needed to go on; a command that does nothing lets the
    server throw its log away, which it would otherwise keep until the disk is full.
    """
    found = archive_status(dsn)
    if found.on and not found.restart and not found.failing:
        _flush(dsn)
    _set(dsn, {"archive_command": _NOWHERE, "archive_timeout": "0"})
    return archive_status(dsn)


def _set(dsn: str, settings: dict[str, str]) -> None:
    from psycopg import sql

    from neonhub.ops.prepare import connected

    with connected(dsn) as conn:
        if conn.info.server_version >= 170000:
            settings = settings | {"summarize_wal": "on"}
        for name, value in settings.items():
            change = sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.SQL(name), sql.Literal(value))
            conn.execute(change)
        conn.execute("SELECT pg_reload_conf()")
        time.sleep(0.2)  # the postmaster takes a signal


def _claimed(dsn: str, to: Path) -> dict[str, str]:
    """Note whose folder it is; the settings as they were."""
    from neonhub.ops.physical.base import claim
    from neonhub.ops.prepare import connected

    with connected(dsn) as conn:
        row = conn.execute(
            "SELECT system_identifier::text, current_setting('archive_command'), "
            "current_setting('archive_timeout') FROM pg_control_system()"
        ).fetchone()
    assert row is not None  # noqa: S101
    claim(to, row[0])
    command = row[1] if _folder_of(row[1]) else _NOWHERE
    return {"archive_command": command, "archive_timeout": row[2]}


def _first(dsn: str, folder: Path, before: dict[str, str]) -> Archive:
    """Wait until a segment has arrived, by its own command; else all is as it was before."""
    from neonhub.ops.prepare import connected

    with connected(dsn) as conn:
        row = conn.execute("SELECT archived_count FROM pg_stat_archiver").fetchone()
        assert row is not None  # noqa: S101
        conn.execute("SELECT pg_create_restore_point('neonhub archive on'), pg_switch_wal()")
        deadline = time.monotonic() + _WAIT_S
        while time.monotonic() < deadline:
            found = _status(conn)
            now = conn.execute("SELECT archived_count FROM pg_stat_archiver").fetchone()
            if now != row:
                return found
            if found.failing:
                break
            time.sleep(0.1)
    _set(dsn, before)
    raise ArchiveFailed(path=folder, reason="the first segment did not arrive")


def _flush(dsn: str) -> None:
    from neonhub.ops.prepare import connected

    with connected(dsn) as conn:
        conn.execute("SELECT pg_create_restore_point('neonhub archive off')")
        row = conn.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
        assert row is not None  # noqa: S101
        deadline = time.monotonic() + _WAIT_S
        while time.monotonic() < deadline:
            found = _status(conn)
            if found.failing or (found.last is not None and found.last >= row[0]):
                return
            time.sleep(0.1)


def archive_status(dsn: str) -> Archive:
    """What the server archives, where to, and how that goes. Raises ``PermissionDenied``."""
    from neonhub.ops.prepare import connected

    try:
        with connected(dsn) as conn:
            return _status(conn)
    except PermissionDenied as error:
        error.hint = "It takes a superuser: set DIRECT_DATABASE_URL to its URL."
        raise


# Of the settings in files the last one holds: a recovered server has had another before.
_STATUS = """
SELECT current_setting('archive_mode') <> 'off', current_setting('archive_command'),
       coalesce((SELECT NOT applied AND setting <> 'off' FROM pg_file_settings
                  WHERE name = 'archive_mode' ORDER BY seqno DESC LIMIT 1), false),
       last_archived_wal, last_archived_time, failed_count,
       coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false),
       (SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready')
  FROM pg_stat_archiver
"""


def _status(conn: psycopg.Connection[Any]) -> Archive:
    row = conn.execute(_STATUS).fetchone()
    assert row is not None  # noqa: S101
    mode, command, restart, last, at, failed, failing, waiting = row
    to = _folder_of(command)
    return Archive(mode and to is not None, restart, to, last, at, failed, failing, waiting)


def _folder_of(command: str) -> str | None:
    begin, end = 'test -e "', f'/{WAL}/%f"'
    if begin not in command or end not in command:
        return None
    return command.partition(begin)[2].partition(end)[0]
