"""`neonhub maintain` and `neonhub db archive-show`, as an operator and cron type them."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest

from neonhub.ops.maintain import LOCK
from tests.cli.homes import Home


@pytest.fixture
def aged(home: Home) -> str:
    """A run of half a year ago; its id."""
    with psycopg.connect(home.dsn(), autocommit=True) as conn:
        conn.execute("DELETE FROM agent_runs")
        conn.execute(
            "INSERT INTO agents (workspace_id, name, slug, kind) "
            "SELECT id, 'Old', 'old', 'ANALYST' FROM workspaces LIMIT 1 ON CONFLICT DO NOTHING"
        )
        row = conn.execute(
            "INSERT INTO agent_runs (workspace_id, agent_id, input, status, started_at) "
            "SELECT workspace_id, id, '{\"a\": 1}', 'failed', now() - interval '180 days' "
            "FROM agents WHERE slug = 'old' RETURNING id"
        ).fetchone()
        assert row is not None
        return str(row[0])


def test_a_night(home: Home, aged: str, tmp_path: Path) -> None:
    waiting = home.json("maintain", "--dry-run", "--only", "expire", "--archive-to", str(tmp_path))
    assert {"rows to archive and delete": 1} in [each["did"] for each in waiting["steps"]]

    without = home.run("maintain")
    assert without.returncode == 1
    assert "must be archived first" in without.stdout and "1 step failed" in without.stdout

    kept = home.json("maintain", "--rule", "agent_runs=1y", "--archive-to", str(tmp_path))
    assert home.rows("SELECT count(*) FROM agent_runs") == [(1,)]
    assert {each["state"] for each in kept["steps"]} <= {"done", "nothing"}

    done = home.run("maintain", NEONHUB_ARCHIVE_TO=str(tmp_path), NEONHUB_RETENTION="agent_jobs=1y")
    assert done.returncode == 0, done.stderr
    assert "expire agent_runs" in done.stdout and "1 rows deleted" in done.stdout
    assert home.rows("SELECT count(*) FROM agent_runs") == [(0,)]

    shown = home.run("db", "archive-show", str(tmp_path))
    row = json.loads(shown.stdout)
    assert (row["id"], row["input"], row["status"]) == (aged, {"a": 1}, "failed")
    [checked] = home.json("db", "archive-show", str(tmp_path), "--check")
    assert checked["rows"] == 1

    Path(checked["path"]).write_bytes(b"PAR1")
    damaged = home.run("db", "archive-show", str(tmp_path))
    assert damaged.returncode == 65
    assert "was altered" in damaged.stderr and damaged.stdout == ""


def test_a_second_one_says_so_and_ends_with_75(home: Home) -> None:
    with psycopg.connect(home.dsn(), autocommit=True) as conn:
        conn.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        second = home.run("maintain")

    assert second.returncode == 75
    assert "Another process is maintaining this database" in second.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--rule", "agent_run=1d"], "there is no rule 'agent_run'"),
        (["--rule", "agent_runs=soon"], "'soon' is no period"),
        (["--only", "everything"], "'everything' is no step"),
    ],
)
def test_what_is_mistyped_is_named_before_anything_is_done(
    home: Home, words: list[str], said: str
) -> None:
    refused = home.run("maintain", *words)

    assert refused.returncode == 2
    assert said in refused.stderr


def test_a_folder_without_archives(home: Home, tmp_path: Path) -> None:
    none = home.run("db", "archive-show", str(tmp_path))

    assert none.returncode == 2
    assert "there is no archive" in none.stderr
