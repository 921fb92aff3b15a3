"""What goes between the platform and its database cannot be read on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neonhub.checks import CannotTell, Fault
from neonhub.checks._reach import addresses, is_local

if TYPE_CHECKING:
    from neonhub.checks import Look

TITLE = "The platform's own connections are encrypted"
SEVERITY = "must"
REMEDY = (
    "Put sslmode=verify-full (or require, where there is no certificate to check) into the "
    "address. A socket and the loopback interface need no encryption."
)


def faults(look: Look) -> list[Fault]:
    """Connect by each address that is set, as the platform does."""
    import psycopg

    found = []
    for name, dsn in addresses(look):
        try:
            with psycopg.connect(dsn, connect_timeout=5, application_name="neonhub") as conn:
                if not is_local(conn) and not conn.pgconn.ssl_in_use:
                    what = f"the connection to {conn.info.host} is not encrypted"
                    found.append(Fault(name, what, f"add sslmode=verify-full to {name}"))
        except psycopg.OperationalError as error:
            raise CannotTell(f"{name} does not connect") from error
    return found
