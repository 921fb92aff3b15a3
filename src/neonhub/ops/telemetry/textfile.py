"""What a command has done, in a file that node-exporter's textfile collector reads.

A command run by cron is gone before anybody could ask it. Each leaves a file of its own in
``NEONHUB_METRICS_DIR``, replaced whole: a collector never reads half of one. What was good last,
and how often it ran, is carried over from the file before.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from prometheus_client.core import GaugeMetricFamily, Metric

    from neonhub.db.telemetry import Event

__all__ = ["OUTCOMES", "path_of", "write"]

OUTCOMES = ("good", "bad", "failed", "interrupted")
"""``bad`` is an answer: drift was found, a backup is not as it was."""
_PREFIX = "neonhub_operation"


def path_of(folder: Path, operation: str, database: str) -> Path:
    """The file of one operation on one database: two databases of a machine do not mix."""
    mark = hashlib.sha256(database.encode()).hexdigest()[:8]
    return folder / f"neonhub_{operation.replace(' ', '_')}_{mark}.prom"


def write(folder: Path, event: Event) -> Path:
    """Write the file of an operation that has ended. Raises ``OSError``, and leaves the old one."""
    database = str(event.attributes.get("database", ""))
    path = path_of(folder, event.name, database)
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        text = _text(event, database, _before(path))
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with draft.open("wb") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            draft.chmod(0o644)  # the collector is another account
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    return path


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two runs of an operation that end at once both count."""
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _before(path: Path) -> dict[tuple[str, str], float]:
    """The samples of the file before, by name and outcome. One that cannot be read is none."""
    from prometheus_client.parser import text_string_to_metric_families

    found: dict[tuple[str, str], float] = {}
    with suppress(OSError, ValueError):
        for family in text_string_to_metric_families(path.read_text("utf-8")):
            for sample in family.samples:
                found[sample.name, sample.labels.get("outcome", "")] = sample.value
    return found


def _text(event: Event, database: str, before: dict[tuple[str, str], float]) -> bytes:
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry()
    registry.register(_Families(event, database, before))
    return generate_latest(registry)


class _Families:
    """What is written of one operation, as prometheus_client takes it."""

    def __init__(self, event: Event, database: str, before: dict[tuple[str, str], float]):
        self._event, self._before, self._now = event, before, time.time()
        self._labels = {"operation": event.name, "database": database}

    def collect(self) -> Iterator[Metric]:
        from prometheus_client.core import CounterMetricFamily

        event, outcome = self._event, self._event.outcome
        yield self._gauge("last_run_timestamp_seconds", "When it ended last.", self._now)
        good = f"{_PREFIX}_last_good_timestamp_seconds", ""
        last_good = self._now if outcome == "good" else self._before.get(good)
        if last_good is not None:
            says = "When it ended last with all as it should be."
            yield self._gauge("last_good_timestamp_seconds", says, last_good)
        yield self._gauge("last_duration_seconds", "How long it took.", event.seconds)
        ended = {each: float(each == outcome) for each in OUTCOMES}
        last = self._gauge("last_outcome", "1 for how it ended last.")
        runs = CounterMetricFamily(
            f"{_PREFIX}_runs", "How often it has ended so.", labels=[*self._labels, "outcome"]
        )
        for each, came in ended.items():
            labels = [*self._labels.values(), each]
            last.add_metric(labels, came)
            runs.add_metric(labels, self._before.get((f"{_PREFIX}_runs_total", each), 0.0) + came)
        yield last
        yield runs

    def _gauge(self, name: str, says: str, value: float | None = None) -> GaugeMetricFamily:
        from prometheus_client.core import GaugeMetricFamily

        more = ["outcome"] if value is None else []
        made = GaugeMetricFamily(f"{_PREFIX}_{name}", says, labels=[*self._labels, *more])
        if value is not None:
            made.add_metric([*self._labels.values()], value)
        return made
