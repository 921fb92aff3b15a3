"""After a deploy: does the database serve, is it as declared, does a tenant see its rows alone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

__all__ = ["smoke"]


def smoke(dsn: str) -> tuple[list[str], list[str]]:
    """What is wrong, and what is worth knowing, a sentence each. ``dsn`` is an administrator's."""
    from neonhub.ops.migrate import current_of, head
    from neonhub.ops.prepare import connected

    with connected(dsn) as conn:
        at_head = current_of(conn) == head()
    faults, notes = _ready(dsn, at_head=at_head)
    faults += _drift(dsn)
    if not at_head:
        return faults, [*notes, "Isolation is held against the models only at the last migration."]
    from neonhub.ops import isolation

    with connected(dsn) as conn:
        faults += [*isolation.faults(conn), *isolation.strangers(conn)]
        wrong, unknown = _scoped_read(conn)
    return faults + wrong, notes + unknown


def _ready(dsn: str, *, at_head: bool) -> tuple[list[str], list[str]]:
    from neonhub.ops.readiness import readiness

    found = asyncio.run(readiness(dsn)).reasons
    if not at_head:
        found = {name: why for name, why in found.items() if name != "migrations"}
    # A database that was never seeded is not the deploy's doing.
    notes = [f"Readiness: baseline: {why}." for why in [found.pop("baseline", None)] if why]
    return [f"Readiness: {name}: {why}." for name, why in found.items() if why], notes


def _drift(dsn: str) -> list[str]:
    from neonhub.ops.drift import drift

    return [f"Drift: {each.severity} {each.name} {each.object}." for each in drift(dsn).findings]


_READ = "SELECT count(*), count(*) FILTER (WHERE workspace_id = %s) FROM documents"
_MEMBER = "SELECT pg_has_role(current_user, 'neonhub_app', 'MEMBER')"


def _scoped_read(conn: psycopg.Connection[Any]) -> tuple[list[str], list[str]]:
    """As the application, one workspace's documents: all of them, no other's, and without a
    workspace none. Who may not act as the application cannot try it."""
    if conn.execute(_MEMBER).fetchone() != (True,):
        return [], ["This role may not act as neonhub_app: no read was tried as the application."]
    row = conn.execute("SELECT id FROM workspaces ORDER BY created_at LIMIT 1").fetchone()
    # Without one the read must still run, and find nothing.
    workspace = "" if row is None else str(row[0])
    whole = conn.execute(_READ, [workspace]).fetchone()
    within, without = (_as_application(conn, each) for each in (workspace, ""))
    assert whole is not None  # noqa: S101
    faults = []
    if within[0] != within[1]:
        faults.append(f"The application sees other workspaces' documents than {workspace}'s.")
    if _sees_all(conn) and within[1] != whole[1]:
        faults.append(
            f"The application sees {within[1]} documents of {workspace}, which has {whole[1]}."
        )
    if without[0]:
        faults.append(f"Without a workspace the application sees {without[0]} documents.")
    return faults, []


def _sees_all(conn: psycopg.Connection[Any]) -> bool:
    """Whether no policy holds this role back, so that it can count."""
    row = conn.execute(
        "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    return row == (True,)


def _as_application(conn: psycopg.Connection[Any], workspace: str) -> tuple[int, int]:
    with conn.transaction():
        conn.execute("SET TRANSACTION READ ONLY")
        conn.execute("SET LOCAL ROLE neonhub_app")
        conn.execute("SELECT set_config('neonhub.workspace_id', %s, true)", [workspace])
        row = conn.execute(_READ, [workspace]).fetchone()
    assert row is not None  # noqa: S101
    return row[0], row[1]
