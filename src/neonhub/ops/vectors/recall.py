"""Recall on live data: what a search finds beside what an exact scan of the same rows finds.

Asked as the application role within the tenant, by the very function that searches call. The
questions are the vectors of what people wrote in conversations of that space where there are
enough of them, else of rows of the part itself.
"""

from __future__ import annotations

import math
import statistics
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import InvalidInput
from neonhub.ops.vectors.asking import as_application, ask, between, stored, trying
from neonhub.ops.vectors.judge import TIE, judge, questions_to, tuned
from neonhub.ops.vectors.parts import Chosen, Part, parts, record_route

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

    from neonhub.db.nearest import VectorSearch

__all__ = ["WIDTHS", "Recall", "Tuned", "recall", "tune"]

WIDTHS = (100, 200, 400, 800, 1600, 3200)
_ASKED = """
SELECT embedding::text FROM messages WHERE workspace_id = $1 AND id = ANY (ARRAY(
    SELECT id FROM messages
     WHERE workspace_id = $1 AND embedding_space_id = $2 AND role = 'user'
       AND embedding IS NOT NULL
     ORDER BY md5(id || $3) LIMIT $4))
"""


@dataclass(frozen=True, slots=True)
class Recall:
    """Of one part: the mean over ``questions``, with the interval that it lies in with 95 %
    probability, and the median seconds of both.

    ``asked``: ``messages`` where the questions are what people wrote, ``rows`` where they are rows
    of the part, ``apart`` where they are about nothing that it has. ``short``: how many
    results had fewer rows than there are.
    """

    table: str
    workspace: str
    space: str
    rows: int
    route: str
    width: int
    asked: str
    questions: int
    recall: float
    low: float
    high: float
    short: int
    seconds: float
    exact_seconds: float


@dataclass(frozen=True, slots=True)
class Tuned:
    """What width a part was given, and what was measured on the way, narrow to wide."""

    table: str
    workspace: str
    space: str
    before: int | None
    width: int | None
    tried: list[Recall] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The questions to a part, where they come from, and what the exact scan says of each."""

    search: VectorSearch
    part: Part
    source: str
    limit: int
    truths: list[_Truth]


@dataclass(frozen=True, slots=True)
class _Truth:
    question: Any
    bar: float
    rows: int
    seconds: float


def recall(
    conn: psycopg.Connection[Any],
    chosen: Chosen,
    *,
    questions: int = 50,
    limit: int = 10,
    width: int = 200,
    seed: str = "",
    apart: bool = False,
) -> list[Recall]:
    """Measure each chosen part; those with no rows are left out. Raises ``InvalidInput``.

    ``apart``: ask what the part has nothing near to, which an index finds worst.
    """
    from neonhub.ops.migrate import require_head

    _check(questions, limit)
    require_head(conn)
    searches = {each.table: each for each in chosen.searches}
    made = []
    for part in parts(conn, chosen):
        search = searches[part.table]
        with conn.transaction(force_rollback=True):
            asked = _Asked(
                search, part, *_truths(conn, search, part, (questions, limit), seed, apart=apart)
            )
            made.append(_measured(conn, asked, int(part.route.get("width", width))))
    return made


def tune(
    conn: psycopg.Connection[Any],
    chosen: Chosen,
    *,
    target: float = 0.99,
    questions: int = 50,
    limit: int = 10,
    dry_run: bool = False,
) -> list[Tuned]:
    """Give each chosen part the narrowest width whose recall reaches ``target``, and record it.

    Where none does, the widest is taken, which the caller sees by its recall.
    """
    from neonhub.ops.migrate import require_head

    _check(questions, limit)
    if not 0 < target <= 1:
        raise InvalidInput(field="--target", reason="it is a share, above 0 and at most 1")
    require_head(conn)
    searches = {each.table: each for each in chosen.searches}
    made = []
    for part in parts(conn, chosen):
        search, before = searches[part.table], part.route.get("width")
        tried: list[Recall] = []
        with conn.transaction(force_rollback=True):
            asked = _Asked(search, part, *_truths(conn, search, part, (questions, limit), ""))
        routes, route = _routes(conn, search, part), {**part.route}
        for width in WIDTHS:
            with trying(conn, part, route := routes(width)):
                tried.append(_measured(conn, asked, width))
            if tried[-1].recall >= target or width >= part.rows:
                break
        chosen_width = tried[-1].width
        if not dry_run and chosen_width != tuned(part.route):
            record_route(conn, part, route)
        made.append(Tuned(part.table, part.workspace, part.space, before, chosen_width, tried))
    return made


def _routes(
    conn: psycopg.Connection[Any], search: VectorSearch, part: Part
) -> Callable[[int], dict[str, Any]]:
    """The part's route at a width: where it has an index, with how far that holds there."""
    if "index" not in part.route:
        return lambda width: {**part.route, "width": width, "tuned": width}
    asked = questions_to(conn, search, part)

    def judged(width: int) -> dict[str, Any]:
        route = {**part.route, "width": width, "tuned": width}
        return judge(conn, search, part, route, asked, widths=(width,)).onto(route)

    return judged


def _check(questions: int, limit: int) -> None:
    if questions < 1:
        raise InvalidInput(field="--questions", reason="at least one is asked")
    if not 1 <= limit <= 200:
        raise InvalidInput(field="--limit", reason="it is from 1 to 200")


def _truths(
    conn: psycopg.Connection[Any],
    search: VectorSearch,
    part: Part,
    numbers: tuple[int, int],
    seed: str,
    *,
    apart: bool = False,
) -> tuple[str, int, list[_Truth]]:
    """As many questions as asked for, each with what the exact scan says of it."""
    from psycopg import RawCursor

    questions, limit = numbers
    as_application(conn, part)
    source, texts = _questions(conn, part, questions, seed, apart=apart)
    with RawCursor(conn) as cursor:
        conditions = f" AND {search.live}" if search.live else ""
        # $3 has to be there for those whose conditions speak of it; $4 is read once, not a row.
        exact = (
            "SELECT c.embedding <=> (SELECT $4::text::vector) AS distance "
            f"FROM {part.table} c WHERE c.workspace_id = $1 AND c.embedding_space_id = $2 "
            "AND ($3::text[] IS NULL OR true) AND c.embedding IS NOT NULL"
            f"{conditions} ORDER BY distance LIMIT $5"
        )
        truths = []
        for question in texts:
            began = time.perf_counter()
            values = [part.workspace_id, part.space_id, None, question, limit]
            found = cursor.execute(exact.encode(), values).fetchall()
            if found:
                took = time.perf_counter() - began
                truths.append(_Truth(question, float(found[-1][0]), len(found), took))
    return source, limit, truths


def _questions(
    conn: psycopg.Connection[Any], part: Part, n: int, seed: str, *, apart: bool
) -> tuple[str, list[str]]:
    """Where they come from, and their vectors as text."""
    from psycopg import RawCursor

    if apart:
        rows = stored(conn, part, 200, seed)
        return "apart", between(rows, [1.0], n) if rows else []
    with RawCursor(conn) as cursor:
        given = [part.workspace_id, part.space_id, seed, n]
        asked = [row[0] for row in cursor.execute(_ASKED, given)]
    if len(asked) < min(n, 20):
        return "rows", stored(conn, part, n, seed)
    return "messages", asked


def _measured(conn: psycopg.Connection[Any], asked: _Asked, width: int) -> Recall:
    """Ask the function that searches call; once before, so that plans and pages are there."""
    part, truths = asked.part, asked.truths
    shares, seconds, short = [], [], 0
    for number, truth in enumerate([*truths[:1], *truths]):
        began = time.perf_counter()
        numbers = (width, asked.limit)
        found = ask(conn, asked.search, part.space_id, truth.question, numbers)
        if number == 0:
            continue
        seconds.append(time.perf_counter() - began)
        right = sum(1 - similarity <= truth.bar + TIE for similarity in found)
        shares.append(min(right, truth.rows) / truth.rows)
        short += len(found) < truth.rows
    mean = statistics.mean(shares) if shares else 1.0
    low, high = interval(mean, len(shares))
    return Recall(
        table=part.table,
        workspace=part.workspace,
        space=part.space,
        rows=part.rows,
        route=str(part.route.get("kind", "bits")) if "index" in part.route else "scan",
        width=width,
        asked=asked.source,
        questions=len(shares),
        recall=mean,
        low=low,
        high=high,
        short=short,
        seconds=statistics.median(seconds) if seconds else 0.0,
        exact_seconds=statistics.median(each.seconds for each in truths) if truths else 0.0,
    )


def interval(share: float, n: int) -> tuple[float, float]:
    """The 95 % interval of Wilson (1927) about a share of ``n``. The rows of one question do not
    stand for themselves, so ``n`` is the number of questions: rather too wide than too narrow."""
    if n == 0:
        return 0.0, 1.0
    z = 1.959964
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)
