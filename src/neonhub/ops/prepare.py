"""A database made ready for migrations: extensions, the schema ``neonhub``, rights, settings."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import NeonHubError
from neonhub.ops.roles import (
    OWNER,
    ROLES,
    AdministratorNeeded,
    apply,
    become,
    check_version,
    ensure_roles,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import psycopg
    from psycopg import sql

__all__ = [
    "ExtensionMissing",
    "VectorTooOld",
    "ensure_database",
    "ensure_schema",
    "ensure_settings",
    "prepare",
]

# Iterative index scans came with 0.8.0. From 0.6.0 to 0.8.1 a parallel build of an HNSW index can
# read another relation's data: those are taken only with such builds turned off (ADR 0010).
VECTOR_NEEDED = (0, 8, 0)
_VECTOR_SOUND = (0, 8, 2)
REQUIRED = ("vector", "citext", "pg_trgm")
_WELCOME = ("uuid-ossp",)
# Vectors lie out of line, which the planner does not cost: at the default of 4 for a random page
# it takes the sequential scan where the index is a hundred times faster. And an index scan over
# vectors that filters must go on until it has enough rows.
_NO_PARALLEL_BUILDS = {"max_parallel_maintenance_workers": "0"}
_SETTINGS = {"random_page_cost": "1.1", "hnsw.iterative_scan": "relaxed_order"}


class ExtensionMissing(NeonHubError):
    """The server does not offer the extension {name}."""

    hint = "Install it on the server (for vector, the package postgresql-NN-pgvector)."
    http_status = 503
    exit_code = 78


class VectorTooOld(NeonHubError):
    """The extension vector is at {found}, and the server offers no later than {offered}; from
    0.8.0 on it is taken, from 0.8.2 on without reserve (CVE-2026-3172)."""

    hint = "Install pgvector 0.8.2 or later on the server, then run this again."
    http_status = 503
    exit_code = 78


def prepare(
    dsn: str, *, passwords: Mapping[str, str] | None = None, logins: bool = False
) -> list[str]:
    """Make roles, extensions, schema, rights and settings in the database of ``dsn``.

    Returns the statements that were needed, none at a second run. Raises ``ServerTooOld``,
    ``ExtensionMissing``, ``VectorTooOld``, ``AdministratorNeeded``, ``MayNotAct``.
    """
    with connected(dsn) as conn:
        done = ensure_roles(conn, passwords=passwords, logins=logins)
        done += ensure_schema(conn)
        return done + ensure_settings(conn)


@contextlib.contextmanager
def connected(dsn: str) -> Iterator[psycopg.Connection[Any]]:
    """An autocommit connection whose errors are told as ours."""
    import psycopg

    from neonhub.db.errors import translate

    try:
        with psycopg.connect(dsn, autocommit=True, application_name="neonhub prepare") as conn:
            yield conn
    except psycopg.Error as error:
        raise translate(error) from error


def ensure_database(conn: psycopg.Connection[Any], *, name: str = "neonhub") -> bool:
    """Make the database ``name`` of ``neonhub_owner`` where there is none; whether it was made.

    ``conn`` goes to another database of the server, in autocommit mode; the roles are there.
    """
    from psycopg import sql

    def plan() -> list[sql.Composed]:
        known = conn.execute("SELECT FROM pg_database WHERE datname = %s", [name])
        if known.fetchone() is not None:
            return []
        return [
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'").format(
                sql.Identifier(name), sql.Identifier(OWNER)
            )
        ]

    return bool(apply(conn, plan, "its database"))


def ensure_schema(conn: psycopg.Connection[Any]) -> list[str]:
    """Extensions, the schema ``neonhub``, and who may do what in the database of ``conn``."""
    check_version(conn)
    with _as_database_owner(conn):
        done = apply(conn, lambda: _extension_statements(conn), "its extensions")
        return done + apply(conn, lambda: _right_statements(conn), "its schema and rights")


@contextlib.contextmanager
def _as_database_owner(conn: psycopg.Connection[Any]) -> Iterator[None]:
    """Act as ``neonhub_owner`` where it owns the database and the administrator is no superuser.

    Such a one has made the database for the owner, and has no rights of his own in it.
    """
    row = conn.execute(
        "SELECT NOT rolsuper AND (SELECT datdba = to_regrole('neonhub_owner') FROM pg_database "
        "WHERE datname = current_database()) FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    if row != (True,):
        yield
        return
    become(conn, OWNER)
    yield
    conn.execute("RESET ROLE")


def version_of(text: str) -> tuple[int, ...]:
    """``"0.8.2"`` as ``(0, 8, 2)``, to be compared."""
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def _extension_statements(conn: psycopg.Connection[Any]) -> list[sql.Composed]:
    from psycopg import sql

    offered = {
        name: (default, installed)
        for name, default, installed in conn.execute(
            "SELECT name, default_version, installed_version FROM pg_available_extensions "
            "WHERE name = ANY(%s)",
            [[*REQUIRED, *_WELCOME]],
        )
    }
    made: list[sql.Composed] = []
    for name in (*REQUIRED, *_WELCOME):
        if name not in offered:
            if name in REQUIRED:
                raise ExtensionMissing(name=name)
            continue
        default, installed = offered[name]
        if installed is None:
            made.append(
                sql.SQL("CREATE EXTENSION IF NOT EXISTS {} SCHEMA public").format(
                    sql.Identifier(name)
                )
            )
    default, installed = offered["vector"]
    if version_of(default) < VECTOR_NEEDED:
        raise VectorTooOld(found=installed or default, offered=default)
    if installed and version_of(installed) < min(_VECTOR_SOUND, version_of(default)):
        made.append(sql.SQL("ALTER EXTENSION {} UPDATE").format(sql.Identifier("vector")))
    return made


_RIGHTS = """
SELECT to_regnamespace('neonhub') IS NULL,
       has_schema_privilege('neonhub_owner', 'public', 'CREATE'),
       has_database_privilege('neonhub_owner', current_database(), 'CREATE'),
       EXISTS (SELECT FROM pg_namespace n, aclexplode(n.nspacl) a
                WHERE n.nspname = 'public' AND a.grantee = 0 AND a.privilege_type = 'CREATE'),
       ARRAY(SELECT r FROM unnest(%(roles)s::text[]) AS r
              WHERE NOT has_schema_privilege(r, 'public', 'USAGE')),
       ARRAY(SELECT r FROM unnest(%(roles)s::text[]) AS r
              WHERE to_regnamespace('neonhub') IS NULL
                 OR NOT has_schema_privilege(r, 'neonhub', 'USAGE')),
       ARRAY(SELECT r FROM unnest(%(roles)s::text[]) AS r
              WHERE NOT has_database_privilege(r, current_database(), 'CONNECT')),
       EXISTS (SELECT FROM pg_namespace WHERE nspname = 'neonhub'
                AND nspowner <> 'neonhub_owner'::regrole),
       current_user
"""


def _right_statements(conn: psycopg.Connection[Any]) -> list[sql.Composed]:
    from psycopg import sql

    row = conn.execute(_RIGHTS, {"roles": list(ROLES)}).fetchone()
    assert row is not None  # noqa: S101
    no_schema, in_public, in_database, everybody, no_public, no_neonhub, no_connect, *rest = row
    strange, acting = rest
    texts: list[str] = []
    if no_schema:
        texts.append(f"CREATE SCHEMA neonhub AUTHORIZATION {OWNER}")
    if strange:
        texts.append(f"ALTER SCHEMA neonhub OWNER TO {OWNER}")
    public: list[str] = []
    if not in_public:
        public.append(f"GRANT CREATE, USAGE ON SCHEMA public TO {OWNER}")
    if everybody:
        public.append("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    if no_public:
        public.append(f"GRANT USAGE ON SCHEMA public TO {', '.join(no_public)}")
    if public and acting == OWNER:
        # PostgreSQL 15 does not let a NOINHERIT owner of the database act as its schema's.
        public = ["SET ROLE pg_database_owner", *public, f"SET ROLE {OWNER}"]
    texts += public
    if no_neonhub:
        texts.append(f"GRANT USAGE ON SCHEMA neonhub TO {', '.join(no_neonhub)}")
    made = [sql.SQL(text).format() for text in texts]
    grant = "GRANT {} ON DATABASE {} TO {}"
    database = sql.Identifier(conn.info.dbname)
    if not in_database:
        made.append(sql.SQL(grant).format(sql.SQL("CREATE"), database, sql.Identifier(OWNER)))
    if no_connect:
        listed = sql.SQL(", ").join(map(sql.Identifier, no_connect))
        made.append(sql.SQL(grant).format(sql.SQL("CONNECT"), database, listed))
    return made


def vector_is_sound(conn: psycopg.Connection[Any]) -> bool:
    """Whether the installed extension vector is free of CVE-2026-3172."""
    row = conn.execute("SELECT extversion FROM pg_extension WHERE extname = 'vector'").fetchone()
    return row is None or version_of(row[0]) >= _VECTOR_SOUND


def ensure_settings(conn: psycopg.Connection[Any]) -> list[str]:
    """Set what plans rely on for the database of ``conn``, unless it has a setting of its own.

    Where the role may not, the database works without, only slower: nothing is raised.
    """
    from psycopg import sql

    def plan() -> list[sql.Composed]:
        row = conn.execute(
            "SELECT coalesce(setconfig, '{}') FROM pg_db_role_setting s JOIN pg_database d "
            "ON d.oid = s.setdatabase WHERE d.datname = current_database() AND s.setrole = 0"
        ).fetchone()
        have = {setting.split("=", 1)[0] for setting in (row[0] if row else ())}
        wanted = _SETTINGS | ({} if vector_is_sound(conn) else _NO_PARALLEL_BUILDS)
        missing = {name: value for name, value in wanted.items() if name not in have}
        if any("." in name for name in missing):
            # An ordinary role may set an extension's parameter only when its library is loaded.
            conn.execute("SELECT '[1]'::vector")
        return [
            sql.SQL("ALTER DATABASE {} SET {} = {}").format(
                sql.Identifier(conn.info.dbname),
                sql.SQL(name),
                sql.Literal(value),
            )
            for name, value in missing.items()
        ]

    try:
        with _as_database_owner(conn):
            return apply(conn, plan, "its settings")
    except AdministratorNeeded:
        return []
