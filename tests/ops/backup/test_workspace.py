"""One workspace restored beside others: exactly its rows, and nobody else's."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from neonhub.db.errors import NotFound
from neonhub.ops.backup.fingerprints import Fingerprint, fingerprints
from neonhub.ops.backup.manifest import Manifest
from neonhub.ops.backup.workspaces import (
    OthersTouched,
    WorkspaceMoved,
    _mine,
    _others,
    _Workspace,
    restore_workspace,
)
from tests.databases import Database, Server

Taken = tuple[Path, Manifest]
LOG = "neonhub.operation_log"


def workspace_of(database: Database, slug: str) -> _Workspace:
    with database.admin() as conn:
        row = conn.execute(
            "SELECT id, organization_id, slug FROM workspaces WHERE slug = %s", [slug]
        ).fetchone()
    assert row is not None
    return _Workspace(*map(str, row))


def seen(database: Database, workspace: _Workspace, *, own: bool) -> dict[str, Fingerprint]:
    with database.admin() as conn, conn.transaction():
        found = fingerprints(conn, (_mine if own else _others)(workspace))
    return {name: each for name, each in found.items() if name != LOG}


SPOILT = """
DELETE FROM people WHERE workspace_id = '{mine}';
UPDATE brands SET name = name || ' spoilt' WHERE workspace_id = '{mine}';
INSERT INTO brands (id, workspace_id, name, slug) VALUES ('cnew', '{mine}', 'new', 'new');
UPDATE workspaces SET name = 'spoilt' WHERE id = '{mine}';
UPDATE brands SET name = name || ' of today' WHERE workspace_id = '{other}';
DELETE FROM tools WHERE workspace_id = '{other}';
INSERT INTO brands (id, workspace_id, name, slug) VALUES ('cnew', '{other}', 'new', 'new');
"""


def spoil(database: Database) -> tuple[_Workspace, _Workspace]:
    mine, other = workspace_of(database, "demo"), workspace_of(database, "demo-events")
    with database.admin() as conn:
        conn.execute(SPOILT.format(mine=mine.id, other=other.id).encode())
    return mine, other


def test_its_rows_are_the_backups_and_all_others_those_of_now(
    server: Server, demo: Database, live: Database, taken: Taken
) -> None:
    mine, _ = spoil(live)
    spoilt, others = seen(live, mine, own=True), seen(live, mine, own=False)

    done = restore_workspace(live.admin_dsn, taken[0], "demo")

    assert seen(live, mine, own=True) == seen(demo, mine, own=True) != spoilt
    assert seen(live, mine, own=False) == others
    assert done.rows == sum(each.rows for each in seen(demo, mine, own=True).values()) + 1
    with live.admin() as conn, demo.admin() as then:
        for query in (
            "SELECT name FROM workspaces WHERE slug = 'demo'",
            f"SELECT count(embedding_bits) FROM mem_embeddings WHERE workspace_id = '{mine.id}'",
            f"SELECT sum(seq), max(seq) FROM budget_ledger WHERE workspace_id = '{mine.id}'",
        ):
            assert (
                conn.execute(query.encode()).fetchone() == then.execute(query.encode()).fetchone()
            )
    # What it had is kept, and only that.
    with server.database(done.kept).admin() as conn:
        assert conn.execute("SELECT count(*), min(slug) FROM people, workspaces").fetchone()
        assert conn.execute("SELECT name FROM brands WHERE id = 'cnew'").fetchone() == ("new",)
        assert conn.execute("SELECT DISTINCT workspace_id FROM brands").fetchall() == [(mine.id,)]


def test_what_is_gone_for_good_stays_gone_and_consents_stay(live: Database, taken: Taken) -> None:
    mine = workspace_of(live, "demo")
    with live.admin() as conn:
        query = "SELECT user_id FROM workspace_members WHERE workspace_id = %s LIMIT 1"
        (user,) = conn.execute(query, [mine.id]).fetchone() or (None,)
        conn.execute("DELETE FROM users WHERE id = %s", [user])
        (person,) = conn.execute(
            "INSERT INTO person_consents (workspace_id, person_id, channel, status) SELECT "
            "workspace_id, id, 'email', 'revoked' FROM people WHERE workspace_id = %s LIMIT 1 "
            "RETURNING person_id",
            [mine.id],
        ).fetchone() or (None,)
        erased = conn.execute(
            "INSERT INTO audit_logs (organization_id, workspace_id, action, resource_type, "
            "resource_id, seq, hash) SELECT %s, workspace_id, 'erase', 'people', id, 1, '' "
            "FROM people WHERE workspace_id = %s AND id <> %s LIMIT 1 RETURNING resource_id",
            [mine.organization, mine.id, person],
        ).fetchone()

    done = restore_workspace(live.admin_dsn, taken[0], mine.id)

    out = {each.table: each.left_out for each in done.tables if each.left_out}
    assert out["workspace_members"] == out["people"] == done.erased == 1
    assert any(each.cleared for each in done.tables)
    with live.admin() as conn:
        for query, expected in (
            ("SELECT count(*) FROM workspace_members WHERE user_id = %s", user),
            ("SELECT count(*) - 1 FROM person_consents WHERE status = 'revoked' "
             "AND person_id = %s AND updated_at > now() - interval '1 hour'", person),
            ("SELECT count(*) FROM people WHERE id = %s", erased and erased[0]),
        ):  # fmt: skip
            assert conn.execute(query.encode(), [expected]).fetchone() == (0,)


def test_a_deleted_workspace_comes_back(demo: Database, live: Database, taken: Taken) -> None:
    mine = workspace_of(live, "demo")
    with live.admin() as conn:
        conn.execute("DELETE FROM workspaces WHERE id = %s", [mine.id])
    others = seen(live, mine, own=False)

    restore_workspace(live.admin_dsn, taken[0], "demo")

    assert seen(live, mine, own=True) == seen(demo, mine, own=True)
    assert seen(live, mine, own=False) == others


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sabotage", "reason"),
    [
        ("UPDATE workspaces SET slug = 'old' WHERE slug = 'demo';"
         "UPDATE workspaces SET slug = 'demo' WHERE slug = 'demo-events'", "has its slug"),
        ("DELETE FROM organizations WHERE id = '{organization}'", "organization is gone"),
    ],
)  # fmt: skip
def test_what_has_no_place_any_more_is_refused(
    live: Database, taken: Taken, sabotage: str, reason: str
) -> None:
    mine = workspace_of(live, "demo")
    with live.admin() as conn:
        conn.execute(sabotage.format(organization=mine.organization).encode())
    before = seen(live, mine, own=True)

    with pytest.raises(WorkspaceMoved, match=reason):
        restore_workspace(live.admin_dsn, taken[0], mine.id)
    assert seen(live, mine, own=True) == before


def test_a_trigger_that_reaches_another_tenant_is_found_out(live: Database, taken: Taken) -> None:
    """The negative control: the proof that others are untouched can fail."""
    mine, other = workspace_of(live, "demo"), workspace_of(live, "demo-events")
    with live.admin() as conn:
        conn.execute(
            "CREATE FUNCTION stray() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN "
            f"UPDATE public.brands SET name = 'stray' WHERE workspace_id = '{other.id}'; "
            "RETURN NULL; END $$;"
            "CREATE TRIGGER stray AFTER INSERT ON people EXECUTE FUNCTION stray()".encode()
        )
    before = seen(live, mine, own=True), seen(live, mine, own=False)

    with pytest.raises(OthersTouched, match=r"public\.brands has other rows"):
        restore_workspace(live.admin_dsn, taken[0], "demo")
    assert (seen(live, mine, own=True), seen(live, mine, own=False)) == before


def test_nobody_knows_it(live: Database, taken: Taken) -> None:
    with pytest.raises(NotFound, match="workspace in the backup 'nosuch'"):
        restore_workspace(live.admin_dsn, taken[0], "nosuch")


@pytest.mark.slow
def test_others_work_on_meanwhile(demo: Database, live: Database, taken: Taken) -> None:
    mine, other = spoil(live)
    stop, written = threading.Event(), 0

    def write() -> None:
        nonlocal written
        with live.admin() as conn:
            while not stop.is_set():
                conn.execute(
                    "INSERT INTO brands (workspace_id, name, slug) VALUES (%s, %s, %s)",
                    [other.id, f"meanwhile {written}", f"meanwhile-{written}"],
                )
                written += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        restore_workspace(live.admin_dsn, taken[0], "demo")
    finally:
        stop.set()
        writer.join()

    assert seen(live, mine, own=True) == seen(demo, mine, own=True)
    with live.admin() as conn:
        query = "SELECT count(*) FROM brands WHERE name LIKE 'meanwhile%'"
        assert conn.execute(query).fetchone() == (written,)
    assert written > 10
