"""A database beside the live one, made by the migrations or the models, while a block lasts.

It is made on the same server: only there do definitions read the same, letter by letter. The
server's roles are there already and are not touched. One that a killed process has left behind is
dropped by the next. Whoever makes several wraps them in ``copied``.
"""

from __future__ import annotations

import contextlib
import secrets
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import NeonHubError
from neonhub.ops.shadow_copies import LOCK, PREFIX, copied, original

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

__all__ = ["NoShadow", "beside", "copied", "modelled", "shadow"]

_PREFIX = "neonhub_shadow_"


class NoShadow(NeonHubError):
    """No database can be made beside this one to compare with: {reason}."""

    hint = "Connect as an administrator who may create databases (DIRECT_DATABASE_URL)."
    http_status = 503
    exit_code = 77


@contextlib.contextmanager
def shadow(dsn: str, *, revision: str = "head") -> Iterator[str]:
    """The URL of a new database on the server of ``dsn``, migrated to ``revision``.

    ``base`` is before the first. ``dsn`` is an administrator's. Raises ``NoShadow``, and what
    ``migrate`` does.
    """
    from neonhub.ops.migrate import head, migrate

    at = head() if revision == "head" else revision
    with beside(dsn, at=at) as made:
        if at != "base":
            # Of a copy it makes the partitions of a month that has come since.
            migrate(made, revision=at)
        yield made


@contextlib.contextmanager
def modelled(dsn: str) -> Iterator[str]:
    """The same, made from the models past all migrations. Raises ``NoShadow``."""
    from neonhub.ops.from_models import make_from_models

    with beside(dsn) as made:
        make_from_models(made)
        yield made


@contextlib.contextmanager
def beside(dsn: str, *, at: str = "base") -> Iterator[str]:
    """The same with extensions and the schema ``neonhub``, and otherwise empty; or, of what is
    ``copied``, at the revision ``at`` already."""
    from psycopg.conninfo import make_conninfo

    from neonhub.ops.prepare import connected, ensure_schema

    name = _PREFIX + secrets.token_hex(6)
    with connected(dsn) as conn:
        _drop_left_behind(conn)
        _create(conn, name, _original(conn, dsn, at))
        try:
            made = make_conninfo(dsn, dbname=name)
            # Held to the end: it says that somebody is here still.
            with connected(made) as inside:
                ensure_schema(inside)
                yield made
        finally:
            conn.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


def _original(conn: psycopg.Connection[Any], dsn: str, at: str) -> str | None:
    """The database to copy, made now if it is the first time."""
    from psycopg.conninfo import make_conninfo

    from neonhub.ops.migrate import migrate
    from neonhub.ops.prepare import connected, ensure_schema

    def make(name: str, revision: str) -> None:
        _create(conn, name)
        made = make_conninfo(dsn, dbname=name)
        with connected(made) as inside:
            ensure_schema(inside)
        migrate(made, revision=revision)

    return None if at == "base" else original(conn, at, make)


def _create(conn: psycopg.Connection[Any], name: str, copy: str | None = None) -> None:
    import psycopg

    create = f"CREATE DATABASE {name} OWNER neonhub_owner TEMPLATE"
    if copy is not None:
        # A third of the work, and a checkpoint: that is free where nothing is forced to disk.
        fsync = conn.execute("SELECT current_setting('fsync')").fetchone()
        strategy = "FILE_COPY" if fsync == ("off",) else "WAL_LOG"
        # It may have been dropped, or be looked at by somebody: then there is no copy.
        with contextlib.suppress(psycopg.Error):
            conn.execute(f"{create} {copy} STRATEGY {strategy}".encode())
            return
    try:
        # Sorted as the live one is: collations are part of what is compared.
        conn.execute(f"{create} template0".encode())
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedObject) as error:
        raise NoShadow(reason=error.diag.message_primary or str(error)) from error


def _drop_left_behind(conn: psycopg.Connection[Any]) -> None:
    """Drop those that nobody is connected to; a running one has its maker's connection, and one
    that is copied a lock."""
    import psycopg

    shadows, originals = (each.replace("_", r"\_") + "%" for each in (_PREFIX, PREFIX))
    left = conn.execute(
        "SELECT d.datname FROM pg_database d WHERE d.datname LIKE ANY (%s) AND NOT EXISTS "
        "(SELECT FROM pg_stat_activity a WHERE a.datname = d.datname) AND NOT EXISTS "
        "(SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.classid = %s "
        "AND d.datname = %s || l.objid) AND pg_has_role(d.datdba, 'MEMBER')",
        [[shadows, originals], LOCK, PREFIX],
    ).fetchall()
    for (name,) in left:
        with contextlib.suppress(psycopg.Error):
            conn.execute(f"DROP DATABASE IF EXISTS {name}".encode())
