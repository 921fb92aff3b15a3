"""The commands that find one's way in the schema: where, tables, partitions."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from neonhub.db.errors import InvalidInput
from neonhub.ops import tables
from neonhub.ops.migrate import NotMigrated
from neonhub.ops.roles import MayNotAct
from neonhub.ops.where import PlaceUnknown, where
from tests.cli import homes
from tests.cli.homes import Home
from tests.databases import Database

SOURCE = Path(__file__).parents[2] / "src"


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    with homes.made() as made:
        yield made


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("person_identities", "class Identity("),
        ("Identity", "class Identity("),
        ("person_identities.value", "value: Mapped[CIText]"),
        ("metric_events.metadata", "metadata_: Mapped[Json]"),
        ("chunks.text", "text: Mapped[str]"),
        ("LedgerEntryType", "class LedgerEntryType("),
        ("ensure_partitions", '"ensure_partitions"'),
        ("neonhub.current_workspace", '_current("workspace")'),
        ("search_chunks_by_text", '"search_chunks_by_text"'),
        # As a log, a plan or psql writes them.
        ("public.campaigns", "class Campaign("),
        ("neonhub.campaigns", "class Campaign("),
        ('public."campaigns"', "class Campaign("),
        ("public.chunks.text", "text: Mapped[str]"),
        ("metric_events_2027_03", "class MetricEvent("),
        ("public.metric_events_default.kind", "kind: Mapped["),
    ],
)
def test_it_leads_to_the_very_line(name: str, line: str) -> None:
    (place,) = where(name)
    text = (SOURCE / place.file).read_text("utf-8").splitlines()
    assert line in text[place.line - 1]


def test_a_table_is_told_with_what_belongs_to_it() -> None:
    (place,) = where("budget_ledger")
    assert (place.domain, place.scope, place.model) == ("budget", "workspace", "BudgetLedger")
    assert "entry_type" in place.columns
    assert "people" in place.refers_to
    assert where("people")[0].referred_to_by.count("budget_ledger") == 1


def test_a_column_of_many_tables_and_a_part_of_a_name_find_them_all() -> None:
    assert {p.name for p in where("idempotency_key")} == {
        "budget_ledger.idempotency_key",
        "budget_transactions.idempotency_key",
    }
    assert {"agent_runs", "agent_run_metrics"} <= {p.name for p in where("agent_run")}


@pytest.mark.parametrize("name", [".", "", " ", "..", "%", "people_2027_03", "other.people"])
def test_what_names_nothing_lists_nothing(name: str) -> None:
    with pytest.raises(PlaceUnknown):
        where(name)


def test_what_is_not_there_is_told_with_what_comes_near() -> None:
    with pytest.raises(PlaceUnknown) as told:
        where("person_identitys")
    assert told.value.hint is not None
    assert "person_identities" in told.value.hint


def test_where_needs_no_database_and_tables_counts(home: Home) -> None:
    done = home.run("db", "where", "agents", DATABASE_URL="postgresql://nobody@127.0.0.1:1/x")
    assert done.returncode == 0, done.stderr
    assert "neonhub/domains/agents/tables.py:" in done.stdout
    assert home.run("db", "where", "nothing_like_it").returncode == 2

    found = {each["name"]: each for each in home.json("db", "tables", "--count")}
    assert len(found) == 94
    assert found["organizations"]["rows"] >= 1
    assert found["metric_events"]["partitions"] == 7
    assert home.run("db", "tables", "--domain", "nowhere").returncode == 2
    assert "budget_ledger" in home.run("db", "tables", "--domain", "budget").stdout


def test_partitions_are_made_ahead_once(home: Home) -> None:
    first = home.json("db", "partitions", "--ahead", "5")
    assert len(first["made"]) == 4
    assert home.json("db", "partitions", "--ahead", "5")["made"] == []
    assert len(first["partitions"]) == 18


def test_rows_of_partitions_are_their_tables(database: Database) -> None:
    with database.admin() as conn:
        conn.execute("INSERT INTO organizations (id, slug, name) VALUES ('o', 'o', 'O')")
        conn.execute(
            "INSERT INTO workspaces (id, organization_id, slug, name) VALUES ('w', 'o', 'w', 'W')"
        )
        conn.execute(
            "INSERT INTO metric_events (workspace_id, kind, metadata, timestamp) "
            "SELECT 'w', 'click', '{}', now() - make_interval(days => n) "
            "FROM generate_series(0, 89) AS n"
        )
    seeing = (database.dsn("neonhub_maintenance"), database.dsn("neonhub_backup"))
    for dsn in (database.admin_dsn, *seeing):
        found = {each.name: each for each in tables.tables(dsn, count=True)}
        assert found["metric_events"].rows == 90
    # A policy would hide the rows of both, and a smaller number would be a lie.
    for role in ("neonhub_readonly", "neonhub_app"):
        with pytest.raises(tables.RowsHidden, match=role):
            tables.tables(database.dsn(role), count=True)
    with pytest.raises(InvalidInput, match="0 to 120"):
        tables.ensure_partitions(database.admin_dsn, ahead=-1)


def test_partitions_are_made_by_whoever_keeps_the_database(database: Database) -> None:
    for ahead, role in enumerate(("neonhub_maintenance", "neonhub_migrate"), 4):
        assert len(tables.ensure_partitions(database.dsn(role), ahead=ahead)) == 2
    with pytest.raises(MayNotAct):
        tables.ensure_partitions(database.dsn("neonhub_app"), ahead=6)


def test_a_database_without_a_schema_is_told_so(empty_database: Database) -> None:
    dsn = empty_database.admin_dsn
    for look in (tables.tables, tables.partitions, partial(tables.ensure_partitions, ahead=1)):
        with pytest.raises(NotMigrated, match="before the first"):
            look(dsn)
