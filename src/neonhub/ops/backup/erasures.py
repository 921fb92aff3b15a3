"""Erasures made since a backup: a restore makes them again, and does not bring anybody back.

An erasure is a row of the audit log with the action ``erase``, the table as ``resource_type`` and
the erased row's id as ``resource_id``. Backups carry those that their database remembers, so that
an older backup learns of them from a newer one where the database is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    import psycopg

__all__ = ["ACTION", "Erasure", "erase", "remembered"]

ACTION = "erase"
Erasure = tuple[str, str, str, str]
"""A table, a workspace, the id of a row, and when it was erased."""

_REMEMBERED = """
SELECT a.resource_type, a.workspace_id, a.resource_id, a.created_at
  FROM public.audit_logs a
  -- What an organization writes of another's workspace is no erasure.
  JOIN public.workspaces w ON w.id = a.workspace_id AND w.organization_id = a.organization_id
 WHERE a.action = %s AND a.resource_type IS NOT NULL AND a.resource_id IS NOT NULL
   AND a.created_at > coalesce(%s, '-infinity'::timestamptz)
 ORDER BY a.created_at
"""


def remembered(conn: psycopg.Connection[Any], since: dt.datetime | None = None) -> list[Erasure]:
    """The erasures that a database has in its audit log; none before there is one."""
    row = conn.execute("SELECT to_regclass('public.audit_logs') IS NOT NULL").fetchone()
    if row != (True,):
        return []
    rows = conn.execute(_REMEMBERED, [ACTION, since])
    return [(table, workspace, id_, at.isoformat()) for table, workspace, id_, at in rows]


def erase(conn: psycopg.Connection[Any], erasures: Iterable[Erasure]) -> int:
    """Delete these rows again, with what refers to them; how many were there.

    The connection is in a transaction and sees every tenant's rows.
    """
    from psycopg import sql

    from neonhub.db.policies import Scope
    from neonhub.schema import catalogue

    known = {entry.name for entry in catalogue() if entry.scope is Scope.WORKSPACE}
    wanted: dict[str, tuple[list[str], list[str]]] = {}
    for table, workspace, id_, _ in erasures:
        if table in known:
            workspaces, ids = wanted.setdefault(table, ([], []))
            workspaces.append(workspace)
            ids.append(id_)
    gone = 0
    statement = sql.SQL(
        "DELETE FROM public.{} WHERE (workspace_id, {}) IN (SELECT * FROM unnest(%s::text[], "
        "%s::text[]))"
    )
    for table, rows in wanted.items():
        # What belongs to it by name: a database with some tables only has no references.
        for child, column in [*_belonging(table), (table, "id")]:
            names = sql.Identifier(child), sql.Identifier(column)
            gone += conn.execute(statement.format(*names), list(rows)).rowcount
    return gone


def _belonging(table: str) -> list[tuple[str, str]]:
    """Tables whose rows go with a row of ``table``, but for those that are only added to, and the
    column that says with which."""
    from neonhub.schema import catalogue

    return [
        (entry.name, key.column_keys[-1])
        for entry in catalogue()
        for key in entry.table.foreign_key_constraints
        if key.referred_table.name == table and key.ondelete == "CASCADE"
        if key.column_keys[0] == "workspace_id" and entry.name != table
        if not entry.table.info["access"].append_only
    ]
