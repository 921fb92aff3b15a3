"""The real Prisma 7 client as a peer: the five query patterns and ``createMany``.

In its fastest set-up: relations joined by the database where the pilot runs say that this is
faster, statements prepared by name, one connection, the workspace named in every query. Past
row-level security, as the superuser with no transaction around, unless the task says
``settings``: then as a tenant of the application's role, each call in a transaction.

A task::

    {
        "tenant": {"workspace_id": …, "organization_id": …, "user_id": …},
        "patterns": {
            "user_workspaces": {"user_id": …},
            "agent_runs": {"agent_id": …},
            "brand_voice": {"guide_id": …, "embedding": [1536 floats]},
            "campaign_performance": {"campaign_id": …, "start": "2026-01-01", "end": "2026-01-31"},
            "person_by_identity": {"email": …, "phone": …},
        },
        "repeat": 200,
        "settings": False,
    }

A list of such parameters in place of one is gone through in turn.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from benchmarks.harness import say
from tests.prisma import toolchain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

__all__ = ["Inserted", "Peer", "available", "measure"]

_SOURCES = (
    Path(__file__).parent / "prisma/peer.ts",
    toolchain.ROOT / "docs/prisma/tenant.ts",
)


class Inserted(NamedTuple):
    """What ``createMany`` did: seconds within it alone, rows given, rows that were new."""

    seconds: float
    rows: int
    inserted: int


def available() -> str | None:
    """Why Prisma cannot be measured here; None when it can. Installs it at the first call."""
    try:
        toolchain.packages()
    except toolchain.Unavailable as reason:
        return str(reason)
    return None


def measure(dsn: str, task: Mapping[str, Any]) -> dict[str, list[float]]:
    """Start the peer for one task: each pattern's times in milliseconds."""
    with Peer(dsn) as peer:
        return peer.measure(task)


class Peer:
    """A running client on one connection, for tasks in turn: use as a context manager."""

    def __init__(self, dsn: str):
        self._dsn = dsn
        self._folder = tempfile.TemporaryDirectory(prefix="neonhub-prisma-")

    def __enter__(self) -> Peer:
        folder = Path(self._folder.name) / "application"
        made = toolchain.project(folder, sources=list(_SOURCES), preview=("relationJoins",))
        self._process = subprocess.Popen(
            made.command(["peer.ts", self._dsn]),
            cwd=made.folder,
            env=toolchain.node().environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        with self._process:  # closes its pipes, upon which it ends, and waits for that
            pass
        self._folder.cleanup()

    def measure(self, task: Mapping[str, Any]) -> dict[str, list[float]]:
        """Each pattern's times in milliseconds, in the order in which they were measured."""
        times: dict[str, list[float]] = {}
        for name, said in self._ask(task).items():
            say(f"prisma {name}: relations by {said['strategy']}, {said['rows']} rows")
            times[name] = said["times"]
        return times

    def create_many(self, file: Path, *, batch: int = 5_000) -> Inserted:
        """Insert metric events, skipping duplicates, out of a file of JSON lines.

        A line is ``{"workspace_id", "id", "kind", "metadata", "timestamp"}``, the last as ISO 8601
        with milliseconds: JavaScript knows no finer time.
        """
        events = {"file": str(file), "batch": batch}
        return Inserted(**self._ask({"tenant": {"workspace_id": ""}, "events": events})["events"])

    def _ask(self, task: Mapping[str, Any]) -> dict[str, Any]:
        asked, told = self._process.stdin, self._process.stdout
        if asked is None or told is None:
            raise RuntimeError("the peer was started without pipes")
        asked.write(json.dumps(task) + "\n")
        asked.flush()
        answer = _answer(told)
        if "error" in answer:
            raise RuntimeError(f"Prisma failed: {answer['error']}")
        return answer


def _answer(told: IO[str]) -> dict[str, Any]:
    line = told.readline()
    if not line:
        raise RuntimeError("Prisma ended without an answer; what it said is above")
    made: dict[str, Any] = json.loads(line)
    return made
