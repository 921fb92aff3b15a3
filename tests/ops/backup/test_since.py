"""What came after a backup, and a restore does not undo; and what is written down of it all."""

from __future__ import annotations

import os
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from neonhub.db.errors import NeonHubError
from neonhub.ops.backup.listing import last_place, listed
from neonhub.ops.backup.manifest import Manifest, head
from neonhub.ops.backup.places import Folder
from neonhub.ops.backup.restore import restore, verify
from neonhub.ops.backup.take import backup
from neonhub.ops.records import last
from tests.databases import Database, Server

Taken = tuple[Path, Manifest]
ERASED = """
WITH gone AS (DELETE FROM people WHERE id = (SELECT min(id) FROM people) RETURNING workspace_id, id)
INSERT INTO audit_logs
       (organization_id, workspace_id, action, resource_type, resource_id, seq, hash)
SELECT w.organization_id, w.id, 'erase', 'people', gone.id, 1, ''
  FROM gone JOIN workspaces w ON w.id = gone.workspace_id RETURNING resource_id
"""
REVOKED = """
INSERT INTO person_consents (workspace_id, person_id, channel, status)
SELECT workspace_id, id, 'sms', 'revoked' FROM people WHERE id = (SELECT max(id) FROM people)
RETURNING id
"""


def one(database: Database, query: str, *values: object) -> object:
    with database.admin() as conn:
        row = conn.execute(query.encode(), values).fetchone()
    return None if row is None else row[0]


def test_in_place_the_erased_stay_erased_and_the_unsubscribed_unsubscribed(
    server: Server, live: Database, taken: Taken
) -> None:
    erased, revoked = one(live, ERASED), one(live, REVOKED)

    done = restore(live.admin_dsn, taken[0], in_place=True)

    assert done.erased > 0 and done.carried == 2 and done.before is not None
    assert one(live, "SELECT count(*) FROM people WHERE id = %s", erased) == 0
    assert one(live, "SELECT count(*) FROM person_notes WHERE person_id = %s", erased) == 0
    assert one(live, "SELECT status::text FROM person_consents WHERE id = %s", revoked) == "revoked"
    assert one(live, "SELECT count(*) FROM audit_logs WHERE resource_id = %s", erased) == 1
    with live.admin() as conn:
        found = last(conn, "restore", "good")
        assert found is not None and found.detail["into"] == live.name
        assert last(conn, "backup", "good") is not None
    server.drop(done.before)


def test_where_the_database_is_lost_a_newer_backup_remembers(
    server: Server, live: Database, taken: Taken, tmp_path: Path
) -> None:
    import shutil

    older = Path(shutil.copytree(taken[0], tmp_path / taken[0].name))
    erased = one(live, ERASED)
    _, newer = backup(live.admin_dsn, tmp_path)
    assert [each[2] for each in newer.erasures] == [erased]
    with server.admin() as conn:
        conn.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(live.name)))
    said: list[str] = []

    done = restore(live.admin_dsn, older, in_place=True, trust=True, notify=said.append)

    assert (done.database, done.before, done.carried) == (live.name, None, 0)
    assert done.erased > 0
    assert one(live, "SELECT count(*) FROM people WHERE id = %s", erased) == 0
    assert any("known from newer backups only, 1 of them" in line for line in said)


def test_good_and_bad_are_written_down(database: Database, tmp_path: Path) -> None:
    folder, made = backup(database.admin_dsn, tmp_path)
    verify(database.admin_dsn, folder)
    with database.admin() as conn:
        taken, drill = last(conn, "backup", "good"), last(conn, "drill", "good")
    assert taken is not None and drill is not None
    assert taken.detail["name"] == drill.detail["name"] == folder.name
    assert (taken.detail["size"], taken.detail["revision"]) == (made.size, made.revision)
    assert last_place(database.admin_dsn) == str(tmp_path)
    assert listed(tmp_path)[0].verified is not None

    os.truncate(next((folder / "dump").glob("*.gz")), 3)
    with pytest.raises(Exception, match="was altered"):
        verify(database.admin_dsn, folder)
    with database.admin() as conn:
        failed = last(conn, "drill", "failed")
    assert failed is not None and failed.detail["error"] == "backup_damaged"
    (shown,) = listed(tmp_path)
    assert shown.verified is None and "was altered" in str(shown.fault)


def test_a_drill_that_could_not_be_ended_is_marked_and_condemns_nothing(
    database: Database, tmp_path: Path
) -> None:
    """It tells nothing of the backup: what was proven before stays so, and rotation keeps it."""
    folder, _ = backup(database.admin_dsn, tmp_path)
    verify(database.admin_dsn, folder)
    (proven,) = listed(tmp_path)

    read_only = make_conninfo(database.admin_dsn, options="-c default_transaction_read_only=on")
    with pytest.raises(NeonHubError, match="read-only transaction"):
        verify(read_only, folder)

    (shown,) = listed(tmp_path)
    assert (shown.fault, shown.verified) == (None, proven.verified)
    assert shown.failed is not None and shown.tried is not None
    # Whoever may write there may write anything: what is no drill proves nothing and ends nothing.
    (folder / "verified.json").write_text(
        f'{{"at": "2026-01-01", "seal": "{_seal(folder)}", "fault": null}}'
    )
    assert listed(tmp_path)[0].verified is None


def _seal(folder: Path) -> str:
    return head(Folder(folder.parent), folder.name).seal


def test_a_setting_that_an_older_server_lacks_is_passed_over(tmp_path: Path) -> None:
    """pg_restore 18 sends ``transaction_timeout``, which servers before 17 do not know."""
    from neonhub.ops.backup.programs import ProgramFailed, restore_dump, run
    from tests.ops.backup.older import older_server

    with older_server() as dsn, psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (2)")
        run("pg_dump", dsn, ["--format=directory", "--file", tmp_path / "dump"])
        conn.execute("CREATE DATABASE again")
        there = dsn.replace("dbname=postgres", "dbname=again")
        restore_dump(there, tmp_path / "dump", ["--jobs=2"], "64MB")
        with psycopg.connect(there) as other:
            assert other.execute("SELECT count(*) FROM t").fetchone() == (2,)
        with pytest.raises(ProgramFailed, match="already exists"):
            restore_dump(there, tmp_path / "dump", ["--jobs=2"], "64MB")
