"""How far a database is: one short look, which a command can afford every time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neonhub.db.ids import deterministic_cuid
from neonhub.ops.books import VERSION_SCHEMA, VERSION_TABLE

if TYPE_CHECKING:
    import psycopg

__all__ = ["State", "state_of"]

_LOOK = f"""
SELECT (SELECT count(*) = 8 FROM pg_roles WHERE rolname LIKE 'neonhub\\_%%'
           AND rolname = ANY (%s))
       AND to_regnamespace('neonhub') IS NOT NULL
       AND (SELECT count(*) = 3 FROM pg_extension
             WHERE extname IN ('vector', 'citext', 'pg_trgm')),
       to_regclass('{VERSION_SCHEMA}.{VERSION_TABLE}') IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class State:
    """Whether roles, schema and extensions are there, the revision, and the baseline."""

    prepared: bool
    revision: str | None
    seeded: bool


def state_of(dsn: str) -> State:
    """Look at the database of ``dsn``, as a login that may become the owner."""
    from neonhub.ops.prepare import connected
    from neonhub.ops.roles import ROLES

    with connected(dsn) as conn:
        row = conn.execute(_LOOK, [list(ROLES)]).fetchone()
        prepared, versioned = row if row is not None else (False, False)
        if not prepared or not versioned:
            return State(bool(prepared), None, seeded=False)
        found = conn.execute(f"SELECT version_num FROM {VERSION_SCHEMA}.{VERSION_TABLE}").fetchone()
        revision = found[0] if found is not None else None
        return State(prepared=True, revision=revision, seeded=_seeded(conn))


def _seeded(conn: psycopg.Connection[Any]) -> bool:
    """Whether the baseline's organization is there; its id is the same everywhere."""
    organization_id = deterministic_cuid("organization", "primary")
    made = conn.execute("SELECT to_regclass('organizations')").fetchone()
    if made is None or made[0] is None:
        return False
    with conn.transaction():
        conn.execute("SELECT set_config('neonhub.organization_id', %s, true)", [organization_id])
        found = conn.execute("SELECT FROM organizations WHERE id = %s", [organization_id])
        return found.fetchone() is not None
