"""What was deleted softly: it goes after a month, unless something that lives refers to it."""

from __future__ import annotations

from neonhub.ops.seed import seed
from neonhub.ops.seeding.demo.make import seed_demo
from tests.conftest import Tenants
from tests.databases import Database
from tests.factories import agents, brands, budget, campaigns, content, knowledge, people
from tests.ops.maintain.worlds import DAY, NOW, ids, run, step

OLD, RECENT = NOW - 31 * DAY, NOW - 29 * DAY


def test_it_goes_after_a_month_with_its_parts(database: Database, tenants: Tenants) -> None:
    here = {"workspace_id": tenants.workspace}
    with database.admin() as conn:
        gone = knowledge.DATASET.insert(conn, deleted_at=OLD, **here)["id"]
        stays = knowledge.DATASET.insert(conn, deleted_at=RECENT, **here)["id"]
        live = knowledge.DATASET.insert(conn, **here)["id"]
        for dataset in (gone, stays, live):
            document = knowledge.DOCUMENT.insert(
                conn, dataset_id=dataset, deleted_at=OLD if dataset == gone else None, **here
            )["id"]
            knowledge.DOCUMENT_VERSION.insert(conn, document_id=document, version=1, **here)
        report = run(database, only=("expire",))

        assert not report.failed
        assert ids(conn, "datasets") == {stays, live}
        assert len(ids(conn, "documents")) == len(ids(conn, "document_versions")) == 2


def test_what_lives_keeps_what_it_refers_to_and_it_is_told(
    database: Database, tenants: Tenants
) -> None:
    here = {"workspace_id": tenants.workspace}
    with database.admin() as conn:
        of = agents.AGENT.insert(conn, deleted_at=OLD, **here)["id"]
        agents.AGENT_RUN.insert(conn, agent_id=of, started_at=NOW, **here)
        dataset = knowledge.DATASET.insert(conn, deleted_at=OLD, **here)["id"]
        knowledge.DOCUMENT.insert(conn, dataset_id=dataset, **here)
        campaign = campaigns.CAMPAIGN.insert(conn, deleted_at=OLD, **here)["id"]
        budget.BUDGET_TRANSACTION.insert(conn, campaign_id=campaign, **here)
        brand = brands.BRAND.insert(conn, deleted_at=OLD, **here)["id"]
        campaigns.MARKETING_CAMPAIGN.insert(conn, brand_id=brand, **here)
        piece = content.CONTENT.insert(conn, deleted_at=OLD, **here)["id"]
        draft = content.CONTENT_DRAFT.insert(conn, content_id=piece, deleted_at=RECENT, **here)
        merged = people.PERSON.insert(conn, deleted_at=OLD, **here)["id"]
        into = people.PERSON.insert(conn, **here)["id"]
        conn.execute("UPDATE people SET merged_into_id = %s WHERE id = %s", [into, merged])
        report = run(database, only=("expire",))

        assert {of} == ids(conn, "agents")
        assert {dataset} == ids(conn, "datasets")
        assert {campaign} == ids(conn, "campaigns")
        assert {brand} == ids(conn, "brands")
        assert {merged, into} == ids(conn, "people")
        # Only a deleted draft refers to it: that loses its reference, as the model says.
        assert ids(conn, "content") == set()
        assert ids(conn, "content_drafts") == {draft["id"]}
    told = [line for each in report.steps for line in each.told]
    assert told == [
        "1 deleted datasets stay: documents refers to them",
        "1 deleted campaigns stay: budget_transactions refers to them",
        "1 deleted agents stay: agent_runs refers to them",
        "1 deleted brands stay: marketing_campaigns refers to them",
    ]


def test_a_deleted_tenant_goes_with_all_it_has_unless_there_are_books(database: Database) -> None:
    """Of the demo's two workspaces each has rows in every table; one loses its books first."""
    seed(database.admin_dsn)
    seed_demo(database.admin_dsn)
    with database.admin() as conn:
        # The months' rows of today, whatever the tests' today is.
        places = [row[0] for row in conn.execute("SELECT DISTINCT workspace_id FROM budget_ledger")]
        emptied, kept = str(places[0]), str(places[1])
        conn.execute("SET session_replication_role = replica")
        for table in ("budget_ledger", "budget_transactions", "payments", "payouts"):
            conn.execute(f"DELETE FROM {table} WHERE workspace_id = %s".encode(), [emptied])
        conn.execute("RESET session_replication_role")
        conn.execute("UPDATE workspaces SET deleted_at = %s WHERE id = ANY(%s)", [OLD, places])
        others = conn.execute("SELECT count(*) FROM people WHERE workspace_id = %s", [kept])
        before = others.fetchone()

        report = run(database, only=("expire",), rules={"agent_runs": "never"})

        assert not report.failed, report.failed
        assert emptied not in ids(conn, "workspaces")
        assert kept in ids(conn, "workspaces")
        others = conn.execute("SELECT count(*) FROM people WHERE workspace_id = %s", [kept])
        assert others.fetchone() == before
        left = [
            table
            for (table,) in conn.execute(
                "SELECT table_name FROM information_schema.columns c JOIN pg_class p "
                "ON p.relname = table_name AND NOT p.relispartition "
                "WHERE column_name = 'workspace_id' AND table_schema = 'public'"
            ).fetchall()
            if table != "audit_logs"
            and conn.execute(
                f"SELECT FROM {table} WHERE workspace_id = %s LIMIT 1".encode(), [emptied]
            ).fetchone()
            is not None
        ]
        assert left == []
    told = step(report, "expire deleted_workspaces").told
    assert "1 deleted workspaces stay: budget_ledger refers to them" in told
