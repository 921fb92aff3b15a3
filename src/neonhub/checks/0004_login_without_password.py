"""Nobody comes in by the network without a password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neonhub.checks import Fault
from neonhub.checks._reach import is_local, lets_in, tcp_of

if TYPE_CHECKING:
    import psycopg

    from neonhub.checks import Look

TITLE = "No role logs in by TCP without a password"
SEVERITY = "must"
REMEDY = "Write scram-sha-256 in place of trust (or ident, peer) in pg_hba.conf, and reload."

_LOGINS = """
SELECT rolname::text, current_database() FROM pg_roles
 WHERE rolcanlogin AND (starts_with(rolname, 'neonhub_') OR rolsuper OR rolname = session_user)
 ORDER BY 1 LIMIT 50
"""
_TRUSTING = """
SELECT line_number, address, auth_method FROM pg_hba_file_rules
 WHERE error IS NULL AND starts_with(type, 'host') AND auth_method IN ('trust', 'ident')
 ORDER BY 1
"""


def faults(look: Look) -> list[Fault]:
    """By trying each role, and by the server's rules where they can be read."""
    by_rule = _by_rules(look.conn)
    if by_rule:
        return by_rule
    where = tcp_of(look.conn)
    if not is_local(look.conn):
        where["sslmode"] = "prefer"
    mend = "write scram-sha-256 in pg_hba.conf"
    return [
        Fault(role, f"it logs in at {where['host']} without a password", mend)
        for role, database in look.conn.execute(_LOGINS).fetchall()
        if lets_in(where, user=role, dbname=database)
    ]


def _by_rules(conn: psycopg.Connection[Any]) -> list[Fault]:
    row = conn.execute("SELECT has_function_privilege('pg_hba_file_rules()', 'EXECUTE')").fetchone()
    if row != (True,):
        return []
    return [
        Fault(f"pg_hba.conf:{line}", f"it lets {address} in by {method}", "write scram-sha-256")
        for line, address, method in conn.execute(_TRUSTING).fetchall()
    ]
