"""Time and recall of the vector route beside the plain exact scan, as the application role."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks.corpus import Matrix
from benchmarks.harness import Times
from neonhub.db.lazy import lazy_module
from neonhub.db.pipeline import Vector
from neonhub.db.session import Session
from neonhub.db.statements import int_arg, statement, text_arg
from neonhub.db.tenancy import SYSTEM
from neonhub.domains.knowledge import search_queries as sq
from neonhub.domains.knowledge.queries import NearRow
from neonhub.domains.knowledge.service import RERANK_WIDTH, Knowledge
from neonhub.embedding.base import Embedder, SpaceSpec
from neonhub.embedding.wire import to_pgvector_binary

if TYPE_CHECKING:
    import sqlalchemy as sa

    from benchmarks.search.rows import Place
    from neonhub.db.pools import Database
    from neonhub.domains.knowledge import tables as t
else:
    sa = lazy_module("sqlalchemy")
    t = lazy_module("neonhub.domains.knowledge.tables")

TOP = 10
WIDTHS = (100, 200, 400, 800)
_TIE = 1e-6
"""Two cosines closer than this are one: which of the passages comes tenth is then chance."""


@statement(NearRow)
def search_exactly() -> Any:
    """What the vector route stands in for: every vector of the dataset compared in full."""
    from pgvector.sqlalchemy import VECTOR
    from sqlalchemy.dialects.postgresql import ARRAY

    c, d = t.Chunk, t.Document
    workspace = text_arg("workspace_id")
    question = sa.cast(sa.bindparam("embedding", type_=sa.types.NullType()), VECTOR(1536))
    datasets = sa.bindparam("dataset_ids", type_=ARRAY(sa.Text()))
    deleted = sa.select(d.id).where(d.workspace_id == workspace, d.deleted_at.is_not(None))
    distance = c.embedding.op("<=>")(question)
    return (
        sa.select(
            c.id.label("chunk_id"),
            c.document_id,
            (sa.literal_column("1") - distance).label("similarity"),
        )
        .where(
            c.workspace_id == workspace,
            c.embedding_space_id == text_arg("embedding_space_id"),
            c.dataset_id == sa.func.any(datasets),
            c.embedding.is_not(None),
            c.document_id.not_in(deleted),
        )
        .order_by(distance)
        .limit(int_arg("depth"))
    )


@dataclass
class Outcome:
    """Seconds of each question by width, by the exact scan and by the whole search; recalls."""

    near: dict[int, Times]
    recalls: dict[int, list[float]]
    exact: Times = field(default_factory=Times)
    whole: Times = field(default_factory=Times)

    @classmethod
    def like(cls, other: Outcome) -> Outcome:
        """An empty one of the same widths."""
        return cls({width: Times() for width in other.near}, {width: [] for width in other.near})

    def recall(self, width: int) -> float:
        """The mean over the questions."""
        return statistics.mean(self.recalls[width])


class Known:
    """An embedder of questions whose vectors are known: what is timed is the search itself."""

    def __init__(self, space: SpaceSpec, vectors: Mapping[str, Any]):
        self.space, self._vectors = space, vectors

    async def prepare(self) -> SpaceSpec:
        return self.space

    async def embed_query(self, text: str) -> Any:
        return self._vectors[text]

    async def embed_documents(self, texts: Any) -> Any:
        import numpy as np

        return np.stack([self._vectors[text] for text in texts])

    async def aclose(self) -> None:
        return None


class _Source:
    def __init__(self, embedder: Embedder):
        self._embedder = embedder

    async def default(self) -> Embedder:
        return self._embedder

    async def for_space(self, space: SpaceSpec) -> Embedder:
        return self._embedder


async def measure(
    database: Database, place: Place, questions: list[str], vectors: Matrix
) -> Outcome:
    """Ask every question of every contestant in turn; five of them first, to warm all up."""
    wires = [Vector(wire) for wire in to_pgvector_binary(vectors)]
    source = _Source(
        Known(_spec(), {q.strip(): v for q, v in zip(questions, vectors, strict=True)})
    )
    widths = sorted({*WIDTHS, RERANK_WIDTH})
    outcome = Outcome({width: Times() for width in widths}, {width: [] for width in widths})
    for number in range(-5, len(questions)):
        # What the warming up measured is thrown away.
        kept = outcome if number >= 0 else Outcome.like(outcome)
        await _ask(database, place, wires[number], kept)
        kept.whole.runs.append(await _whole(database, place, source, questions[number]))
    return outcome


async def _ask(database: Database, place: Place, wire: Vector, kept: Outcome) -> None:
    values = {"embedding_space_id": place.space, "dataset_ids": [place.dataset], "depth": TOP}
    took, truth = await _timed_rows(database, place, search_exactly, values, wire)
    kept.exact.runs.append(took)
    for width, times in kept.near.items():
        given = {**values, "width": width, "filter": None}
        took, rows = await _timed_rows(database, place, sq.search_near, given, wire)
        times.runs.append(took)
        kept.recalls[width].append(_recall(truth, rows))


def _spec() -> SpaceSpec:
    return SpaceSpec("bench", "known", 1536)


async def _timed_rows(
    database: Database, place: Place, made: Any, values: Mapping[str, Any], wire: Vector
) -> tuple[float, list[NearRow]]:
    began = time.perf_counter()
    async with Session(database.pooled, place.tenant) as session:
        rows: list[NearRow] = await session.all(made, embedding=wire, **values)
    return time.perf_counter() - began, rows


async def _whole(database: Database, place: Place, source: _Source, question: str) -> float:
    began = time.perf_counter()
    async with Session(database.pooled, place.tenant) as session:
        hits = await Knowledge(session, SYSTEM, source).search(
            question, dataset=place.dataset, limit=TOP
        )
    if not hits:
        raise AssertionError("the search gave nothing")
    return time.perf_counter() - began


def _recall(truth: list[NearRow], rows: list[NearRow]) -> float:
    """How many of the exact ten came back; what is as near as the tenth counts as one of them."""
    bar = truth[-1].similarity - _TIE
    return min(len(truth), sum(row.similarity >= bar for row in rows)) / len(truth)
