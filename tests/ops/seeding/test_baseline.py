"""The baseline: once, under the policies, and never over what somebody has changed."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest

from neonhub.hub import NeonHub
from neonhub.ops.bootstrap import Ready
from neonhub.ops.seed import BaselineBlocked, seed
from neonhub.ops.seeding import baseline
from neonhub.ops.seeding.run import Run
from neonhub.ops.seeding.writing import enter
from neonhub.settings import load_settings
from tests.databases import Database
from tests.factories import agents, content, identity, tenancy
from tests.ops.seeding.rows import checksums, count, query


def _all(database: Database) -> int:
    with_rows = (text.split() for text in checksums(database).values())
    return sum(int(number) for number, _ in with_rows)


def test_seeding_twice_changes_nothing_not_even_on_another_day(blank: Database) -> None:
    first = seed(blank.admin_dsn, today=dt.date(2026, 2, 27))
    before = checksums(blank)
    second = seed(blank.admin_dsn, today=dt.date(2026, 3, 5))
    assert checksums(blank) == before
    assert (second.written, second.left) == (0, first.written)
    assert (first.written, first.left) == (_all(blank), 0)


def test_ids_are_the_same_everywhere(database: Database, blank: Database) -> None:
    ids = []
    for each in (database, blank):
        seed(each.admin_dsn)
        keys = "id organization_id workspace_id role_id permission_id agent_id persona_id".split()
        columns = ", ".join(f"t.row->>'{key}'" for key in keys)
        tables = [name for name, text in checksums(each).items() if text[0] != "0"]
        selected = (f"SELECT '{name}', to_jsonb(r) AS row FROM {name} r" for name in tables)
        rows = " UNION ALL ".join(selected)
        ids.append(query(each, f"SELECT name, {columns} FROM ({rows}) t (name, row) ORDER BY 1, 2"))
        assert len(tables) == 18
    assert ids[0] == ids[1]


def test_what_was_changed_since_stays_changed(blank: Database) -> None:
    seed(blank.admin_dsn)
    with blank.admin() as conn:
        conn.execute("UPDATE organizations SET name = 'Ours', slug = 'ours'")
        conn.execute("UPDATE personas SET name = 'Video Pro' WHERE name = 'Creator Pro'")
        conn.execute("UPDATE editorial_calendar SET publish_at = '2030-01-01'")
        conn.execute("UPDATE connectors SET is_enabled = false")
        conn.execute("UPDATE agents SET deleted_at = now() WHERE slug = 'sms-engagement-agent'")
        conn.execute("DELETE FROM workspace_members")
    report = seed(blank.admin_dsn)
    assert report.written == 1
    assert query(blank, "SELECT name, slug FROM organizations") == [("Ours", "ours")]
    assert count(blank, "personas") == 3
    assert query(blank, "SELECT DISTINCT is_enabled FROM connectors") == [(False,)]


def test_what_somebody_made_under_a_name_of_ours_stands_for_ours(blank: Database) -> None:
    seed(blank.admin_dsn)
    with blank.admin() as conn:
        here = query(blank, "SELECT id FROM workspaces")[0][0]
        for table in ("keywords", "personas", "agents"):
            conn.execute(f"DELETE FROM {table}".encode())
        persona = content.PERSONA.insert(conn, workspace_id=here, name="Event Planner")
        agents.AGENT.insert(conn, workspace_id=here, slug="email-campaign-agent")
    seed(blank.admin_dsn)
    theirs = "SELECT count(*) FROM keywords WHERE persona_id = %s"
    assert query(blank, theirs, persona["id"]) == [(2,)]
    assert (count(blank, "personas"), count(blank, "agents")) == (3, 3)
    # Nothing is hung on an agent that is not ours; its tool is there still, and nobody's.
    assert count(blank, "agent_capabilities") == 4
    assert query(blank, "SELECT slug FROM tools WHERE agent_id IS NULL") != []


def test_two_seedings_at_once_make_one_baseline(blank: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(seed, [blank.admin_dsn] * 4))
    assert sum(report.written for report in reports) == _all(blank)


def test_the_owner_may_seed_though_policies_hold_it_too(blank: Database) -> None:
    assert seed(blank.login("neonhub_migrate")).written > 0
    assert count(blank, "organizations") == 1
    assert count(blank, "connectors") == 16


def test_an_administrator_writes_as_the_application(
    blank: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a superuser would write past the policies, and a wrong tenant would go unseen."""
    seen: list[object] = []

    def look(run: Run) -> None:
        row = run.conn.execute("SELECT current_user").fetchone()
        seen.append(row and row[0])

    sections = [step for section in baseline.SECTIONS for step in (section, look)]
    monkeypatch.setattr(baseline, "SECTIONS", sections)
    seed(blank.admin_dsn)
    assert set(seen) == {"neonhub_app"}
    assert len(seen) == len(sections) // 2


def test_no_section_writes_past_its_tenant(
    blank: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def astray(run: Run) -> None:
        enter(run.conn, workspace_id="cother", organization_id="cother")

    sections = (*baseline.SECTIONS[:7], astray, *baseline.SECTIONS[7:])
    monkeypatch.setattr(baseline, "SECTIONS", sections)
    with pytest.raises(Exception, match=r"row-level security|tenant"):
        seed(blank.admin_dsn)
    assert _all(blank) == 0


def test_nothing_is_written_where_another_has_the_slug(blank: Database) -> None:
    with blank.admin() as conn:
        tenancy.ORGANIZATION.insert(conn, slug="primary", name="Theirs")
    with pytest.raises(BaselineBlocked, match="primary"):
        seed(blank.admin_dsn)
    assert query(blank, "SELECT name FROM organizations") == [("Theirs",)]
    assert count(blank, "users") == 0


async def test_who_signed_in_before_becomes_the_admin(blank: Database) -> None:
    with blank.admin() as conn:
        user = identity.USER.insert(conn, email="Admin@NeonHub.ai")
    seed(blank.admin_dsn)
    settings = load_settings(database_url=None, direct_database_url=None)
    ready = Ready(blank.dsn(), blank.dsn(), blank.admin_dsn)
    async with NeonHub(settings, ready=ready) as hub:
        principal = await hub.organizations.principal_of_user(user["id"], "primary")
        assert principal.may("workspace:delete")
        reached = await hub.organizations.workspaces_of_user(user["id"])
        assert [(row.slug, row.role) for row in reached] == [("primary", "owner")]
    assert count(blank, "users") == 1
    assert query(blank, "SELECT DISTINCT user_id FROM connector_auths") == [(user["id"],)]
