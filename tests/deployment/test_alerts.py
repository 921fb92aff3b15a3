"""Alerts and dashboard ask for figures that there are, and wake when they should."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from neonhub.api.metrics import Metrics
from neonhub.db.telemetry import Event
from neonhub.ops.telemetry.figures import FAMILIES, look
from neonhub.ops.telemetry.textfile import OUTCOMES, write
from tests.databases import Database

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "prometheus"
NAMES = re.compile(r"\bneonhub_\w+")


def rules() -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"][0][
        "rules"
    ]
    return made


def queries() -> list[str]:
    """Of the alerts and of every panel."""
    panels = json.loads((FOLDER / "dashboard.json").read_text())["panels"]
    return [each["expr"] for each in rules()] + [
        target["expr"] for panel in panels for target in panel["targets"]
    ]


async def known(database: Database, folder: Path) -> set[str]:
    """Every name that is really exposed, by the API and by commands."""
    metrics = Metrics()
    for kind in ("request", "unit", "statement"):
        said: dict[str, Any] = {"method": "GET", "route": "/", "status": 200}
        metrics(Event(kind, "x", 0.1, "good", said))
    metrics._database.figures = await look(database.admin_dsn)
    metrics._database.pools = {"pooled": {"waiting": 0}}
    text = generate_latest(metrics.registry).decode()
    text += write(folder, Event("operation", "drift", 1.0, "good", {})).read_text()
    return {sample.name for made in text_string_to_metric_families(text) for sample in made.samples}


async def test_every_figure_that_is_asked_for_is_there(database: Database, tmp_path: Path) -> None:
    with database.admin() as conn:
        conn.execute(
            "INSERT INTO neonhub.operation_log (operation, state) VALUES ('backup', 'good')"
        )
        there = await known(database, tmp_path)  # with a session to be counted
    there |= {"neonhub_database_replication_lag_bytes"}  # needs a replica; its family is declared
    assert "replication_lag_bytes" in FAMILIES
    asked = {name for query in queries() for name in NAMES.findall(query)}
    assert len(asked) > 20
    assert asked - there == set()
    outcomes = set(re.findall(r'outcome=~?"([\w|]+)"', " ".join(queries())))
    assert {word for each in outcomes for word in each.split("|")} <= set(OUTCOMES)


def test_every_alert_says_what_to_do() -> None:
    assert len(rules()) >= 12
    for rule in rules():
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert {"summary", "action"} == rule["annotations"].keys()


@pytest.mark.parametrize(
    "ask", [["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"]]
)
def test_prometheus_agrees(ask: list[str]) -> None:
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not installed (Debian: apt-get install prometheus)")
    done = subprocess.run([program, *ask], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
