"""New passwords for the platform's roles: made here, told once, and known to the server only as
SCRAM verifiers, so that no log of statements has them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from neonhub.db.errors import InvalidInput
from neonhub.ops.roles import LOGINS, AdministratorNeeded, missing_roles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import psycopg

    from neonhub.settings import Settings

__all__ = [
    "NewPassword",
    "RolesMissing",
    "logins_of",
    "rotate",
    "rotate_here",
    "settle",
    "url_as",
]

_BYTES = 24
# What goes past the pooler in production: its roles keep a session of their own.
_DIRECT = {"neonhub_migrate", "neonhub_maintenance", "neonhub_backup"}


class RolesMissing(InvalidInput):
    """The roles {roles} are not there yet."""

    hint = "Run `neonhub db migrate` once as an administrator: it makes them."
    exit_code = 78


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A role and what it logs in with from now on. ``refused`` says why it was not let in when
    that was tried: a pooler with passwords of its own, say."""

    role: str
    password: str
    url: str
    refused: str | None = None


def logins_of(names: Iterable[str]) -> list[str]:
    """``["app"]`` as ``["neonhub_app"]``; ``all`` is every role that logs in."""
    found: list[str] = []
    for name in names:
        role = f"neonhub_{name.removeprefix('neonhub_')}"
        if name != "all" and role not in LOGINS:
            short = ", ".join(each.removeprefix("neonhub_") for each in LOGINS)
            raise InvalidInput(field="--rotate", reason=f"it is all, or one of {short}")
        found += LOGINS if name == "all" else (role,)
    return list(dict.fromkeys(found))


def rotate_here(
    settings: Settings, names: Iterable[str], notify: Callable[[str], None]
) -> list[NewPassword]:
    """``rotate`` on the server of these settings.

    The embedded one's new passwords are kept in its home first, so that ``neonhub db url`` has
    them, and puts the server right should this be killed between the two.
    """
    roles = logins_of(names)
    if settings.direct_url is not None and settings.database_url is not None:
        from neonhub.settings_values import split_prisma_parameters

        direct = settings.direct_url.get_secret_value()
        pooled = split_prisma_parameters(settings.database_url.get_secret_value())[0]
        urls = {role: direct if role in _DIRECT else pooled for role in roles}
        return rotate(direct, roles, urls=urls)
    from neonhub.ops.bootstrap import make_ready

    ready = make_ready(settings, notify=notify)
    assert ready.embedded is not None and ready.server is not None  # noqa: S101, PT018
    try:
        urls = {role: ready.server.dsn(role=role, tcp=True) for role in roles}
        return rotate(ready.admin_dsn, roles, urls=urls, keep=ready.embedded.keep_secret)
    finally:
        ready.embedded.release()


def rotate(
    dsn: str,
    names: Iterable[str],
    *,
    urls: Mapping[str, str] | None = None,
    keep: Callable[[str, str], None] = lambda _role, _password: None,
) -> list[NewPassword]:
    """Give roles new passwords, all or none; those that could not log in may from then on.

    ``dsn`` is an administrator's, or of the one role that is to change. ``urls`` are the
    addresses to put the login into, by role, where they are not that of ``dsn``. ``keep`` is told
    each new password before the server is. Sessions that are open stay. Raises ``InvalidInput``,
    ``RolesMissing``, ``AdministratorNeeded``.
    """
    import psycopg

    from neonhub.ops.prepare import connected

    roles = logins_of(names)
    made = {role: secrets.token_urlsafe(_BYTES) for role in roles}
    with connected(dsn) as conn:
        if absent := [each for each in missing_roles(conn) if each in roles]:
            raise RolesMissing(roles=tuple(absent))
        # neonhub_migrate begins as the owner, and as such may not change its own password.
        conn.execute("SET ROLE NONE")
        try:
            with conn.transaction():
                for role, password in made.items():
                    keep(role, password)
                    _set(conn, role, password, login=_logs_in(conn, role))
        except psycopg.errors.InsufficientPrivilege as error:
            reason = error.diag.message_primary
            raise AdministratorNeeded(
                user=conn.info.user,
                what="new passwords for roles",
                reason=reason,
                hint="Run it with the URL of an administrator.",
            ) from error
    found = []
    for role, password in made.items():
        url = url_as((urls or {}).get(role, dsn), role, password)
        found.append(NewPassword(role, password, url, _refused(url)))
    return found


def _logs_in(conn: psycopg.Connection[Any], role: str) -> bool:
    row = conn.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    return row == (True,)


def _set(conn: psycopg.Connection[Any], role: str, password: str, *, login: bool) -> None:
    """Set it; ``login`` says that the role may log in already. A role may change its own
    password, and nothing beside it."""
    from psycopg import sql

    verifier = conn.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    conn.execute(
        sql.SQL("ALTER ROLE {} {} PASSWORD {}").format(
            sql.Identifier(role),
            sql.SQL("" if login else "LOGIN"),
            sql.Literal(verifier.decode()),
        )
    )


def settle(conn: psycopg.Connection[Any], role: str, password: str) -> bool:
    """Let ``role`` log in with ``password`` where it does not; whether that was needed.

    ``conn`` is a superuser's. The stored verifier tells: nothing is tried.
    """
    from neonhub.checks._passwords import known_of

    row = conn.execute(
        "SELECT coalesce(rolpassword, ''), rolcanlogin FROM pg_authid WHERE rolname = %s", [role]
    ).fetchone()
    verifier, may = row or ("", False)
    if may and known_of(verifier, role, [password]) is not None:
        return False
    _set(conn, role, password, login=may)
    return True


def url_as(url: str, role: str, password: str) -> str:
    """``url`` with this login in place of its own."""
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    if "://" not in url:
        words = {k: v for k, v in conninfo_to_dict(url).items() if k != "options"}
        return make_conninfo("", **(words | {"user": role, "password": password}))
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    # What the old login brought with it (a role that its sessions take) is not the new one's.
    kept = [
        each
        for each in parts.query.split("&")
        if each and each.partition("=")[0] not in {"user", "password", "options"}
    ]
    query = "?" + "&".join(kept) if kept else ""
    login = f"{quote(role, safe='')}:{quote(password, safe='')}"
    return f"{parts.scheme}://{login}@{host}{parts.path}{query}"


def _refused(url: str) -> str | None:
    import psycopg

    try:
        with psycopg.connect(url, connect_timeout=5, application_name="neonhub roles"):
            return None
    except psycopg.Error as error:
        return " ".join(str(error).split()) or type(error).__name__
