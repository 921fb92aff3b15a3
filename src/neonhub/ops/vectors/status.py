"""How each tenant's vectors are searched: rows, route, index, what it takes, how often used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neonhub.ops.vectors.judge import NEVER
from neonhub.ops.vectors.parts import Chosen, indexes, parts

if TYPE_CHECKING:
    import psycopg

__all__ = ["Searched", "Table", "VectorStatus", "status"]

# A row in the B-tree of sign bits: 192 bytes of them, two ids, and what a page loses.
SCANNED_ROW = 350
_TABLES = """
SELECT t.relname::text, coalesce(c.relname::text, ''), coalesce(pg_relation_size(c.oid), 0),
       coalesce(pg_stat_get_numscans(c.oid), 0),
       coalesce(pg_stat_get_tuples_returned(c.oid), 0), pg_table_size(t.oid)
  FROM unnest(%s::text[]) AS name
  JOIN pg_class t ON t.oid = to_regclass('public.' || name)
  LEFT JOIN pg_index i ON i.indrelid = t.oid AND i.indnatts > i.indnkeyatts AND EXISTS (
       SELECT FROM pg_attribute a WHERE a.attrelid = i.indexrelid AND a.attname = 'embedding_bits')
  LEFT JOIN pg_class c ON c.oid = i.indexrelid
 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Searched:
    """One part. ``memory`` is what a search reads when all of it is cached, in bytes: the index,
    or the tenant's share of the sign bits. ``scans`` are of its own index, since the statistics
    were last reset; a scan of the sign bits is counted for the table as a whole. ``near``: the
    similarity of the tenth down to which the index is taken at its word; what is farther is
    scanned. ``width`` rows are ranked again, or ``first`` only, where the tenth of these is as near
    as ``enough``."""

    table: str
    workspace: str
    space: str
    rows: int
    route: str
    index: str | None
    size: int
    memory: int
    scans: int
    width: int | None
    first: int | None
    enough: float | None
    near: float | None
    note: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table's B-tree of sign bits, which every part without an index of its own is scanned in."""

    table: str
    signs: str
    signs_size: int
    scans: int
    read: int
    size: int


@dataclass(frozen=True, slots=True)
class VectorStatus:
    """Parts and tables."""

    parts: list[Searched]
    tables: list[Table]


def status(conn: psycopg.Connection[Any], chosen: Chosen) -> VectorStatus:
    """How the chosen parts are searched. ``conn`` is an administrator's. Raises ``NotMigrated``."""
    from neonhub.ops.migrate import require_head

    require_head(conn)
    there = indexes(conn)
    found = []
    for part in parts(conn, chosen):
        index = there.get(part.index)
        kind = str(part.route.get("kind", "bits")) if "index" in part.route else "scan"
        noted = ""
        if kind != "scan" and (index is None or not index.valid):
            noted = "its index is gone or broken: run `neonhub vectors maintain`"
        elif kind == "scan" and index is not None:
            noted = "an index that no search goes by: run `neonhub vectors maintain`"
        near = part.route.get("near")
        if near == NEVER and not noted:
            noted = "it misses too much, so all is scanned: try `neonhub vectors tune`, or a kind"
        size = index.size if index else 0
        found.append(
            Searched(
                *(part.table, part.workspace, part.space, part.rows, kind),
                index=index.name if index else None,
                size=size,
                memory=size if kind != "scan" else part.rows * SCANNED_ROW,
                scans=index.scans if index else 0,
                width=part.route.get("width"),
                first=part.route.get("first") if kind != "scan" else None,
                enough=part.route.get("enough")
                if kind != "scan" and "first" in part.route
                else None,
                near=near if kind != "scan" else None,
                note=noted,
            )
        )
    names = [each.table for each in chosen.searches]
    return VectorStatus(found, [Table(*row) for row in conn.execute(_TABLES, [names])])
