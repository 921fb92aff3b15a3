"""Vector search in one tenant, alone and beside a hundred others: time and recall at ten.

Recall is held against the plain exact scan of the same vectors under the same filters, and so is
the time, both as the application role through a unit of work. The questions' vectors are known
beforehand: embedding them is not part of any time here.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from benchmarks import corpus
from benchmarks.harness import Figure, Mark, NotMeasured, Platform, platform, say
from benchmarks.search.measure import Outcome, measure
from benchmarks.search.rows import Filler
from benchmarks.tenants import Admin, connect, make_workspaces
from neonhub.db.pools import Database
from neonhub.domains.knowledge.service import RERANK_WIDTH

RECALL = Mark(0.99, of="value", at_least=True)
TEN_TIMES = Mark(0.1)
SIZES = (1000, 10_000, 100_000)
NEIGHBOURS, NEIGHBOURS_CHUNKS = 100, 50_000


@dataclass(frozen=True)
class Plan:
    """What is measured: the sizes, the other tenants, and how many questions."""

    sizes: tuple[int, ...]
    neighbours: int
    neighbours_chunks: int
    questions: int


FULL = Plan(SIZES, NEIGHBOURS, NEIGHBOURS_CHUNKS, corpus.QUESTIONS)
QUICK = Plan((1000,), 10, 500, 10)


@dataclass(frozen=True)
class Vectors:
    """The corpus in one embedding space."""

    name: str
    texts: list[str]
    passages: corpus.Matrix
    questions: list[str]
    question_vectors: corpus.Matrix


async def lexical(plan: Plan) -> Vectors:
    """By the offline embedder."""
    import numpy as np

    from neonhub.embedding.lexical import LexicalEmbedder

    made = corpus.load(max(plan.sizes))
    questions = made.questions[:: corpus.QUESTIONS // plan.questions]
    embedder = LexicalEmbedder()
    passages = await embedder.embed_documents(made.passages)
    asked = np.stack([await embedder.embed_query(question) for question in questions])
    return Vectors("lexical", made.passages, passages, questions, asked)


async def local(plan: Plan) -> Vectors:
    """By the local model, from the cache."""
    passages, questions = corpus.vectors(max(plan.sizes))
    made = corpus.load(max(plan.sizes))
    step = corpus.QUESTIONS // plan.questions
    return Vectors("local", made.passages, passages, made.questions[::step], questions[::step])


async def run(*, quick: bool) -> list[Figure]:
    """Every size, alone and beside others, with each embedder."""
    plan = QUICK if quick else FULL
    figures: list[Figure] = []
    for make in (lexical, local):
        # A server each, so that the second finds no dead rows of the first.
        try:
            vectors = await make(plan)
        except NotMeasured as reason:
            figures.append(Figure.missing(f"search, {make.__name__}", str(reason)))
            continue
        with platform() as under_test, connect(under_test.ready.admin_dsn) as admin:
            figures += await _all_sizes(under_test, admin, plan, vectors)
    return figures


async def _all_sizes(
    under_test: Platform, admin: Admin, plan: Plan, vectors: Vectors
) -> list[Figure]:
    tenant, *others = make_workspaces(admin, 1 + plan.neighbours)
    filled = Filler(admin, f"bench/{vectors.name}/1536", vectors.texts, vectors.passages)
    asked = (vectors.questions, vectors.question_vectors)
    figures = []
    async with Database(under_test.ready.app_dsn) as database:
        for size in plan.sizes:
            filled.empty()
            place = filled.tenant(tenant, 0, size)
            filled.settle()
            alone = await measure(database, place, *asked)
            figures += report(vectors.name, size, "alone", alone)
            beside = filled.neighbours(others, plan.neighbours_chunks)
            filled.settle()
            among = await measure(database, place, *asked)
            say(f"  {vectors.name}: {size:,} chunks, {beside:,} of {len(others)} others beside")
            figures += report(vectors.name, size, "among others", among)
    return figures


def report(name: str, size: int, company: str, outcome: Outcome) -> list[Figure]:
    """The width in use with its marks, the other widths beside it, and the whole search."""
    what = f"search, {name}, {size:,} {company}"
    by_width = [
        f"{width}: {outcome.recall(width):.4f} (worst question {min(outcome.recalls[width]):.1f}), "
        f"{times.median * 1000:.1f} ms"
        for width, times in outcome.near.items()
    ]
    chosen, exact = outcome.near[RERANK_WIDTH], outcome.exact.median
    return [
        Figure(
            f"{what}: recall at 10",
            outcome.recall(RERANK_WIDTH),
            unit="",
            mark=RECALL,
            note="by width: " + "; ".join(by_width),
        ),
        Figure(
            f"{what}: by vector",
            chosen.median,
            reference=exact,
            beside="exact",
            mark=TEN_TIMES if size == SIZES[-1] else None,
            spread=_middle(chosen.runs),
        ),
        Figure(
            f"{what}: whole",
            outcome.whole.median,
            reference=exact,
            beside="exact",
            spread=_middle(outcome.whole.runs),
        ),
    ]


def _middle(runs: list[float]) -> tuple[float, float]:
    """The middle half: questions differ, and one slow one is no spread."""
    low, _, high = statistics.quantiles(runs, n=4)
    return low, high
