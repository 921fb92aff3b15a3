"""``python -m benchmarks [NAME…] [--quick] [--json FILE]``."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import platform as machine
import sys
from pathlib import Path

from benchmarks.harness import Figure, NotMeasured, say, show

NAMES = {
    "reads": "a tenant-scoped read of one row, and of twenty with their children",
    "bulk": "bulk insert that skips duplicates",
    "bulk_events": "a million metric events, beside COPY and Prisma's createMany",
    "patterns": "the five query patterns, beside psycopg and Prisma, and by number of tenants",
    "telemetry": "what watching costs a read: nobody told, Prometheus, OpenTelemetry",
    "startup": "what a command costs before it does anything",
    "up": "from an empty data directory to a server that is ready",
    "seed_scale": "rows to measure by, beside COPY of the same rows",
    "retention": "runs archived and deleted, beside COPY and DELETE",
    "migrate": "`neonhub db migrate` from nothing to the head",
    "blocking": "what a migration keeps a table locked for, by its size",
    "backup": "a million rows backed up, restored and compared, beside pg_dump | pg_restore",
    "ingest": "files to searchable passages, end to end",
    "search": "vector search: time and recall, alone and among other tenants",
    "routes": "vector search by size of the tenant, beside plain pgvector (half an hour)",
    "retrieval": "twenty questions to the PostgreSQL manual",
}


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; or all")
    parser.add_argument("--quick", action="store_true", help="small: to see that it works")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures there")
    parser.add_argument("--list", action="store_true", help="list the benchmarks")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - NAMES.keys():
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    return options


def measure(name: str, *, quick: bool) -> list[Figure]:
    """Run one benchmark in an event loop of its own."""
    module = importlib.import_module(f"benchmarks.{name}")
    figures: list[Figure] = asyncio.run(module.run(quick=quick))
    return figures


def main(arguments: list[str] | None = None) -> int:
    """1 where a mark was missed, 2 where a benchmark could not run, else 0."""
    options = _options(arguments)
    if options.list:
        for name, what in NAMES.items():
            print(f"{name:<12} {what}")
        return 0
    figures: list[Figure] = []
    for name in options.names or NAMES:
        say(f"- {name}: {NAMES[name]}")
        try:
            figures += measure(name, quick=options.quick)
        except NotMeasured as reason:
            figures.append(Figure.missing(name, str(reason)))
    show(figures)
    if options.quick:
        print("A quick run: sizes are small, and the marks are not meant for them.")
    if options.json:
        _write(options.json, figures, quick=options.quick)
    if any(each.ours is None for each in figures):
        return 2
    return int(any(each.kept is False for each in figures))


def _write(path: Path, figures: list[Figure], *, quick: bool) -> None:
    about = {"python": machine.python_version(), "machine": machine.machine(), "quick": quick}
    data = {**about, "figures": [each.as_dict() for each in figures]}
    path.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
