"""What was deleted softly, once nothing that lives refers to it.

A reference keeps the row that it points to where its own row would be lost or left wrong:

- it is of a table with soft deletion, and its row is not deleted;
- it would go along (CASCADE), and its table has soft deletion too, or is archived first;
- it forbids to delete (RESTRICT).

All else that refers to it is a part of it and goes along, or has its reference emptied, as the
model says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from neonhub.ops.maintain.rules import RECORDS, RULES
from neonhub.ops.maintain.scopes import check_settings, spans
from neonhub.ops.maintain.tenants import empty_workspaces
from neonhub.ops.maintain.work import MAINTENANCE, acting, patiently

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ForeignKeyConstraint, Table

    from neonhub.ops.maintain.rules import Rule
    from neonhub.ops.maintain.scopes import Span
    from neonhub.ops.maintain.work import Work

__all__ = ["Holder", "expire_deleted", "holders"]

# Each may have many parts, which go in the same statement.
BATCH = 100


@dataclass(frozen=True, slots=True)
class Holder:
    """A table whose rows keep those of another; ``condition`` holds for a row ``r`` so kept."""

    table: str
    condition: str


def holders(table: str) -> list[Holder]:
    """What keeps rows of ``table``, by the references of the model."""
    from neonhub.schema import metadata

    if table in RECORDS:
        column = "workspace_id" if table == "workspaces" else "organization_id"
        return [
            Holder(each, f"EXISTS (SELECT FROM {each} h WHERE h.{column} = r.id)")
            for each in RECORDS[table]
        ]
    return [
        holder
        for source in metadata().tables.values()
        for reference in sorted(source.foreign_key_constraints, key=lambda c: str(c.column_keys))
        if reference.referred_table.name == table
        for holder in _holder(source, reference)
    ]


def _holder(source: Table, reference: ForeignKeyConstraint) -> Iterator[Holder]:
    archived = {rule.table for rule in RULES if rule.archive}
    soft = "deleted_at" in source.columns
    action = (reference.ondelete or "RESTRICT").upper()
    if not (action == "RESTRICT" or soft or (action == "CASCADE" and source.name in archived)):
        return
    joined = " AND ".join(
        f'h."{element.parent.name}" = r."{element.column.name}"' for element in reference.elements
    )
    live = " AND h.deleted_at IS NULL" if soft and action.startswith("SET NULL") else ""
    yield Holder(source.name, f"EXISTS (SELECT FROM {source.name} h WHERE {joined}{live})")


def expire_deleted(work: Work, rule: Rule) -> None:
    """Delete what was deleted long enough ago and nothing holds; tell what is held, and by what."""
    found_holders = holders(rule.table)
    free = " AND ".join(["true", *(f"NOT {each.condition}" for each in found_holders)])
    with acting(work.conn, MAINTENANCE, snapshot=True):
        found, said = spans(work, rule)
    for span in found:
        if work.dry_run:
            query = f"SELECT count(*) FROM {rule.table} r WHERE {span.condition} AND {free}"
            with acting(work.conn, MAINTENANCE, snapshot=True):
                row = work.conn.execute(query.encode(), span.values).fetchone()
            work.count("rows to delete", int(row[0]) if row else 0)
        else:
            if rule.table == "workspaces":
                empty_workspaces(work, span, free)
            _delete(work, rule, span, free)
        _tell_held(work, rule, span, found_holders)
    check_settings(said)


def _delete(work: Work, rule: Rule, span: Span, free: str) -> None:
    pick = (
        f"SELECT r.ctid FROM {rule.table} r WHERE {span.condition} AND {free} "
        f"LIMIT {BATCH} FOR UPDATE SKIP LOCKED"
    )
    # Locked, nothing refers to them anew; what did so between looking and locking is seen now.
    remove = f"DELETE FROM {rule.table} r WHERE r.ctid = ANY(%(picked)s) AND {free}"

    def batch() -> int:
        with acting(work.conn, MAINTENANCE):
            picked = [row[0] for row in work.conn.execute(pick.encode(), span.values)]
            return work.conn.execute(remove.encode(), {"picked": picked}).rowcount

    while not work.out_of_time():
        gone = patiently(rule.table, batch)
        work.count("rows deleted", gone)
        if not gone:
            return


def _tell_held(work: Work, rule: Rule, span: Span, found: list[Holder]) -> None:
    if not found:
        return
    counts = ", ".join(f"count(*) FILTER (WHERE {each.condition})" for each in found)
    query = f"SELECT {counts} FROM {rule.table} r WHERE {span.condition}"
    with acting(work.conn, MAINTENANCE, snapshot=True):
        row = work.conn.execute(query.encode(), span.values).fetchone() or ()
    for holder, number in zip(found, row, strict=True):
        if number:
            work.tell(f"{number:,} deleted {rule.table} stay: {holder.table} refers to them")
