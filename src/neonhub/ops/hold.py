"""Keeps the embedded server for clients that are not ours, once ``neonhub db url`` has named it.

The server stops when its last user leaves, and psql, a pooler or a TypeScript application are no
users that it could see. So a small process of its own uses it in their stead. It leaves when
there has been no session but its own for ten minutes, or when the server is stopped.

Run as ``python -m neonhub.ops.hold HOME``.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from neonhub.db._lease import open_private
from neonhub.db.errors import NeonHubError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

__all__ = ["HolderFailed", "holder_of", "keep"]

IDLE_S = 600.0
_LOOK_EVERY_S = 15.0
# Sessions that are there, and how many there have been: one that came and went between two looks
# was there too. Our own is among both, as a constant.
_SESSIONS = """
SELECT count(*) > 1, (SELECT sum(sessions)::bigint FROM pg_stat_database)
  FROM pg_stat_activity WHERE backend_type = 'client backend'
"""


class HolderFailed(NeonHubError):
    """The process that keeps the embedded server for other clients did not come up."""

    hint = "The URL works as long as another neonhub command, such as `neonhub up`, runs."
    exit_code = 69


def keep(home: Path) -> None:
    """Have a holder for the server of ``home``; one that is there begins to count anew.

    The caller uses the server itself meanwhile. Raises ``HolderFailed``.
    """
    # Touched before the look at the lock: a holder that is leaving looks after letting go of it.
    os.utime(_note(home))
    if holder_of(home) is not None:
        return
    command = [sys.executable, "-m", "neonhub.ops.hold", str(home)]
    holder = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
    )
    assert holder.stdout is not None  # noqa: S101
    with holder.stdout as output:
        if output.readline() != b"ready\n":
            holder.wait()
            raise HolderFailed
    holder.returncode = 0  # it goes on without us, and is nobody's to wait for


def holder_of(home: Path) -> int | None:
    """The pid of the holder, if there is one."""
    try:
        fd = os.open(home / "hold.lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return int(os.pread(fd, 20, 0).strip() or b"0")
    finally:
        os.close(fd)
    return None


def _note(home: Path) -> Path:
    path = home / "hold.lock"
    os.close(open_private(str(path)))
    return path


@contextlib.contextmanager
def _locked(home: Path) -> Iterator[bool]:
    """Be the one holder, or say that there is another."""
    fd = open_private(str(_note(home)))
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        os.ftruncate(fd, 0)
        os.pwrite(fd, b"%d" % os.getpid(), 0)
        yield True
    finally:
        os.close(fd)


def hold(home: Path) -> None:
    """Use the server of ``home`` until nobody else has for ten minutes."""
    from neonhub.db.embedded import EmbeddedServer

    with EmbeddedServer(home, notify=lambda _line: None) as info:
        while True:
            with _locked(home) as alone:
                print("ready", flush=True)  # noqa: T201 - to whoever started this
                _leave_output()
                if not alone or not _wait(home, info.dsn(role="postgres", dbname="postgres")):
                    return
            # Somebody may have counted on us between our last look and the lock's end.
            if time.time() - _note(home).stat().st_mtime > IDLE_S:
                return


def _wait(home: Path, dsn: str) -> bool:
    """Wait for ten quiet minutes; False where the server has gone before."""
    import psycopg

    try:
        with psycopg.connect(dsn, autocommit=True, application_name="neonhub hold") as conn:
            _wait_quiet(home, conn)
    except psycopg.OperationalError:
        return False
    return True


def _wait_quiet(home: Path, conn: psycopg.Connection[tuple[bool, int]]) -> None:
    last, seen = time.time(), -1
    while time.time() - max(last, _note(home).stat().st_mtime) < IDLE_S:
        # The server's farewell wakes us; a look at a server that has gone raises.
        select.select([conn.fileno()], [], [], _LOOK_EVERY_S)
        row = conn.execute(_SESSIONS).fetchone()
        if row is not None and (row[0] or row[1] != seen):
            last, seen = time.time(), row[1]


def _leave_output() -> None:
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)


if __name__ == "__main__":
    hold(Path(sys.argv[1]))
