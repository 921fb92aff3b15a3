"""References as pairs of fields: one on the side that refers, one on the side referred to."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKeyConstraint, Table, UniqueConstraint

from neonhub.ops.prisma.fields import Field
from neonhub.ops.prisma.names import (
    back_name,
    field_name,
    forward_name,
    local_column,
    stored_name,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from neonhub.schema import TableEntry

__all__ = ["relations"]

_ACTIONS = {"CASCADE": "Cascade", "RESTRICT": "Restrict", "SET NULL": "SetNull"}


def relations(entries: Sequence[TableEntry]) -> Mapping[str, list[Field]]:
    """The relation fields of every table: its own references first, then those that refer to it."""
    models = {entry.name: entry.model.__name__ for entry in entries}
    pairs = Counter(
        frozenset((entry.name, fk.referred_table.name))
        for entry in entries
        for fk in _references(entry.table)
    )
    taken = {
        entry.name: {field_name(entry.name, column.name) for column in entry.table.columns}
        for entry in entries
    }
    own: dict[str, list[Field]] = defaultdict(list)
    backs: dict[str, list[Field]] = defaultdict(list)
    named: list[tuple[ForeignKeyConstraint, str]] = []
    for entry in entries:  # all of them before any back name, which must not collide with them
        for fk in _references(entry.table):
            name = forward_name(local_column(fk), taken[entry.name])
            taken[entry.name].add(name)
            named.append((fk, name))
    for fk, forward in named:
        table, target = fk.table.name, fk.referred_table.name
        label = ""
        if pairs[frozenset((table, target))] > 1 or table == target:
            label = f"{models[table]}{forward[:1].upper()}{forward[1:]}"
        own[table].append(_forward(fk, forward, models[target], label))
        one = models[table] if _is_one_to_one(fk) else None
        back = back_name(models[target], table, forward, taken[target], one=one)
        if back in taken[target]:
            raise ValueError(f"{target} has two fields {back}: one for {table}.{forward}")
        taken[target].add(back)
        many = "?" if one else "[]"
        backs[target].append(
            Field(back, models[table] + many, f'@relation("{label}")' if label else "")
        )
    return {name: own[name] + sorted(backs[name], key=lambda f: f.name) for name in models}


def _references(table: Table) -> list[ForeignKeyConstraint]:
    """In the order of the columns."""
    order = list(table.columns.keys())
    return sorted(table.foreign_key_constraints, key=lambda fk: order.index(local_column(fk)))


def _forward(fk: ForeignKeyConstraint, name: str, target: str, label: str) -> Field:
    optional = any(column.nullable for column in fk.columns)
    fields = ", ".join(field_name(fk.table.name, column.name) for column in fk.columns)
    referred = fk.referred_table.name
    to = ", ".join(field_name(referred, element.column.name) for element in fk.elements)
    action, comment = _action(fk, name)
    parts = [
        f'"{label}"' if label else "",
        f"fields: [{fields}]",
        f"references: [{to}]",
        f"onDelete: {action}",
        "onUpdate: NoAction",
        f'map: "{stored_name(fk)}"',
    ]
    attribute = f"@relation({', '.join(part for part in parts if part)})"
    return Field(name, target + ("?" if optional else ""), attribute, comment)


def _action(fk: ForeignKeyConstraint, name: str) -> tuple[str, str]:
    declared = fk.ondelete or "NO ACTION"
    if declared.startswith("SET NULL ("):
        # Prisma knows only the kind that clears every column, the tenant's too.
        column = field_name(fk.table.name, local_column(fk))
        return "NoAction", f"Deleting it clears {column}. To let go of it, set {column} to null."
    return _ACTIONS.get(declared, "NoAction"), ""


def _is_one_to_one(fk: ForeignKeyConstraint) -> bool:
    columns = {column.name for column in fk.columns}
    sets = [
        {column.name for column in constraint.columns}
        for constraint in fk.table.constraints
        if isinstance(constraint, UniqueConstraint)
    ]
    return columns in [*sets, {column.name for column in fk.table.primary_key}]
