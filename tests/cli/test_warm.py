"""A command that is forked is what one that is started is."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli import warm
from tests.cli.conftest import environment
from tests.cli.homes import Home


def started(*words: str, **extra: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "neonhub.cli.main", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=environment(**extra),
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (["version", "--json"], {}),
        (["db", "sed"], {}),
        (["db", "sed", "--json"], {}),
        (["db", "url"], {"DATABASE_URL": "nonsense"}),
        (["keys", "--help"], {"COLUMNS": "60"}),
    ],
)
def test_it_says_the_same_and_ends_the_same(words: list[str], extra: dict[str, str]) -> None:
    forked, cold = warm.run(*words, environment=environment(**extra)), started(*words, **extra)
    assert (forked.returncode, forked.stderr) == (cold.returncode, cold.stderr)
    assert forked.stdout == cold.stdout


def test_nothing_of_one_command_is_left_to_the_next(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("DATABASE_URL=nonsense\n")
    before = home.run("db", "url")
    with monkeypatch.context() as there:
        there.chdir(tmp_path)
        assert home.run("db", "url").returncode != 0
        assert home.run("db", "url", DATABASE_URL=home.dsn()).returncode == 0
    after = home.run("db", "url")
    assert (after.returncode, after.stdout) == (0, before.stdout)


def test_one_that_does_not_end_is_ended(home: Home) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        warm.run(
            "db", "psql", "-c", "SELECT pg_sleep(30)", environment=home.environment(), timeout=1
        )
    assert home.run("version").returncode == 0
