"""What a run of ingest says: to who watches it, file by file, and in the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["Failure", "IngestReport", "Progress", "Silent"]


class Progress(Protocol):
    """What watches a run: told of the size first, then of every file."""

    def started(self, files: int, size: int) -> None:
        """``files`` to look at, ``size`` bytes in all."""

    def advanced(self, name: str, size: int) -> None:
        """A file is done: stored, unchanged or refused."""

    def failed(self, failure: Failure) -> None:
        """A file was refused."""


class Silent:
    """A ``Progress`` that says nothing."""

    def started(self, files: int, size: int) -> None:
        """Say nothing."""

    def advanced(self, name: str, size: int) -> None:
        """Say nothing."""

    def failed(self, failure: Failure) -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that did not go in, and why."""

    path: str
    code: str
    message: str


@dataclass(slots=True)
class IngestReport:
    """What a run did. ``embedded`` texts were sent to the embedder, ``reused`` were not."""

    dataset: str
    space: str
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    retired: int = 0
    chunks: int = 0
    embedded: int = 0
    reused: int = 0
    failures: list[Failure] = field(default_factory=list)
    seconds: float = 0.0
