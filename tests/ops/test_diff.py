"""The SQL between two schemas: run on the one, it makes the other."""

from __future__ import annotations

import pytest
from psycopg.conninfo import make_conninfo

from neonhub.db.errors import InvalidInput
from neonhub.ops import migrate
from neonhub.ops.diff import Side, diff, pending, side
from neonhub.ops.drift import held_against
from neonhub.ops.drift.catalogue import read
from neonhub.ops.prepare import connected
from neonhub.ops.shadow import shadow
from tests.databases import Database
from tests.migrations.made import History

FIRST, *_, BEFORE_LAST, LAST = migrate.revisions()
BEFORE_MONTHS = "20251101093000_add_agentic_models"
VECTORS = "20240106000000_full_org_ai_vector_bootstrap"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("start", "to"),
    [
        (VECTORS, BEFORE_MONTHS),
        pytest.param("base", LAST, marks=pytest.mark.slow),
        pytest.param(FIRST, "20251028100000_add_link_graph", marks=pytest.mark.slow),
        pytest.param(BEFORE_LAST, LAST, marks=pytest.mark.slow),
    ],
)
def test_there_it_leads(database: Database, start: str, to: str) -> None:
    dsn = database.admin_dsn
    found = diff(dsn, side(f"migrations@{start}"), side(f"migrations@{to}"))
    assert found.findings
    assert found.unmendable == []

    with shadow(dsn, revision=start) as made, connected(made) as conn:
        with conn.transaction():
            conn.execute(found.script.encode())
        assert diff(dsn, Side("live", made), side(f"migrations@{to}")).findings == []


@pytest.mark.slow
def test_what_no_statement_does_is_said_and_the_rest_is_done(database: Database) -> None:
    """A table that is to be partitioned."""
    dsn = database.admin_dsn
    found = diff(dsn, side(f"migrations@{BEFORE_MONTHS}"), side("migrations"))
    assert sorted(found.unmendable) == ["public.audit_logs", "public.metric_events"]

    with shadow(dsn, revision=BEFORE_MONTHS) as made, connected(made) as conn:
        with conn.transaction():
            conn.execute(found.script.encode())
        left = diff(dsn, Side("live", made), side("migrations")).findings

    assert sorted(each.object for each in left) == sorted(found.unmendable)


def test_models_and_migrations_are_the_same(database: Database) -> None:
    found = diff(database.admin_dsn, side("models"), side("migrations"))

    assert (found.findings, found.script) == ([], "")
    assert (found.start, found.to) == ("models", f"migrations@{LAST}")


def test_a_live_database_and_the_models(database: Database) -> None:
    with database.admin() as conn:
        conn.execute("DROP INDEX ix_agent_jobs__created_at")
        conn.execute("ALTER TABLE people ADD COLUMN shoe_size int")

    to = diff(database.admin_dsn, side("live"), side("models"))
    back = diff(database.admin_dsn, side("models"), side("live"))

    assert "DROP COLUMN shoe_size" in to.script
    assert "-- Loses what public.people.shoe_size holds." in to.script
    assert "ADD COLUMN shoe_size integer" in back.script
    with database.admin() as conn, conn.transaction():
        conn.execute(to.script.encode())
    assert diff(database.admin_dsn, side("live"), side("models")).findings == []


def test_a_live_database_by_its_url(database: Database, empty_database: Database) -> None:
    url = empty_database.admin_dsn
    with pytest.raises(migrate.SchemaMissing, match=empty_database.name):
        diff(database.admin_dsn, side(url), side("live"))
    with pytest.raises(Exception, match="nowhere"):
        diff(database.admin_dsn, side("postgresql://postgres@/nowhere?host=/nowhere"), side("live"))


def test_what_is_pending_is_what_is_run(database: Database, history: History) -> None:
    assert pending(database.admin_dsn) == []
    one = history.add("one", "ALTER TABLE brands ADD COLUMN motto text")
    two = history.add(
        "two", "CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_m ON brands (motto)", online=True
    )

    found = pending(database.admin_dsn)

    assert [each.revision for each in found] == [one, two]
    assert "ALTER TABLE brands ADD COLUMN motto text;" in found[0].sql
    assert found[0].sql.rstrip().endswith("COMMIT;")
    assert found[1].sql.splitlines() == [
        f"-- {two} runs online only: what it ran in an empty database.",
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_m ON brands (motto);",
    ]
    with shadow(database.admin_dsn, revision=LAST) as made, connected(made) as conn:
        conn.execute("SET ROLE neonhub_owner")
        conn.execute(found[0].sql.encode())
        conn.execute(found[1].sql.encode())
        have = read(conn)
    with shadow(database.admin_dsn) as made, connected(made) as conn:
        assert held_against(read(conn), have, None).findings == []


@pytest.mark.parametrize("text", ["", "model", "migrations@", "http://x", "live@x"])
def test_no_side(text: str) -> None:
    with pytest.raises(InvalidInput, match=rf"--from or --to .*'{text}' is no side to compare"):
        side(text)


def test_sides_by_name() -> None:
    assert side("migrations") == side("migrations@head") == Side("migrations", LAST)
    assert str(side("migrations@base")) == "migrations@base"
    url = make_conninfo("postgresql://ada:secret@db.example.com/neonhub")
    assert "secret" not in str(Side("live", url))
    with pytest.raises(migrate.UnknownRevision, match="nowhere"):
        side("migrations@nowhere")
