"""`neonhub db preflight` as an operator runs it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from neonhub.db.errors import InvalidInput
from neonhub.ops import records
from neonhub.ops.preflight import preflight, rules
from neonhub.ops.prepare import connected
from tests.checks.judging import run, settings
from tests.cli import homes
from tests.cli.homes import Home
from tests.databases import Database


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    with homes.made() as made:
        yield made


def test_a_laptop_is_ready_once_backed_up_and_drilled(home: Home, tmp_path: Path) -> None:
    first = home.json("db", "preflight", code=1)
    assert first["broken"] == ["0020_backup_fresh", "0021_drill_fresh"]
    assert first["unknown"] == []

    with connected(home.dsn()) as conn:
        records.record(conn, "backup", "good", {})
        records.record(conn, "drill", "good", {})

    found = home.json("db", "preflight")
    assert found["ready"] is True
    assert len(found["rules"]) == len(rules())
    left = {v["rule"]: each["severity"] for v in found["rules"] for each in v["found"]}
    assert left == {"0022_encryption_key": "should"}
    said = home.run("db", "preflight").stdout
    assert "ENCRYPTION_KEYS: it is not set: no secret can be stored" in said
    assert said.endswith("1 should be mended: neonhub is ready for production.\n")


def test_one_rule_alone_and_one_left_out(home: Home) -> None:
    run(home.dsn(), "ALTER TABLE team_members NO FORCE ROW LEVEL SECURITY")
    try:
        alone = home.json("db", "preflight", "--only", "row_security_forced", code=1)
        assert [each["rule"] for each in alone["rules"]] == ["0008_row_security_forced"]
        assert alone["rules"][0]["found"][0]["object"] == "team_members"
        left = home.run("db", "preflight", "--only", "0008", "--skip", "0008")
        assert left.returncode == 0
        assert "skipped  0008_row_security_forced" in left.stdout
        assert left.stdout.endswith("1 skipped: what was asked holds; the other rules were not.\n")
    finally:
        run(home.dsn(), "ALTER TABLE team_members FORCE ROW LEVEL SECURITY")
    unknown = home.run("db", "preflight", "--only", "9999")
    assert unknown.returncode == 2
    assert "there is no rule '9999'" in unknown.stderr


def test_what_cannot_be_reached_or_judged_ends_with_2(home: Home) -> None:
    gone = home.run("db", "preflight", DATABASE_URL="postgresql://nobody@127.0.0.1:1/x")
    assert gone.returncode == 2
    assert "cannot be reached" in gone.stderr


def test_for_want_of_rights_it_is_told_and_never_taken_for_kept(database: Database) -> None:
    """neonhub_auth sees next to nothing: what it cannot see is unknown, and nothing else fails."""
    login = database.login("neonhub_auth")
    run(database.admin_dsn, "REVOKE SELECT ON neonhub.operation_log FROM neonhub_auth")
    found = preflight(login, settings(), only=["0020", "0021"])
    assert [each.state for each in found.verdicts] == ["unknown", "unknown"]
    assert "neonhub_auth may not see it" in (found.verdicts[0].reason or "")
    assert (found.broken, len(found.untold)) == ([], 2)


def test_a_rule_that_is_none_is_refused(database: Database) -> None:
    with pytest.raises(InvalidInput, match="there is no rule 'tls'"):
        preflight(database.admin_dsn, settings(), only=["tls"])
