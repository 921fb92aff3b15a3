"""What every benchmark stands on: figures with their marks, interleaved runs, one table."""

from __future__ import annotations

import contextlib
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from neonhub.ops.bootstrap import Ready
    from neonhub.settings import Settings

__all__ = [
    "Figure",
    "Mark",
    "NotMeasured",
    "Platform",
    "Times",
    "interleaved",
    "platform",
    "say",
    "settings_for",
    "show",
]


class NotMeasured(Exception):
    """Something that a benchmark needs is not there; the message says what, and how to get it."""


def say(line: str) -> None:
    """Tell of progress, on standard error."""
    print(line, file=sys.stderr, flush=True)


# -- figures -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mark:
    """What a figure is held against: its value, or its ratio to the reference of the same run."""

    limit: float
    of: Literal["value", "ratio"] = "ratio"
    at_least: bool = False


@dataclass(frozen=True)
class Figure:
    """One row of the table. ``spread`` is the lowest and the highest of the runs' medians.

    ``ours`` is None where it could not be measured; the note says why.
    """

    name: str
    ours: float | None
    unit: str = "s"
    reference: float | None = None
    beside: str = ""
    mark: Mark | None = None
    spread: tuple[float, float] | None = None
    note: str = ""

    @classmethod
    def missing(cls, name: str, why: str) -> Figure:
        """A row that says why there is no figure."""
        return cls(name, None, note=f"not measured: {why}")

    @property
    def ratio(self) -> float | None:
        """To the reference of the same run; without one, to the limit."""
        if self.ours is None:
            return None
        if self.reference:
            return self.ours / self.reference
        if self.mark is not None and self.mark.of == "value":
            return self.ours / self.mark.limit
        return None

    @property
    def kept(self) -> bool | None:
        """Whether the mark is kept; None where there is none."""
        if self.mark is None or self.ours is None:
            return None
        value = self.ratio if self.mark.of == "ratio" else self.ours
        if value is None:
            return None
        return value >= self.mark.limit if self.mark.at_least else value <= self.mark.limit

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            **{name: getattr(self, name) for name in ("name", "ours", "unit", "reference")},
            **{"beside": self.beside, "ratio": self.ratio, "kept": self.kept},
            "mark": vars(self.mark) if self.mark else None,
            **{"spread": self.spread, "note": self.note},
        }


def show(figures: Sequence[Figure]) -> None:
    """Print the one table."""
    from rich.console import Console
    from rich.table import Table

    table = Table("benchmark", "ours", "spread", "reference", "ratio", "mark", "kept")
    for each in figures:
        low_high = "" if each.spread is None else _range(each.spread, each.unit)
        kept = {True: "yes", False: "[bold red]NO[/]", None: ""}[each.kept]
        ratio = "" if each.ratio is None else f"{each.ratio:.2f}"
        reference = "" if each.reference is None else _shown(each.reference, each.unit)
        if each.beside:
            reference = f"{reference} {each.beside}".strip()
        row = (each.name, _shown(each.ours, each.unit), low_high, reference, ratio)
        table.add_row(*row, _mark(each), kept)
    console = Console(width=None if sys.stdout.isatty() else 180)
    console.print(table)
    for each in figures:
        if each.note:
            console.print(f"{each.name}: {each.note}", markup=False, highlight=False)


def _shown(value: float | None, unit: str) -> str:
    if value is None:
        return "not measured"
    if unit == "s":
        return f"{value * 1000:.3g} ms" if value < 1 else f"{value:.2f} s"
    return f"{value:.4g}{' ' if unit else ''}{unit}"


def _range(pair: tuple[float, float], unit: str) -> str:
    low, high = (_shown(value, unit) for value in pair)
    return f"{low.removesuffix(' ' + high.split(' ')[-1])} - {high}" if " " in high else low


def _mark(figure: Figure) -> str:
    mark = figure.mark
    if mark is None:
        return ""
    sign = ">=" if mark.at_least else "<="
    limit = f"{mark.limit:g}x" if mark.of == "ratio" else _shown(mark.limit, figure.unit)
    return f"{sign} {limit}"


# -- runs ----------------------------------------------------------------------------------


@dataclass
class Times:
    """Seconds of each run of one contestant."""

    runs: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The middle run."""
        return statistics.median(self.runs)

    @property
    def spread(self) -> tuple[float, float]:
        """The lowest and the highest run."""
        return min(self.runs), max(self.runs)


Contestant = Callable[[], Awaitable[float | None]]


async def interleaved(contestants: Mapping[str, Contestant], *, rounds: int) -> dict[str, Times]:
    """Run all in turn, ``rounds`` times over: A B A B, and B A in every second round.

    A contestant may return the seconds that count, where setting up is no part of the matter.
    """
    times = {name: Times() for name in contestants}
    names = list(contestants)
    for number in range(rounds):
        for name in names if number % 2 == 0 else reversed(names):
            began = time.perf_counter()
            counted = await contestants[name]()
            took = time.perf_counter() - began
            times[name].runs.append(took if counted is None else counted)
    return times


# -- the platform under test ---------------------------------------------------------------


@dataclass
class Platform:
    """A database of the benchmark's own, migrated and seeded, on a server of its own."""

    home: Path
    settings: Settings
    ready: Ready


def settings_for(home: Path, **values: Any) -> Settings:
    """Settings of a server in ``home``, whatever the environment says."""
    from neonhub.settings import load_settings

    given = {"embedder": "lexical", "database_url": None, "direct_database_url": None, **values}
    return load_settings(home=home, read_replica_urls=(), **given)


@contextlib.contextmanager
def temporary_home() -> Iterator[Path]:
    """An empty folder for a server's data, removed at the end."""
    home = Path(tempfile.mkdtemp(prefix="neonhub-bench-"))
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def platform(**values: Any) -> Iterator[Platform]:
    """A server in a temporary home, ready for work; stopped and removed at the end."""
    from neonhub.ops.bootstrap import make_ready

    with temporary_home() as home:
        settings = settings_for(home, **values)
        ready = make_ready(settings)
        try:
            yield Platform(home, settings, ready)
        finally:
            if ready.embedded is not None:
                ready.embedded.release()
