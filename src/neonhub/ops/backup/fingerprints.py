"""What a table holds, as a number: equal for equal rows, in whatever order they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import psycopg

__all__ = ["Fingerprint", "fingerprints", "freeze"]


class Fingerprint(NamedTuple):
    """How many rows a table has, and the sum of their hashes."""

    rows: int
    checksum: str


# Values are hashed as text, written alike whatever the server's settings are. A vector's text
# takes a hundred times as long as its bytes. Generated columns follow from the others.
_SETTINGS = (
    "SET LOCAL search_path = ''; SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, YMD'; "
    "SET LOCAL intervalstyle = 'iso_8601'; SET LOCAL bytea_output = 'hex'; "
    "SET LOCAL extra_float_digits = 1; SET LOCAL row_security = off"
)
_TABLES = """
SELECT c.oid::regclass::text,
       string_agg(CASE WHEN t.typname IN ('vector', 'halfvec')
                       THEN format('md5(%1$s.%2$I_send(r.%3$I))', t.typnamespace::regnamespace,
                                   t.typname, a.attname)
                       ELSE format('r.%I::text', a.attname) END, ', ' ORDER BY a.attname)
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
   AND a.attgenerated = ''
  JOIN pg_type t ON t.oid = a.atttypid
 WHERE c.relnamespace IN ('public'::regnamespace, 'neonhub'::regnamespace)
   AND c.relkind IN ('r', 'p') AND NOT c.relispartition
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
 GROUP BY c.oid ORDER BY 1
"""
# 64 bits of a row's MD5, summed without a carry: rows that are there twice count twice.
_SUM = """
SELECT count(*), coalesce(sum(('x' || substr(md5(ROW({values})::text), 1, 16))::bit(64)::bigint
                              ::numeric), 0)::text
  FROM {table} r
"""


def freeze(conn: psycopg.Connection[Any], snapshot: str | None = None) -> None:
    """Begin a transaction that sees one moment: that of ``snapshot``, or this one."""
    conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    if snapshot is not None:
        conn.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'".encode())


def fingerprints(conn: psycopg.Connection[Any]) -> dict[str, Fingerprint]:
    """Every table's, by its qualified name; within a transaction of the caller's.

    A role that row security would keep from a row raises ``insufficient_privilege``.
    """
    conn.execute(_SETTINGS)
    made = {}
    for table, values in conn.execute(_TABLES).fetchall():
        row = conn.execute(_SUM.format(values=values, table=table).encode()).fetchone()
        assert row is not None  # noqa: S101
        made[table] = Fingerprint(*row)
    return made
