"""Databases made beside the live one: those that are copies of the first."""

from __future__ import annotations

import pytest

from neonhub.ops import migrate
from neonhub.ops.prepare import connected
from neonhub.ops.shadow import copied, shadow
from neonhub.ops.shadow_copies import LOCK
from tests.databases import Database
from tests.migrations.made import History


def databases(database: Database) -> set[str]:
    with database.admin() as conn:
        query = "SELECT datname FROM pg_database WHERE datname LIKE 'neonhub\\_shadow%'"
        return {str(name) for (name,) in conn.execute(query)}


def tables(url: str) -> set[str]:
    with connected(url) as conn:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        return {str(name) for (name,) in conn.execute(query)}


def test_a_copy_is_made_of_the_migrations_as_they_are_now(
    database: Database, history: History
) -> None:
    first = migrate.revisions()[0]
    script = history.folder / "versions" / f"{first}.sql"
    before = databases(database)

    with copied(database.admin_dsn):
        with shadow(database.admin_dsn, revision=first) as made:
            one = tables(made)
            with connected(made) as conn:
                conn.execute("CREATE TABLE public.scratch (id int)")
        with shadow(database.admin_dsn, revision=first) as made:
            again = tables(made)
        script.write_text(script.read_text().replace("COMMIT;", "CREATE TABLE odd (); COMMIT;"))
        with shadow(database.admin_dsn, revision=first) as made:
            changed = tables(made)

        assert len(databases(database) - before) == 2, "one that is copied of each text"
    assert (one, changed - one) == (again, {"odd"})
    assert databases(database) == before


@pytest.mark.parametrize("held", [False, True])
def test_one_that_is_copied_goes_with_its_maker(database: Database, held: bool) -> None:
    """The lock is its maker's, and ends with his process however that ends."""
    number = int(held) + 1
    with database.admin() as maker, database.admin() as conn:
        conn.execute(f"CREATE DATABASE neonhub_shadows_{number} OWNER neonhub_owner".encode())
        if held:
            maker.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK, number])

        with shadow(database.admin_dsn, revision="base"):
            assert (f"neonhub_shadows_{number}" in databases(database)) is held

        conn.execute(f"DROP DATABASE IF EXISTS neonhub_shadows_{number}".encode())


def test_without_what_was_copied_it_is_made_anew(database: Database) -> None:
    first = migrate.revisions()[0]
    with copied(database.admin_dsn):
        before = databases(database)
        with shadow(database.admin_dsn, revision=first) as made:
            expected = tables(made)
        with database.admin() as conn:
            for name in databases(database) - before:
                conn.execute(f"DROP DATABASE {name}".encode())

        with shadow(database.admin_dsn, revision=first) as made:
            assert tables(made) == expected


def test_a_copy_gets_the_months_that_have_come_since(database: Database) -> None:
    with copied(database.admin_dsn):
        before = databases(database)
        with shadow(database.admin_dsn):
            pass
        (name,) = databases(database) - before
        months = {each for each in tables(database.admin_dsn) if each.startswith("audit_logs_2")}
        with database.server.database(name).admin() as conn:
            conn.execute(f"DROP TABLE {max(months)}".encode())

        with shadow(database.admin_dsn) as made:
            assert max(months) in tables(made)
