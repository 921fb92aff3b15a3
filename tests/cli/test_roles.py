"""`neonhub db roles`, as an operator types it, and what becomes of `neonhub db url`."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.cli import homes
from tests.cli.homes import Home


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    with homes.made() as made:
        yield made


def lets_in(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError as error:
        return "password authentication failed" not in str(error)
    return True


def test_a_new_password_is_shown_once_and_db_url_has_it(home: Home) -> None:
    first = home.json("db", "url", "--role", "app")["url"]
    assert lets_in(first)

    done = home.run("db", "roles", "--rotate", "app")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Shown once; sessions that are open stay open.\n\nneonhub_app\n")
    url = done.stdout.splitlines()[-1].strip()
    password = str(psycopg.conninfo.conninfo_to_dict(url)["password"])

    assert (lets_in(first), lets_in(url)) == (False, True)
    assert home.json("db", "url", "--role", "app")["url"] == url
    # The others have the one that they had.
    assert lets_in(home.json("db", "url", "--role", "readonly")["url"])
    assert password not in done.stderr
    assert password not in (home.path / "log" / "postgres.log").read_text("utf-8")
    assert password not in home.run("db", "roles").stdout
    assert (home.path / "credentials-neonhub_app").stat().st_mode & 0o777 == 0o600


def test_a_password_that_a_role_changed_itself_is_put_right(home: Home) -> None:
    url = home.json("db", "url", "--role", "readonly")["url"]
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("ALTER ROLE neonhub_readonly PASSWORD 'mine alone'")
    assert not lets_in(url)

    again = home.run("db", "url", "--role", "readonly")

    assert again.stdout.strip() == url
    assert "neonhub_readonly had another password" in again.stderr
    assert lets_in(url)


def test_all_at_once_for_a_program(home: Home) -> None:
    made = home.json("db", "roles", "--rotate", "all")
    assert [each["role"] for each in made] == [
        *("neonhub_migrate", "neonhub_app", "neonhub_auth", "neonhub_readonly"),
        *("neonhub_maintenance", "neonhub_backup"),
    ]
    assert all(lets_in(each["url"]) and each["refused"] is None for each in made)
    # The program itself comes by the socket, and goes on.
    assert home.run("datasets", "list").returncode == 0


def test_shown_and_proven(home: Home) -> None:
    said = home.run("db", "roles").stdout
    assert "neonhub_app\n  login             yes" in said
    assert "neonhub_owner\n  login             no" in said
    one = home.run("db", "roles", "--role", "app").stdout
    assert "budget_ledger" in one

    proof = home.json("db", "roles", "--prove")
    assert (proof["broken"], proof["untried"]) == ([], [])
    with psycopg.connect(home.dsn(), autocommit=True) as conn:
        conn.execute("GRANT DELETE ON audit_logs TO neonhub_app")
        broken = home.run("db", "roles", "--prove")
        conn.execute("REVOKE DELETE ON audit_logs FROM neonhub_app")
    assert broken.returncode == 1
    assert "! neonhub_app has DELETE on audit_logs" in broken.stdout


def test_what_does_not_go_together_or_is_none(home: Home) -> None:
    assert home.run("db", "roles", "--prove", "--rotate", "app").returncode == 2
    wrong = home.run("db", "roles", "--rotate", "owner")
    assert wrong.returncode == 2
    assert "it is all, or one of migrate, app" in wrong.stderr
    assert home.run("db", "roles", "--role", "nobody").returncode == 2
