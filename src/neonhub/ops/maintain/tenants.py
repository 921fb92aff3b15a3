"""A deleted workspace, emptied table by table before its own row goes.

To delete the row alone would take all of its rows with it in one statement: an hour's work that a
kill undoes. Here it is batches, and whatever was done stays done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from neonhub.ops.maintain.work import MAINTENANCE, acting, patiently

if TYPE_CHECKING:
    from neonhub.ops.maintain.scopes import Span
    from neonhub.ops.maintain.work import Work

__all__ = ["empty_workspaces"]

BATCH = 1_000


def empty_workspaces(work: Work, span: Span, free: str) -> None:
    """Delete the rows of every workspace that is past and that no record holds."""
    query = f"SELECT r.id FROM workspaces r WHERE {span.condition} AND {free} ORDER BY r.id"
    with acting(work.conn, MAINTENANCE, snapshot=True):
        found = [row[0] for row in work.conn.execute(query.encode(), span.values)]
    for workspace in found:
        for table, key in _tables():
            _empty(work, table, key, workspace, span, free)


def _tables() -> list[tuple[str, list[str]]]:
    """Tables of workspaces with their keys, those that refer before those referred to.

    Append-only ones refuse a DELETE: they go with what they refer to, or with the workspace.
    """
    from neonhub.db.policies import Scope
    from neonhub.schema import catalogue, metadata

    scopes = {entry.name: entry.scope for entry in catalogue()}
    return [
        (table.name, [column.name for column in table.primary_key.columns])
        for table in reversed(metadata().sorted_tables)
        if scopes[table.name] is Scope.WORKSPACE and not table.info["access"].append_only
    ]


def _empty(work: Work, table: str, key: list[str], workspace: str, span: Span, free: str) -> None:
    columns = ", ".join(f'"{name}"' for name in key)
    statement = (
        f"DELETE FROM {table} WHERE ({columns}) IN (SELECT {columns} FROM {table} "
        f"WHERE workspace_id = %(workspace)s LIMIT {BATCH}) "
        # Somebody may have brought it back.
        f"AND EXISTS (SELECT FROM workspaces r WHERE r.id = %(workspace)s AND {span.condition} "
        f"AND {free})"
    )
    values = {**span.values, "workspace": workspace}

    def batch() -> int:
        with acting(work.conn, MAINTENANCE):
            return work.conn.execute(statement.encode(), values).rowcount

    while not work.out_of_time():
        gone = patiently(table, batch)
        work.count("rows of deleted workspaces deleted", gone)
        if not gone:
            return
