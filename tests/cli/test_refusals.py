"""What a command refuses: a login that may not do it, and numbers that mean nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Probe
from tests.cli.homes import Home

_AS_APPLICATION = {
    "db deploy --no-backup": 2,
    "db migrate": 77,
    "db seed": 77,
    "db partitions --ahead 4": 77,
    "db drift": 2,
    "db isolation": 2,
    "db doctor --enable": 2,
    "maintain": 77,
    "maintain --dry-run": 77,
    "vectors status": 77,
    "vectors maintain": 77,
    "vectors recall": 2,
}


@pytest.mark.parametrize("words", _AS_APPLICATION)
def test_the_applications_login_is_told_what_to_connect_as(home: Home, words: str) -> None:
    refused = home.run(*words.split(), DATABASE_URL=home.dsn("neonhub_app"))
    lines = refused.stderr.splitlines()
    assert refused.returncode == _AS_APPLICATION[words]
    assert [line.split(":")[0] for line in lines] == ["error", "hint"]
    assert "administrator" in lines[1]
    assert refused.stdout == ""


@pytest.mark.parametrize("words", ["db deploy --no-backup", "maintain", "vectors status"])
def test_who_may_only_migrate_is_told_so_before_anything_is_done(home: Home, words: str) -> None:
    refused = home.run(*words.split(), DATABASE_URL=home.dsn("neonhub_migrate"))
    said = "The login neonhub_migrate may not act as neonhub_maintenance"
    assert refused.stderr.startswith(f"error: {said}")
    assert "\nhint: Connect as an administrator" in refused.stderr
    assert refused.stdout == ""


@pytest.mark.parametrize(
    "words",
    [
        "vectors recall --at-least 2",
        "vectors recall --at-least nan",
        "vectors recall --questions 0",
        "vectors tune --target 1.5",
        "vectors maintain --build-at 0",
        "vectors reembed -w primary --per-second 0",
        "db partitions --ahead -1",
        "db seed --scale 0",
        "db backup --to x --keep -1",
        "db lint --at-least-rows -5",
        "db deploy --no-backup --attempts 0",
        "maintain --minutes nan",
    ],
)
def test_a_number_out_of_bounds_is_a_usage_error(
    neonhub: Probe, words: str, tmp_path: Path
) -> None:
    refused = neonhub(*words.split(), NEONHUB_HOME=str(tmp_path / "none"))
    assert refused.returncode == 2
    assert f"'{words.split()[-2]}'" in refused.stderr
    assert refused.stderr.splitlines()[1].startswith("hint: Try 'neonhub ")
    assert not (tmp_path / "none").exists()
