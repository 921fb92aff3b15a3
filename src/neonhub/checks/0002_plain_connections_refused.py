"""An encrypted connection of ours is no help where another client may come without one."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from neonhub.checks import Fault
from neonhub.checks._reach import is_local, lets_in

if TYPE_CHECKING:
    import psycopg

    from neonhub.checks import Look

TITLE = "The server refuses whoever comes from elsewhere without encryption"
SEVERITY = "must"
REMEDY = (
    "Switch ssl on, write hostssl in place of host in pg_hba.conf, and reload. At a provider: its "
    "setting that requires TLS."
)

_LISTENS = "SELECT current_setting('listen_addresses')"
_RULES = """
SELECT line_number, type, address, netmask, auth_method, 'all' = ALL (database || user_name)
  FROM pg_hba_file_rules WHERE error IS NULL AND type IN ('host', 'hostnossl')
 ORDER BY line_number
"""
_HERE = {"localhost", "127.0.0.1", "::1"}


def faults(look: Look) -> list[Fault]:
    """By trying, where the server is elsewhere; else by its own rules."""
    if not is_local(look.conn):
        host = look.conn.info.host
        if lets_in(_words(look), sslmode="disable"):
            return [Fault(host, "it lets in without encryption", "write hostssl in pg_hba.conf")]
        return []
    row = look.conn.execute(_LISTENS).fetchone()
    listening = {each.strip() for each in str(row[0] if row else "").split(",")} - {""}
    if listening <= _HERE:
        return []
    return _by_rules(look.conn)


def _words(look: Look) -> dict[str, str]:
    from psycopg.conninfo import conninfo_to_dict

    words = {name: str(value) for name, value in conninfo_to_dict(look.dsn).items()}
    return words | {"password": look.conn.info.password}


def _by_rules(conn: psycopg.Connection[Any]) -> list[Fault]:
    """Only an administrator sees pg_hba.conf; whoever may not is told so by the caller."""
    found = []
    for line, kind, address, mask, method, everybody in conn.execute(_RULES).fetchall():
        if method == "reject":
            if everybody and _everywhere(address):
                break  # nothing below it is asked
            continue
        if not _is_here(address, mask):
            what = f"{kind} lets {address} in without encryption (method {method})"
            found.append(Fault(f"pg_hba.conf:{line}", what, "write hostssl in its place"))
    return found


def _everywhere(address: str | None) -> bool:
    return address in ("all", None)


def _is_here(address: str | None, mask: str | None) -> bool:
    if address in ("samehost", "localhost"):
        return True
    try:
        return ipaddress.ip_network(f"{address}/{_bits(mask)}", strict=False).is_loopback
    except ValueError:
        return False


def _bits(mask: str | None) -> str | int:
    """An IPv6 mask as a number of bits, which is the only form that Python reads."""
    if mask is None or ":" not in mask:
        return mask or 32
    return int(ipaddress.IPv6Address(mask)).bit_count()
