"""Rows into tables, as the role that may: one statement a table, whatever the number of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import psycopg

__all__ = ["APP", "AUTH", "MAINTENANCE", "act_as", "enter", "insert_rows"]

APP, AUTH, MAINTENANCE = "neonhub_app", "neonhub_auth", "neonhub_maintenance"


def act_as(conn: psycopg.Connection[Any], role: str) -> None:
    """Be ``role`` for the rest of the transaction, or until the next call, where the login may.

    The owner may become none of them. Its rows are held to the same policies, since row security
    is forced.
    """
    kind = "SET" if conn.info.server_version >= 160000 else "MEMBER"
    row = conn.execute("SELECT pg_has_role(session_user, %s::name, %s)", [role, kind]).fetchone()
    if row is not None and row[0]:
        conn.execute(f"SET LOCAL ROLE {role}".encode())


def enter(
    conn: psycopg.Connection[Any],
    *,
    workspace_id: str = "",
    organization_id: str = "",
    user_id: str = "",
) -> None:
    """Set the tenant for the rest of the transaction; what is left out is nobody."""
    conn.execute(
        "SELECT set_config('neonhub.workspace_id', %s, true), "
        "set_config('neonhub.organization_id', %s, true), "
        "set_config('neonhub.user_id', %s, true)",
        [workspace_id, organization_id, user_id],
    )


def insert_rows(
    conn: psycopg.Connection[Any],
    table: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    conflict: str = "ON CONFLICT DO NOTHING",
) -> int:
    """Insert ``rows``, all with the columns of the first, in their order; how many were new.

    Values are as JSON has them: text for what JSON has no type for, ``None`` for NULL.
    """
    import orjson

    if not rows:
        return 0
    names = ", ".join(rows[0])
    statement = (
        f"INSERT INTO {table} ({names}) SELECT {names} "
        f"FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb) {conflict}"
    )
    given = orjson.dumps(rows, default=_plain).decode()
    return conn.execute(statement.encode(), [given]).rowcount


def _plain(value: Any) -> str:
    """Money as text, bytes in PostgreSQL's form."""
    return rf"\x{value.hex()}" if isinstance(value, bytes) else str(value)
