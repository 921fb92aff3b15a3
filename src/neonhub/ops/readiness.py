"""Whether a database can serve: reachable, prepared, migrated, seeded. One look, bounded in time.

Every look takes a connection of its own, so that it tells of the database and not of a pool, and
notices by itself when the database comes back. Reasons name no address.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neonhub.ops.books import VERSION_SCHEMA, VERSION_TABLE
from neonhub.ops.migrate import revisions
from neonhub.ops.prepare import REQUIRED, VECTOR_NEEDED, version_of
from neonhub.ops.roles import ROLES

if TYPE_CHECKING:
    import psycopg

__all__ = ["CHECKS", "Readiness", "readiness"]

CHECKS = ("database", "roles", "extensions", "migrations", "baseline")
TIMEOUT_S = 3.0

_UNKNOWN = "not known: the database cannot be reached"

_LOOK = f"""
SELECT ARRAY(SELECT rolname::text FROM pg_roles WHERE rolname = ANY (%(roles)s)),
       (SELECT coalesce(json_object_agg(extname, extversion), '{{}}') FROM pg_extension
         WHERE extname = ANY (%(extensions)s)),
       to_regclass('{VERSION_SCHEMA}.{VERSION_TABLE}') IS NOT NULL,
       to_regprocedure('neonhub.find_organization(text)') IS NOT NULL,
       CASE WHEN to_regrole('neonhub_app') IS NOT NULL AND current_user <> 'neonhub_app'
                 AND pg_has_role(current_user, to_regrole('neonhub_app'), 'MEMBER')
            THEN set_config('role', 'neonhub_app', true) END
"""
_REVISION = f"SELECT version_num FROM {VERSION_SCHEMA}.{VERSION_TABLE}"
_SEEDED = "SELECT EXISTS (SELECT FROM neonhub.find_organization('primary'))"


@dataclass(frozen=True, slots=True)
class Readiness:
    """Every check of ``CHECKS`` with the reason that it fails for, ``None`` where it passes."""

    reasons: dict[str, str | None]

    @property
    def ready(self) -> bool:
        """Whether all pass."""
        return not any(self.reasons.values())


async def readiness(dsn: str, *, timeout: float = TIMEOUT_S) -> Readiness:  # noqa: ASYNC109
    """Look at the database of ``dsn`` (as libpq takes it), as the application does.

    What is wrong is in the answer: nothing is raised for it.
    """
    import psycopg

    try:
        async with asyncio.timeout(timeout):
            return Readiness(await _look(dsn))
    except TimeoutError:
        return _unreachable(f"it did not answer within {timeout:g} s")
    except psycopg.OperationalError as error:
        return _unreachable("it refused the look" if error.sqlstate else "it cannot be reached")
    except psycopg.Error as error:
        return _unreachable(f"it refused the look ({error.sqlstate})")


def _unreachable(reason: str) -> Readiness:
    return Readiness({name: reason if name == "database" else _UNKNOWN for name in CHECKS})


async def _look(dsn: str) -> dict[str, str | None]:
    import psycopg

    conn = await psycopg.AsyncConnection.connect(
        dsn, autocommit=True, prepare_threshold=None, connect_timeout=3
    )
    async with conn, conn.transaction():
        cursor = await conn.execute(_LOOK, {"roles": list(ROLES), "extensions": list(REQUIRED)})
        row = await cursor.fetchone()
        assert row is not None  # noqa: S101
        roles, extensions, versioned, functions, _ = row
        return {
            "database": None,
            "roles": _missing("role", ROLES, roles),
            "extensions": _extensions(extensions),
            "migrations": await _migrations(conn) if versioned else "no migration has been run",
            "baseline": await _baseline(conn) if functions else "no migration has been run",
        }


def _missing(what: str, wanted: Any, found: Any) -> str | None:
    lacking = [name for name in wanted if name not in found]
    return f"missing {what}: {', '.join(lacking)}" if lacking else None


def _extensions(found: dict[str, str]) -> str | None:
    if reason := _missing("extension", REQUIRED, found):
        return reason
    if version_of(found["vector"]) < VECTOR_NEEDED:
        needed = ".".join(map(str, VECTOR_NEEDED))
        return f"vector is at {found['vector']}, and {needed} or later is needed"
    return None


async def _migrations(conn: psycopg.AsyncConnection[Any]) -> str | None:
    row = await (await conn.execute(_REVISION)).fetchone()
    known = revisions()
    if row is None:
        return "no migration has been run"
    if row[0] not in known:
        return f"the database is at {row[0]}, which this version does not know"
    behind = len(known) - 1 - known.index(row[0])
    return f"{behind} migrations behind: run `neonhub db migrate`" if behind else None


async def _baseline(conn: psycopg.AsyncConnection[Any]) -> str | None:
    row = await (await conn.execute(_SEEDED)).fetchone()
    return None if row is not None and row[0] else "not seeded: run `neonhub db seed`"
