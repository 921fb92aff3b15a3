"""One row for any table, made up from what the live catalogue says of it.

For proofs that need a row in every table: isolation, and the way of migrations on data. Every
column that takes a value gets one, so that every rule has something to hold.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import NeonHubError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import psycopg

__all__ = ["Row", "SampleRows", "ValueUnknown"]

Row = dict[str, Any]

_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, NULL), a.atttypmod, a.attnotnull,
       ARRAY(SELECT enumlabel::text FROM pg_enum e WHERE e.enumtypid = a.atttypid
              ORDER BY enumsortorder)
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
   AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
   AND a.attgenerated = '' AND a.attidentity = ''
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
 ORDER BY c.relname, a.attnum
"""
_REFERENCES = """
SELECT c.relname, t.relname,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS n (num, place)
               JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n.num ORDER BY place),
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS n (num, place)
               JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = n.num ORDER BY place)
  FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid
 WHERE k.contype = 'f' AND k.conparentid = 0 AND NOT c.relispartition
   AND c.relnamespace = 'public'::regnamespace
 ORDER BY c.relname, k.conname
"""
# A row with one of these is a row that is gone.
_LEFT_EMPTY = frozenset({"deleted_at", "merged_into_id", "superseded_by_id"})
# What a rule of the table's own asks for.
_BY_RULE: dict[tuple[str, str], Any] = {("budget_profiles", "total_budget"): 1000}
_PLAIN: dict[str, Any] = {
    "boolean": True,
    "integer": 1,
    "bigint": 1,
    "double precision": 0.5,
    "numeric": 1,
    "jsonb": "{}",
    "text[]": [],
    "date": "2026-01-31",
    "timestamp with time zone": "2026-01-31 12:00+00",
    "inet": "192.0.2.1",
    "bytea": b"\x01",
}


class ValueUnknown(NeonHubError):
    """No value can be made up for {table}.{column}: its type {type} is not known here."""


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    type: str
    modifier: int
    required: bool
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Reference:
    target: str
    columns: tuple[str, ...]
    points_to: tuple[str, ...]


@dataclass(slots=True)
class _Shape:
    columns: list[_Column] = field(default_factory=list)
    references: list[_Reference] = field(default_factory=list)


class SampleRows:
    """Makes rows by the catalogue of ``conn``'s database as it is at the beginning.

    ``mark`` tells the rows of one maker from those of another. ``values`` names what a column
    must hold where a rule of its own wants it: ``{("connectors", "category"): "email"}``.
    """

    def __init__(
        self,
        conn: psycopg.Connection[Any],
        *,
        mark: str = "sample",
        values: Mapping[tuple[str, str], Any] | None = None,
    ):
        self.conn = conn
        self._mark = mark
        self._values = {**_BY_RULE, **(values or {})}
        self._shapes: dict[str, _Shape] = defaultdict(_Shape)
        self.made: dict[str, Row] = {}
        for table, name, type_, modifier, required, labels in conn.execute(_COLUMNS):
            column = _Column(name, type_, modifier, required, tuple(labels))
            self._shapes[table].columns.append(column)
        for table, target, columns, points_to in conn.execute(_REFERENCES):
            reference = _Reference(target, tuple(columns), tuple(points_to))
            self._shapes[table].references.append(reference)

    @property
    def tables(self) -> tuple[str, ...]:
        """Every table, those referred to first."""
        needs = {
            name: {r.target for r in shape.references if r.target != name}
            for name, shape in sorted(self._shapes.items())
        }
        return tuple(TopologicalSorter(needs).static_order())

    def row(self, table: str, **given: Any) -> Row:
        """A valid row, referring to the rows made before; it is not inserted."""
        shape = self._shapes[table]
        row = dict(given)
        for reference in shape.references:
            target = self.made.get(reference.target)
            if target is not None:
                for name, key in zip(reference.columns, reference.points_to, strict=True):
                    row.setdefault(name, target[key])
        for column in shape.columns:
            if column.name not in row and column.name not in _LEFT_EMPTY:
                row[column.name] = self._value(table, column, row)
        return {name: value for name, value in row.items() if value is not None}

    def insert(self, table: str, **given: Any) -> Row:
        """Insert such a row; return it as it lies in the table."""
        from psycopg import sql
        from psycopg.rows import dict_row

        row = self.row(table, **given)
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING *").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join([sql.Placeholder()] * len(row)),
        )
        with self.conn.cursor(row_factory=dict_row) as cursor:
            kept = cursor.execute(statement, [_plain(each) for each in row.values()]).fetchone()
        self.made[table] = kept or row
        return self.made[table]

    def fill(self, tables: Iterable[str] | None = None) -> None:
        """Insert a row in each table, those referred to first."""
        for table in tables or self.tables:
            self.insert(table)

    def _value(self, table: str, column: _Column, row: Row) -> Any:
        if (table, column.name) in self._values:
            return self._values[table, column.name]
        if any(column.name in r.columns for r in self._shapes[table].references):
            return None  # what it would refer to has not been made
        if column.name == "currency":
            return "usd"
        if column.name == "id" or (column.type == "text" and column.name.endswith("_id")):
            return self._id(table, column.name)
        if column.labels:
            return column.labels[0]
        if column.type in {"text", "citext"}:
            return f"{self._mark} {table} {column.name} {self._id(table, column.name)[:9]}"
        if column.type == "vector":
            return str([0.5] * (column.modifier if column.modifier > 0 else 3))
        if column.type in _PLAIN:
            return _PLAIN[column.type]
        raise ValueUnknown(table=table, column=column.name, type=column.type)

    def _id(self, table: str, column: str) -> str:
        """In the cuid form; the same at every run, another for every mark."""
        digest = hashlib.sha256(f"{self._mark} {table} {column}".encode()).hexdigest()
        return f"c{digest[:24]}"


def _plain(value: Any) -> Any:
    """What psycopg takes: JSON that was read from a row is marked as JSON again."""
    from psycopg.types.json import Jsonb

    return Jsonb(value) if isinstance(value, dict) else value
