"""The routed search as its users call it, and plain pgvector as the superuser."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks.harness import Times
from benchmarks.routes.rows import Vectors
from neonhub.db.pipeline import Vector
from neonhub.db.session import Session
from neonhub.domains.knowledge import search_queries as sq
from neonhub.embedding.wire import to_pgvector_binary

if TYPE_CHECKING:
    from benchmarks.search.rows import Place
    from benchmarks.tenants import Admin
    from neonhub.db.pools import Database

__all__ = ["Cell", "Found", "Plain", "ask_plain", "ask_routed", "plain_index"]

TOP, WIDTH = 10, 200
EF = (40, 100, 200, 400, 1000)
_TIE = 1e-6
_EXACT = (
    "SELECT embedding <=> (SELECT %s::text::vector) AS distance FROM chunks "
    "WHERE workspace_id = %s ORDER BY distance LIMIT 10"
)


@dataclass
class Found:
    """What a plain way found: recall and rows as means, its times, and its ``ef_search``."""

    recall: float
    rows: float
    times: Times
    ef: int


@dataclass
class Cell:
    """One size and one kind of question. ``bars``: the tenth nearest's distance, and how many."""

    bars: list[tuple[float, int]]
    exact: Times = field(default_factory=Times)
    routed: Times = field(default_factory=Times)
    recalls: list[float] = field(default_factory=list)
    short: int = 0
    ways: dict[str, Found] = field(default_factory=dict)

    @property
    def recall(self) -> float:
        """The mean over the questions."""
        return statistics.mean(self.recalls)

    @property
    def spread(self) -> tuple[float, float]:
        """The middle half of the questions."""
        low, _, high = statistics.quantiles(self.routed.runs, n=4)
        return low, high


@dataclass(frozen=True)
class Plain:
    """What a plain HNSW index took: bytes, seconds."""

    size: int
    seconds: float


def _text(vector: Any) -> str:
    return "[" + ",".join(map(str, vector.tolist())) + "]"


def _share(found: list[float], bar: tuple[float, int]) -> float:
    return min(bar[1], sum(distance <= bar[0] + _TIE for distance in found)) / bar[1]


async def ask_routed(database: Database, admin: Admin, place: Place, vectors: Vectors) -> Cell:
    """Every question by the route and exactly; three before, to warm all up."""
    cell = Cell([])
    for vector in vectors:
        began = time.perf_counter()
        rows = admin.execute(_EXACT, [_text(vector), place.tenant.workspace_id]).fetchall()
        cell.exact.runs.append(time.perf_counter() - began)
        cell.bars.append((float(rows[-1][0]), len(rows)))
    wires = [Vector(wire) for wire in to_pgvector_binary(vectors)]
    for number in range(-3, len(wires)):
        began = time.perf_counter()
        async with Session(database.pooled, place.tenant) as session:
            rows_found = await session.all(
                sq.search_near,
                embedding=wires[number],
                **{"embedding_space_id": place.space, "dataset_ids": [place.dataset]},
                **{"depth": TOP, "width": WIDTH, "filter": None},
            )
        took = time.perf_counter() - began
        if number >= 0:
            cell.routed.runs.append(took)
            distances = [1 - row.similarity for row in rows_found]
            cell.recalls.append(_share(distances, cell.bars[number]))
            cell.short += len(distances) < cell.bars[number][1]
    return cell


def plain_index(admin: Admin, place: Place | None) -> Plain:
    """Build a plain HNSW index over one tenant, or over all, with all the memory that it wants."""
    name, where = "plain_all", ""
    if place is not None:
        name, where = "plain_own", f" WHERE workspace_id = '{place.tenant.workspace_id}'"
    admin.execute("SET maintenance_work_mem = '7GB'")
    began = time.perf_counter()
    admin.execute(
        f"CREATE INDEX {name} ON chunks USING hnsw (embedding vector_cosine_ops){where}".encode()
    )
    took = time.perf_counter() - began
    admin.execute("RESET maintenance_work_mem")
    row = admin.execute("SELECT pg_relation_size(%s::regclass)", [name]).fetchone()
    assert row is not None
    return Plain(row[0], took)


def ask_plain(admin: Admin, cell: Cell, way: str, place: Place, vectors: Vectors) -> None:
    """``own``: at the narrowest ``ef_search`` that reaches 0.99, or else the widest. ``shared``
    and ``iterative``: as pgvector is set by default. Sorting is off, so that the index is taken."""
    for ef in EF if way == "own" else EF[:1]:
        cell.ways[way] = _asked(admin, cell, way, place, (vectors, ef))
        if cell.ways[way].recall >= 0.99:
            return


def _asked(admin: Admin, cell: Cell, way: str, place: Place, asked: tuple[Vectors, int]) -> Found:
    from pgvector import Vector as Plainly
    from pgvector.psycopg import register_vector

    register_vector(admin)
    vectors, ef = asked
    query = (
        "SELECT id, embedding <=> %s AS distance FROM chunks "
        f"WHERE workspace_id = '{place.tenant.workspace_id}' ORDER BY distance LIMIT 10"
    ).encode()
    times, recalls, counts = Times(), [], []
    with admin.transaction():
        for name, value in (
            ("enable_sort", "off"),
            ("hnsw.ef_search", str(ef)),
            ("hnsw.iterative_scan", "relaxed_order" if way == "iterative" else "off"),
        ):
            admin.execute("SELECT set_config(%s, %s, true)", [name, value])
        for number in range(-3, len(vectors)):
            given = [Plainly(vectors[number])]
            began = time.perf_counter()
            rows = admin.execute(query, given, binary=True).fetchall()
            took = time.perf_counter() - began
            if number >= 0:
                times.runs.append(took)
                counts.append(len(rows))
                recalls.append(_share([float(row[1]) for row in rows], cell.bars[number]))
    return Found(statistics.mean(recalls), statistics.mean(counts), times, ef)
