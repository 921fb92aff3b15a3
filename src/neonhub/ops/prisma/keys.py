"""Primary keys, unique sets and indexes as attributes of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import UniqueConstraint

from neonhub.ops.prisma.names import field_name, stored_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Index, Table

__all__ = ["block_attributes", "column_attributes"]

_METHODS = {"gin": "Gin", "gist": "Gist", "hash": "Hash", "brin": "Brin"}


def column_attributes(table: Table) -> dict[str, str]:
    """``@id`` and ``@unique`` of the columns that are a key by themselves."""
    found: dict[str, str] = {}
    for constraint in _unique_sets(table):
        if len(constraint.columns) == 1:
            found[constraint.columns[0].name] = f'@unique(map: "{stored_name(constraint)}")'
    if len(table.primary_key.columns) == 1:
        column = next(iter(table.primary_key.columns)).name
        found[column] = f'@id(map: "{stored_name(table.primary_key)}")'
    return found


def block_attributes(table: Table) -> list[str]:
    """``@@id``, ``@@unique``, ``@@index`` and ``@@map``, each a line."""
    lines: list[str] = []
    if len(table.primary_key.columns) > 1:
        names = _names(table, (column.name for column in table.primary_key.columns))
        lines.append(f'@@id([{names}], map: "{stored_name(table.primary_key)}")')
    for constraint in _unique_sets(table):
        if len(constraint.columns) > 1:
            names = _names(table, (column.name for column in constraint.columns))
            lines.append(f'@@unique([{names}], map: "{stored_name(constraint)}")')
    for index in sorted(table.indexes, key=lambda ix: str(ix.name)):
        lines += _index(table, index)
    return [*lines, f'@@map("{table.name}")']


def _unique_sets(table: Table) -> list[UniqueConstraint]:
    found = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    return sorted(found, key=lambda each: str(each.name))


def _names(table: Table, columns: Iterable[str]) -> str:
    return ", ".join(field_name(table.name, column) for column in columns)


def _index(table: Table, index: Index) -> list[str]:
    """One line; a comment for an index over a part of the rows.

    Were a partial unique index said to be unique, ``findUnique`` and ``upsert`` would take it for
    a key, and PostgreSQL refuses ``ON CONFLICT`` without the condition.
    """
    options = index.dialect_options["postgresql"]
    columns = [column.name for column in index.columns]
    where = options["where"]
    if where is not None:
        kind = "unique" if index.unique else "index"
        return [f"// {kind} where {where}: [{_names(table, columns)}] ({stored_name(index)})"]
    method, classes = options["using"] or "btree", options["ops"] or {}
    named = [
        field_name(table.name, column)
        + (f'(ops: raw("{classes[column]}"))' if column in classes else "")
        for column in columns
    ]
    kind = f", type: {_METHODS[method]}" if method != "btree" else ""
    return [f'@@index([{", ".join(named)}]{kind}, map: "{stored_name(index)}")']
