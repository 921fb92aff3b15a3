"""The commands around the server: where it is, what it holds, keeping it, stopping it."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from neonhub.ops.migrate import head, revisions
from neonhub.ops.prepare import ensure_database
from neonhub.ops.roles import ROLES
from tests.cli import homes
from tests.cli.homes import Home


@pytest.fixture(scope="module")
def alone() -> Iterator[Home]:
    """A home whose server only the commands themselves use."""
    with homes.made() as home:
        home.embedded.release()
        yield home
        home.run("db", "stop", "--force")


def test_the_url_is_the_owners_and_outlives_the_command(alone: Home) -> None:
    url = alone.run("db", "url").stdout.strip()
    assert "@127.0.0.1:" in url
    with psycopg.connect(url, autocommit=True) as conn:
        who = conn.execute("SELECT session_user::text, current_user::text").fetchone()
        assert who == ("neonhub_migrate", "neonhub_owner")
        conn.execute("CREATE TABLE made_by_hand (id int)")
        conn.execute("DROP TABLE made_by_hand")
    held = alone.json("db", "status")["server"]["held_by"]
    assert alone.json("db", "url")["url"] == url
    assert alone.json("db", "status")["server"]["held_by"] == held is not None


@pytest.mark.parametrize("role", ["app", "auth", "readonly", "maintenance", "backup"])
def test_every_login_has_its_url(alone: Home, role: str) -> None:
    url = alone.run("db", "url", "--role", role).stdout.strip()
    with psycopg.connect(url) as conn:
        assert conn.execute("SELECT current_user::text").fetchone() == (f"neonhub_{role}",)


def test_stop_ends_what_only_holds_it_and_refuses_what_uses_it(alone: Home) -> None:
    alone.run("db", "url")
    stopped = alone.run("db", "stop")
    assert (stopped.returncode, stopped.stdout) == (0, "Stopped the embedded server.\n")
    status = alone.json("db", "status", code=2)
    assert (status["server"]["running"], status["database"]) == (False, None)
    assert alone.run("db", "stop").stdout == "The embedded server does not run.\n"

    alone.embedded.acquire()
    refused = alone.run("db", "stop")
    assert refused.returncode == 75
    assert f"process {os.getpid()}" in refused.stderr
    assert alone.embedded.status().running
    forced = alone.json("db", "stop", "--force")
    assert forced["ran"]
    assert not alone.embedded.status().running
    alone.embedded.release()


def test_a_holder_of_a_server_that_went_goes_too(alone: Home) -> None:
    alone.run("db", "url")
    holder = alone.json("db", "status")["server"]["held_by"]
    assert alone.run("db", "stop").returncode == 0
    deadline = time.monotonic() + 20
    while alone.embedded.status().users:
        assert time.monotonic() < deadline, f"{holder} goes on"
        time.sleep(0.05)


def test_psql_runs_as_the_role_asked_for(home: Home) -> None:
    query = ["-XtAc", "SELECT current_user"]
    assert home.run("db", "psql", *query).stdout == "neonhub_owner\n"
    assert home.run("db", "psql", "--role", "app", *query).stdout == "neonhub_app\n"
    failed = home.run("db", "psql", "-XtA", "-v", "ON_ERROR_STOP=1", "-c", "SELECT nothing")
    assert failed.returncode == 1
    assert "nothing" in failed.stderr
    assert home.run("db", "psql", "--admin", *query).stdout == "postgres\n"
    both = home.run("db", "psql", "--admin", "--role", "app", *query)
    assert (both.returncode, "one role or the other" in both.stderr) == (2, True)
    wrong = home.run("db", "psql", "--role", "postgres")
    assert (wrong.returncode, "owner, migrate, app" in wrong.stderr) == (2, True)


def test_an_interrupt_is_psqls_own(home: Home) -> None:
    process = home.start("db", "psql", "-XtAc", "SELECT pg_sleep(30)")
    while not home.rows("SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%%'"):
        time.sleep(0.02)
    child = int(subprocess.check_output(["pgrep", "-P", str(process.pid)]))
    for pid in (process.pid, child):  # a terminal's Ctrl-C reaches both
        os.kill(pid, signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "canceling statement due to user request" in errors


def test_status_tells_the_whole_state(home: Home) -> None:
    status = home.json("db", "status")
    assert (status["server"]["kind"], status["server"]["running"]) == ("embedded", True)
    assert os.getpid() in status["server"]["users"]
    database = status["database"]
    assert (database["revision"], database["pending"]) == (head(), [])
    assert {"vector", "citext", "pg_trgm"} <= database["extensions"].keys()
    assert database["missing_roles"] == []
    sizes = [table["size"] for table in database["tables"]]
    assert len(sizes) == 10
    assert sizes == sorted(sizes, reverse=True)
    text = home.run("db", "status").stdout
    assert f"schema      {head()} (the latest)" in text


def test_a_mistyped_home_is_told(home: Home, tmp_path: Path) -> None:
    status = home.run("db", "status", NEONHUB_HOME=str(tmp_path / "mistyped"))
    assert status.returncode == 2
    assert f"{tmp_path / 'mistyped'} (nothing is there)" in status.stdout
    assert list(tmp_path.iterdir()) == []


def test_seeding_again_writes_nothing(home: Home) -> None:
    report = home.json("db", "seed")
    assert report["written"] == 0
    assert report["left"] > 0
    assert home.run("db", "migrate").stdout.startswith("Nothing to migrate")


@pytest.fixture
def own_url(home: Home) -> Iterator[str]:
    """A database of one's own with nothing in it: what DATABASE_URL may name."""
    admin = home.embedded.acquire().dsn(role="postgres", dbname="postgres")
    with psycopg.connect(admin, autocommit=True) as conn:
        ensure_database(conn, name="own")
        yield home.embedded.acquire().dsn(role="postgres", dbname="own")
        conn.execute("DROP DATABASE own WITH (FORCE)")


def test_a_database_of_ones_own_is_migrated_step_by_step(home: Home, own_url: str) -> None:
    before = home.run("datasets", "list", DATABASE_URL=own_url)
    assert before.returncode == 78
    assert "neonhub db migrate" in before.stderr

    first = home.run("db", "migrate", "--revision", revisions()[0], "--json", DATABASE_URL=own_url)
    done = json.loads(first.stdout)
    assert (done["applied"], done["revision"]) == ([revisions()[0]], revisions()[0])
    assert f"Applied {revisions()[0]}" in first.stderr
    status = json.loads(home.run("db", "status", "--json", DATABASE_URL=own_url).stdout)
    assert status["server"]["kind"] == "own"
    assert tuple(status["database"]["pending"]) == revisions()[1:]

    home.run("db", "migrate", DATABASE_URL=own_url)
    unseeded = home.run("datasets", "list", DATABASE_URL=own_url)
    assert "neonhub db seed" in unseeded.stderr
    home.run("db", "seed", DATABASE_URL=own_url)
    listed = home.run("datasets", "list", DATABASE_URL=own_url)
    assert (listed.returncode, "no dataset yet" in listed.stderr) == (0, True)


def test_the_url_of_ones_own_database_is_printed_as_it_is(home: Home, own_url: str) -> None:
    direct = f"{own_url}&application_name=direct"
    done = home.run("db", "url", DATABASE_URL=own_url, DIRECT_DATABASE_URL=direct)
    assert done.stdout == f"{direct}\n"
    role = home.run("db", "url", "--role", "readonly", DATABASE_URL=own_url).stdout.strip()
    with psycopg.connect(role) as conn:
        assert conn.execute("SELECT current_user::text").fetchone() == ("neonhub_readonly",)
    refused = home.run("db", "stop", DATABASE_URL=own_url)
    assert (refused.returncode, "server of your own" in refused.stderr) == (78, True)
    assert "neonhub_readonly" in ROLES
