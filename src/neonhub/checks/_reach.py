"""How rules try a login: where the server is, and what becomes of an attempt."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from neonhub.checks import CannotTell

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg

    from neonhub.checks import Look

__all__ = ["addresses", "is_local", "lets_in", "tcp_of", "why_not"]

_TIMEOUT_S = 5


def addresses(look: Look) -> list[tuple[str, str]]:
    """The addresses that the platform itself uses, by the name of their setting."""
    from neonhub.settings_values import split_prisma_parameters

    found = {"the administrator's address": look.dsn}
    direct, pooled = look.settings.direct_url, look.settings.database_url
    if direct is not None and direct.get_secret_value() == look.dsn:
        found = {"DIRECT_DATABASE_URL": look.dsn}
    if pooled is not None:
        plain = split_prisma_parameters(pooled.get_secret_value())[0]
        if plain == look.dsn:
            found = {}
        found["DATABASE_URL"] = plain
    return list(found.items())


def is_local(conn: psycopg.Connection[Any]) -> bool:
    """Whether what goes over this connection stays on this machine."""
    host = conn.info.host
    if not host or host.startswith(("/", "@")):
        return True
    try:
        return ipaddress.ip_address(conn.info.hostaddr or host).is_loopback
    except ValueError:
        return host == "localhost"


def tcp_of(conn: psycopg.Connection[Any]) -> dict[str, str]:
    """Where a login by TCP is to be tried; a socket's server is on this machine.

    Raises ``CannotTell`` where the server takes none.
    """
    host, port = conn.info.host, str(conn.info.port)
    if host and not host.startswith(("/", "@")):
        return {"host": host, "port": port} | (
            {"hostaddr": conn.info.hostaddr} if conn.info.hostaddr else {}
        )
    row = conn.execute("SELECT current_setting('listen_addresses')").fetchone()
    listening = [each.strip() for each in str(row[0] if row else "").split(",")]
    if listening == [""]:
        raise CannotTell("the server takes no connection by TCP")
    first = listening[0]
    return {"host": "127.0.0.1" if first in ("*", "0.0.0.0") else first, "port": port}  # noqa: S104


def lets_in(where: Mapping[str, str], **more: str) -> bool:
    """Whether a connection comes about. The server writes a refused one into its log.

    Raises ``CannotTell`` where it fails for another reason than that the server refuses it.
    """
    return why_not(where, **more) is None


def why_not(where: Mapping[str, str], **more: str) -> str | None:
    """Why the server refuses; ``None`` where it lets in. Nothing of the caller's surroundings
    (PGPASSWORD, a password file) has a say."""
    import psycopg

    fixed = {"passfile": "/dev/null/none", "gssencmode": "disable", "application_name": "neonhub"}
    words: dict[str, Any] = {"password": "", **fixed, **where, **more}
    try:
        with psycopg.connect("", connect_timeout=_TIMEOUT_S, **words):
            return None
    except psycopg.OperationalError as error:
        text = " ".join(str(error).split())
        # What comes before a login has no SQLSTATE: only the words tell a refusal from a silence.
        if any(each in text for each in ("timeout", "could not translate", "refused")):
            raise CannotTell(f"the server did not answer at {words['host']}") from error
        return text
