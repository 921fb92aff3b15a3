"""What `neonhub db validate` says when models, migrations and policies do not agree."""

from __future__ import annotations

import re

import pytest

from neonhub.ops import migrate, scripts
from neonhub.ops.validate import Fault, _scripts, _written_back, validate
from tests.databases import Database
from tests.migrations.made import History

# Where history cannot be read no server is asked.
NO_SERVER = "postgresql:///nothing?host=/nowhere"


def said(faults: list[Fault], check: str) -> list[str]:
    return [each.what for each in faults if each.check == check]


def test_ours_agree(database: Database) -> None:
    found = validate(database.admin_dsn)

    assert (found.faults, found.left_out) == ([], [])
    assert found.migrations == len(migrate.revisions())


@pytest.mark.slow
def test_a_table_without_guards_and_a_way_back_that_leaves_a_trace(
    database: Database, history: History
) -> None:
    made = history.add(
        "strays",
        "CREATE TABLE strays (workspace_id text, id text)",
        "ALTER TABLE people NO FORCE ROW LEVEL SECURITY",
        down="op.drop_table('strays')",
    )

    found = validate(database.admin_dsn)

    assert said(found.faults, "scripts") == [f"The script {made}.sql is missing."]
    assert any("not declared: table strays" in each for each in said(found.faults, "models"))
    assert "The table strays is in no catalogue, so it has no scope." in said(
        found.faults, "isolation"
    )
    assert said(found.faults, "way back") == [
        f"{made}, taken back, leaves row-security-forced public.people."
    ]
    assert all(each.mend for each in found.faults)


@pytest.mark.slow
def test_what_alembic_does_not_see(database: Database, history: History) -> None:
    history.add(
        "slow", "ALTER TABLE people SET (fillfactor = 50)",
        down="op.execute('ALTER TABLE people RESET (fillfactor)')",
    )  # fmt: skip

    found = validate(database.admin_dsn)

    (words,) = said(found.faults, "models")
    assert words.startswith("table-options public.people: the models make none")


@pytest.mark.slow
def test_one_that_cannot_be_run(database: Database, history: History) -> None:
    broken = history.add("broken", "ALTER TABLE nowhere ADD COLUMN a int", down="op.f('x')")

    found = validate(database.admin_dsn)

    assert said(found.faults, "run")[0].startswith(f"{broken} cannot be run: ")
    assert "nowhere" in said(found.faults, "run")[0]
    assert found.left_out == ["models", "isolation"]


@pytest.mark.slow
def test_no_way_back(history: History) -> None:
    made = history.add("one_way", "SELECT 1")
    path = migrate.source(made)
    scripts.main()
    assert [*_scripts()] == []
    path.write_text(path.read_text().replace("SELECT 1", "SELECT 2"))

    faults = [*_scripts(), *_written_back()]

    assert [each.what for each in faults] == [
        f"The script {made}.sql is not what its migration says.",
        f"{made} has no way back: its downgrade() does nothing.",
    ]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("down_revision = '2099", "down_revision = '3099", "cannot be read: .*30990101"),
        ("down_revision = '20990101000000_one'", f"down_revision = {migrate.head()!r}",
         "History ends in 2 migrations"),
        ("revision = '20990101000001_two'", "revision = '20000101000001_two'",
         "20000101000001_two follows 20990101000000_one and sorts before it"),
        ("from alembic import op", "from alembic import", "cannot be read: "),
    ],
)  # fmt: skip
def test_history_is_one_line(history: History, old: str, new: str, words: str) -> None:
    history.add("one", "SELECT 1")
    path = migrate.source(history.add("two", "SELECT 1"))
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(f"\n{old}", f"\n{new}"))

    found = validate(NO_SERVER)

    assert any(re.search(words, each) for each in said(found.faults, "history")), found.faults
    assert "models" in found.left_out


def test_a_migration_that_is_no_text(history: History) -> None:
    made = history.add("one", "SELECT 1")
    migrate.source(made).write_bytes(b"\xff")

    found = validate(NO_SERVER)

    assert any("one.py" in each.what or "one" in each.what for each in found.faults)
