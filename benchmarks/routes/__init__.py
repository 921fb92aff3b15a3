"""Routed vector search by size of the tenant, beside what pgvector does without it.

Tenants of very different sizes among a hundred others, in one table: clustered vectors of full
width, some sixty dimensions of them telling, as those of texts. Asked twice: questions near to
the tenant's rows, and questions about what it has nothing near to. Beside the routed search: a
plain HNSW index over that tenant alone, at the narrowest `ef_search` that reaches a recall of 0.99
(where none does, the exact scan is what there is), and one HNSW index over all with the tenant in
WHERE, as it is and iterative. Each by the clock of
one client, pages cached; the exact scan is the truth.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.harness import Figure, Mark, platform, say
from benchmarks.routes.contestants import Cell, Plain, ask_plain, ask_routed, plain_index
from benchmarks.routes.rows import Vectors, fill, questions
from benchmarks.tenants import connect, make_workspaces
from neonhub.db.pools import Database
from neonhub.ops.vectors.maintain import Step, maintain
from neonhub.ops.vectors.parts import Chosen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.harness import Platform
    from benchmarks.search.rows import Place
    from benchmarks.tenants import Admin

RECALL = Mark(0.99, of="value", at_least=True)
FIVE_MS = Mark(0.005, of="value")
NO_SLOWER = Mark(1.0)
AN_EIGHTH = Mark(0.125)
SMALL = 10_000


@dataclass(frozen=True)
class Plan:
    """The measured tenants' sizes, the others, and how many questions of each kind."""

    sizes: tuple[int, ...]
    others: int
    others_rows: int
    questions: int
    one_for_all: bool = False


FULL = Plan((200, 2_000, 10_000, 20_000, 100_000, 500_000), 94, 100_000, 30)
# One index over all of those would take hours here; over these it shows as well what it does.
FOR_ALL = Plan((200, 2_000, 20_000, 100_000), 96, 50_000, 30, one_for_all=True)
QUICK = Plan((200, 6_000), 5, 1_000, 5, one_for_all=True)


@dataclass
class Built:
    """What a route's index took: bytes and seconds; none where the tenant is scanned."""

    ours: Step | None = None
    plain: Plain | None = None
    cells: dict[str, Cell] = field(default_factory=dict)


async def run(*, quick: bool) -> list[Figure]:
    """All sizes, one after the other; the index over all tenants at the end."""
    figures: list[Figure] = []
    for plan in (QUICK,) if quick else (FULL, FOR_ALL):
        with platform() as under_test, connect(under_test.ready.admin_dsn) as admin:
            figures += await _measure(under_test, admin, plan)
    return figures


async def _measure(under_test: Platform, admin: Admin, plan: Plan) -> list[Figure]:
    tenants = make_workspaces(admin, len(plan.sizes) + plan.others)
    places = fill(admin, tenants, plan.sizes, plan.others_rows)
    say("  filled")
    made = maintain(under_test.ready.admin_dsn, Chosen(), notify=lambda line: say(f"  {line}"))
    steps = {step.rows: step for step in made}
    built = {size: Built(ours=steps.get(size)) for size in plan.sizes}
    asked = {kind: questions(kind, plan.questions) for kind in ("near", "apart")}
    async with Database(under_test.ready.app_dsn) as database:
        for size, place in zip(plan.sizes, places, strict=True):
            for kind, vectors in asked.items():
                built[size].cells[kind] = await ask_routed(database, admin, place, vectors)
            say(f"  {size:,}: routed")
    for size, place in zip(plan.sizes, places, strict=True):
        built[size].plain = plain_index(admin, place)
        for kind, vectors in asked.items():
            ask_plain(admin, built[size].cells[kind], "own", place, vectors)
        admin.execute("DROP INDEX plain_own")
        say(f"  {size:,}: plain, alone")
    over_all = [_beside_one_for_all(admin, places, plan, built, asked)] if plan.one_for_all else []
    return [
        figure
        for size in plan.sizes
        for figure in (*_cells(size, built[size]), *_index(size, built[size]))
    ] + over_all


def _beside_one_for_all(
    admin: Admin,
    places: list[Place],
    plan: Plan,
    built: dict[int, Built],
    asked: Mapping[str, Vectors],
) -> Figure:
    whole = plain_index(admin, None)
    for size, place in zip(plan.sizes, places, strict=True):
        for kind, vectors in asked.items():
            for way in ("shared", "iterative"):
                ask_plain(admin, built[size].cells[kind], way, place, vectors)
        say(f"  {size:,}: plain, one for all")
    return Figure(
        "one plain index over all tenants",
        whole.seconds,
        note=f"{whole.size / 1e6:,.0f} MB; for comparison, not ours",
    )


def _cells(size: int, built: Built) -> list[Figure]:
    figures = []
    for kind, cell in built.cells.items():
        name = f"routes, {size:,} rows, {kind}"
        own = cell.ways["own"]
        beside = "; ".join(
            f"{way}: {found.recall:.3f}, {found.rows:.1f} of 10 rows, "
            f"{found.times.median * 1000:.1f} ms"
            for way, found in cell.ways.items()
        )
        figures.append(
            Figure(f"{name}: recall at 10", cell.recall, unit="", mark=RECALL, note=beside)
        )
        small, reached = size <= SMALL, own.recall >= RECALL.limit
        plain = f"plain HNSW alone, ef_search {own.ef}" if reached else "exact scan: HNSW misses"
        reference = own.times.median if reached else cell.exact.median
        figures.append(
            Figure(
                f"{name}: time",
                cell.routed.median,
                reference=None if small else reference,
                beside="" if small else plain,
                mark=FIVE_MS if small else NO_SLOWER,
                spread=cell.spread,
                note=f"exact {cell.exact.median * 1000:.1f} ms; short results: {cell.short}",
            )
        )
    return figures


def _index(size: int, built: Built) -> list[Figure]:
    if built.ours is None or built.plain is None:
        return []
    return [
        Figure(
            f"routes, {size:,} rows: size of the index",
            built.ours.size / 1e6,
            unit="MB",
            reference=built.plain.size / 1e6,
            beside="plain HNSW",
            mark=AN_EIGHTH,
        ),
        Figure(
            f"routes, {size:,} rows: building it",
            built.ours.seconds,
            reference=built.plain.seconds,
            beside="plain HNSW",
            note="concurrently, beside a plain build that locks writers out",
        ),
    ]
