"""Annotated column shorthands: a mapped class says what a column is in one word.

``Mapped[Cuid]``, ``Mapped[str]`` (text), ``Mapped[CIText]``, ``Mapped[Json]``,
``Mapped[Instant]`` (timestamptz, UTC), ``Mapped[Money]`` (numeric(18,4)),
``Mapped[Sealed]`` (text, encrypted by ``neonhub.db.crypto``), ``Mapped[float]`` (double
precision), ``Mapped[BigInt]``, ``Mapped[Date]``; ``| None`` makes it nullable.
"""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal
from typing import Annotated, Any

from pgvector.sqlalchemy import BIT, VECTOR
from sqlalchemy import BigInteger, Computed, DateTime, Numeric, Text, text
from sqlalchemy import Date as PlainDate
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import MappedColumn, mapped_column

__all__ = [
    "STORED_DIMENSION",
    "BigInt",
    "CIText",
    "Cuid",
    "Date",
    "IdType",
    "Inet",
    "Instant",
    "Json",
    "JsonArray",
    "Money",
    "Sealed",
    "TextArray",
    "computed",
    "embedding_bits_column",
    "embedding_column",
    "enum_column",
    "folded_column",
    "named_enum",
    "ratio",
    "tsv_column",
]

STORED_DIMENSION = 1536
"""Every vector column holds this many dimensions, whatever the model that made it."""

IdType = Text(collation="C")

Cuid = Annotated[str, mapped_column(IdType)]
CIText = Annotated[str, mapped_column(postgresql.CITEXT)]
BigInt = Annotated[int, mapped_column(BigInteger)]
Date = Annotated[dt.date, mapped_column(PlainDate)]
Inet = Annotated[str, mapped_column(postgresql.INET)]
Instant = Annotated[dt.datetime, mapped_column(DateTime(timezone=True))]
Json = Annotated[dict[str, Any], mapped_column(postgresql.JSONB(none_as_null=True))]
JsonArray = Annotated[list[Any], mapped_column(postgresql.JSONB(none_as_null=True))]
Money = Annotated[Decimal, mapped_column(Numeric(18, 4))]
Sealed = Annotated[str, mapped_column(Text, info={"sealed": True})]
TextArray = Annotated[
    list[str], mapped_column(postgresql.ARRAY(Text), server_default=text("'{}'::text[]"))
]


def named_enum(python_enum: type[enum.StrEnum]) -> postgresql.ENUM:
    """The native enumeration of a ``StrEnum``: its name, its values."""
    return postgresql.ENUM(*[member.value for member in python_enum], name=python_enum.__name__)


def enum_column(python_enum: type[enum.StrEnum], default: str | None = None) -> MappedColumn[Any]:
    """A column of the native enumeration; ``default`` is one of its labels."""
    label = f"'{default}'::\"{python_enum.__name__}\"" if default else None
    return mapped_column(named_enum(python_enum), server_default=text(label) if label else None)


def embedding_column() -> MappedColumn[Any]:
    """``embedding vector(1536)``, out of line and uncompressed: floats do not compress."""
    return mapped_column(VECTOR(STORED_DIMENSION), nullable=True, info={"storage": "EXTERNAL"})


def embedding_bits_column() -> MappedColumn[Any]:
    """``embedding_bits``: the vector's signs, generated, always inline (192 bytes)."""
    bits = STORED_DIMENSION
    return mapped_column(
        BIT(bits),
        Computed(f"(binary_quantize(embedding))::bit({bits})", persisted=True),
        nullable=True,
        info={"storage": "PLAIN"},
    )


def tsv_column(source: str, config: str = "english") -> MappedColumn[Any]:
    """A full-text column generated from the column ``source``."""
    return mapped_column(
        postgresql.TSVECTOR,
        Computed(f"to_tsvector('{config}'::regconfig, {source})", persisted=True),
    )


def computed(expression: str) -> MappedColumn[Any]:
    """A stored column that follows from others of its row."""
    return mapped_column(Computed(expression, persisted=True))


def ratio(part: str, whole: str) -> str:
    """``part`` over ``whole`` as double precision, and 0 where there is nothing to divide by."""
    return (
        f"CASE WHEN {whole} > 0 THEN {part}::double precision / {whole}::double precision "
        "ELSE 0 END"
    )


def folded_column(source: str, *, nullable: bool = False) -> MappedColumn[Any]:
    """A ``citext`` column in small letters, as text: what looks it up under row security.

    ``citext`` compares by a function that is not leakproof, so PostgreSQL puts the policy first
    and reads the tenant's every row; equality of text reaches its index.
    """
    return mapped_column(
        Text, Computed(f"lower(({source})::text)", persisted=True), nullable=nullable
    )
