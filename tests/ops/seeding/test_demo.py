"""The demo: every table of every domain, rows that agree, once, the same everywhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from neonhub import schema
from neonhub.db.crypto import Place, SealBroken, Sealer, is_sealed
from neonhub.db.ids import deterministic_cuid
from neonhub.db.policies import Scope
from neonhub.domains.governance.chain import first_broken
from neonhub.hub import NeonHub
from neonhub.ops.bootstrap import Ready
from neonhub.ops.seed import BaselineBlocked, seed
from neonhub.ops.seeding.demo.make import seed_demo
from neonhub.ops.seeding.demo.profiles import PROFILES
from neonhub.settings import load_settings
from tests.databases import Database, Server
from tests.factories import identity, tenancy
from tests.ops.seeding.agreement import RULES
from tests.ops.seeding.rows import checksums, count, query

ANCHOR = dt.date(2026, 3, 14)
ORGANIZATION = deterministic_cuid("organization", "demo")
WORKSPACES = [deterministic_cuid("workspace", profile.slug) for profile in PROFILES]
OURS = {
    Scope.WORKSPACE: ("workspace_id", WORKSPACES),
    Scope.ORGANIZATION: ("organization_id", [ORGANIZATION]),
}


@pytest.fixture(scope="module")
def demo(server: Server) -> Iterator[Database]:
    """Nobody may change it but in a transaction that is rolled back."""
    made = server.clone()
    seed(made.admin_dsn)
    seed_demo(made.admin_dsn, anchor=ANCHOR)
    yield made
    server.drop(made.name)


def _asked(rule: str) -> bytes:
    return RULES[rule].replace("{anchor}", f"'{ANCHOR} 00:00+00'::timestamptz").encode()


# -- what is in it -------------------------------------------------------------------------


def test_every_table_has_rows_in_each_workspace(demo: Database) -> None:
    empty = []
    with demo.admin() as conn:
        for entry in schema.catalogue():
            column, tenants = OURS.get(entry.scope, ("NULL", [None]))
            column = "id" if entry.name == "organizations" else column
            for tenant in tenants:
                where = f"{column} = '{tenant}'" if tenant else "true"
                text = f"SELECT EXISTS (SELECT FROM {entry.name} WHERE {where})"
                if conn.execute(text.encode()).fetchone() != (True,):
                    empty.append((entry.name, tenant))
    assert empty == []


def test_what_was_asked_for(demo: Database) -> None:
    organization = query(
        demo, "SELECT slug, name, plan FROM organizations WHERE id = %s", ORGANIZATION
    )
    assert organization == [("demo", "Demo Org", "starter")]
    role = (
        "SELECT r.slug FROM organization_members m JOIN organization_roles r ON r.id = m.role_id "
        "JOIN users u ON u.id = m.user_id WHERE u.email = 'demo@neonhub.ai'"
    )
    assert query(demo, role) == [("admin",)]
    copilot = (
        "SELECT array_agg(c.name ORDER BY c.name) FROM agents a JOIN agent_capabilities c "
        "ON (c.workspace_id, c.agent_id) = (a.workspace_id, a.id) WHERE kind = 'COPILOT' "
        "AND a.workspace_id = %s"
    )
    assert query(demo, copilot, WORKSPACES[0]) == [(["analysis", "drafting", "knowledge"],)]


@pytest.mark.parametrize("rule", RULES)
def test_rows_agree(demo: Database, rule: str) -> None:
    with demo.admin() as conn:
        assert conn.execute(_asked(rule)).fetchall() == []


BROKEN = {
    "money_in_run": "UPDATE agent_runs SET total_tokens = total_tokens + 1 WHERE id = %s",
    "steps_in_run": "UPDATE run_steps SET completed_at = completed_at + interval '1 hour' "
    "WHERE run_id = %s",
    "run_metrics": "UPDATE agent_run_metrics SET value = value + 1 WHERE agent_run_id = %s",
    "daily_runs": "UPDATE agent_runs SET status = 'cancelled' WHERE id = %s",
    "calls_in_step": "UPDATE tool_executions SET started_at = started_at - interval '1 hour' "
    "WHERE agent_run_id = %s",
    "primary_identities": "UPDATE people SET primary_email = 'x@y.example' "
    "WHERE primary_email IS NOT NULL",
    "last_seen": "UPDATE events SET occurred_at = occurred_at + interval '1 day'",
    "letters_allowed": "UPDATE person_consents SET status = 'revoked' WHERE channel = 'email'",
    "weights": "DELETE FROM marketing_touchpoints WHERE type = 'form_submit'",
    "lead_totals": "UPDATE marketing_leads SET page_views = page_views + 1",
    "performance_of_leads": "UPDATE marketing_leads SET converted_value = converted_value + 1",
    "campaign_totals": "UPDATE marketing_campaign_performance SET spend = spend + 0.01",
    "days_together": "DELETE FROM marketing_campaign_performance WHERE channel = 'email'",
    "sent_and_counted": "UPDATE campaign_metrics SET value = value + 1",
    "drafts": "UPDATE content_drafts SET body = body || '.'",
    "links": "UPDATE internal_links SET status = 'removed'",
    "purses": "UPDATE budget_profiles SET spent = spent + 0.0001",
    "ledger_and_figures": "UPDATE marketing_campaigns SET spent = spent + 0.0001",
    "ledger_in_order": "UPDATE budget_ledger SET amount = 0 WHERE entry_type = 'reserve'",
    "balances": "UPDATE budget_transactions SET balance_after = 1 WHERE type = 'refund'",
    "use_counted": "DELETE FROM agent_runs WHERE id = %s",
    "subscription": "UPDATE usage_records SET quantity = quantity + 1",
    "invoices": "UPDATE usage_records SET cost = cost + 1",
    "rolled_up": "DELETE FROM metric_events WHERE kind = 'conversion'",
    "chunks": "UPDATE chunks SET text = text || '.'",
    "talks": "UPDATE messages SET embedding = NULL",
    "chain": "DELETE FROM audit_logs WHERE seq = 5",
}


@pytest.mark.parametrize("rule", BROKEN)
def test_broken_rows_are_found(demo: Database, rule: str) -> None:
    """Else a rule could hold because it looks at nothing."""
    with demo.admin() as conn, conn.transaction(force_rollback=True):
        run = conn.execute("SELECT id FROM agent_runs WHERE status = 'completed' LIMIT 1")
        # As a restore would: no trigger refuses it, no duration is set anew.
        conn.execute("SET LOCAL session_replication_role = replica")
        values = run.fetchone() if "%s" in BROKEN[rule] else None
        assert conn.execute(BROKEN[rule].encode(), values).rowcount > 0
        assert conn.execute(_asked(rule)).fetchall() != []


def test_the_audit_log_is_chained(demo: Database) -> None:
    with psycopg.connect(demo.admin_dsn, row_factory=dict_row) as conn:
        rows = conn.execute("SELECT * FROM audit_logs ORDER BY organization_id, seq").fetchall()
    assert len(rows) > 40
    assert first_broken(rows) is None
    changes: list[tuple[str, Any]] = [
        ("metadata", {"plan": "scale"}),
        ("action", "nothing.happened"),
        ("user_id", None),
        ("created_at", rows[1]["created_at"] + dt.timedelta(microseconds=1)),
    ]
    for name, value in changes:
        assert first_broken([rows[0] | {name: value}, *rows[1:]]) == 1
    assert first_broken([*rows[:7], *rows[8:]]) == 8
    assert first_broken([*rows[:7], rows[8], rows[7], *rows[9:]]) == 8


def test_a_cluster_lies_in_the_middle_of_its_terms(demo: Database) -> None:
    import numpy as np

    from neonhub.embedding.lexical import LexicalEmbedder

    found = query(
        demo,
        "SELECT c.centroid::real[], array_agg(r.keyword::text) FROM keyword_clusters c "
        "JOIN keyword_research r ON (r.workspace_id, r.cluster_id) = (c.workspace_id, c.id) "
        "GROUP BY c.workspace_id, c.id",
    )
    assert len(found) == 5
    for centroid, terms in found:
        mean = LexicalEmbedder().embed(terms).mean(axis=0)
        assert np.allclose(np.array(centroid), mean, atol=1e-6)


async def test_it_can_be_searched_like_any_workspace(demo: Database) -> None:
    settings = load_settings(database_url=None, direct_database_url=None, embedder="lexical")
    ready = Ready(demo.dsn(), demo.dsn(), demo.admin_dsn)
    async with NeonHub(settings, ready=ready) as hub, hub.workspace("demo") as workspace:
        hits = await workspace.knowledge.search("what if my sign arrives broken", limit=1)
        assert hits[0].title == "Questions about orders"
        assert "arrives broken" in " ".join(hits[0].heading_path) + hits[0].passage


# -- once, and the same everywhere ---------------------------------------------------------


def test_a_second_run_changes_nothing_on_a_later_day(demo: Database) -> None:
    before = checksums(demo)
    report = seed_demo(demo.admin_dsn, anchor=ANCHOR + dt.timedelta(days=40))
    assert (report.written, report.anchor) == (0, ANCHOR)
    assert checksums(demo) == before


def test_it_is_the_same_in_another_database(demo: Database, blank: Database) -> None:
    """Seeded by the tables' owner, whom the policies hold as well, and on another day."""
    seed(blank.login("neonhub_migrate"))
    report = seed_demo(blank.dsn("neonhub_migrate"), anchor=ANCHOR)
    # What the baseline has is of the day on which it was seeded.
    mine = f"t::text ~ '{'|'.join([ORGANIZATION, *WORKSPACES, 'example.com', 'bearer'])}'"
    ours, theirs = (checksums(each, written=False, where=mine) for each in (demo, blank))
    assert ours == theirs
    assert report.tables.keys() == {e.name for e in schema.catalogue()} - {"connectors"}
    assert sum(report.tables.values()) > 10_000


def test_a_workspace_shows_only_its_own(demo: Database) -> None:
    """By the policies alone: no statement names the tenant."""
    with demo.connect() as conn:
        for table in (e.name for e in schema.catalogue() if e.scope is Scope.WORKSPACE):
            for here in WORKSPACES:
                with conn.transaction():
                    conn.execute("SELECT set_config('neonhub.workspace_id', %s, true)", [here])
                    text = f"SELECT DISTINCT workspace_id FROM {table}"
                    assert conn.execute(text.encode()).fetchall() == [(here,)]


def test_nothing_is_written_where_another_has_a_slug(blank: Database) -> None:
    seed(blank.admin_dsn)
    with blank.admin() as conn:
        mine = tenancy.ORGANIZATION.insert(conn, slug="mine")
        tenancy.WORKSPACE.insert(conn, organization_id=mine["id"], slug="demo-events")
    with pytest.raises(BaselineBlocked, match="workspace 'demo-events'"):
        seed_demo(blank.admin_dsn)
    assert (count(blank, "users"), count(blank, "organizations")) == (1, 2)


# -- secrets -------------------------------------------------------------------------------


def _sealed(database: Database) -> list[tuple[str, str, str, str | None]]:
    """Table, column, row and value of every sealed column."""
    found = []
    for entry in schema.catalogue():
        for column in entry.table.columns:
            if column.info.get("sealed"):
                rows = query(database, f"SELECT id, {column.name} FROM {entry.name}")
                found += [(entry.name, column.name, *row) for row in rows]
    return found


def test_without_a_key_nothing_opens(demo: Database) -> None:
    sealer = Sealer({"k1": bytes(32)})
    values = [each for each in _sealed(demo) if each[3] is not None]
    assert {each[:2] for each in values} == {("oauth_tokens", "access_token")}
    for table, column, row_id, value in values:
        assert value is not None and is_sealed(value)
        with pytest.raises(SealBroken, match="'demo'"):
            sealer.open(value, Place(table, column, row_id))


def test_with_a_key_tokens_are_sealed_for_their_rows(blank: Database) -> None:
    seed(blank.admin_dsn)
    with blank.admin() as conn:
        there = identity.USER.insert(conn, email="Demo@neonhub.ai", name="Already here")
    sealer = Sealer({"k1": bytes(32)})
    seed_demo(blank.admin_dsn, sealer=sealer)
    values = [each for each in _sealed(blank) if each[3] is not None]
    assert len({each[:2] for each in values}) == 6
    for table, column, row_id, value in values:
        assert sealer.open(value or "", Place(table, column, row_id)) == f"demo token {row_id}"
    # Who had signed in before is the demo's user.
    mine = "SELECT count(*) FROM organization_members WHERE user_id = %s"
    assert query(blank, mine, there["id"]) == [(1,)]
    assert query(blank, "SELECT name FROM users WHERE id = %s", there["id"]) == [("Already here",)]


def test_no_session_of_the_demo_lets_anybody_in(demo: Database) -> None:
    now = dt.datetime.combine(ANCHOR, dt.time(), dt.UTC)
    for table in ("sessions", "verification_tokens"):
        assert query(demo, f"SELECT FROM {table} WHERE expires >= %s", now) == []
