"""The files that node-exporter reads: whole, carried on from run to run, one a database."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from neonhub.db.telemetry import Event
from neonhub.ops.telemetry.textfile import path_of, write


def ended(outcome: str, *, database: str = "db/one", seconds: float = 1.5) -> Event:
    return Event("operation", "backup", seconds, outcome, {"database": database})


def read(path: Path) -> dict[str, float]:
    """Samples by name, and by outcome where they have one."""
    found = {}
    for family in text_string_to_metric_families(path.read_text()):
        for sample in family.samples:
            assert sample.labels["operation"] == "backup"
            short = sample.name.removeprefix("neonhub_operation_")
            found[" ".join([short, *filter(None, [sample.labels.get("outcome")])])] = sample.value
    return found


def test_what_was_good_last_is_carried_on(tmp_path: Path) -> None:
    began = time.time()
    first = read(write(tmp_path, ended("good")))
    assert began <= first["last_good_timestamp_seconds"] <= time.time()
    assert first["last_duration_seconds"] == 1.5
    assert (first["last_outcome good"], first["last_outcome failed"]) == (1, 0)

    then = read(write(tmp_path, ended("failed")))

    assert then["last_good_timestamp_seconds"] == first["last_good_timestamp_seconds"]
    assert then["last_run_timestamp_seconds"] > first["last_run_timestamp_seconds"]
    assert (then["last_outcome good"], then["last_outcome failed"]) == (0, 1)
    assert (then["runs_total good"], then["runs_total failed"]) == (1, 1)


def test_one_that_was_never_good_does_not_say_when(tmp_path: Path) -> None:
    assert "last_good_timestamp_seconds" not in read(write(tmp_path, ended("bad")))


def test_two_databases_do_not_mix(tmp_path: Path) -> None:
    one, other = (write(tmp_path, ended("good", database=name)) for name in ("a/x", "b/x"))
    assert one != other
    assert read(one)["runs_total good"] == read(other)["runs_total good"] == 1


def test_a_reader_never_sees_half_and_no_run_is_lost(tmp_path: Path) -> None:
    path = path_of(tmp_path, "backup", "db/one")
    write(tmp_path, ended("good"))
    over = threading.Event()
    faults: list[str] = []

    def look() -> None:
        while not over.is_set():
            if "runs_total good" not in read(path):
                faults.append(path.read_text())

    reader = threading.Thread(target=look)
    reader.start()
    writers = [
        threading.Thread(target=lambda: [write(tmp_path, ended("good")) for _ in range(10)])
        for _ in range(4)
    ]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    over.set()
    reader.join()

    assert faults == []
    assert read(path)["runs_total good"] == 41
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_a_damaged_file_is_written_anew(tmp_path: Path) -> None:
    path = write(tmp_path, ended("good"))
    path.write_text('neonhub_operation_runs_total{outcome="good" nonsense')
    assert read(write(tmp_path, ended("good")))["runs_total good"] == 1
