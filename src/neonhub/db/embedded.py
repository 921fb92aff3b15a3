"""The embedded server: a private PostgreSQL, there as long as somebody uses it.

``EmbeddedServer(home).acquire()`` makes the data directory if need be, starts the server if
need be, and counts this process among its users; the last one to leave stops it. A user that
is killed counts no more (see ``_lease``), and a server that was killed is recovered by whoever
comes next. Everything here is synchronous and stands on the standard library alone.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from neonhub.db import _embedded_home as places
from neonhub.db import _lease
from neonhub.db._embedded_errors import (
    AccountUnavailable,
    DiskFull,
    EmbeddedServerError,
    HomeBusy,
    HomeUnreachable,
    HomeUnusable,
    PortInUse,
    ServerDidNotStart,
    WheelMissing,
    WrongServerVersion,
)
from neonhub.db._embedded_home import default_home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

__all__ = [
    "AccountUnavailable",
    "DiskFull",
    "EmbeddedServer",
    "EmbeddedServerError",
    "HomeBusy",
    "HomeUnreachable",
    "HomeUnusable",
    "PortInUse",
    "ServerDidNotStart",
    "ServerInfo",
    "ServerStatus",
    "WheelMissing",
    "WrongServerVersion",
    "default_home",
]


def _log(message: str) -> None:
    import logging

    logging.getLogger("neonhub.db.embedded").warning("%s", message)


@dataclass(frozen=True)
class ServerInfo:
    """A running server, and what this call had to do for it.

    ``timings`` are seconds: ``initdb`` and ``sync`` where it was initialised, ``start`` and
    ``wait`` where it was started, ``total`` always.
    """

    data_dir: Path
    socket_dir: Path
    port: int
    pid: int
    started: bool = False
    recovered: bool = False
    initialised: bool = False
    timings: dict[str, float] = field(default_factory=dict)

    def dsn(
        self, *, role: str, dbname: str = "neonhub", password: str | None = None, tcp: bool = False
    ) -> str:
        """A connection URL as libpq reads it: by the socket, or by the loopback port.

        The socket needs no password: its directory is closed to everybody else.
        """
        login = quote(role, safe="")
        if password is not None:
            login += ":" + quote(password, safe="")
        if tcp:
            return f"postgresql://{login}@127.0.0.1:{self.port}/{quote(dbname, safe='')}"
        where = f"host={quote(str(self.socket_dir), safe='/')}&port={self.port}"
        return f"postgresql://{login}@/{quote(dbname, safe='')}?{where}"


@dataclass(frozen=True)
class ServerStatus:
    """Whether the server runs, and for whom: ``users`` are the pids that hold a claim on it."""

    running: bool
    pid: int | None
    port: int | None
    data_dir: Path
    socket_dir: Path | None
    users: tuple[int, ...]


class EmbeddedServer:
    """One process's hold on the server of ``home``; a context manager, sync and async.

    ``port`` is the loopback port to insist on; without one 54329 is taken, or the next free.
    ``notify`` gets a sentence where something happened that the user should know.
    """

    def __init__(
        self, home: Path, *, port: int | None = None, notify: Callable[[str], None] = _log
    ):
        self.home = Path(os.path.realpath(home.expanduser()))
        self.data_dir = self.home / "data"
        self._port = port
        self._notify = notify
        self._lease = _lease.Lease(str(self.home))
        self._guard = threading.RLock()
        self._pid = 0

    def acquire(self) -> ServerInfo:
        """Have the server running, with this process among its users.

        May be called again at any time, to find the server or to bring it back. Raises
        ``EmbeddedServerError``; then nothing runs on this process's account.
        """
        begin = time.perf_counter()
        with self._guard, self._locked():
            held = self._lease.held
            self._lease.take()
            try:
                info = self._ensure()
            except BaseException:
                if not held:
                    self._lease.drop()
                    if not _lease.live_users(str(self.home)):
                        self._end()  # interrupted, it may have been started already
                raise
            self._pid = info.pid
            if not held:
                atexit.register(self.release)
        info.timings["total"] = time.perf_counter() - begin
        return info

    def release(self) -> None:
        """Leave; the last to leave stops the server and waits for it. Harmless when not held."""
        atexit.unregister(self.release)
        with self._guard:
            if not self._lease.held:
                return
            if not self.home.is_dir():  # removed under our feet: nobody can reach the server now
                self._lease.drop()
                _lease.end(self._pid, str(self.data_dir))
                return
            with self._locked():
                self._lease.drop()
                if not _lease.live_users(str(self.home), sweep=True):
                    self._end()

    def status(self) -> ServerStatus:
        """What runs, and for whom; starts nothing and claims nothing."""
        from neonhub.db._postmaster import running

        note = running(self.data_dir)
        return ServerStatus(
            running=note is not None,
            pid=note.pid if note else None,
            port=note.port if note else None,
            data_dir=self.data_dir,
            socket_dir=Path(note.socket_dir) if note and note.socket_dir else None,
            users=tuple(pid for pid, _ in _lease.live_users(str(self.home))),
        )

    def stop(self) -> bool:
        """Stop the server whoever uses it; whether one ran. This process's claim stays."""
        if not self.home.is_dir():
            return False
        with self._guard, self._locked():
            return self._end()

    def secret(self, role: str | None = None) -> str:
        """The random password for the roles of this server, kept in ``<home>/credentials``.

        Once that of ``role`` was changed by ``keep_secret`` it is that one.
        """
        places.prepare(self.home)
        return places.secret(self.home, role)

    def keep_secret(self, role: str, password: str) -> None:
        """Keep another password for ``role``; the server is told by the caller."""
        places.prepare(self.home)
        places.keep_secret(self.home, role, password)

    def _end(self) -> bool:
        note = _lease.read_pidfile(str(self.data_dir))
        if note is None or not _lease.is_postmaster(note.pid, str(self.data_dir)):
            return False
        if not _lease.end(note.pid, str(self.data_dir)):
            self._notify(
                f"The server {note.pid} did not end in good order; the next start repairs it."
            )
        return True

    def _ensure(self) -> ServerInfo:
        """The running server, started if need be; under the mutex."""
        from neonhub.db import _postmaster

        for _ in range(3):
            note = _postmaster.running(self.data_dir)
            if note is None:
                return self._start()
            if note.status == "ready" or _postmaster.wait_settled(self.data_dir, note.pid):
                break
        note = _postmaster.running(self.data_dir)
        if note is None or note.status != "ready":
            raise ServerDidNotStart(log=str(self._logfile), tail="it neither came up nor ended")
        if self._port not in (None, note.port):
            self._notify(f"The server already runs, on port {note.port} and not {self._port}.")
        _postmaster.watch(self.home, self.data_dir)
        return ServerInfo(self.data_dir, Path(note.socket_dir), note.port, note.pid)

    def _start(self) -> ServerInfo:
        from neonhub.db import _initdb, _pg_config, _pg_programs, _postmaster

        account = places.account_for(self.home)
        programs = _pg_programs.find()
        there = _initdb.check_version(self.data_dir, programs)
        programs = _pg_programs.reachable(programs, account)
        places.open_the_way(self.home, account, self._notify)
        timings: dict[str, float] = {}
        if not there:
            timings = _initdb.initialise(self.home, programs, account)
        places.secret(self.home)
        sockets = places.socket_dir(self.home, account)
        recovered = not _postmaster.was_shut_down(self.data_dir)
        _postmaster.sweep(self.data_dir, sockets)
        libraries = ["pg_stat_statements"] if programs.has_statements else []
        _pg_config.write(self.data_dir, account, lz4=programs.has_lz4, libraries=libraries)
        # Before the server, so that it is looked after even if this process is killed meanwhile.
        _postmaster.watch(self.home, self.data_dir)
        for attempt in range(5):
            port = _postmaster.free_port(self._port, places.last_port(self.home))
            try:
                timings |= _postmaster.launch(
                    self.data_dir, programs, account, sockets, port, self._logfile
                )
                break
            except PortInUse:
                # Taken between our look and the server's: look again, unless it must be this one.
                if self._port is not None or attempt == 4:
                    raise
        return self._started(timings, recovered=recovered, initialised=not there)

    def _started(
        self, timings: dict[str, float], *, recovered: bool, initialised: bool
    ) -> ServerInfo:
        from neonhub.db._postmaster import DEFAULT_PORT

        note = _lease.read_pidfile(str(self.data_dir))
        if note is None:
            raise ServerDidNotStart(log=str(self._logfile), tail="it ended as soon as it was up")
        if recovered:
            self._notify(
                "The server had not been shut down cleanly: recovered from its log "
                f"in {timings['wait']:.1f} s; what was committed is there."
            )
        last = places.last_port(self.home)
        places.remember_port(self.home, note.port)
        if self._port is None and note.port not in (DEFAULT_PORT, last):
            self._notify(f"Port {DEFAULT_PORT} is in use: this server listens on {note.port}.")
        return ServerInfo(
            self.data_dir,
            Path(note.socket_dir),
            note.port,
            note.pid,
            started=True,
            recovered=recovered,
            initialised=initialised,
            timings=timings,
        )

    @property
    def _logfile(self) -> Path:
        return self.home / "log" / "postgres.log"

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """The home, there and locked; what the system refuses, told as an error of ours."""
        places.prepare(self.home)

        def waiting(pid: int) -> None:
            self._notify(f"Waiting for process {pid}, which is starting or stopping the server.")

        try:
            with _lease.mutex(str(self.home), waiting=waiting):
                yield
        except TimeoutError as error:
            raise HomeBusy(pid=error.args[0], path=str(self.home)) from error
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                from neonhub.db._initdb import disk_full

                raise disk_full(self.home) from error
            where = str(error.filename or self.home)
            raise HomeUnusable(path=where, reason=error.strerror or str(error)) from error

    def __enter__(self) -> ServerInfo:
        return self.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()

    async def __aenter__(self) -> ServerInfo:
        import asyncio

        return await asyncio.to_thread(self.acquire)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        import asyncio

        await asyncio.to_thread(self.release)
