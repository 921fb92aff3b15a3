"""A table's columns as PostgreSQL sends them and as Arrow holds them.

Rows come as CSV from COPY, which Arrow reads several times faster than Python could make objects
of them; what CSV has no form for (bytes, vectors, bits, arrays) comes in one that is text.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import NeonHubError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import psycopg

__all__ = ["ArchiverMissing", "Column", "NotArchivable", "columns_of", "fetch", "same", "schema_of"]


class ArchiverMissing(NeonHubError):
    """Rows are archived with pyarrow, which is not installed."""

    hint = "pip install 'neonhub[ops]'"
    exit_code = 69


class NotArchivable(NeonHubError):
    """Rows of {table} cannot be written to an archive: {reason}."""

    hint = "Nothing was deleted. Correct the value, or keep the rows with --rule NAME=never."
    exit_code = 65


@dataclass(frozen=True, slots=True)
class Column:
    """``select`` is its SQL of the row ``r``, ``read`` the type that CSV is read as, ``kept`` the
    type that is archived, and ``finish`` makes the one of the other."""

    name: str
    declared: str
    select: str
    read: Any
    kept: Any
    finish: Callable[[Any], Any] | None = None


_COLUMNS = """
SELECT a.attname, t.typname, t.typtype, a.atttypmod, format_type(a.atttypid, a.atttypmod),
       n.nspname
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
  JOIN pg_namespace n ON n.oid = t.typnamespace
 WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""


def arrow() -> Any:
    """pyarrow, or ``ArchiverMissing``."""
    try:
        import pyarrow as pa
    except ImportError as error:
        raise ArchiverMissing from error
    return pa


def columns_of(conn: psycopg.Connection[Any], table: str) -> list[Column]:
    """Every column of ``table``, as it is in the database now."""
    return [_column(*row) for row in conn.execute(_COLUMNS, [table])]


def _column(name: str, kind: str, family: str, typmod: int, declared: str, home: str) -> Column:
    pa = arrow()
    value = f'r."{name}"'
    plain = {
        **{"int2": pa.int16(), "int4": pa.int32(), "int8": pa.int64(), "bool": pa.bool_()},
        **{"float4": pa.float32(), "float8": pa.float64(), "date": pa.date32()},
        "timestamp": pa.timestamp("us"),
    }
    if kind in plain:
        return Column(name, declared, value, plain[kind], plain[kind])
    if kind == "timestamptz":
        naive, kept = pa.timestamp("us"), pa.timestamp("us", "UTC")
        text = f"{value} AT TIME ZONE 'UTC'"
        return Column(name, declared, text, naive, kept, lambda array: array.cast(kept))
    if kind == "numeric" and typmod >= 0 and (typmod - 4 >> 16) <= 38:
        number = pa.decimal128(typmod - 4 >> 16, (typmod - 4) & 0x7FF)
        return Column(name, declared, value, number, number)
    if family == "e":
        label = pa.dictionary(pa.int32(), pa.string())
        return Column(name, declared, f"{value}::text", label, label)
    return _as_text(name, kind, typmod, declared, home)


def _as_text(name: str, kind: str, typmod: int, declared: str, home: str) -> Column:
    pa = arrow()
    value, text = f'r."{name}"', pa.string()
    if kind == "bytea":
        return Column(name, declared, f"encode({value}, 'hex')", text, pa.binary(), _bytes)
    if kind == "vector":
        kept = pa.list_(pa.float32(), typmod) if typmod > 0 else pa.list_(pa.float32())
        sent = f"encode(\"{home}\".vector_send({value}), 'hex')"
        return Column(name, declared, sent, text, kept, lambda array: _vectors(array, kept))
    if kind == "bit" and typmod > 0 and typmod % 8 == 0:
        kept = pa.binary(typmod // 8)
        return Column(
            name, declared, f"{value}::text", text, kept, lambda array: _bits(array, kept)
        )
    if kind == "_text":
        kept = pa.list_(text)
        return Column(
            name, declared, f"to_json({value})::text", text, kept, lambda array: _lists(array, kept)
        )
    # As PostgreSQL prints it: cast to text, an address would gain its mask.
    return Column(name, declared, value, text, text)


def _each(array: Any, kept: Any, make: Callable[[str], Any]) -> Any:
    pa = arrow()
    made = [None if value is None else make(value) for value in array.to_pylist()]
    return pa.chunked_array([pa.array(made, kept)])


def _bytes(array: Any) -> Any:
    return _each(array, arrow().binary(), bytes.fromhex)


def _vectors(array: Any, kept: Any) -> Any:
    import numpy as np

    # Two bytes of length and two of nothing, then floats with the highest byte first.
    def floats(text: str) -> Any:
        return np.frombuffer(bytes.fromhex(text), ">f4", offset=4).astype("<f4")

    return _each(array, kept, floats)


def _bits(array: Any, kept: Any) -> Any:
    width = kept.byte_width
    return _each(array, kept, lambda text: int(text, 2).to_bytes(width, "big"))


def _lists(array: Any, kept: Any) -> Any:
    return _each(array, kept, json.loads)


def schema_of(columns: Sequence[Column], about: Mapping[str, str] | None = None) -> Any:
    """The Arrow schema; each field says what PostgreSQL calls its type."""
    pa = arrow()
    fields = [
        pa.field(each.name, each.kept, metadata={"postgresql": each.declared}) for each in columns
    ]
    return pa.schema(fields, metadata=dict(about or {}))


def fetch(
    conn: psycopg.Connection[Any],
    table: str,
    columns: Sequence[Column],
    query: str,
    values: Mapping[str, Any],
) -> Any:
    """The rows of ``query`` as an Arrow table; ``{columns}`` in it stands for what to select.

    Raises ``NotArchivable`` for a value that Arrow has no room for.
    """
    pa = arrow()
    from pyarrow import csv

    listed = ", ".join(each.select for each in columns)
    statement = f"COPY ({query.replace('{columns}', listed)}) TO STDOUT (FORMAT csv)"
    with conn.cursor().copy(statement.encode(), values) as copy:
        data = b"".join(bytes(block) for block in copy)
    schema = schema_of(columns)
    if not data:
        return schema.empty_table()
    try:
        read = csv.read_csv(
            io.BytesIO(data),
            read_options=csv.ReadOptions(
                column_names=[each.name for each in columns], block_size=max(len(data), 1 << 20)
            ),
            parse_options=csv.ParseOptions(newlines_in_values=True),
            convert_options=csv.ConvertOptions(
                column_types={each.name: each.read for each in columns},
                null_values=[""],
                strings_can_be_null=True,  # COPY quotes what is empty and not what is NULL
                quoted_strings_can_be_null=False,
                true_values=["t"],
                false_values=["f"],
            ),
        )
    except pa.ArrowInvalid as error:
        raise NotArchivable(table=table, reason=str(error).partition("\n")[0]) from error
    made = [
        read[each.name] if each.finish is None else each.finish(read[each.name]) for each in columns
    ]
    return pa.table(made, schema=schema)


def same(one: Any, other: Any) -> bool:
    """Whether two tables hold the same rows in the same order, floats to the last bit."""
    if one.num_rows != other.num_rows or one.column_names != other.column_names:
        return False
    return all(_comparable(one[name]).equals(_comparable(other[name])) for name in one.column_names)


def _comparable(column: Any) -> Any:
    """Labels by what they say, not by their place in a dictionary; NaN equal to itself."""
    pa = arrow()
    if pa.types.is_dictionary(column.type):
        return column.cast(column.type.value_type)
    views = {pa.float64(): pa.int64(), pa.float32(): pa.int32()}
    if column.type in views:
        whole = column.combine_chunks()
        whole = whole if isinstance(whole, pa.Array) else pa.concat_arrays(whole.chunks)
        return pa.chunked_array([whole.view(views[column.type])])
    return column
