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
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from neonhub.db.nearest import GRAPH_COST, TENTH
from neonhub.ops.vectors.asking import as_application, ask, between, stored, trying

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import psycopg

    from neonhub.db.nearest import VectorSearch
    from neonhub.ops.vectors.parts import Part

__all__ = [
    "ALWAYS",
    "NEVER",
    "TIE",
    "Question",
    "Verdict",
    "cheapest",
    "cost",
    "judge",
    "judged",
    "nearest_trusted",
    "questions_to",
    "stale",
]

_One = TypeVar("_One")
_Found = Sequence[tuple[float, float]]
"""Of each question the tenth's similarity, and the share of the ten nearest that came."""
NEVER, ALWAYS = 2.0, -1.0
"""A similarity that nothing has, and one that all have."""
WIDTHS = (50, 100, 200, 300, 400, 800)
TARGET, LEAST, SURE = 0.99, 0.97, 0.995
"""What the index has to find of the ten nearest, what at least where it reaches that nowhere, and
what the scan has to find, and the narrow look into a small part, whose wide one is trusted with
all that is left. Graphs over half a million find 0.985 of what is nearest of all at any width,
where a scan takes twenty times as long."""
TIE = 1e-6
"""Two cosines closer than this are one: which of the rows comes tenth is then chance."""
_APART = (0.1, 0.3, 0.5, 0.7, 0.85, 1.0)
_EACH, _WINDOW = 12, 24
_SCAN_WIDTHS = (200, 400, 800, 1600)
_TRUTH = (800, 3200)
_DRIFTED = 0.1
_AT_ONCE = 6
_MEASURED = ("near", "scan_width")
_SMALL, _FIVE_MS = 10_000, 12_000
"""In rows scanned, of 0.35 microseconds each, beside which a search has 0.8 milliseconds to do."""
_BETWEEN = (250,)
"""A width for small parts: with the narrow look before it, it takes five milliseconds."""


@dataclass(frozen=True, slots=True)
class Question:
    """A vector as text, and the similarities of the ten nearest, nearest first."""

    text: str
    nearest: Sequence[float]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What of a route was measured: see the module. ``share`` of the questions are near enough,
    ``settled`` of them by a look ``first`` wide, where one pays."""

    near: float
    width: int
    scan_width: int
    rows: int
    share: float
    first: int | None = None
    enough: float = NEVER
    settled: float = 0.0

    def __str__(self) -> str:
        if self.near == NEVER:
            return f"its index misses too much at {self.width} rows ranked again: it is scanned"
        wide = f"at {self.width} rows ranked again"
        if self.first is not None:
            wide += f" ({self.first} from {self.enough:.2f} on)"
        if self.near == ALWAYS:
            return f"its index is trusted, {wide}"
        return (
            f"its index is trusted from a similarity of {self.near:.2f} on, {wide}; "
            f"what is farther is scanned, {self.scan_width} wide"
        )

    def onto(self, route: Mapping[str, Any]) -> dict[str, Any]:
        """The route with what was measured."""
        kept = {name: value for name, value in route.items() if name not in ("first", "enough")}
        measured = {"near": self.near, "scan_width": self.scan_width, "judged": self.rows}
        look = {"enough": self.enough} | ({} if self.first is None else {"first": self.first})
        return {**kept, **measured, **look, "width": self.width}


def tuned(route: Mapping[str, Any]) -> int | None:
    """The width that `neonhub vectors tune` has given the part, if it has."""
    found = route.get("tuned", None if "judged" in route else route.get("width"))
    return None if found is None else int(found)


def stale(part: Part) -> bool:
    """Whether the part has an index of which it is not known how far it holds and what a narrow
    look settles, or was when the part had another size."""
    judged = part.route.get("judged")
    if judged is None or not {"near", "enough"} <= part.route.keys():
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
    questions cost least, with the narrower look before it that settles what is near, and with the
    scans of those that it is not trusted with. A small part, where graph and scan together would
    take more than five milliseconds, is left to the index alone, where that finds enough.

    Nothing of it stays in the database.
    """
    scan_width = _scan_width(conn, search, part, asked)
    bare = {k: v for k, v in route.items() if k not in (*_MEASURED, "first", "enough")}

    @functools.cache
    def found(width: int) -> _Found:
        shares = _shares(conn, search, part, {**bare, "width": width}, (asked, width))
        return list(zip(map(_tenth, asked), shares, strict=True))

    nothing = Verdict(NEVER, 0, scan_width, part.rows, 0.0)
    if part.rows <= _SMALL and asked:
        more = _BETWEEN if len(widths) > 1 else ()
        if (trusted := _trusted_with_all(nothing, (*widths, *more), found)) is not None:
            return trusted
    strict = cheapest(nothing, widths, found, TARGET)
    return strict if strict.near != NEVER else cheapest(nothing, widths, found, LEAST)


def _graph(width: int) -> float:
    """A look into the graph and the ranking again, which is as much: in rows scanned."""
    return 2 * GRAPH_COST * width


def cost(verdict: Verdict) -> float:
    """A search's, over the questions that were asked: in rows scanned."""
    first = 0.0 if verdict.first is None else _graph(verdict.first)
    wide = (1 - verdict.settled) * _graph(verdict.width)
    return first + wide + (1 - verdict.share) * (GRAPH_COST * verdict.scan_width + verdict.rows)


def _holds_for_all(questions: _Found, target: float, farthest: float) -> bool:
    """Whether the index finds ``target`` of all, and ``farthest`` of what is farthest."""
    whole = statistics.fmean(share for _, share in questions)
    return whole >= target and nearest_trusted(questions, farthest) == min(questions)[0]


def _trusted_with_all(
    nothing: Verdict, widths: Sequence[int], found: Callable[[int], _Found]
) -> Verdict | None:
    """The widest look that keeps within five milliseconds and finds enough: together with the
    narrowest before it, where both are surer than they need be, else alone."""
    # Where the graph costs more than the scan, no search goes by it.
    paying = sorted((w for w in widths if GRAPH_COST * w < nothing.rows), reverse=True)
    for before, targets in ((paying[-1:], (SURE, TARGET)), ([], (TARGET, LEAST))):
        room = _FIVE_MS - sum(map(_graph, before))
        fitting = (w for w in paying if _graph(w) <= room and _holds_for_all(found(w), *targets))
        if (width := next(fitting, None)) is not None:
            wide = replace(nothing, near=ALWAYS, width=width, share=1.0)
            made = _looked_into_first(wide, before, found, SURE)
            if made.first is not None or not before:
                return made
    return None


def _near_enough(questions: _Found, near: float) -> float:
    return sum(tenth >= near for tenth, _ in questions) / max(1, len(questions))


def cheapest(
    nothing: Verdict, widths: Sequence[int], found: Callable[[int], _Found], target: float = TARGET
) -> Verdict:
    """The width at which ``target`` is found, with or without a narrower look before it, that
    costs least; ``found`` tells of a width what came, and is asked of no more than are needed."""
    best: Verdict | None = None
    bounds: list[tuple[float, float]] = [(0.0, 1.0)]
    for width in sorted(widths):
        if best and min(a + b * _graph(width) for a, b in bounds) >= cost(best):
            break  # the graph alone costs more, whatever is looked into first
        near = nearest_trusted(found(width), target)
        share = _near_enough(found(width), near)
        wide = replace(nothing, near=near, width=width, share=share)
        best = min((best or wide, _looked_into_first(wide, widths, found)), key=cost)
        settled = _near_enough(found(width), nearest_trusted(found(width)))
        bounds.append((_graph(width), 1 - settled))
    assert best is not None  # noqa: S101
    return best


def _looked_into_first(
    wide: Verdict, widths: Sequence[int], found: Callable[[int], _Found], target: float = TARGET
) -> Verdict:
    """With that narrower look before it which pays most, if one that finds ``target`` does."""
    made = [wide]
    for width in widths:
        if width < wide.width and wide.near != NEVER:
            enough = max(wide.near, nearest_trusted(found(width), target))
            settled = _near_enough(found(width), enough)
            made.append(replace(wide, first=width, enough=enough, settled=settled))
    return min(made, key=cost)


def nearest_trusted(found: _Found, target: float = TARGET) -> float:
    """The similarity of the tenth down to which ``target`` of the ten nearest are found: of all
    questions as near and nearer, and of the last two dozen of them. ``NEVER`` where nowhere."""
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
        if not shares or statistics.fmean(shares) >= SURE:
            return width
    return _SCAN_WIDTHS[-1]


def judged(
    conn: psycopg.Connection[Any], search: VectorSearch, part: Part, route: Mapping[str, Any]
) -> Verdict:
    """Ask and judge; nothing of it stays in the database."""
    asked, width = questions_to(conn, search, part), tuned(route)
    return judge(conn, search, part, route, asked, widths=[width] if width else WIDTHS)
