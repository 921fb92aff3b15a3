"""Searches by vector: the same answer by either route, never short, never another tenant's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from psycopg import RawCursor

from neonhub.ops.vectors.maintain import maintain
from neonhub.ops.vectors.parts import Chosen, parts, record_route
from tests.databases import Database
from tests.factories.base import Conn
from tests.ops.vectors.rows import Place, document, fill, vectors

Vectored = tuple[Database, Place, Place]


def _wire(vector: NDArray[np.float32]) -> str:
    return "[" + ",".join(map(str, vector)) + "]"


def search(
    conn: Conn, at: Place, vector: NDArray[np.float32], **given: Any
) -> list[tuple[str, float]]:
    """As the application, within the tenant of ``at`` unless ``tenant`` is given."""
    values = {"datasets": [at.datasets[0]], "filter": None, "width": 100, "take": 10, **given}
    with conn.transaction(), RawCursor(conn) as cursor:
        conn.execute("SET LOCAL ROLE neonhub_app")
        tenant = given.get("tenant", at).workspace
        conn.execute("SELECT set_config('neonhub.workspace_id', %s, true)", [tenant])
        return cursor.execute(
            "SELECT id, similarity FROM neonhub.search_chunks_by_vector("
            "$1::text, $2::text[], $3::text::vector, $4::text::jsonb, $5::int, $6::int)",
            [at.space, values["datasets"], _wire(vector), values["filter"], values["width"],
             values["take"]],
        ).fetchall()  # fmt: skip


def exactly(conn: Conn, at: Place, vector: NDArray[np.float32], take: int = 10) -> list[str]:
    rows = conn.execute(
        "SELECT id FROM chunks WHERE workspace_id = %s AND dataset_id = %s "
        "ORDER BY embedding <=> (SELECT %s::text::vector), id LIMIT %s",
        [at.workspace, at.datasets[0], _wire(vector), take],
    )
    return [str(row[0]) for row in rows]


def scans(conn: Conn, index: str) -> int:
    conn.execute("SELECT pg_stat_force_next_flush()")
    conn.execute("SELECT pg_stat_clear_snapshot()")
    row = conn.execute("SELECT pg_stat_get_numscans(to_regclass(%s))", [index]).fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def index_of(database: Database, at: Place) -> str:
    with database.admin() as conn:
        row = conn.execute(
            "SELECT metadata #>> '{routes,chunks,index}' FROM embedding_spaces WHERE id = %s",
            [at.space],
        ).fetchone()
    assert row is not None
    return str(row[0])


@pytest.mark.parametrize("kind", ["scan", "bits", "halfvec", "ivfflat"])
def test_every_route_finds_what_the_exact_scan_does(vectored: Vectored, kind: str) -> None:
    database, large, _ = vectored
    if kind != "scan":
        maintain(database.admin_dsn, Chosen(), kind=kind, build_at=1000)
    with database.admin() as conn:
        used = "chunks_embedding_cosine_idx" if kind == "scan" else index_of(database, large)
        if kind != "scan":  # trusted with everything, whatever was measured of it
            part = parts(conn, Chosen(workspace="large"))[0]
            record_route(conn, part, {**part.route, "near": -1, "width": 100})
        before, right = scans(conn, used), 0
        for question in vectors(20, seed=9):
            found = search(conn, large, question)
            assert [s for _, s in found] == sorted((s for _, s in found), reverse=True)
            right += len({one for one, _ in found} & set(exactly(conn, large, question)))
        if kind != "scan":  # a small table is read as a whole as fast as by any index
            assert scans(conn, used) - before == 20
    assert right >= 190 if kind == "ivfflat" else right >= 198


def test_what_the_index_does_not_bring_the_scan_does(indexed: Vectored) -> None:
    database, large, _ = indexed
    question = vectors(1, seed=9)[0]
    with database.admin() as conn:
        index = index_of(database, large)
        # A dataset that is a small share of the index is not asked of it.
        before = scans(conn, index)
        assert len(search(conn, large, question, datasets=[large.datasets[1]])) == 5
        assert scans(conn, index) == before
        # Nor is anything with a filter, of which nobody knows how much passes.
        one = document(conn, large, team="email")
        fill(conn, large, vectors(3, seed=4), document_id=one)
        assert len(search(conn, large, question, filter='{"team": "email"}')) == 3
        assert scans(conn, index) == before
        # Everything but those three goes: the route does not know yet.
        conn.execute("UPDATE documents SET deleted_at = now() WHERE id <> %s", [one])
        assert len(search(conn, large, question)) == 3


def test_settings_are_as_they_were_after_a_search(indexed: Vectored) -> None:
    database, large, _ = indexed
    names = ["enable_sort", "hnsw.ef_search", "hnsw.iterative_scan", "hnsw.max_scan_tuples"]
    names += ["ivfflat.probes", "ivfflat.iterative_scan"]
    query = "SELECT array_agg(current_setting(n)) FROM unnest(%s::text[]) AS n"
    with database.admin() as conn, conn.transaction():
        conn.execute("SELECT '[1]'::vector")  # which brings its settings
        conn.execute("SET LOCAL enable_sort = off; SET LOCAL hnsw.ef_search = 77")
        before = conn.execute(query, [names]).fetchone()
        assert str(before).startswith("(['off', '77'")
        used = scans(conn, index_of(database, large))
        search(conn, large, vectors(1)[0])
        assert conn.execute(query, [names]).fetchone() == before
    with database.admin() as conn:
        assert scans(conn, index_of(database, large)) > used


def test_another_tenant_finds_nothing_by_this_ones_index(indexed: Vectored) -> None:
    database, large, small = indexed
    with database.admin() as conn:
        question = vectors(1)[0]
        assert search(conn, large, question, tenant=small) == []
        # Nor by a route of its own that names the other's index.
        conn.execute(
            "UPDATE embedding_spaces SET metadata = (SELECT metadata FROM embedding_spaces "
            "WHERE id = %s) WHERE id = %s",
            [large.space, small.space],
        )
        own = search(conn, small, question, datasets=[*small.datasets, *large.datasets])
        mine = conn.execute("SELECT id FROM chunks WHERE workspace_id = %s", [small.workspace])
        assert {one for one, _ in own} <= {row[0] for row in mine}
        assert len(own) == 10


def test_without_a_tenant_or_a_question_there_is_nothing(vectored: Vectored) -> None:
    database, large, _ = vectored
    with database.connect() as conn, RawCursor(conn) as cursor:
        call = (
            "SELECT * FROM neonhub.search_chunks_by_vector($1, NULL, $2::text::vector, NULL, 9, 9)"
        )
        assert cursor.execute(call, [large.space, _wire(vectors(1)[0])]).fetchall() == []
        conn.execute("SELECT set_config('neonhub.workspace_id', %s, false)", [large.workspace])
        assert cursor.execute(call, [large.space, None]).fetchall() == []
        assert len(cursor.execute(call, [large.space, _wire(vectors(1)[0])]).fetchall()) == 9
