"""A database beside the live one, made by the migrations or the models, while a block lasts.

It is made on the same server: only there do definitions read the same, letter by letter. The
server's roles are there already and are not touched. One that a killed process has left behind is
dropped by the next.
"""

from __future__ import annotations

import contextlib
import secrets
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import NeonHubError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

__all__ = ["NoShadow", "beside", "modelled", "shadow"]

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
    from neonhub.ops.migrate import migrate

    with beside(dsn) as made:
        if revision != "base":
            migrate(made, revision=revision)
        yield made


@contextlib.contextmanager
def modelled(dsn: str) -> Iterator[str]:
    """The same, made from the models past all migrations. Raises ``NoShadow``."""
    from neonhub.ops.from_models import make_from_models

    with beside(dsn) as made:
        make_from_models(made)
        yield made


@contextlib.contextmanager
def beside(dsn: str) -> Iterator[str]:
    """The same with extensions and the schema ``neonhub``, and otherwise empty."""
    from psycopg.conninfo import make_conninfo

    from neonhub.ops.prepare import connected, ensure_schema

    name = _PREFIX + secrets.token_hex(6)
    with connected(dsn) as conn:
        _drop_left_behind(conn)
        _create(conn, name)
        try:
            made = make_conninfo(dsn, dbname=name)
            # Held to the end: it says that somebody is here still.
            with connected(made) as inside:
                ensure_schema(inside)
                yield made
        finally:
            conn.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


def _create(conn: psycopg.Connection[Any], name: str) -> None:
    import psycopg

    try:
        # Sorted as the live one is: collations are part of what is compared.
        conn.execute(f"CREATE DATABASE {name} OWNER neonhub_owner TEMPLATE template0".encode())
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedObject) as error:
        raise NoShadow(reason=error.diag.message_primary or str(error)) from error


def _drop_left_behind(conn: psycopg.Connection[Any]) -> None:
    """Drop those that nobody is connected to; a running one has its maker's connection."""
    import psycopg

    left = conn.execute(
        "SELECT d.datname FROM pg_database d WHERE d.datname LIKE %s AND NOT EXISTS "
        "(SELECT FROM pg_stat_activity a WHERE a.datname = d.datname) "
        "AND pg_has_role(d.datdba, 'MEMBER')",
        [_PREFIX.replace("_", r"\_") + "%"],
    ).fetchall()
    for (name,) in left:
        with contextlib.suppress(psycopg.Error):
            conn.execute(f"DROP DATABASE IF EXISTS {name}".encode())
