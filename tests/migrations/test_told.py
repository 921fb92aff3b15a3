"""What a run of migrations says is true when it says it."""

from __future__ import annotations

import pytest

from neonhub.db.errors import NeonHubError
from neonhub.ops import migrate
from tests.databases import Database
from tests.migrations.made import History


def test_what_fails_at_its_commit_was_not_applied(database: Database, history: History) -> None:
    first = history.add("first", "ALTER TABLE brands ADD COLUMN motto text")
    history.add(
        "late",
        "CREATE TABLE twice (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)",
        "INSERT INTO twice VALUES (1), (1)",
    )
    told: list[str] = []

    with pytest.raises(NeonHubError):
        migrate.migrate(database.admin_dsn, notify=told.append)

    assert told == [f"Applied {first}"]
    assert migrate.current(database.admin_dsn) == first


def test_what_is_told_is_committed(database: Database, history: History) -> None:
    before = migrate.head()
    made = [
        history.add(
            name, f"ALTER TABLE brands ADD {name} text", down=f"op.drop_column('brands', '{name}')"
        )
        for name in ("one", "two")
    ]
    seen: list[tuple[str, str | None]] = []

    def look(line: str) -> None:
        seen.append((line, migrate.current(database.admin_dsn)))

    migrate.migrate(database.admin_dsn, notify=look)
    migrate.downgrade(database.admin_dsn, revision=before, notify=look)

    assert seen == [
        *((f"Applied {each}", each) for each in made),
        (f"Took back {made[1]}", made[0]),
        (f"Took back {made[0]}", before),
    ]
