"""A deploy that is killed (kill -9): run again, all is right, and it says where the last stood.

At any moment: tests/ops/killed.
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from neonhub.ops import migrate
from neonhub.ops.deploy import Plan, Report, deploy
from tests.cli.conftest import environment
from tests.databases import Database, given
from tests.migrations.made import History

PROGRAM = Path(__file__).with_name("killed.py")
STEPS = 5


# What a server for tests is not: it forgets when the machine stops, and all log in as its owner.
_SKIP = ["--skip=durable_writes", "--skip=application_login", "--skip=encryption_key"]
# Nor is how a server that is given lets in, and which pgvector it has.
_SKIP += ["--skip=login_without_password", "--skip=vector_vulnerability"] if given() else []


def start(database: Database, history: History, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(PROGRAM), str(history.folder), "db", "deploy", *_SKIP, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(DATABASE_URL=database.admin_dsn, PYTHONUNBUFFERED="1"),
    )


@pytest.fixture
def slow_steps(history: History) -> History:
    """Migrations that each take a moment, and leave a column and a row behind."""
    for n in range(STEPS):
        history.add(
            f"step_{n}",
            f"ALTER TABLE brands ADD COLUMN step_{n} text",
            "DO $$ BEGIN IF current_database() NOT LIKE '%shadow%' THEN "
            "PERFORM pg_sleep(0.25); END IF; END $$",
            "INSERT INTO users (id, email) VALUES "
            f"('cstep{n}00000000000000000000', 'step{n}@example.com')",
            down=f"op.drop_column('brands', 'step_{n}')",
        )
    return history


def kill_when(process: subprocess.Popen[str], words: str) -> None:
    """As soon as it has said these words."""
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if words in line:
            break
    else:
        pytest.fail(f"it ended, never said {words!r}, but {said}, {process.communicate()[0]}")
    process.send_signal(signal.SIGKILL)
    process.communicate()


def assert_right(database: Database, history: History, report: Report) -> None:
    """Every migration is there exactly once, nothing is left over, and it serves."""
    assert report.good, [each for each in report.steps if each.outcome == "failed"]
    assert migrate.current(database.admin_dsn) == history.names[-1]
    with database.admin() as conn:
        ran = conn.execute(
            "SELECT revision FROM neonhub.migration_log WHERE forward AND revision > '2099' "
            "ORDER BY place"
        ).fetchall()
        users = conn.execute("SELECT count(*) FROM users WHERE id LIKE 'cstep%'").fetchone()
        left = conn.execute(
            "SELECT datname FROM pg_database WHERE datname ~ '^neonhub_(shadow|scratch)_'"
        ).fetchall()
    assert [name for (name,) in ran] == history.names
    assert (users, left) == ((STEPS,), [])


def test_killed_between_two_migrations(database: Database, slow_steps: History) -> None:
    kill_when(start(database, slow_steps, "--no-backup"), "Applied 20990101000001_step_1")
    # The server goes on with what it has been sent: the third may be there by now as well.

    told: list[str] = []
    report = deploy(database.admin_dsn, Plan(), told.append)

    assert report.before in told
    assert report.before is not None
    said = re.fullmatch(
        r"The last deploy, of .* UTC to 20990101000004_step_4, was killed after migration "
        r"2099010100000\d_step_(\d), at the step: migrate 2099010100000\d_step_\d\.",
        report.before,
    )
    assert said is not None, report.before
    assert 1 <= int(said[1]) <= 2
    assert_right(database, slow_steps, report)
    assert deploy(database.admin_dsn, Plan()).before is None
