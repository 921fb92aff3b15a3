"""How large tables are in the live database, and how long work on so much of them may take.

The seconds are estimates: work divided by a rate that was measured with `python -m benchmarks
blocking` on two cores, the table in memory, and rounded down. A server with slow disks takes
longer, one that is busy longer still; a table's form counts too. They are there to tell a
migration that nobody notices from one that stops the application, not to plan a minute by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

__all__ = [
    "EMPTY",
    "Size",
    "build_seconds",
    "read_sizes",
    "rewrite_seconds",
    "scan_seconds",
    "write_seconds",
]

_SCAN_BYTES = 500e6
_REWRITE_BYTES = 50e6
_WRITTEN_ROWS = 100_000
# Rows a second, by how an index is kept; vectors of 1,536 dimensions for the two of pgvector.
# Kinds that were not measured are taken as gin.
_BUILT_ROWS = {"btree": 200_000, "gin": 100_000, "hnsw": 300, "ivfflat": 2_500}
# A partitioned table is as large as its partitions are together.
_SIZES = """
WITH RECURSIVE part (root, oid) AS (
    SELECT c.oid, c.oid FROM pg_class c
     WHERE c.relkind IN ('r', 'p', 'm') AND c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT p.root, i.inhrelid FROM part p JOIN pg_inherits i ON i.inhparent = p.oid
)
SELECT r.relname,
       -- As the planner does: the density of the last ANALYZE, over as many pages as there are now.
       sum(CASE WHEN c.relpages > 0 AND c.reltuples >= 0
                THEN c.reltuples / c.relpages * pg_relation_size(c.oid)
                     / current_setting('block_size')::int
                ELSE pg_stat_get_live_tuples(c.oid) END)::bigint,
       sum(pg_table_size(c.oid))::bigint, sum(pg_indexes_size(c.oid))::bigint,
       (SELECT coalesce(json_object_agg(k.relname, a.amname), '{}')
          FROM pg_index x JOIN pg_class k ON k.oid = x.indexrelid JOIN pg_am a ON a.oid = k.relam
         WHERE x.indrelid = r.oid)
  FROM part p JOIN pg_class r ON r.oid = p.root JOIN pg_class c ON c.oid = p.oid
 GROUP BY r.oid, r.relname
"""


@dataclass(frozen=True, slots=True)
class Size:
    """Of a table, with its partitions: rows as the statistics have them, bytes of the rows and of
    the indexes, how each index is kept."""

    rows: int = 0
    heap: int = 0
    indexes: int = 0
    methods: tuple[str, ...] = ()

    def at_least(self, rows: int) -> Size:
        """As large as it would be with so many rows, at 200 bytes a row where it has none."""
        if self.rows >= rows:
            return self
        per_row = self.heap / self.rows if self.rows else 200
        return Size(rows, int(per_row * rows), int(per_row * rows / 2), self.methods)


EMPTY = Size()


def read_sizes(conn: psycopg.Connection[Any]) -> dict[str, Size]:
    """Every table of ``public`` by its name."""
    return {
        name: Size(int(rows), int(heap), int(indexes), tuple(methods.values()))
        for name, rows, heap, indexes, methods in conn.execute(_SIZES)
    }


def scan_seconds(size: Size) -> float:
    """To read all rows once, as a constraint that is checked does."""
    return size.heap / _SCAN_BYTES


def write_seconds(size: Size) -> float:
    """To change every row."""
    return size.rows / _WRITTEN_ROWS


def build_seconds(size: Size, method: str) -> float:
    """To build an index."""
    return scan_seconds(size) + size.rows / _BUILT_ROWS.get(method, _BUILT_ROWS["gin"])


def rewrite_seconds(size: Size) -> float:
    """To write the table anew, its indexes included."""
    return size.heap / _REWRITE_BYTES + sum(build_seconds(size, each) for each in size.methods)
