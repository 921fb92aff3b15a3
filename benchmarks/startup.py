"""What a command costs before it does anything, beside an interpreter that does nothing."""

from __future__ import annotations

import sys

from benchmarks.harness import Contestant, Figure, Mark, NotMeasured, interleaved, platform
from benchmarks.processes import environment, neonhub, timed

HELP = Mark(0.2, of="value")
OVERHEAD = Mark(0.4, of="value")


async def run(*, quick: bool) -> list[Figure]:
    """``--help`` by itself; the others less what ``python -c pass`` takes."""
    rounds = 3 if quick else 15
    with platform() as under_test:
        env = environment(under_test.home)
        note = under_test.home / "note.txt"
        note.write_text("Opening hours: nine to five.")
        timed(neonhub("ingest", str(note), "-d", "notes"), env, under_test.home)
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "neonhub --help": neonhub("--help"),
            "neonhub version": neonhub("version"),
            "neonhub datasets list --json": neonhub("datasets", "list", "--json"),
            "neonhub search (nothing there) --json": neonhub("search", "hours", "--json"),
            "neonhub search --json": neonhub("search", "hours", "-d", "notes", "--json"),
        }

        def contestant(command: list[str]) -> Contestant:
            async def once() -> float:
                return timed(command, env, under_test.home)

            return once

        contestants: dict[str, Contestant] = {}
        notes: dict[str, str] = {}
        for name, command in commands.items():
            try:
                timed(command, env, under_test.home)  # the first one writes its .pyc files
                contestants[name] = contestant(command)
            except NotMeasured as reason:
                notes[name] = str(reason)
        times = await interleaved(contestants, rounds=rounds)
    bare = times["python -c pass"].median
    figures = []
    for name in list(contestants)[1:]:
        each = times[name]
        mark = HELP if name.endswith("--help") else OVERHEAD
        less = 0.0 if mark is HELP else bare
        low, high = each.spread
        figures.append(
            Figure(
                name if mark is HELP else f"{name}: own overhead",
                each.median - less,
                reference=bare,
                beside="python -c pass",
                mark=mark,
                spread=(low - less, high - less),
            )
        )
    return figures + [Figure.missing(name, why) for name, why in notes.items()]
