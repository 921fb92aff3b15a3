"""Roles, the database, its extensions and the schema ``neonhub``: what comes before migrations.

Every function looks first and changes only what is missing, so that a second run writes nothing
and an ordinary role may run it where all is in place. What an operator has decided (who may log
in, passwords, settings) is left as it is; what would break the isolation of tenants is not.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import NeonHubError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import psycopg
    from psycopg import sql

__all__ = [
    "LOGINS",
    "OWNER",
    "ROLES",
    "SEARCH",
    "AdministratorNeeded",
    "MayNotAct",
    "ServerTooOld",
    "become",
    "ensure_roles",
    "missing_roles",
]

OWNER, SEARCH = "neonhub_owner", "neonhub_search"
LOGINS = (
    "neonhub_migrate",
    "neonhub_app",
    "neonhub_auth",
    "neonhub_readonly",
    "neonhub_maintenance",
    "neonhub_backup",
)
ROLES = (OWNER, SEARCH, *LOGINS)

_OLDEST = 15
_TOO_MUCH = ("SUPERUSER", "BYPASSRLS", "CREATEROLE", "CREATEDB", "REPLICATION")
# What the connecting administrator must be able to act as.
_FOR_ADMIN = (OWNER, "neonhub_app", "neonhub_auth", "neonhub_readonly", "neonhub_maintenance")


class ServerTooOld(NeonHubError):
    """PostgreSQL {found} is too old: NeonHub needs {needed} or later."""

    http_status = 503
    exit_code = 78


class AdministratorNeeded(NeonHubError):
    """The role {user} may not do this, which the database still needs: {what} ({reason})."""

    hint = "Run `neonhub db migrate` once with the URL of an administrator."
    http_status = 503
    exit_code = 77


class MayNotAct(NeonHubError):
    """The login {user} may not act as {role}, which this takes."""

    hint = (
        "Connect as an administrator (DIRECT_DATABASE_URL). The application's login is never "
        "granted such a role."
    )
    http_status = 503
    exit_code = 77


def become(conn: psycopg.Connection[Any], role: str) -> None:
    """Act as ``role``, with its rights and no others. Raises ``MayNotAct``."""
    import psycopg
    from psycopg import sql

    try:
        conn.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
    except psycopg.errors.InsufficientPrivilege as error:
        raise MayNotAct(user=conn.info.user, role=role) from error


def ensure_roles(
    conn: psycopg.Connection[Any],
    *,
    passwords: Mapping[str, str] | None = None,
    logins: bool = False,
) -> list[str]:
    """Make the roles that are missing, and put right what they may do; return what was done.

    A role among ``LOGINS`` may log in when it has a password here, or when ``logins`` is true
    (where a socket lets in without one). A role that can log in already keeps its password.
    The roles belong to the whole server: any database's connection does, in autocommit mode.
    Raises ``ServerTooOld``, ``AdministratorNeeded``.
    """
    check_version(conn)
    with_login = set(LOGINS) if logins else set(passwords or ()) & set(LOGINS)

    def plan() -> list[sql.Composed]:
        return _plan(conn, with_login, passwords or {})

    return apply(conn, plan, "its roles")


def check_version(conn: psycopg.Connection[Any]) -> None:
    """Raise ``ServerTooOld`` below PostgreSQL 15."""
    if conn.info.server_version < _OLDEST * 10000:
        raise ServerTooOld(found=conn.info.server_version // 10000, needed=_OLDEST)


def missing_roles(conn: psycopg.Connection[Any]) -> tuple[str, ...]:
    """The roles that the server lacks."""
    there = {row[0] for row in conn.execute("SELECT rolname FROM pg_roles")}
    return tuple(role for role in ROLES if role not in there)


def apply(
    conn: psycopg.Connection[Any],
    plan: Callable[[], list[sql.Composed]],
    what: str,
) -> list[str]:
    """Run what ``plan`` finds missing until nothing is; return the statements, passwords out.

    An advisory lock would not do: it holds within one database, and roles are shared by all. Two
    that make them at once collide in the catalogue; the one that loses looks again.
    """
    import psycopg

    collisions = (
        psycopg.errors.DuplicateObject,
        psycopg.errors.DuplicateSchema,
        psycopg.errors.DuplicateDatabase,
        psycopg.errors.UniqueViolation,
        psycopg.errors.InternalError_,  # "tuple concurrently updated"
        psycopg.errors.UndefinedObject,
    )
    done: list[str] = []
    before: list[sql.Composed] | None = None
    for attempt in range(20):
        statements = plan()
        if not statements:
            return done
        if statements == before:
            # To grant without the right to is a warning only, where one has some other right.
            fruitless = f"{_printable(conn, statements[0])} changed nothing"
            raise AdministratorNeeded(user=conn.info.user, what=what, reason=fruitless)
        before = None
        try:
            for statement in statements:
                conn.execute(statement)
                done.append(_printable(conn, statement))
            before = statements
        except collisions:
            if attempt == 19:
                raise
            time.sleep(0.02 * (attempt + 1))
        except psycopg.errors.InsufficientPrivilege as error:
            reason = error.diag.message_primary
            raise AdministratorNeeded(user=conn.info.user, what=what, reason=reason) from error
    raise AssertionError(f"{what} are never in place: {done[-1]}")


def _printable(conn: psycopg.Connection[Any], statement: sql.Composed) -> str:
    return statement.as_string(conn).split(" PASSWORD ")[0]


def _plan(
    conn: psycopg.Connection[Any], with_login: set[str], passwords: Mapping[str, str]
) -> list[sql.Composed]:
    statements = _role_statements(conn, with_login, passwords)
    if statements:
        return statements  # memberships are looked at when all roles are there
    return _membership_statements(conn)


def _role_statements(
    conn: psycopg.Connection[Any], with_login: set[str], passwords: Mapping[str, str]
) -> list[sql.Composed]:
    from psycopg import sql

    there = {
        row[0]: row[1:]
        for row in conn.execute(
            "SELECT rolname, rolcanlogin, rolinherit, rolsuper, rolbypassrls, rolcreaterole, "
            "rolcreatedb, rolreplication FROM pg_roles WHERE rolname = ANY(%s)",
            [list(ROLES)],
        )
    }
    made: list[sql.Composed] = []
    for role in ROLES:
        name = sql.Identifier(role)
        wants_login = role in with_login
        login = _login_clause(conn, role, passwords) if wants_login else sql.SQL("")
        if role not in there:
            kind = "NOINHERIT" if role == OWNER else "INHERIT"
            made.append(sql.SQL("CREATE ROLE {} {} {}").format(name, sql.SQL(kind), login))
            continue
        can_login, inherits, *powers = there[role]
        excess = [f"NO{what}" for what, has in zip(_TOO_MUCH, powers, strict=True) if has]
        if role == OWNER and inherits:
            excess.append("NOINHERIT")
        if role in (OWNER, SEARCH) and can_login:
            excess.append("NOLOGIN")
        if excess:
            words = sql.SQL(" ".join(excess))
            made.append(sql.SQL("ALTER ROLE {} {}").format(name, words))
        if wants_login and not can_login:
            made.append(sql.SQL("ALTER ROLE {} {}").format(name, login))
    return made


def _login_clause(
    conn: psycopg.Connection[Any], role: str, passwords: Mapping[str, str]
) -> sql.Composable:
    """``LOGIN``, with the password's SCRAM verifier: the password itself is not sent."""
    from psycopg import sql

    password = passwords.get(role)
    if password is None:
        return sql.SQL("LOGIN")
    verifier = conn.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    return sql.SQL("LOGIN PASSWORD {}").format(sql.Literal(verifier.decode()))


def _membership_statements(conn: psycopg.Connection[Any]) -> list[sql.Composed]:
    """Who may become whom. To become somebody is not to have their rights all along."""
    from psycopg import sql

    modern = conn.info.server_version >= 160000
    option = "SET" if modern else "MEMBER"
    user = conn.execute("SELECT current_user").fetchone()
    assert user is not None  # noqa: S101
    wanted = [
        (SEARCH, OWNER),
        (OWNER, "neonhub_migrate"),
        *((role, str(user[0])) for role in _FOR_ADMIN if user[0] not in ROLES),
    ]
    made: list[sql.Composed] = []
    for role, member in wanted:
        row = conn.execute("SELECT pg_has_role(%s, %s, %s)", [member, role, option]).fetchone()
        if row is not None and not row[0]:
            text = "GRANT {} TO {}" + (" WITH INHERIT FALSE, SET TRUE" if modern else "")
            made.append(sql.SQL(text).format(sql.Identifier(role), sql.Identifier(member)))
    row = conn.execute(
        "SELECT FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole "
        "WHERE r.rolname = 'neonhub_migrate' AND s.setdatabase = 0 "
        "AND 'role=neonhub_owner' = ANY(s.setconfig)"
    ).fetchone()
    if row is None:
        made.append(sql.SQL("ALTER ROLE neonhub_migrate SET role = {}").format(sql.Literal(OWNER)))
    return made
