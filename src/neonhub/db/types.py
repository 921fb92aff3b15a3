"""Annotated column shorthands: a mapped class says what a column is in one word.

``Mapped[Cuid]``, ``Mapped[str]`` (text), ``Mapped[CIText]``, ``Mapped[Json]``,
``Mapped[Instant]`` (timestamptz, UTC), ``Mapped[Money]`` (numeric(18,4)),
``Mapped[Sealed]`` (text, encrypted by ``neonhub.db.crypto``); ``| None`` makes it nullable.
"""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal
from typing import Annotated, Any

from pgvector.sqlalchemy import BIT, VECTOR
from sqlalchemy import Computed, DateTime, Numeric, Text, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import MappedColumn, mapped_column

__all__ = [
    "STORED_DIMENSION",
    "CIText",
    "Cuid",
    "IdType",
    "Instant",
    "Json",
    "Money",
    "Sealed",
    "TextArray",
    "embedding_bits_column",
    "embedding_column",
    "enum_column",
    "named_enum",
    "tsv_column",
]

STORED_DIMENSION = 1536
"""Every vector column holds this many dimensions, whatever the model that made it."""

IdType = Text(collation="C")

Cuid = Annotated[str, mapped_column(IdType)]
CIText = Annotated[str, mapped_column(postgresql.CITEXT)]
Instant = Annotated[dt.datetime, mapped_column(DateTime(timezone=True))]
Json = Annotated[dict[str, Any], mapped_column(postgresql.JSONB(none_as_null=True))]
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
        nullable=True,
    )
