"""How fast PostgreSQL does what a migration keeps a table locked for.

`neonhub db lint` divides a table's size by these rates (`neonhub.ops.lint.sizes`). The table is
in memory and nobody else uses the server: what is measured is the best that this machine does.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from benchmarks.harness import Figure, platform
from benchmarks.tenants import connect

if TYPE_CHECKING:
    import psycopg

_ROWS = """
CREATE TABLE blocked AS
SELECT 'c' || md5(i::text) AS workspace_id, 'c' || md5((i * 7)::text) AS id, i AS n,
       repeat(md5(i::text), 4) AS body, now() AS at,
       jsonb_build_object('kind', i % 50, 'of', md5(i::text)) AS metadata
  FROM generate_series(1, {rows}) i
"""
_VECTORS = """
CREATE TABLE vectors AS
SELECT i, array_agg(random() - 0.5)::vector(1536) AS embedding
  FROM generate_series(1, {rows}) i, generate_series(1, 1536) GROUP BY i
"""


def _rate(conn: psycopg.Connection[Any], sql: str, amount: float) -> float:
    began = time.perf_counter()
    conn.execute(sql.encode())
    return amount / (time.perf_counter() - began)


def _of_rows(conn: psycopg.Connection[Any], rows: int) -> list[Figure]:
    conn.execute(_ROWS.format(rows=rows).encode())
    conn.execute("VACUUM ANALYZE blocked")
    found = conn.execute("SELECT pg_table_size('blocked') / 1e6").fetchone()
    assert found is not None
    size = float(found[0])
    todo = (
        ("SET NOT NULL: read all rows", "ALTER TABLE blocked ALTER body SET NOT NULL", size),
        ("ALTER TYPE: write the table", "ALTER TABLE blocked ALTER n TYPE bigint", size),
        ("UPDATE of every row", "UPDATE blocked SET n = n + 1", rows),
        ("btree over the key", "CREATE INDEX ON blocked (workspace_id, id)", rows),
        ("gin over jsonb", "CREATE INDEX ON blocked USING gin (metadata)", rows),
    )
    return [
        Figure(name, _rate(conn, sql, amount), unit="MB/s" if amount == size else "rows/s")
        for name, sql, amount in todo
    ]


def _of_vectors(conn: psycopg.Connection[Any], rows: int) -> list[Figure]:
    conn.execute(_VECTORS.format(rows=rows).encode())
    kinds = {
        "hnsw over vectors": "USING hnsw (embedding vector_cosine_ops)",
        "hnsw over their bits": "USING hnsw ((binary_quantize(embedding)::bit(1536)) "
        "bit_hamming_ops)",
        "ivfflat over vectors": "USING ivfflat (embedding vector_cosine_ops) WITH (lists = 20)",
    }
    return [
        Figure(name, _rate(conn, f"CREATE INDEX ON vectors {how}", rows), unit="rows/s")
        for name, how in kinds.items()
    ]


async def run(*, quick: bool) -> list[Figure]:
    """Each once, over 1,000,000 rows of some 330 bytes and 10,000 vectors."""
    with platform() as under_test:
        assert under_test.ready.server is not None
        dsn = under_test.ready.server.dsn(role="postgres", dbname="neonhub")
        with connect(dsn) as conn:
            conn.execute("SET maintenance_work_mem = '256MB'")
            made = _of_rows(conn, 20_000 if quick else 1_000_000)
            return made + _of_vectors(conn, 200 if quick else 10_000)
