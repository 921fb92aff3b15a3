"""Who uses the embedded server: locks that vanish with their process, and a watch over them.

Every process that uses a server holds an exclusive ``flock`` on a file of its own under
``<home>/users``. The kernel drops the lock however the process ends, so a user that was
killed counts no more, and nobody has to clean up after it. Files are made and removed only
under the mutex ``<home>/lock``; whoever looks takes a shared lock, so that two lookers never
mistake each other for a user.

The watch is a small process beside the server: it sleeps in ``flock`` until the users are
gone, and stops a server that the last of them could not stop because it was killed.

This module imports nothing of the package, because it is also the watch's script, run by
``python -I -S`` in some 15 ms.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "PATIENCE",
    "Lease",
    "PidFile",
    "alive",
    "end",
    "is_postmaster",
    "live_users",
    "make_private",
    "mutex",
    "open_private",
    "read_pidfile",
    "watched",
]

PATIENCE = 900.0  # seconds; longer than a start may take
_SLICE = 0.002
_held: set[int] = set()


def _after_fork() -> None:
    """A forked child is no user until it says so: with the lock it would outlive its parent."""
    for fd in _held:
        with contextlib.suppress(OSError):
            os.close(fd)
    _held.clear()


os.register_at_fork(after_in_child=_after_fork)


class PidFile(NamedTuple):
    """What the server says of itself in ``postmaster.pid``."""

    pid: int
    port: int
    socket_dir: str
    status: str


def read_pidfile(data: str) -> PidFile | None:
    """The server's own note, or None where there is none or it is not yet complete."""
    try:
        with open(os.path.join(data, "postmaster.pid"), encoding="utf-8") as file:
            lines = file.read().split("\n")
        pid = int(lines[0])
    except (OSError, ValueError):
        return None
    lines += [""] * 8
    port = int(lines[3]) if lines[3].isdigit() else 0
    return PidFile(pid, port, lines[4], lines[7].strip())


def is_postmaster(pid: int, data: str) -> bool:
    """Whether ``pid`` is a live server of ``data``, and not a stranger that got its number."""
    if pid <= 1:
        return False
    if os.path.exists("/proc/self/cmdline"):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                arguments = file.read().split(b"\0")
        except OSError:
            return False
        return os.fsencode(data) in arguments and os.path.basename(arguments[0]) == b"postgres"
    import subprocess  # not needed on Linux, and a third of the time to import this module

    ps = ["ps", "-ww", "-o", "stat=,command=", "-p", str(pid)]
    line = subprocess.run(ps, capture_output=True, text=True, check=False).stdout
    return data in line and not line.startswith("Z")


def alive(pid: int) -> bool:
    """Whether a process ``pid`` exists and has not ended; one not yet reaped has ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except FileNotFoundError:
        return not os.path.exists("/proc/self/stat")
    except (ProcessLookupError, IndexError):
        return False


def make_private(path: str) -> None:
    """Make a directory that only the home's owner may enter, unless it is there."""
    with contextlib.suppress(FileExistsError):
        os.mkdir(path, 0o700)
        if os.geteuid() == 0:
            owner = os.stat(os.path.dirname(path))
            os.chown(path, owner.st_uid, owner.st_gid)


def open_private(path: str, *, create: bool = True) -> int:
    """Open or make a file that only the home's owner may read; the descriptor."""
    fd = os.open(path, os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if create else 0), 0o600)
    if os.geteuid() == 0:
        # What root makes in somebody's home must stay usable to that somebody.
        owner = os.stat(os.path.dirname(path))
        os.fchown(fd, owner.st_uid, owner.st_gid)
    return fd


@contextlib.contextmanager
def mutex(
    home: str,
    *,
    timeout: float | None = None,
    waiting: Callable[[int], None] | None = None,
    create: bool = True,
) -> Iterator[None]:
    """Hold ``<home>/lock``: whoever starts, stops, joins or leaves holds it while at it.

    ``waiting`` is called once, with the holder's pid, after a second. Raises ``TimeoutError``
    (its argument the holder's pid) after ``timeout`` (``PATIENCE``) seconds.
    """
    fd = open_private(os.path.join(home, "lock"), create=create)
    try:
        begin, told = time.monotonic(), waiting is None
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(_SLICE)
            holder = os.pread(fd, 20, 0).strip() or b"0"
            if not told and time.monotonic() - begin > 1 and waiting is not None:
                told = True
                waiting(int(holder))
            if time.monotonic() - begin > (PATIENCE if timeout is None else timeout):
                raise TimeoutError(int(holder))
        os.ftruncate(fd, 0)
        os.pwrite(fd, b"%d" % os.getpid(), 0)
        yield
    finally:
        os.close(fd)


class Lease:
    """This process's claim on a server; taken and dropped under the mutex."""

    def __init__(self, home: str):
        self._users = os.path.join(home, "users")
        self._path = ""
        self._fd = -1

    @property
    def held(self) -> bool:
        """Whether this process, and not the one that it was forked from, holds the claim."""
        return self._fd in _held

    def take(self) -> None:
        """Claim. Raises ``OSError`` where the home cannot be written."""
        if self.held:
            return
        make_private(self._users)
        self._path = os.path.join(self._users, f"{os.getpid()}-{os.urandom(4).hex()}")
        self._fd = open_private(self._path)
        fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _held.add(self._fd)

    def drop(self) -> None:
        """Give the claim back; nothing happens where none is held."""
        if not self.held:
            return
        _held.discard(self._fd)
        with contextlib.suppress(OSError):
            os.unlink(self._path)
        os.close(self._fd)
        self._fd = -1


def live_users(home: str, *, sweep: bool = False) -> list[tuple[int, str]]:
    """The pids that hold a claim, with their files; ``sweep`` (under the mutex) removes others."""
    users = os.path.join(home, "users")
    try:
        names = sorted(os.listdir(users))
    except OSError:
        return []
    alive = []
    for name in names:
        path = os.path.join(users, name)
        try:
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            alive.append((int(name.partition("-")[0]), path))
        else:
            if sweep:
                os.unlink(path)
        finally:
            os.close(fd)
    return alive


def end(pid: int, data: str, *, patience: float = 60.0) -> bool:
    """Stop the server ``pid`` of ``data`` and wait for it; whether it went in good order.

    Fast shutdown first (clients are cut off, a checkpoint is written); past ``patience``
    seconds immediate shutdown, and at last SIGKILL: the next start then recovers from the log.
    """
    orderly = True
    for number, seconds in ((signal.SIGINT, patience), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
        if not is_postmaster(pid, data):
            return orderly
        orderly = number == signal.SIGINT
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline, pause = time.monotonic() + seconds, 0.001
        while alive(pid) and time.monotonic() < deadline:
            time.sleep(pause)
            pause = min(pause * 1.2, 0.05)
    return orderly and not is_postmaster(pid, data)


def watched(home: str) -> bool:
    """Whether a watch looks after this home (it holds ``<home>/watch.lock``)."""
    fd = open_private(os.path.join(home, "watch.lock"))
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def watch(home: str, data: str) -> None:
    """Wait until no user is left, then stop what still runs; ends with the server."""
    note = read_pidfile(data)
    guard = open_private(os.path.join(home, "watch.lock"))
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    empty_twice = False
    while True:
        for _, path in live_users(home):
            with contextlib.suppress(OSError):
                fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
                fcntl.flock(fd, fcntl.LOCK_SH)
                os.close(fd)
        note = read_pidfile(data) or note
        try:
            # Making the lock anew would bring back a directory that is just being removed.
            with mutex(home, create=False):
                if live_users(home, sweep=True):
                    empty_twice = False
                    continue
                if note and is_postmaster(note.pid, data):
                    end(note.pid, data)
                elif empty_twice:
                    # Left under the mutex: whoever comes next finds neither server nor watch.
                    os.close(guard)
                    return
                empty_twice = True
        except FileNotFoundError:
            # The home was removed under the server: nobody can ever reach it again.
            if note:
                end(note.pid, data)
            return
        # A starter killed at its work may have left a server that has not written its pid yet.
        time.sleep(0.5)


if __name__ == "__main__":
    watch(sys.argv[1], sys.argv[2])
