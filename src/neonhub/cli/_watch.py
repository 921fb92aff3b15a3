"""What ``neonhub ingest`` shows while it works: a bar on a terminal, a line now and then else."""

from __future__ import annotations

import errno
import os
import re
import time
from collections import Counter
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from neonhub.cli.console import message

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from neonhub.domains.knowledge.progress import Failure

_EVERY = 5.0  # seconds between two lines
_SYSTEM_WORDS = {
    os.strerror(errno.EACCES): "it may not be read by this user",
    os.strerror(errno.EPERM): "it may not be read by this user",
    os.strerror(errno.ENOENT): "it disappeared while it was to be read",
}
_ERRNO = re.compile(r"\A\[Errno \d+\] (.*?)(?:: '.*')?\Z", re.DOTALL)


class Watch:
    """Counts files and reports each refused one as it happens.

    A file of a type that is not read, met in a folder, is passed over and only counted: the
    pictures beside a manual are no failure. Named outright, it is refused like any other.
    """

    def __init__(self, named: set[str], bar: Progress | None):
        self._named = named
        self._bar = bar
        self._task: TaskID | None = None
        self._files = self._done = 0
        self.begun = False
        self._began = self._told = time.monotonic()
        self.refused: list[Failure] = []
        self.passed_over: Counter[str] = Counter()

    def started(self, files: int, size: int) -> None:
        """``files`` to look at, ``size`` bytes in all."""
        self._files = files
        self.begun = True
        self._began = self._told = time.monotonic()
        if self._bar is not None:
            self._task = self._bar.add_task(f"{size / 1e6:,.1f} MB", total=files)

    def advanced(self, name: str, size: int) -> None:
        """A file is done."""
        del name, size
        self._done += 1
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task)
        elif time.monotonic() - self._told > _EVERY:
            self._told = time.monotonic()
            self._tell()

    def _tell(self) -> None:
        rate = self._done / (self._told - self._began)
        left = (self._files - self._done) / rate
        message(f"{self._done:,} of {self._files:,} files, {rate:,.1f}/s, {left:,.0f} s left")

    def failed(self, failure: Failure) -> None:
        """A file was refused, or passed over."""
        if failure.code == "unsupported" and failure.path not in self._named:
            self.passed_over[PurePath(failure.path).suffix or "no suffix"] += 1
            return
        failure = _reworded(failure)
        self.refused.append(failure)
        message(f"refused: {_with_path(failure)}")


def _reworded(failure: Failure) -> Failure:
    """The refusal of a file that the system would not open, in words like the others'."""
    if failure.code != "unreadable":
        return failure
    for system, ours in _SYSTEM_WORDS.items():
        if system in failure.message:
            return replace(failure, message=ours)
    return replace(failure, message=_ERRNO.sub(r"\1", failure.message))


def _with_path(failure: Failure) -> str:
    path, text = failure.path, failure.message
    return text if path in text else f"{path}: {text}"


def in_words(report: Any, watch: Watch, given: str) -> str:
    """The summary of a run into the dataset that was ``given`` by slug, name or id."""
    under = "" if given == report.dataset else f" (for {given!r})"
    done = report.added + report.changed
    counts = f"{report.added:,} added, {report.changed:,} changed, {report.unchanged:,} unchanged"
    rate = f" ({done / report.seconds:,.0f} documents/s)" if done and report.seconds else ""
    lines = [
        f"dataset    {report.dataset}{under}",
        f"documents  {counts}, {report.retired:,} retired, {len(watch.refused):,} refused",
        f"passages   {report.chunks:,}: {report.embedded:,} embedded, {report.reused:,} reused",
        f"time       {report.seconds:,.1f} s{rate}",
        f"embedder   {_embedder(report.space)}",
    ]
    if watch.passed_over:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in watch.passed_over.most_common(6))
        total = watch.passed_over.total()
        lines.insert(2, f"passed by  {total:,} of types that are not read: {kinds}")
    return "\n".join(lines)


def _embedder(space: str) -> str:
    if not space.startswith("lexical/"):
        return space
    return (
        "lexical (offline): it matches words and their parts, not meaning. For meaning, set\n"
        "           OPENAI_API_KEY, OPENAI_BASE_URL or NEONHUB_EMBEDDER=local, and ingest into\n"
        "           a new dataset: one dataset holds the vectors of one embedder."
    )
