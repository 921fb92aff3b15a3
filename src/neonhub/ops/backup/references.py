"""The references between tables, as the live database has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

__all__ = ["CASCADE", "CLEARED", "Reference", "key_of", "references"]

CASCADE, CLEARED = "c", "n"
"""What becomes of rows when one is deleted that they refer to."""


@dataclass(frozen=True, slots=True)
class Reference:
    """``columns`` of ``table`` refer to ``to_columns`` of ``to``; ``cleared`` are those that a
    deletion there sets to NULL, where ``on_delete`` says so."""

    table: str
    columns: tuple[str, ...]
    to: str
    to_columns: tuple[str, ...]
    on_delete: str
    cleared: tuple[str, ...]

    def same(self, referring: str, referred: str) -> str:
        """The condition that the row ``referring`` refers to the row ``referred``."""
        pairs = zip(self.columns, self.to_columns, strict=True)
        return " AND ".join(f"{referred}.{there} = {referring}.{here}" for here, there in pairs)


_REFERENCES = """
SELECT quote_ident(f.relname),
       ARRAY(SELECT quote_ident(attname) FROM unnest(k.conkey) WITH ORDINALITY AS n(number, place)
               JOIN pg_attribute ON attrelid = k.conrelid AND attnum = number ORDER BY place),
       quote_ident(t.relname),
       ARRAY(SELECT quote_ident(attname) FROM unnest(k.confkey) WITH ORDINALITY AS n(number, place)
               JOIN pg_attribute ON attrelid = k.confrelid AND attnum = number ORDER BY place),
       k.confdeltype::text,
       ARRAY(SELECT quote_ident(attname)
               FROM unnest(coalesce(nullif(k.confdelsetcols, '{}'), k.conkey)) AS number
               JOIN pg_attribute ON attrelid = k.conrelid AND attnum = number)
  FROM pg_constraint k
  JOIN pg_class f ON f.oid = k.conrelid AND f.relnamespace = 'public'::regnamespace
  JOIN pg_class t ON t.oid = k.confrelid AND t.relnamespace = 'public'::regnamespace
 WHERE k.contype = 'f' AND k.conparentid = 0 AND f.relname = coalesce(%s, f.relname)
 ORDER BY f.relname, k.conname
"""


def references(conn: psycopg.Connection[Any], table: str | None = None) -> list[Reference]:
    """Those of a table, or of all; a partition's are its table's."""
    return [
        Reference(name, tuple(c), to, tuple(k), how, tuple(s))
        for name, c, to, k, how, s in conn.execute(_REFERENCES, [table])
    ]


def key_of(conn: psycopg.Connection[Any], table: str) -> list[str]:
    """The columns of the primary key."""
    row = conn.execute(
        "SELECT array_agg(quote_ident(a.attname)) FROM pg_index i JOIN pg_attribute a "
        "ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) "
        "WHERE i.indrelid = %s::regclass AND i.indisprimary",
        [f"public.{table}"],
    ).fetchone()
    assert row is not None  # noqa: S101
    return list(row[0])
