"""`neonhub db validate`, `diff`, `lint` and `deploy`, as an operator types them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.homes import Home


def test_lint_of_files_and_its_exit_codes(home: Home, tmp_path: Path) -> None:
    bad, good = tmp_path / "bad.sql", tmp_path / "good.sql"
    bad.write_text("SET lock_timeout = '2s';\nDROP TABLE feedback;\n")
    good.write_text("SET lock_timeout = '2s';\nALTER TABLE brands ADD COLUMN a text;\n")

    found = home.json("db", "lint", str(bad), code=1)
    assert [(f["rule"], f["line"], f["table"]) for f in found["findings"]] == [
        ("destructive", 2, "feedback")
    ]
    said = home.run("db", "lint", str(bad))
    assert "## bad.sql" in said.stdout
    assert "1 file looked at: 1 finding stands" in said.stdout

    assert home.run("db", "lint", str(good)).returncode == 0
    assert home.run("db", "lint").stdout.startswith("Nothing is pending")
    assert home.run("db", "lint", str(tmp_path / "none.sql")).returncode == 2
    assert home.run("db", "lint", "--all", str(good)).returncode == 2


@pytest.mark.slow
def test_diff_and_its_exit_codes(home: Home, tmp_path: Path) -> None:
    assert home.json("db", "diff") == {"pending": []}
    assert home.json("db", "diff", "--from", "models", "--to", "live")["findings"] == []

    file = tmp_path / "to.sql"
    words = ("--from", "migrations@20251028110000_add_seo_metrics", "--to")
    done = home.run("db", "diff", *words, "migrations@20251028_budget_transactions",
                    "--sql", str(file))  # fmt: skip
    assert done.returncode == 1
    assert "CREATE TABLE public.budgets" in file.read_text()
    assert home.run("db", "diff", *words, "nonsense").returncode == 2
    assert "--to" in home.run("db", "diff", "--from", "live").stderr


def test_deploy_says_whether_a_backup_is_wanted(home: Home, tmp_path: Path) -> None:
    for words in ((), ("--no-backup", "--backup-to", str(tmp_path))):
        asked = home.run("db", "deploy", *words)
        assert asked.returncode == 2
        assert "--no-backup; one of the two" in asked.stderr

    done = home.run("db", "deploy", "--no-backup")
    said = re.findall(r"^(\w+) +(preflight|migrate|smoke tests) \(", done.stdout, re.MULTILINE)
    assert said == [("done", "preflight"), ("skipped", "migrate"), ("done", "smoke tests")]
    assert done.returncode == 0 and "Nothing to migrate: the database is at" in done.stdout
    # Each step is told once, wherever one looks.
    assert not re.search("preflight|smoke tests", done.stderr)


@pytest.mark.slow
def test_validate_needs_no_server_of_ones_own(home: Home) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/none"

    done = home.run("db", "validate", "--json", DATABASE_URL=nowhere)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["faults"] == []
