"""How near a question has to be for a part's own index to be taken at its word.

A graph leads to what is near; among rows that are all about as far it stops at some of them. So
questions are asked of the index from a row's own place to nowhere near any, beside a wide scan of
the sign bits, and the similarity down to which it finds what the scan finds becomes part of the
route (``near``). The functions that search (``neonhub.db.nearest``) scan where the tenth is
farther, as wide (``scan_width``) as these questions need. Measured in docs/adr/0025.
"""

from __future__ import annotations

import functools
import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from neonhub.db.nearest import GRAPH_COST, TENTH
from neonhub.ops.vectors.asking import as_application, ask, between, stored, trying

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import psycopg

    from neonhub.db.nearest import VectorSearch
    from neonhub.ops.vectors.parts import Part

__all__ = [
    "ALWAYS",
    "NEVER",
    "TIE",
    "Question",
    "Verdict",
    "judge",
    "judged",
    "nearest_trusted",
    "questions_to",
    "stale",
]

_One = TypeVar("_One")
NEVER, ALWAYS = 2.0, -1.0
"""A similarity that nothing has, and one that all have."""
WIDTHS = (50, 100, 200, 300, 400, 800)
TARGET, LEAST, SCAN_TARGET = 0.99, 0.97, 0.995
"""What the index has to find of the ten nearest, what at least where it reaches that nowhere, and
what the scan has to find. Graphs over half a million find 0.985 of what is nearest of all at any
width, where a scan takes twenty times as long."""
TIE = 1e-6
"""Two cosines closer than this are one: which of the rows comes tenth is then chance."""
_APART = (0.1, 0.3, 0.5, 0.7, 0.85, 1.0)
_EACH, _WINDOW = 12, 24
_SCAN_WIDTHS = (200, 400, 800, 1600)
_TRUTH = (800, 3200)
_DRIFTED = 0.1
_AT_ONCE = 6
_SMALL, _FIVE_MS = 10_000, 14_000
"""In rows scanned, of 0.35 microseconds each."""


@dataclass(frozen=True, slots=True)
class Question:
    """A vector as text, and the similarities of the ten nearest, nearest first."""

    text: str
    nearest: Sequence[float]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What of a route was measured: see the module. ``share`` of the questions are near enough."""

    near: float
    width: int
    scan_width: int
    rows: int
    share: float

    def __str__(self) -> str:
        if self.near == NEVER:
            return f"its index misses too much at {self.width} rows ranked again: it is scanned"
        if self.near == ALWAYS:
            return f"its index is trusted, at {self.width} rows ranked again"
        return (
            f"its index is trusted from a similarity of {self.near:.2f} on, at {self.width} rows "
            f"ranked again; what is farther is scanned, {self.scan_width} wide"
        )

    def onto(self, route: Mapping[str, Any]) -> dict[str, Any]:
        """The route with what was measured."""
        measured = {"near": self.near, "scan_width": self.scan_width, "judged": self.rows}
        return {**route, **measured, "width": self.width}


def tuned(route: Mapping[str, Any]) -> int | None:
    """The width that `neonhub vectors tune` has given the part, if it has."""
    found = route.get("tuned", None if "judged" in route else route.get("width"))
    return None if found is None else int(found)


def stale(part: Part) -> bool:
    """Whether the part has an index of which it is not known how far it holds, or was when the
    part had another size."""
    judged = part.route.get("judged")
    if judged is None or "near" not in part.route:
        return True
    return abs(part.rows - int(judged)) > _DRIFTED * int(judged)


def questions_to(conn: psycopg.Connection[Any], search: VectorSearch, part: Part) -> list[Question]:
    """From a row's own place to nowhere near any, each with what a wide scan says."""
    with conn.transaction(force_rollback=True):
        as_application(conn, part)
        rows = stored(conn, part, 100, "judge")
    wide = min(_TRUTH[1], max(_TRUTH[0], part.rows // 8))
    texts = between(rows, _APART, _EACH) if rows else []
    made = []
    for few in _by_few(texts):
        with trying(conn, part, {}):
            for text in few:
                nearest = ask(conn, search, part.space_id, text, (wide, TENTH))
                if nearest and not math.isnan(nearest[-1]):
                    made.append(Question(text, nearest))
    return made


def _by_few(questions: Sequence[_One]) -> Iterator[Sequence[_One]]:
    for first in range(0, len(questions), _AT_ONCE):
        yield questions[first : first + _AT_ONCE]


def judge(
    conn: psycopg.Connection[Any],
    search: VectorSearch,
    part: Part,
    route: Mapping[str, Any],
    asked: Sequence[Question],
    *,
    widths: Sequence[int] = WIDTHS,
) -> Verdict:
    """What the index of ``route`` finds of what there is, at that of the ``widths`` at which these
    questions cost least, with the scans of those that it is not trusted with. A small part,
    where graph and scan together would take more than five milliseconds, is left to the index alone
    at the widest that keeps within them, where that finds enough.

    Nothing of it stays in the database.
    """
    scan_width = _scan_width(conn, search, part, asked)
    bare = {k: v for k, v in route.items() if k not in ("near", "scan_width")}

    @functools.cache
    def found(width: int) -> list[tuple[float, float]]:
        shares = _shares(conn, search, part, {**bare, "width": width}, (asked, width))
        return list(zip(map(_tenth, asked), shares, strict=True))

    for width in sorted(widths, reverse=True) if part.rows <= _SMALL and asked else ():
        # Where the graph costs more than the scan, no search goes by it.
        pays = 2 * GRAPH_COST * width <= _FIVE_MS and GRAPH_COST * width < part.rows
        if pays and _holds_for_all(found(width)):
            return Verdict(ALWAYS, width, scan_width, part.rows, 1.0)
    strict = _cheapest(part, widths, found, scan_width, TARGET)
    return strict if strict.near != NEVER else _cheapest(part, widths, found, scan_width, LEAST)


def _holds_for_all(questions: Sequence[tuple[float, float]]) -> bool:
    """Whether the index finds enough of all, and not too little of the farthest."""
    whole = statistics.fmean(share for _, share in questions)
    return whole >= TARGET and nearest_trusted(questions, LEAST) == min(questions)[0]


def _cheapest(
    part: Part,
    widths: Sequence[int],
    found: Callable[[int], Sequence[tuple[float, float]]],
    scan_width: int,
    target: float,
) -> Verdict:
    scan = GRAPH_COST * scan_width + part.rows
    best: tuple[float, Verdict] | None = None
    for width in sorted(widths):
        # The graph and the ranking again: as much a row as two rows met in the graph.
        graph = 2 * GRAPH_COST * width
        if best is not None and graph >= best[0]:
            break  # the graph alone costs more
        questions = found(width)
        near = nearest_trusted(questions, target)
        share = sum(tenth >= near for tenth, _ in questions) / max(1, len(questions))
        cost = graph + (1 - share) * scan
        if best is None or cost < best[0]:
            best = cost, Verdict(near, width, scan_width, part.rows, share)
    assert best is not None  # noqa: S101
    return best[1]


def nearest_trusted(found: Sequence[tuple[float, float]], target: float = TARGET) -> float:
    """The similarity of the tenth down to which ``target`` of the ten nearest are found: of all
    questions as near and nearer, and of the last two dozen of them. ``NEVER`` where nowhere.

    ``found``: of each question, the tenth's similarity and the share of the nearest that came.
    """
    ordered = sorted(found, reverse=True)
    shares = [share for _, share in ordered]
    for count in range(len(ordered), _WINDOW - 1, -1):
        if count < len(ordered) and ordered[count][0] == ordered[count - 1][0]:
            continue
        last = statistics.fmean(shares[count - _WINDOW : count])
        if min(last, statistics.fmean(shares[:count])) >= target:
            return ordered[count - 1][0]
    return NEVER


def _tenth(question: Question) -> float:
    return question.nearest[-1]


def _shares(
    conn: psycopg.Connection[Any],
    search: VectorSearch,
    part: Part,
    route: Mapping[str, Any],
    asked: tuple[Sequence[Question], int],
) -> list[float]:
    """What share of the ten nearest comes by ``route``, of each question."""
    questions, width = asked
    made = []
    for few in _by_few(questions):
        with trying(conn, part, route):
            for each in few:
                found = ask(conn, search, part.space_id, each.text, (width, TENTH))
                right = sum(similarity >= each.nearest[-1] - TIE for similarity in found)
                made.append(min(right, len(each.nearest)) / len(each.nearest))
    return made


def _scan_width(
    conn: psycopg.Connection[Any], search: VectorSearch, part: Part, asked: Sequence[Question]
) -> int:
    """The narrowest at which the scan finds for the farther half of the questions, which are the
    harder ones, what it finds far wider."""
    farther = sorted(asked, key=_tenth)[: (len(asked) + 1) // 2]
    for width in _SCAN_WIDTHS[:-1]:
        shares = _shares(conn, search, part, {}, (farther, width))
        if not shares or statistics.fmean(shares) >= SCAN_TARGET:
            return width
    return _SCAN_WIDTHS[-1]


def judged(
    conn: psycopg.Connection[Any], search: VectorSearch, part: Part, route: Mapping[str, Any]
) -> Verdict:
    """Ask and judge; nothing of it stays in the database."""
    asked, width = questions_to(conn, search, part), tuned(route)
    return judge(conn, search, part, route, asked, widths=[width] if width else WIDTHS)
