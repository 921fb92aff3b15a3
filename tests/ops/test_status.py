"""What `neonhub db status` says of migrations: applied, pending, changed, unknown, and the lock."""

from __future__ import annotations

from neonhub.ops.migrate import LOCK, checksum, downgrade, head, migrate, revisions
from neonhub.ops.prepare import connected
from neonhub.ops.status import Database as Seen
from neonhub.ops.status import _database
from tests.databases import Database


def look(database: Database) -> Seen:
    with connected(database.admin_dsn) as conn:
        return _database(conn)


def states(seen: Seen) -> dict[str, str]:
    return {each.revision: each.state for each in seen.migrations if each.state != "applied"}


def test_a_migrated_database_has_all_applied(database: Database) -> None:
    seen = look(database)

    assert (states(seen), seen.faults, seen.lock) == ({}, [], None)
    assert [each.revision for each in seen.migrations] == list(revisions())
    assert all(each.ran_at and each.ran_by for each in seen.migrations)


def test_one_that_was_taken_back_is_pending_until_it_runs_again(database: Database) -> None:
    downgrade(database.admin_dsn, revision=revisions()[-2])
    seen = look(database)
    assert states(seen) == {head(): "pending"}
    assert seen.faults == [f"The migration {head()} has not been applied."]

    migrate(database.admin_dsn)
    assert states(look(database)) == {}
    with database.admin() as conn:
        log = conn.execute(
            "SELECT forward, checksum FROM neonhub.migration_log "
            "WHERE revision = %s ORDER BY place",
            [head()],
        ).fetchall()
    assert log == [(way, checksum(head())) for way in (True, False, True)]


def test_one_whose_text_has_changed_is_told(database: Database) -> None:
    with database.admin() as conn:
        conn.execute(
            "UPDATE neonhub.migration_log SET checksum = 'other' WHERE revision = %s",
            [revisions()[3]],
        )

    seen = look(database)

    assert states(seen) == {revisions()[3]: "changed"}
    assert seen.faults == [f"The migration {revisions()[3]} has changed since it was applied."]


def test_one_of_a_later_version_is_unknown(database: Database) -> None:
    with database.admin() as conn:
        conn.execute("UPDATE neonhub.schema_migrations SET version_num = '29990101000000_later'")
        conn.execute(
            "INSERT INTO neonhub.migration_log (revision, forward, checksum) "
            "VALUES ('29990101000000_later', true, 'x')"
        )

    seen = look(database)

    assert states(seen)["29990101000000_later"] == "unknown"
    assert seen.pending == ()


def test_a_database_from_before_the_log_is_taken_as_it_is(database: Database) -> None:
    with database.admin() as conn:
        conn.execute("DROP TABLE neonhub.migration_log")
    assert states(look(database)) == {}

    downgrade(database.admin_dsn, revision=revisions()[-2])
    migrate(database.admin_dsn)

    seen = look(database)
    assert states(seen) == {}
    assert [each.revision for each in seen.migrations if each.ran_at] == [head()]


def test_who_migrates_at_this_moment_is_named(database: Database) -> None:
    with database.admin() as conn:
        conn.execute("SET application_name = 'a deploy'")
        conn.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        held = look(database).lock
        assert held is not None
        assert (held.pid, held.application) == (conn.info.backend_pid, "a deploy")
    assert look(database).lock is None
