"""Rows of some tables put back where they are missing, and one table restored by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from neonhub.db.errors import InvalidInput
from neonhub.ops.backup.fingerprints import Fingerprint, fingerprints
from neonhub.ops.backup.manifest import Manifest
from neonhub.ops.backup.parts import AnotherRevision
from neonhub.ops.backup.restore import restore
from neonhub.ops.backup.rows import ReferenceLost
from neonhub.ops.backup.tables import TableMissing, put_back
from neonhub.ops.backup.take import backup
from neonhub.ops.migrate import migrate, revisions
from neonhub.ops.prepare import prepare
from tests.databases import Database, Server

Taken = tuple[Path, Manifest]
CHILDREN = ("person_notes", "person_identities", "events", "mem_embeddings", "person_consents")


def seen(database: Database, *tables: str) -> dict[str, Fingerprint]:
    wanted = {f"public.{name}" for name in tables}
    with database.admin() as conn, conn.transaction():
        return fingerprints(conn, lambda table: "true" if table in wanted else None)


def test_lost_rows_come_back_and_what_is_there_stays(
    server: Server, demo: Database, live: Database, taken: Taken
) -> None:
    with live.admin() as conn:
        conn.execute(
            "UPDATE people SET display_name = 'changed since' "
            "WHERE id = (SELECT min(id) FROM people);"
            "DELETE FROM people WHERE id <> (SELECT min(id) FROM people);"
            "DELETE FROM metric_events"
        )
    lost = seen(live, "people")

    done = put_back(live.admin_dsn, taken[0], ["person_notes", "people", *CHILDREN[1:]])

    again = put_back(live.admin_dsn, taken[0], ["metric_events"])
    whole = taken[1].tables
    assert {each.table: each.put for each in done.tables}["people"] == (
        whole["public.people"].rows - 1
    )
    assert seen(live, *CHILDREN) == {name: whole[name] for name in seen(live, *CHILDREN)}
    with live.admin() as conn:
        changed = "SELECT count(*) FROM people WHERE display_name = 'changed since'"
        assert conn.execute(changed).fetchone() == (1,)
    assert again.rows == whole["public.metric_events"].rows > 0
    assert seen(live, "metric_events") == {"public.metric_events": whole["public.metric_events"]}
    assert seen(server.database(done.kept), "people") == lost


def test_a_reference_to_what_is_gone_is_refused_until_that_comes_too(
    demo: Database, live: Database, taken: Taken
) -> None:
    with live.admin() as conn:
        conn.execute(
            "SET session_replication_role = replica; DELETE FROM budget_ledger; "
            "DELETE FROM budget_profiles"
        )
    with pytest.raises(ReferenceLost, match="refer by workspace_id, budget_profile_id to rows of"):
        put_back(live.admin_dsn, taken[0], ["budget_ledger"])
    assert seen(live, "budget_ledger")["public.budget_ledger"].rows == 0

    put_back(live.admin_dsn, taken[0], ["budget_ledger", "budget_profiles"])

    assert seen(live, "budget_ledger") == seen(demo, "budget_ledger")


def test_what_was_erased_since_is_not_brought_back(live: Database, taken: Taken) -> None:
    with live.admin() as conn:
        (erased,) = conn.execute(
            "INSERT INTO audit_logs (organization_id, workspace_id, action, resource_type, "
            "resource_id, seq, hash) "
            "SELECT w.organization_id, w.id, 'erase', 'people', p.id, 1, '' "
            "FROM people p JOIN workspaces w ON w.id = p.workspace_id LIMIT 1 RETURNING resource_id"
        ).fetchone() or (None,)
        conn.execute("DELETE FROM people")

    done = put_back(live.admin_dsn, taken[0], ["people", *CHILDREN])

    assert done.erased == 1
    with live.admin() as conn:
        assert conn.execute("SELECT count(*) > 0 FROM people").fetchone() == (True,)
        for table, column in (("people", "id"), *((child, "person_id") for child in CHILDREN)):
            query = f"SELECT count(*) FROM {table} WHERE {column} = %s"
            assert conn.execute(query.encode(), [erased]).fetchone() == (0,)


def test_what_cannot_be_put_back_is_told_first(live: Database, taken: Taken) -> None:
    with pytest.raises(InvalidInput, match="there is no table peple"):
        put_back(live.admin_dsn, taken[0], ["peple"])
    with live.admin() as conn:
        conn.execute("DROP TABLE people CASCADE")
    with pytest.raises(TableMissing, match="people is not in the database") as caught:
        put_back(live.admin_dsn, taken[0], ["people"])
    assert "drift --sql" in (caught.value.hint or "")


def test_one_table_in_a_database_of_its_own(server: Server, demo: Database, taken: Taken) -> None:
    name = f"{demo.name}_people"

    done = restore(demo.admin_dsn, taken[0], into=name, tables=["people", "metric_events"])

    assert done.verified.faults == []
    restored = server.database(name)
    both = ("people", "metric_events")
    assert seen(restored, *both) == seen(demo, *both)
    with restored.admin() as conn:
        assert conn.execute("SELECT count(*) FROM person_notes").fetchone() == (0,)
    server.drop(name)


def test_a_backup_of_an_older_schema_is_migrated_before(
    empty_database: Database, tmp_path: Path
) -> None:
    dsn = empty_database.admin_dsn
    prepare(dsn, logins=empty_database.server.logins)
    migrate(dsn, revision=revisions()[-2])
    with empty_database.admin() as conn:
        conn.execute("INSERT INTO users (id, email) VALUES ('cuser', 'user@example.com')")
    folder, _ = backup(dsn, tmp_path)
    migrate(dsn)
    with empty_database.admin() as conn:
        conn.execute("DELETE FROM users")
    newer, _ = backup(dsn, tmp_path)

    assert put_back(dsn, folder, ["users"]).rows == 1

    with empty_database.admin() as conn:
        conn.execute("UPDATE neonhub.schema_migrations SET version_num = %s", [revisions()[-2]])
    with pytest.raises(AnotherRevision):
        put_back(dsn, newer, ["users"])
