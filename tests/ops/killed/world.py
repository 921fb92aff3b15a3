"""A home of the embedded server with a filled database, and ways to kill what works on it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from neonhub.ops import prepare
from neonhub.ops.backup.fingerprints import Fingerprint, fingerprints
from neonhub.ops.backup.manifest import Manifest, load
from tests.cli import homes
from tests.cli.homes import Home
from tests.databases import Database, Server

LIVE, PRISTINE = "neonhub", "pristine"
LOG = "neonhub.operation_log"
Conn = psycopg.Connection[Any]
BUSY = 75

_OTHERS = """
SELECT pid FROM pg_stat_activity
 WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


@dataclass
class World:
    """``taken`` is a backup of the database as it is after each ``afresh``."""

    home: Home
    backups: Path
    taken: Path = field(init=False)
    manifest: Manifest = field(init=False)

    def __post_init__(self) -> None:
        for words in (("db", "seed", "--demo"), ("db", "backup", "--to", str(self.backups))):
            done = self.home.run(*words)
            assert done.returncode == 0, done.stderr
        (self.taken,) = self.backups.iterdir()
        self.manifest = load(self.taken)
        self._copy(LIVE, PRISTINE)

    @property
    def server(self) -> Server:
        """The server, started again where it was killed; one that recovers is waited for."""
        deadline = time.monotonic() + 60
        while True:
            info = self.home.embedded.acquire()
            server = Server(info.dsn(role="postgres", dbname="postgres"), logins=True)
            try:
                server.admin().close()
                return server
            except psycopg.OperationalError:
                assert time.monotonic() < deadline
                time.sleep(0.1)

    @property
    def live(self) -> Database:
        return self.server.database(LIVE)

    def _copy(self, old: str, new: str) -> None:
        with self.server.admin() as conn:
            conn.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
                [old],
            )
            made = f"CREATE DATABASE {new} TEMPLATE {old} STRATEGY FILE_COPY OWNER neonhub_owner"
            conn.execute(made.encode())
        with self.server.database(new).admin() as conn:
            prepare.ensure_settings(conn)

    def afresh(self) -> None:
        """The database as it was at first, and no other beside it."""
        for name in self.databases():
            with self.server.admin() as conn:
                conn.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
        self._copy(PRISTINE, LIVE)

    def databases(self, like: str = "neonhub%") -> list[str]:
        with self.server.admin() as conn:
            query = "SELECT datname::text FROM pg_database WHERE datname LIKE %s ORDER BY 1"
            return [str(name) for (name,) in conn.execute(query, [like])]

    def start(self, words: list[str], **more: str) -> subprocess.Popen[str]:
        """A Python program with these words, in this home."""
        return subprocess.Popen(
            [sys.executable, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.home.environment(**more),
        )

    def kill_server(self) -> None:
        """kill -9 of the postmaster; its backends end when they notice."""
        postmaster = self.home.embedded.acquire().pid
        assert postmaster > 1
        os.kill(postmaster, signal.SIGKILL)

    def kill_backend(self) -> bool:
        """kill -9 of some session of the command: the server ends all others and recovers."""
        with contextlib.suppress(psycopg.OperationalError), self.server.admin() as conn:
            for (pid,) in conn.execute(_OTHERS).fetchall():
                backend = int(str(pid))
                assert backend > 1  # 0 would be ourselves, and all that started us
                os.kill(backend, signal.SIGKILL)
                return True
        return False

    def fingerprints(self, database: str = LIVE) -> dict[str, Fingerprint]:
        """Every table's rows and checksum, but for the log of operations."""
        with self.server.database(database).admin() as conn, conn.transaction():
            return {name: each for name, each in fingerprints(conn).items() if name != LOG}

    def wait_until_alone(self) -> None:
        """Until no session is left of a command that was killed."""
        deadline = time.monotonic() + 60
        with self.server.admin() as conn:
            while left := conn.execute(_OTHERS).fetchall():
                assert time.monotonic() < deadline, left
                time.sleep(0.1)

    def assert_nothing_is_left(self) -> None:
        """No lock, no prepared transaction, no database that is nobody's."""
        self.wait_until_alone()
        with self.server.admin() as conn:
            locks = conn.execute("SELECT * FROM pg_locks WHERE locktype = 'advisory'").fetchall()
            prepared = conn.execute("SELECT * FROM pg_prepared_xacts").fetchall()
        assert (locks, prepared) == ([], [])
        assert self.databases("neonhub\\_scratch\\_%") == []
        assert self.databases("neonhub\\_shadow\\_%") == []


@contextlib.contextmanager
def made() -> Iterator[World]:
    with homes.made() as home, tempfile.TemporaryDirectory(prefix="neonhub-killed-") as folder:
        yield World(home, Path(folder) / "backups")
