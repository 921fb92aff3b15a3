"""Rows of some tables put back where they are missing, and one table restored by itself."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from neonhub.db.errors import InvalidInput
from neonhub.ops.backup.fingerprints import Fingerprint, fingerprints
from neonhub.ops.backup.manifest import Manifest
from neonhub.ops.backup.parts import AnotherRevision
from neonhub.ops.backup.restore import restore
from neonhub.ops.backup.rows import ReferenceLost
from neonhub.ops.backup.tables import TableMissing, put_back
from neonhub.ops.backup.take import backup
from neonhub.ops.maintain import maintain
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
    with pytest.raises(InvalidInput, match="there is no table peple in"):
        restore(demo.admin_dsn, taken[0], into=name, tables=["peple"])

    done = restore(demo.admin_dsn, taken[0], into=name, tables=["people", "public.metric_events"])

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


def one(database: Database, query: str, *values: object) -> Any:
    with database.admin() as conn:
        row = conn.execute(query.encode(), values).fetchone()
    return None if row is None else row[0]


def test_what_a_deletion_took_along_comes_back_with_its_rows(
    server: Server, demo: Database, live: Database, taken: Taken
) -> None:
    """Rows by ON DELETE CASCADE at any depth, references by ON DELETE SET NULL, those of tables
    that are only added to among them; and nothing that others deleted or emptied besides."""
    with live.admin() as conn:
        conn.execute("DELETE FROM keywords WHERE id = (SELECT min(id) FROM keywords)")
        conn.execute(
            "UPDATE marketing_leads SET campaign_id = NULL WHERE id = (SELECT min(id) FROM "
            "marketing_leads WHERE campaign_id IS NOT NULL)"
        )
        conn.execute("UPDATE brands SET name = 'changed since'")
        before = fingerprinted(live)
        conn.execute("DELETE FROM people")
        conn.execute("DELETE FROM agents")
        conn.execute("DELETE FROM users WHERE id IN (SELECT user_id FROM workspace_members)")
        assert fingerprinted(live) != before

    done = put_back(live.admin_dsn, taken[0], ["public.people", "agents", "users"])

    assert fingerprinted(live) == before
    put = {each.table: each.put for each in done.tables}
    assert put["tool_executions"] == one(demo, "SELECT count(*) FROM tool_executions") > 0
    mended = {(each.table, each.column): each.count for each in done.mended}
    assert mended["content_versions", "created_by_id"] > 0 and mended["workspaces", "owner_id"] > 0
    assert (done.missing, done.unmended) == ([], [])
    with server.database(done.kept).admin() as conn:
        assert conn.execute("SELECT count(*) FROM person_notes").fetchone() == (0,)
        empty = "SELECT count(*) FROM content_versions WHERE created_by_id IS NOT NULL"
        assert conn.execute(empty).fetchone() == (0,)


def fingerprinted(database: Database) -> dict[str, object]:
    """Every row but for when it was last touched."""
    made: dict[str, object] = {}
    with database.admin() as conn:
        tables = conn.execute(
            "SELECT relname FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND "
            "relkind IN ('r', 'p') AND NOT relispartition"
        ).fetchall()
        for (table,) in tables:
            query = "SELECT md5(string_agg((to_jsonb(r) - 'updated_at')::text, '' ORDER BY "
            query += f"(to_jsonb(r) - 'updated_at')::text)) FROM {table} r"
            made[str(table)] = conn.execute(query.encode()).fetchone()
    return made


def test_only_the_named_rows_come_back_and_what_is_missing_is_told(
    demo: Database, live: Database, taken: Taken
) -> None:
    with live.admin() as conn:
        conn.execute("DELETE FROM people")
    before = seen(live, *CHILDREN)

    done = put_back(live.admin_dsn, taken[0], ["people"], only=True)

    assert [each.table for each in done.tables] == ["people"] and done.mended == []
    assert seen(live, *CHILDREN) == before
    told = {each.table: each.put for each in done.missing}
    assert {name: told[name] for name in CHILDREN} == {
        name: one(demo, f"SELECT count(*) FROM {name}") for name in CHILDREN
    }
    empty = {(each.table, each.column): each.count for each in done.unmended}
    linked = "SELECT count(*) FROM marketing_leads WHERE person_id IS NOT NULL"
    assert empty["marketing_leads", "person_id"] == one(demo, linked) > 0
    # And what is told to be typed brings them back.
    put_back(live.admin_dsn, taken[0], list(told))
    assert seen(live, *CHILDREN) == {name: taken[1].tables[name] for name in seen(live, *CHILDREN)}


def maintained(database: Database, archive: Path, now: dt.datetime, *only: str) -> None:
    done = maintain(
        database.admin_dsn,
        archive_to=archive,
        only=only or ("rollups", "expire"),
        rules={"tool_executions": "99y"},
        now=now,
    )
    assert done.failed == []


def test_runs_that_had_left_are_not_counted_twice(live: Database, tmp_path: Path) -> None:
    """Some left before the backup and some after it, of the same day as others that were deleted
    by hand; and the sums of an agent that was deleted return with it."""
    now, day = dt.datetime.now(dt.UTC), dt.timedelta(days=1)
    made = (
        "INSERT INTO agent_runs (workspace_id, agent_id, status, input, started_at) SELECT "
        "workspace_id, id, 'failed', '{}', %s FROM (SELECT * FROM agents ORDER BY id LIMIT 2) a, "
        "generate_series(1, %s) RETURNING id"
    )
    with live.admin() as conn:
        conn.execute(made, [now - 95 * day, 2])
        conn.execute(made, [now - 85 * day, 3])
        by_hand = [id_ for (id_,) in conn.execute(made, [now - 85 * day, 4]).fetchall()]
    maintained(live, tmp_path / "archive", now)
    folder, _ = backup(live.admin_dsn, tmp_path / "backups")
    query = (
        "SELECT md5(string_agg(concat_ws(' ', agent_id, date, total_runs, total_cost), ',' "
        "ORDER BY agent_id, date)), max(total_runs) FILTER (WHERE date = %s) FROM agent_metrics"
    )
    with live.admin() as conn:
        then = conn.execute(query.encode(), [(now - 85 * day).date()]).fetchone()
        sums = conn.execute("SELECT count(*) FROM neonhub.rolled_up").fetchone()
        conn.execute("DELETE FROM agent_runs WHERE id = ANY(%s)", [by_hand])
    maintained(live, tmp_path / "archive", now + 10 * day)
    with live.admin() as conn:
        conn.execute("DELETE FROM agents WHERE id = (SELECT min(id) FROM agents)")
    maintained(live, tmp_path / "archive", now, "rollups")

    put_back(live.admin_dsn, folder, ["agents", "agent_runs"])
    maintained(live, tmp_path / "archive", now, "rollups")

    with live.admin() as conn:
        assert conn.execute(query.encode(), [(now - 85 * day).date()]).fetchone() == then
        assert then is not None and int(str(then[1])) >= 7
        assert conn.execute("SELECT count(*) FROM neonhub.rolled_up").fetchone() == sums


def test_days_that_are_owed_stay_owed(live: Database, taken: Taken) -> None:
    with live.admin() as conn:
        conn.execute(
            "INSERT INTO neonhub.rolled_up (rollup, workspace_id, key, sums, stale) SELECT "
            "'agent_metrics', workspace_id, ARRAY[id, '2026-01-01'], '{0,0,0,0,0,0,0}', true "
            "FROM agents LIMIT 1; DELETE FROM people"
        )
    put_back(live.admin_dsn, taken[0], ["people"])
    owed = "SELECT count(*) FROM neonhub.rolled_up WHERE stale AND key[2] = '2026-01-01'"
    assert one(live, owed) == 1


def test_what_was_written_anew_stays_and_what_comes_along_yields(
    live: Database, taken: Taken
) -> None:
    """A person was deleted, and an integration wrote them anew with the same identity."""
    with live.admin() as conn:
        conn.execute(
            "CREATE TEMP TABLE old AS SELECT i.*, p.display_name FROM person_identities i "
            "JOIN people p ON p.id = i.person_id ORDER BY i.id LIMIT 1; DELETE FROM people;"
            "INSERT INTO people (workspace_id, id, display_name) SELECT workspace_id, 'canew', "
            "display_name FROM old; INSERT INTO person_identities (workspace_id, person_id, type, "
            "value) SELECT workspace_id, 'canew', type, value FROM old"
        )
    whole = taken[1].tables["public.person_identities"].rows

    first = put_back(live.admin_dsn, taken[0], ["people"], only=True)

    assert {each.table: each.put for each in first.missing}["person_identities"] == whole - 1
    with live.admin() as conn:
        conn.execute("DELETE FROM people WHERE id <> 'canew'")
    done = put_back(live.admin_dsn, taken[0], ["people"])
    told = {each.table: each for each in done.tables}["person_identities"]
    assert (told.put, told.left_out) == (whole - 1, 1)
    assert one(live, "SELECT count(*) FROM person_identities WHERE person_id = 'canew'") == 1
