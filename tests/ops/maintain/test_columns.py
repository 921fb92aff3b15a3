"""Every type of the model into Parquet and back, exactly."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from neonhub.ops.maintain.archive.columns import NotArchivable, columns_of, fetch, same
from neonhub.ops.maintain.archive.files import Place, read_rows
from neonhub.schema import catalogue
from tests.databases import Database

_TABLE = """
CREATE TABLE kinds (id text, money numeric(18,4), at timestamptz, day date, yes boolean,
    small smallint, whole integer, big bigint, real real, double double precision, doc jsonb,
    raw bytea, vec vector(3), bits bit(16), tags text[], address inet, label "RunStatus",
    folded citext, anything numeric);
INSERT INTO kinds VALUES
 ('one', 12345678901234.5678, '2026-10-31 23:59:59.999999-05', '2026-02-28', true, -32768,
  2147483647, -9223372036854775808, 0.1, 'NaN', '{"a": [1.50, "\\u00e4\\n\\"", null]}',
  '\\x00ff0a', '[1,-0.5,3e-7]', B'1000000000000001', ARRAY['a,"b"', NULL, ''], '10.0.0.0/8',
  'failed', 'MiXed', 1e50),
 ('two', -0.0001, '1999-12-31 00:00:00+00', NULL, false, 0, 0, 0, 'Infinity', '-0', '{}',
  '\\x', NULL, NULL, '{}', '::1', 'pending', '', 0),
 ('three', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
  NULL, E'two\\nlines, "quoted"', NULL);
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, "kinds", "workspace_id", "../c/1", "2026-10")


def test_types_and_values(database: Database, place: Place, tmp_path: Path) -> None:
    with database.admin() as conn:
        conn.execute(_TABLE.encode())
        conn.execute("SET timezone = 'UTC'")
        columns = columns_of(conn, "kinds")
        rows = fetch(conn, "kinds", columns, "SELECT {columns} FROM kinds r", {})
    list(place.write(columns, ["id"], [rows]))

    assert place.path.is_relative_to(tmp_path / "kinds")  # whatever an id looks like
    back = pa.concat_tables(read_rows(place.path))
    assert same(back, rows)
    assert back.schema.field("money").type == pa.decimal128(18, 4)
    assert back.schema.field("at").type == pa.timestamp("us", "UTC")
    assert back.schema.field("vec").type == pa.list_(pa.float32(), 3)
    assert back.schema.field("bits").type == pa.binary(2)
    assert pa.types.is_dictionary(back.schema.field("label").type)
    one, two, three = back.to_pylist()
    assert one["money"] == Decimal("12345678901234.5678")
    assert one["at"] == dt.datetime(2026, 11, 1, 4, 59, 59, 999999, dt.UTC)
    assert (one["small"], one["whole"], one["big"]) == (-32768, 2147483647, -9223372036854775808)
    assert math.isnan(one["double"]) and math.copysign(1, two["double"]) == -1
    assert one["doc"] == '{"a": [1.50, "ä\\n\\"", null]}'
    assert (one["raw"], two["raw"], one["bits"]) == (b"\x00\xff\n", b"", b"\x80\x01")
    assert one["vec"] == pytest.approx([1, -0.5, 3e-7], rel=1e-7)
    assert (one["tags"], two["tags"], three["tags"]) == (['a,"b"', None, ""], [], None)
    assert (one["address"], one["label"], one["folded"]) == ("10.0.0.0/8", "failed", "MiXed")
    assert (two["folded"], three["folded"]) == ("", 'two\nlines, "quoted"')
    assert set(three.values()) == {"three", None, 'two\nlines, "quoted"'}


def test_every_table_of_the_model_has_a_form(database: Database) -> None:
    with database.admin() as conn:
        for entry in catalogue():
            columns = columns_of(conn, entry.name)
            empty = fetch(conn, entry.name, columns, f"SELECT {{columns}} FROM {entry.name} r", {})
            assert set(empty.column_names) == {column.name for column in entry.table.columns}


def test_a_value_without_a_form_is_named(database: Database) -> None:
    with database.admin() as conn:
        conn.execute("CREATE TABLE odd (id text, at timestamptz)")
        conn.execute("INSERT INTO odd VALUES ('a', '-infinity')")
        columns = columns_of(conn, "odd")
        with pytest.raises(NotArchivable, match="odd"):
            fetch(conn, "odd", columns, "SELECT {columns} FROM odd r", {})
