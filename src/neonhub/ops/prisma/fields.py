"""Columns as fields: type, default, and what Prisma must be told of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from pgvector.sqlalchemy import BIT, VECTOR
from sqlalchemy.dialects import postgresql

from neonhub.db.policies import Scope
from neonhub.ops.prisma.names import field_name, identifier

if TYPE_CHECKING:
    from neonhub.db.policies import Access

__all__ = ["Field", "NoSuchType", "field_of"]


class NoSuchType(TypeError):
    """A column has a type that this schema does not know how to write."""


@dataclass(frozen=True, slots=True)
class Field:
    """A line of a model: ``name type attributes``, with a comment above it."""

    name: str
    type: str
    attributes: str = ""
    comment: str = ""


# The first that fits: a class before those that it inherits from.
_TYPES: tuple[tuple[type[sa.types.TypeEngine[Any]], str, str], ...] = (
    (postgresql.CITEXT, "String", "@db.Citext"),
    (postgresql.INET, "String", "@db.Inet"),
    (postgresql.JSONB, "Json", ""),
    (postgresql.TSVECTOR, 'Unsupported("tsvector")', ""),
    (sa.Text, "String", ""),
    (sa.BigInteger, "BigInt", ""),
    (sa.Integer, "Int", ""),
    (sa.Boolean, "Boolean", ""),
    (sa.Double, "Float", ""),
    (sa.Date, "DateTime", "@db.Date"),
    (sa.LargeBinary, "Bytes", ""),
)


def field_of(column: sa.Column[object]) -> Field:
    """The field of a column, but for its part in keys and references."""
    kind, native = _type_of(column.type)
    if column.nullable and not kind.endswith("[]"):
        kind += "?"
    name = field_name(column.table.name, column.name)
    default = _default(column)
    mapped = f'@map("{column.name}")' if name != column.name else ""
    attributes = " ".join(part for part in (default, mapped, native) if part)
    return Field(name, kind, attributes, _comment(column))


def _type_of(kind: sa.types.TypeEngine[object]) -> tuple[str, str]:
    """The type, and the attribute that names the database's own."""
    if isinstance(kind, postgresql.ENUM):
        return str(kind.name), ""
    if isinstance(kind, postgresql.ARRAY):
        inner, native = _type_of(kind.item_type)
        return f"{inner}[]", native
    if isinstance(kind, VECTOR):
        return f'Unsupported("vector({kind.dim})")', ""
    if isinstance(kind, BIT):
        # As text it would be a character a bit, in every row that is read.
        return f'Unsupported("bit({kind.length})")', ""
    if isinstance(kind, sa.DateTime) and kind.timezone:
        return "DateTime", "@db.Timestamptz(6)"
    if isinstance(kind, sa.Numeric) and not isinstance(kind, sa.Float):
        return "Decimal", f"@db.Decimal({kind.precision}, {kind.scale})"
    for known, name, native in _TYPES:
        if isinstance(kind, known):
            return name, native
    raise NoSuchType(f"no Prisma type for {kind!r}")


def _default(column: sa.Column[object]) -> str:
    """Who gives a value where none is given: Prisma a constant, the database all else.

    With ``dbgenerated`` Prisma leaves the column out of what it writes.
    """
    if column.computed is not None:
        return "@default(dbgenerated())"
    if column.identity is not None:
        return "@default(autoincrement())"
    if column.server_default is None:
        return ""
    sql = str(column.server_default.arg)  # type: ignore[attr-defined]
    if sql == "now()" and column.primary_key:
        # JavaScript's times end at the millisecond: by the database's own, which go on to the
        # microsecond, Prisma would not find the row again that it has just made.
        return "@default(now())"
    constant = _constant(sql, column.type)
    if constant is None or not _writable(column):
        quoted = sql.replace("\\", "\\\\").replace('"', '\\"')
        return f'@default(dbgenerated("{quoted}"))'
    return f"@default({constant})"


def _constant(sql: str, kind: sa.types.TypeEngine[object]) -> str | None:
    """A default that Prisma can write itself; None where only the database can."""
    if sql in ("true", "false") or re.fullmatch(r"-?\d+(\.\d+)?", sql):
        return sql
    literal = re.fullmatch(r"'([^'\\]*)'::(.+)", sql)
    if literal is None:
        return None
    value = literal[1].replace('"', '\\"')
    if isinstance(kind, postgresql.ENUM):
        return identifier(value)
    if isinstance(kind, postgresql.ARRAY):
        return "[]" if value == "{}" else None
    return f'"{value}"'


def _writable(column: sa.Column[object]) -> bool:
    """Whether the application may write it: Prisma writes its own defaults into every row."""
    access: Access = column.table.info["access"]
    allowed = access.app_columns.get("INSERT")
    return column.table.info["scope"] is not Scope.GLOBAL or not allowed or column.name in allowed


def _comment(column: sa.Column[object]) -> str:
    if column.computed is not None or column.identity is not None:
        return "Made by the database: read it, never write it."
    if column.info.get("touched"):
        return "Set by the database at every update."
    if column.info.get("sealed"):
        return "Encrypted at rest, for its row: write only what is sealed."
    return ""
