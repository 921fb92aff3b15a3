"""``neonhub keys``, run as a user runs it, against a database of the test's own."""

from __future__ import annotations

import json
import re

import pytest

from neonhub.ops.seed import seed
from tests.cli.conftest import Probe
from tests.cli.test_frame import on_terminal
from tests.databases import Database


@pytest.fixture
def keys(database: Database, neonhub: Probe) -> Probe:
    """Run ``neonhub keys`` with these words."""
    seed(database.admin_dsn)
    # The administrator's URL: the commands take the application's role by themselves.
    return lambda *words: neonhub("keys", *words, DATABASE_URL=database.admin_dsn)


def test_a_key_is_made_shown_once_listed_and_revoked(keys: Probe, database: Database) -> None:
    made = keys("create", "--name", "CI", "--expires-in", "90d", "--workspace", "primary")
    assert made.returncode == 0, made.stderr
    token = made.stdout.strip()
    assert re.fullmatch(r"neon_[\w-]{43}", token)
    assert token not in made.stderr
    with database.admin() as conn:
        row = conn.execute("SELECT expires_at - created_at FROM api_keys").fetchone()
    assert row is not None
    assert abs(row[0].total_seconds() - 90 * 86400) < 60  # type: ignore[attr-defined]

    listed = keys("list", "--json")
    (item,) = json.loads(listed.stdout)["items"]
    assert (item["name"], item["status"], item["prefix"]) == ("CI", "active", token[:12])
    assert token not in listed.stdout

    revoked = keys("revoke", token[:12])
    assert (revoked.returncode, revoked.stdout) == (0, f"Revoked the key {token[:12]}… (CI).\n")
    assert json.loads(keys("list", "--json").stdout)["items"][0]["status"] == "revoked"


def test_json_holds_the_key_and_its_scopes(keys: Probe) -> None:
    words = ("--name", "x", "--scope", "people:read", "--scope", "data:export", "--json")
    made = json.loads(keys("create", *words).stdout)
    assert made["token"].startswith(made["prefix"])
    assert made["scopes"] == ["data:export", "people:read"]
    assert made["expires_at"] is None


def test_the_list_fits_a_terminal_of_80_columns(keys: Probe, database: Database) -> None:
    made = keys("create", "--name", "reports", "--expires-in", "90d", "--workspace", "primary")
    keys("create", "--name", "one", "--scope", "people:read")
    screen = on_terminal("keys", "list", DATABASE_URL=database.admin_dsn, COLUMNS="80")
    rows = [line for line in re.sub(r"\x1b\[[\d;]*m", "", screen).splitlines() if line.strip()]
    assert len(rows) == 4  # the head, the line below it, a line a key
    assert max(map(len, rows)) <= 80
    (row,) = [row for row in rows if made.stdout[:12] in row]
    assert re.search(r"reports +active +\d+ scopes +primary +\d{4}-\d\d-\d\d", row)
    assert [row for row in rows if re.search(r"one +active +1 scope +", row)]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("create", "--name", "x", "--scope", "data:eat"), "data:eat"),
        (("create", "--name", "x", "--expires-in", "soon"), "such as 90d"),
        (("create", "--name", "x", "--expires-in", "0d"), "more than nothing"),
        (("create", "--name", "x", "--expires-in", "3661d"), "at most 3660 days"),
        (("create", "--name", "x", "--expires-in", "99999999999d"), "at most 3660 days"),
        (("create", "--name", "x", "--expires-in", "9" * 5000 + "d"), "at most 3660 days"),
        (("create", "--name", "x", "--as", "nobody@example.com"), "nobody@example.com"),
        (("create", "--name", "x", "--organization", "nowhere"), "nowhere"),
        (("create", "--name", "x", "--workspace", "nowhere"), "nowhere"),
        (("revoke", "neon_0000000"), "neon_0000000"),
    ],
)
def test_what_cannot_be_done_is_said(keys: Probe, words: tuple[str, ...], told: str) -> None:
    done = keys(*words)
    assert done.returncode in (1, 2)
    assert done.stdout == ""
    assert told in done.stderr
    assert "Traceback" not in done.stderr
