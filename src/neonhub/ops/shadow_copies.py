"""Shadows that are copies: of several at the same migrations only the first runs them.

What is copied, the original, is a database that nobody is connected to, for no other can be. That
somebody still needs it is told by an advisory lock with its number, which goes with its holder.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import threading
from typing import TYPE_CHECKING, Any, TypeAlias

from neonhub.ops import migrate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import psycopg

__all__ = ["LOCK", "PREFIX", "copied", "original"]

PREFIX = "neonhub_shadows_"
LOCK = 7_236_041
_HOLD = "SELECT pg_advisory_lock(%s, %s)"

Make: TypeAlias = "Callable[[str, str], None]"
"""Makes the database of that name, at that revision."""


class _Originals:
    """Those of one server, each by the migrations that made it."""

    def __init__(self, conn: psycopg.Connection[Any]):
        self.conn = conn
        self.server = _server(conn)
        self.names: dict[str, str] = {}
        self._alone = threading.Lock()
        self._process = os.getpid()

    def of(self, revision: str, make: Make) -> str | None:
        """The original at ``revision``; ``None`` in a fork, whose connection this is not."""
        key = _key(revision)
        with self._alone:
            if key not in self.names and self._process == os.getpid():
                number = secrets.randbits(31)
                self.conn.execute(_HOLD, [LOCK, number])
                name = f"{PREFIX}{number}"
                try:
                    make(name, revision)
                except BaseException:
                    self._drop(name)
                    raise
                self.names[key] = name
            return self.names.get(key)

    def close(self) -> None:
        for name in self.names.values():
            self._drop(name)

    def _drop(self, name: str) -> None:
        self.conn.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


_open: list[_Originals] = []


@contextlib.contextmanager
def copied(dsn: str) -> Iterator[None]:
    """While this lasts, shadows on the server of ``dsn``, an administrator's, are copies."""
    from neonhub.ops.prepare import connected

    with connected(dsn) as conn:
        originals = _Originals(conn)
        _open.append(originals)
        try:
            yield
        finally:
            _open.remove(originals)
            originals.close()


def original(conn: psycopg.Connection[Any], revision: str, make: Make) -> str | None:
    """What a shadow at ``revision`` on the server of ``conn`` is to be copied from, if any is."""
    server = _server(conn)
    found = next((each for each in reversed(_open) if each.server == server), None)
    return None if found is None else found.of(revision, make)


def _server(conn: psycopg.Connection[Any]) -> tuple[str, int]:
    return conn.info.host, conn.info.port


def _key(revision: str) -> str:
    """What a database at ``revision`` was made by: every migration's text, and its script's."""
    digest = hashlib.sha256()
    known = migrate.revisions()
    for each in known[: known.index(revision) + 1]:
        script = migrate.source(each).with_suffix(".sql")
        kept = script.read_bytes() if script.exists() else b""
        digest.update(f"{each} {migrate.checksum(each)} {len(kept)} ".encode() + kept)
    return digest.hexdigest()
