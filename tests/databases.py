"""Databases for tests: one server a run, one migrated template, a clone for whoever asks."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import psycopg
import pytest
from psycopg import sql

from neonhub.db.embedded import EmbeddedServer
from neonhub.ops import migrate, prepare, roles, shadow
from tests import places

_numbers = itertools.count(1)
_ROOM = 20 << 30


def _with(url: str, *, dbname: str, **query: str) -> str:
    """``url`` with another database, and more in its query."""
    parts = urlsplit(url)
    # Not urlunsplit: it drops the empty host of a socket's URL.
    given = dict(parse_qsl(parts.query)) | query
    asked = "?" + urlencode(given, quote_via=quote, safe="/") if given else ""
    return f"{parts.scheme}://{parts.netloc}/{quote(dbname)}{asked}"


@dataclass(frozen=True)
class Database:
    """A migrated database; ``dsn`` is the application's unless another role is named."""

    server: Server
    name: str

    @property
    def admin_dsn(self) -> str:
        return _with(self.server.admin_url, dbname=self.name)

    def dsn(self, role: str = "neonhub_app") -> str:
        if self.server.logins:
            login = _with(self.server.admin_url, dbname=self.name)
            user = urlsplit(login).netloc.rpartition("@")[0]
            return login.replace(f"{user}@", f"{role}@", 1)
        # On a server that is not ours no role gets a login: the administrator acts as the role.
        return _with(self.server.admin_url, dbname=self.name, options=f"-c role={role}")

    def login(self, role: str) -> str:
        """The URL of ``role`` logged in as itself: a test of what a login may not do is skipped
        where none of them logs in, for an administrator's session may be him again."""
        if not self.server.logins:
            pytest.skip(f"{role} has no login on a server that is not ours")
        return self.dsn(role)

    def connect(self, role: str = "neonhub_app") -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.dsn(role), autocommit=True)

    def admin(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.admin_dsn, autocommit=True)


@dataclass
class Server:
    """The server of this run: its administrator's URL, and whether roles may log in."""

    admin_url: str
    logins: bool
    _template: str | None = field(default=None, init=False)

    def admin(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.admin_url, autocommit=True)

    def database(self, name: str) -> Database:
        return Database(self, name)

    def template(self) -> str:
        """A database migrated to the head, made at the first call."""
        if self._template is None:
            name = self.empty()
            prepare.prepare(self.database(name).admin_dsn, logins=self.logins)
            migrate.migrate(self.database(name).admin_dsn)
            self._template = name
        return self._template

    def empty(self) -> str:
        """A new database with nothing in it, belonging to the owner."""
        name = f"neonhub_test_{os.getpid()}_{next(_numbers)}"
        with self.admin() as conn:
            roles.ensure_roles(conn, logins=self.logins)
            prepare.ensure_database(conn, name=name)
        return name

    def clone(self, of: str | None = None) -> Database:
        """A copy of the template, or of a database that nobody is connected to."""
        template, name = of or self.template(), f"neonhub_test_{os.getpid()}_{next(_numbers)}"
        statement = "CREATE DATABASE {} TEMPLATE {} STRATEGY {} OWNER neonhub_owner"
        strategy = "FILE_COPY" if self.logins else "WAL_LOG"
        with self.admin() as conn:
            conn.execute(
                sql.SQL(statement).format(
                    sql.Identifier(name), sql.Identifier(template), sql.Identifier(strategy)
                )
            )
        database = self.database(name)
        with database.admin() as conn:
            prepare.ensure_settings(conn)
        return database

    def drop(self, name: str) -> None:
        # ext4 steps over the inodes of files just deleted, so that each new database after a drop
        # takes 0.4 s and not 0.05: on a disk ours are left to the end, where there is room.
        on_disk = self.logins and places.memory() is None
        if on_disk and shutil.disk_usage(tempfile.gettempdir()).free > _ROOM:
            return
        with self.admin() as conn:
            conn.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )

    def shadows(self) -> contextlib.AbstractContextManager[None]:
        """While this lasts, databases made from the migrations to compare with are copies."""
        return shadow.copied(self.admin_url)

    def close(self) -> None:
        if self._template is not None:
            self.drop(self._template)


def given() -> str | None:
    """The URL of a server to test on that is not ours."""
    return os.environ.get("TEST_DATABASE_URL") or os.environ.get("DATABASE_URL")


@contextlib.contextmanager
def running() -> Iterator[Server]:
    """The server that ``TEST_DATABASE_URL`` or ``DATABASE_URL`` names, else one of our own."""
    if url := given():
        with contextlib.closing(Server(url, logins=False)) as server:
            yield server
        return
    home = places.new()
    embedded = EmbeddedServer(home, notify=lambda _line: None)
    try:
        url = embedded.acquire().dsn(role="postgres", dbname="postgres")
        server = Server(url, logins=True)
        with server.admin() as conn:
            # Nothing here must outlive the run: what makes it last costs half of the time.
            conn.execute("ALTER SYSTEM SET fsync = off")
            # A hundred databases are a hundred rounds of the autovacuum a minute.
            conn.execute("ALTER SYSTEM SET autovacuum_naptime = '1h'")
            conn.execute("SELECT pg_reload_conf()")
        yield server
    finally:
        places.stop_at_once(home)
        embedded.release()
        shutil.rmtree(home, ignore_errors=True)
