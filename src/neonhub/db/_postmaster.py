"""Starting the server process, and telling whether one runs."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from neonhub.db import _lease
from neonhub.db._embedded_errors import (
    AccountUnavailable,
    PortInUse,
    ServerDidNotStart,
)
from neonhub.db._initdb import disk_full, environment, tells_of_full_disk
from neonhub.db._lease import PidFile, alive, is_postmaster, read_pidfile

if TYPE_CHECKING:
    from neonhub.db._embedded_home import Account
    from neonhub.db._pg_programs import Programs

__all__ = ["DEFAULT_PORT", "free_port", "launch", "running", "sweep", "was_shut_down", "watch"]

DEFAULT_PORT = 54329
_LOG_LIMIT = 5 * 1024 * 1024
_EXEC_TIMEOUT = 10.0
_START_TIMEOUT = 600.0  # recovery reads at most max_wal_size, 2 GB
# Starts a program and is gone, so that the server is nobody's child: neither a zombie for its
# starter to reap nor ended with it. It writes the pid, which `$!` is.
_DETACH = 'umask 077; "$@" >&2 & echo $!'


def running(data: Path) -> PidFile | None:
    """The server of ``data``, if one runs (or starts, or stops)."""
    note = read_pidfile(str(data))
    if note is None:
        return None
    if is_postmaster(note.pid, str(data)) or _answers(note):
        return note
    return None


def _answers(note: PidFile) -> bool:
    """Whether somebody listens on the noted socket: a server in another container, say.

    A pid from there says nothing here, and two servers on one directory would destroy it.
    """
    if not note.socket_dir or not note.port:
        return False
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(f"{note.socket_dir}/.s.PGSQL.{note.port}")
        except OSError:
            return False
    return True


def was_shut_down(data: Path) -> bool:
    """Whether the last server ended in good order, from the state in ``pg_control``.

    ``DBState`` stands after the system identifier (8 bytes) and two versions (4 bytes each):
    1 is shut down, 2 the same in recovery.
    """
    with (data / "global" / "pg_control").open("rb") as file:
        state = struct.unpack_from("=I", file.read(20), 16)[0]
    return state in (1, 2)


def sweep(data: Path, sockets: Path) -> None:
    """Clear away what a server left that was killed: its orphans, its pid file, its socket.

    PostgreSQL refuses to start when the noted pid is alive, though it be a stranger's by now.
    """
    with contextlib.suppress(FileNotFoundError):
        for path in sockets.glob(".s.PGSQL.*"):
            path.unlink(missing_ok=True)
    _end_orphans(data)
    note = read_pidfile(str(data))
    if note is not None and note.pid > 0 and _exists(note.pid):
        (data / "postmaster.pid").unlink(missing_ok=True)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _orphans(data: Path) -> list[int]:
    """The pids of server processes of ``data`` whose postmaster is gone (on Linux)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            mine = (entry / "cmdline").read_bytes().startswith(b"postgres: ")
            if mine and (entry / "cwd").readlink() == data:
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def _end_orphans(data: Path) -> None:
    """End what still uses the dead server's memory; it cannot commit any more anyway."""
    for number, seconds in ((signal.SIGQUIT, 2.0), (signal.SIGKILL, 5.0)):
        deadline = time.monotonic() + seconds
        for pid in _orphans(data):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        while _orphans(data) and time.monotonic() < deadline:
            time.sleep(0.005)


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            # Binding alone succeeds beside another that is bound and does not yet listen.
            probe.listen(1)
        except OSError:
            return False
    return True


def free_port(wanted: int | None, last: int | None = None) -> int:
    """``wanted`` if it is free, else ``PortInUse``; without a wish the last one, which programs
    still know, the default, or the next free."""
    if wanted is not None:
        if not _is_free(wanted):
            raise PortInUse(port=wanted, process=_listener(wanted))
        return wanted
    candidates: list[int] = [last or DEFAULT_PORT, *range(DEFAULT_PORT, DEFAULT_PORT + 64)]
    for port in candidates:
        if _is_free(port):
            return port
    with socket.socket(socket.AF_INET) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listener(port: int) -> str:
    """Who listens on ``port``, as far as this process may see it."""
    with contextlib.suppress(Exception):  # psutil's errors are its own, and this is a courtesy
        import psutil

        for connection in psutil.net_connections("tcp"):
            if connection.laddr and connection.laddr.port == port and connection.pid:
                return f"process {connection.pid} ({psutil.Process(connection.pid).name()})"
    return "a process that this user may not see"


def launch(
    data: Path,
    programs: Programs,
    account: Account,
    sockets: Path,
    port: int,
    log: Path,
) -> dict[str, float]:
    """Start the server and wait until it answers; the seconds of ``start`` and ``wait``.

    In a session of its own, so that Ctrl-C in a terminal does not reach it. Raises
    ``ServerDidNotStart``, ``PortInUse`` or ``DiskFull``.
    """
    command = [programs["postgres"], "-D", str(data), "-p", str(port)]
    command += ["-c", f'unix_socket_directories="{sockets}"', "-c", "listen_addresses=127.0.0.1"]
    output = _open_log(log)
    offset = os.fstat(output).st_size
    begin = time.perf_counter()
    try:
        pid = _detached(command, output, account)
        started = time.perf_counter()
        _wait_ready(data, pid)
    except TimeoutError as error:
        raise _why(log, offset, data, port) from error
    finally:
        os.close(output)
    return {"start": started - begin, "wait": time.perf_counter() - started}


def _detached(command: list[str], stderr: int, account: Account | None = None) -> int:
    """Run a program that outlives this process, in its own session; its pid."""
    try:
        done = subprocess.run(
            ["/bin/sh", "-c", _DETACH, "sh", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
            cwd="/",
            env=environment(),
            check=True,
            **(account.popen() if account else {}),
        )
    except PermissionError as error:
        name = account.name if account else "root"
        raise AccountUnavailable(reason=f"{name}: {error.strerror}") from error
    return int(done.stdout)


def _wait_ready(data: Path, pid: int) -> None:
    """Wait until ``pid`` accepts connections. Raises ``TimeoutError`` once that is hopeless."""
    deadline, pause, begin = time.monotonic() + _START_TIMEOUT, 0.001, time.monotonic()
    while time.monotonic() < deadline:
        note = read_pidfile(str(data))
        if note is not None and note.pid == pid and note.status == "ready":
            return
        # Until the shell's child has become postgres, it does not look like one.
        if not is_postmaster(pid, str(data)) and (
            not alive(pid) or time.monotonic() - begin > _EXEC_TIMEOUT
        ):
            raise TimeoutError
        time.sleep(pause)
        if time.monotonic() - begin > 0.3:
            pause = 0.01
    raise TimeoutError


def wait_settled(data: Path, pid: int) -> bool:
    """Wait while a server that somebody else started comes up or goes; whether it is up."""
    deadline = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < deadline:
        note = running(data)
        if note is None or note.pid != pid:
            return False
        if note.status == "ready":
            return True
        time.sleep(0.002)
    return False


def _open_log(log: Path) -> int:
    """The log to append to; the one before is kept as ``.1`` once it has grown past 5 MB."""
    _lease.make_private(str(log.parent))
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > _LOG_LIMIT:
            log.replace(log.with_name(f"{log.name}.1"))
    os.close(_lease.open_private(str(log)))
    return os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)


def _why(log: Path, offset: int, data: Path, port: int) -> Exception:
    """The error that says why the server did not start, from what it wrote since ``offset``."""
    with log.open("rb") as file:
        file.seek(offset)
        text = file.read()[-8192:].decode("utf-8", "replace")
    if tells_of_full_disk(text):
        return disk_full(data)
    if "could not bind" in text and "Address already in use" in text:
        return PortInUse(port=port, process=_listener(port))
    tail = " / ".join(text.strip().splitlines()[-8:]) or "(it wrote nothing)"
    return ServerDidNotStart(log=str(log), tail=tail)


def watch(home: Path, data: Path) -> None:
    """Set a watch over the users of ``home``, unless one is there; see ``_lease``."""
    if not sys.executable or _lease.watched(str(home)):
        return
    command = [sys.executable, "-I", "-S", _lease.__file__, str(home), str(data)]
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        _detached(command, subprocess.DEVNULL)
