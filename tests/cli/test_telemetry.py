"""Figures and traces of commands, as cron would run them."""

from __future__ import annotations

from pathlib import Path

import psycopg
from prometheus_client.parser import text_string_to_metric_families

from neonhub.cli.commands import GROUPS, PROGRAM, TOP, operation_of
from tests.cli.homes import Home
from tests.ops.telemetry.receiver import collecting, said


def outcomes(folder: Path) -> dict[str, str]:
    """How each operation ended last, by the files in ``folder``."""
    found = {}
    for path in folder.glob("*.prom"):
        for family in text_string_to_metric_families(path.read_text()):
            for sample in family.samples:
                if sample.name == "neonhub_operation_last_outcome" and sample.value:
                    found[sample.labels["operation"]] = sample.labels["outcome"]
    return found


def test_each_operation_leaves_its_figures(home: Home, tmp_path: Path) -> None:
    figures = tmp_path / "figures"
    asked = {"NEONHUB_METRICS_DIR": str(figures)}

    assert home.run("db", "status", **asked).returncode == 0
    assert home.run("db", "backup", "--to", "/dev/null/x", **asked).returncode != 0
    with psycopg.connect(home.dsn(), autocommit=True) as conn:
        conn.execute("CREATE TABLE public.strange ()")
        try:
            assert home.run("db", "drift", **asked).returncode == 1
        finally:
            conn.execute("DROP TABLE public.strange")
    assert home.run("db", "where", "chunks", **asked).returncode == 0

    assert outcomes(figures) == {"status": "good", "drift": "bad", "backup": "failed"}


def test_a_folder_that_cannot_be_written_is_said_and_no_failure(home: Home) -> None:
    done = home.run("db", "status", NEONHUB_METRICS_DIR="/dev/null/figures")
    assert done.returncode == 0
    assert "NEONHUB_METRICS_DIR cannot be written" in done.stderr


def test_a_command_is_a_trace(home: Home) -> None:
    with collecting() as collector:
        done = home.run("db", "status", OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
    assert (done.returncode, done.stderr) == (0, "")
    span = collector.one("status")
    told = said(span)
    assert told["neonhub.outcome"] == "good"
    assert told["neonhub.database"] == f"embedded:{home.path}"
    point = collector.histograms["neonhub.operation.duration"][0]
    assert said(point) == {"neonhub.operation": "status", "neonhub.outcome": "good"}


def test_a_collector_that_is_away_does_not_fail_a_command(home: Home) -> None:
    done = home.run("db", "status", OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1")
    assert done.returncode == 0
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("Traces are not all sent")


def test_what_is_an_operation() -> None:
    listed = {
        operation_of(" ".join([PROGRAM, *([] if group == TOP else [group]), entry.name]))
        for group, made in GROUPS.items()
        for entry in made.entries
    }
    assert {"migrate", "backup", "verify", "restore", "drift", "isolation", "ingest"} <= listed
    assert listed.isdisjoint({"up", "search", "url", "psql", "db url", "list", "keys list"})
