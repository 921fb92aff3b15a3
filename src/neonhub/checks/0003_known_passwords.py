"""No role has a password that is known to everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neonhub.checks import Fault
from neonhub.checks._passwords import KNOWN, SHORTEST, candidates, known_of
from neonhub.checks._reach import addresses, is_local, lets_in, tcp_of

if TYPE_CHECKING:
    from neonhub.checks import Look

TITLE = "No role has a known, short or empty password"
SEVERITY = "must"
REMEDY = "Give the role a new one: `neonhub db roles --rotate ROLE`."

_LOGINS = "SELECT rolname::text FROM pg_roles WHERE rolcanlogin ORDER BY 1 LIMIT 50"
_VERIFIERS = "SELECT rolname::text, rolpassword FROM pg_authid WHERE rolcanlogin ORDER BY 1"
# Each attempt that is refused is a line in the server's log, and on some an alarm.
_TRIED = 4


def faults(look: Look) -> list[Fault]:
    """By the stored verifiers, which tells all and tries nothing; else by a few attempts."""
    row = look.conn.execute(
        "SELECT has_table_privilege('pg_authid', 'SELECT'), current_database()"
    ).fetchone()
    readable, database = row or (False, "")
    told = _by_verifiers(look, database) if readable else _by_trying(look, database)
    return [*_of_addresses(look), *(_fault(role, told[role]) for role in sorted(told))]


def _fault(role: str, what: str) -> Fault:
    own = role.startswith("neonhub_")
    return Fault(
        role, what, f"neonhub db roles --rotate {role}" if own else f"\\password {role}  (in psql)"
    )


def _by_verifiers(look: Look, database: str) -> dict[str, str]:
    found = {}
    for role, verifier in look.conn.execute(_VERIFIERS).fetchall():
        if verifier is not None and known_of(verifier, role, candidates(role, database)):
            found[role] = "its password is one that is tried first"
    return found


def _by_trying(look: Look, database: str) -> dict[str, str]:
    where = tcp_of(look.conn) | {"dbname": database}
    if not is_local(look.conn):
        where["sslmode"] = "prefer"
    found = {}
    for (role,) in look.conn.execute(_LOGINS).fetchall():
        if not role.startswith("neonhub_") and role != "postgres":
            continue
        tried = candidates(role, "postgres", "password")[:_TRIED]
        if any(lets_in(where, user=role, password=each) for each in tried):
            found[role] = "it logs in with a password that is tried first"
    return found


def _of_addresses(look: Look) -> list[Fault]:
    """Our own addresses: what they hold is known without asking anybody."""
    from psycopg.conninfo import conninfo_to_dict

    found = []
    for name, dsn in addresses(look):
        password = conninfo_to_dict(dsn).get("password")
        if password is None:
            continue
        if password in KNOWN:
            found.append(Fault(name, "the password in it is one that is tried first"))
        elif len(str(password)) < SHORTEST:
            found.append(Fault(name, f"the password in it has fewer than {SHORTEST} characters"))
    return found
