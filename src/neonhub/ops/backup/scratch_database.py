"""Databases that are nobody's until they are proven, and the names of those that are."""

from __future__ import annotations

import contextlib
import secrets
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import NeonHubError
from neonhub.ops.backup.log import NotAnAdministrator

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

__all__ = ["DatabaseExists", "check_free", "rename", "scratch_database", "server_of"]

# Until it is verified a database has such a name: one that a killed run left is nobody's.
_SCRATCH = "neonhub_scratch_"


class DatabaseExists(NeonHubError):
    """There is a database {name} already."""

    hint = "Name another with --into, or drop it first."
    http_status = 409
    exit_code = 73


@contextlib.contextmanager
def server_of(dsn: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to the server of ``dsn``, though its database be lost."""
    import psycopg
    from psycopg.conninfo import make_conninfo

    from neonhub.ops.prepare import connected

    where = dsn
    try:
        psycopg.connect(dsn).close()
    except psycopg.OperationalError:
        beside = make_conninfo(dsn, dbname="postgres")
        with contextlib.suppress(psycopg.OperationalError):  # then the first error is told
            psycopg.connect(beside).close()
            where = beside
    with connected(where) as conn:
        yield conn


@contextlib.contextmanager
def scratch_database(dsn: str, *, keep: bool = True) -> Iterator[str]:
    """The URL of a new, empty database; dropped where the block fails, or unless ``keep``."""
    import psycopg
    from psycopg import sql
    from psycopg.conninfo import make_conninfo

    from neonhub.ops.prepare import ensure_database
    from neonhub.ops.roles import AdministratorNeeded, ensure_roles

    name = _SCRATCH + secrets.token_hex(6)
    with server_of(dsn) as conn:
        _drop_left_behind(conn)
        try:
            ensure_roles(conn)
            ensure_database(conn, name=name)
        except AdministratorNeeded as error:
            reason = f"it may not make {error.details['what']}"
            raise NotAnAdministrator(user=conn.info.user, reason=reason) from error
    url = make_conninfo(dsn, dbname=name)
    try:
        # As long as somebody is connected no other run takes it for left behind.
        with contextlib.closing(psycopg.connect(url)):
            yield url
    except BaseException:
        keep = False
        raise
    finally:
        if not keep:
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            with server_of(dsn) as conn:
                conn.execute(drop)


def _drop_left_behind(conn: psycopg.Connection[Any]) -> None:
    """Scratch databases of killed runs: those to which nobody is connected."""
    import psycopg

    left = conn.execute(
        "SELECT d.datname FROM pg_database d WHERE starts_with(d.datname, %s) AND NOT EXISTS "
        "(SELECT FROM pg_stat_activity a WHERE a.datname = d.datname)",
        [_SCRATCH],
    ).fetchall()
    for (name,) in left:
        with contextlib.suppress(psycopg.Error):
            conn.execute(f"DROP DATABASE IF EXISTS {name}".encode())


def check_free(dsn: str, name: str) -> None:
    """Raise ``DatabaseExists`` where there is such a database."""
    with server_of(dsn) as conn:
        known = conn.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone()
        if known is not None:
            raise DatabaseExists(name=name)


def rename(dsn: str, names: dict[str, str]) -> None:
    """Give databases their new names, all in one transaction; who is connected is cut off."""
    from psycopg import sql
    from psycopg.conninfo import make_conninfo

    from neonhub.ops.prepare import connected

    change = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
    with connected(make_conninfo(dsn, dbname="postgres")) as conn, conn.transaction():
        for old, new in names.items():
            conn.execute(end, [old])
            conn.execute(change.format(sql.Identifier(old), sql.Identifier(new)))
