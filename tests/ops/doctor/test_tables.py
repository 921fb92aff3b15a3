"""Slow statements, indexes and tables: each made slow, diagnosed, and mended by its remedy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from neonhub.ops.doctor import enable
from neonhub.ops.roles import AdministratorNeeded
from tests.databases import Database, Server
from tests.ops.doctor.looking import look, named, run

BIG = (
    "CREATE TABLE big (workspace_id text, kind text, n int) WITH (autovacuum_enabled = off)",
    "INSERT INTO big SELECT 'w', 'k' || n % 2000, n FROM generate_series(1, 20000) n",
    "ANALYZE big",
)


@pytest.fixture(scope="module")
def ground(server: Server) -> Iterator[Database]:
    made = server.clone()
    yield made
    server.drop(made.name)


@pytest.fixture
def dsn(ground: Database) -> Iterator[str]:
    yield ground.admin_dsn
    run(
        ground.admin_dsn,
        "DROP TABLE IF EXISTS big",
        "DROP EXTENSION IF EXISTS pg_stat_statements, pgstattuple",
    )


def test_the_platform_itself_gives_no_cause(ground: Database) -> None:
    """With every limit at its lowest: no declared index is called unused, none is missing."""
    found = look(ground.admin_dsn, index_size=0, referring_rows=0, large_rows=1)
    for name in ("unused-index", "reference-without-index", "sequential-scans", "setting"):
        assert named(found, name) == []


def test_a_slow_statement_and_the_index_that_it_misses(dsn: str, ground: Database) -> None:
    if not ground.server.logins:
        pytest.skip("needs a server that records statements")
    silent = look(dsn)
    assert silent.by_total == []
    (missing,) = [each for each in silent.unjudged if each.what == "statements"]
    assert missing.remedy == "neonhub db doctor --enable"
    assert enable(dsn) == ["pg_stat_statements", "pgstattuple"]
    assert enable(dsn) == []
    run(dsn, *BIG)
    limits: dict[str, Any] = {
        "statement_mean_ms": 0.5,
        "statement_total_ms": 0.0,
        "sequential_scans": 20,
        "statement_share": 0.05,
    }
    slow = ["SELECT count(*) FROM big WHERE workspace_id = 'w' AND kind = 'k7'"] * 30
    run(dsn, "SELECT pg_stat_statements_reset()", *slow)

    found = look(dsn, **limits)
    (statement,) = named(found, "slow-statement")
    assert "kind = $2" in statement.object
    assert statement.facts["calls"] == 30
    assert (found.by_total[0]["calls"], found.by_total[0]["rows"]) == (30, 30)
    assert found.by_mean[0]["query"] == found.by_total[0]["query"]
    assert found.by_total[0]["cache_hit"] > 0.5
    (scans,) = named(found, "sequential-scans")
    assert "filter by kind, which no index begins with" in scans.what

    run(dsn, *scans.remedy)
    run(dsn, "SELECT pg_stat_reset()", "SELECT pg_stat_statements_reset()", *slow)
    cured = look(dsn, **limits)
    assert named(cured, "slow-statement") == []
    assert named(cured, "sequential-scans") == []


def test_an_unused_index_and_those_that_are_needed(dsn: str) -> None:
    run(
        dsn,
        *BIG,
        "CREATE INDEX nobody ON big (n)",
        "CREATE INDEX reader ON big (kind)",
        "CREATE INDEX kept ON big (workspace_id)",
        "COMMENT ON INDEX kept IS 'keep: for the report of March'",
        "ALTER TABLE big ADD CONSTRAINT once UNIQUE (n)",
    )
    # In a session of its own: what is planned by an index counts as a use when it is run.
    run(dsn, "SET enable_seqscan = off", "SELECT * FROM big WHERE kind = 'k1'")
    found = named(look(dsn, index_size=0), "unused-index")
    assert [each.object for each in found] == ["nobody"]
    assert "MB on big" in found[0].what

    run(dsn, *found[0].remedy)
    assert named(look(dsn, index_size=0), "unused-index") == []


def test_statistics_that_are_young_make_no_case(dsn: str) -> None:
    run(dsn, *BIG, "CREATE INDEX nobody ON big (n)", "SELECT pg_stat_reset()")
    (found,) = named(look(dsn, index_size=0), "unused-index")
    assert found.severity == "advice"
    assert "too short to be sure" in found.what


@pytest.mark.parametrize("index", ["ix_api_keys__workspace_id", "ix_people__merged_into_id"])
def test_a_reference_whose_index_was_dropped(index: str, ground: Database) -> None:
    """The remedy makes the index that the migrations made, to the letter."""
    definition = "SELECT tablename::text, indexdef FROM pg_indexes WHERE indexname = %s"
    with ground.admin() as conn:
        before = conn.execute(definition, [index]).fetchone()
        assert before is not None
        conn.execute(f"DROP INDEX {index}".encode())
        found = named(look(ground.admin_dsn, referring_rows=0), "reference-without-index")
        assert [each.object for each in found] == [before[0]]
        run(ground.admin_dsn, *found[0].remedy)
        assert conn.execute(definition, [index]).fetchone() == before
    assert named(look(ground.admin_dsn, referring_rows=0), "reference-without-index") == []


def test_dead_rows(dsn: str) -> None:
    run(dsn, *BIG, "DELETE FROM big WHERE n % 2 = 0")
    (found,) = named(look(dsn), "dead-rows")
    assert found.object == "big"
    assert found.what.startswith("10,000 dead rows beside 10,000 live ones, never vacuumed")
    run(dsn, *found.remedy)
    assert named(look(dsn), "dead-rows") == []


@pytest.mark.parametrize("measured", [False, True])
def test_bloat_measured_and_estimated(dsn: str, measured: bool) -> None:
    run(
        dsn,
        *BIG,
        "DELETE FROM big WHERE n % 5 > 0 AND n < 19900",
        "VACUUM (ANALYZE) big",
        *(["CREATE EXTENSION IF NOT EXISTS pgstattuple"] if measured else []),
    )
    (found,) = named(look(dsn, bloat_size=100_000), "bloat")
    how = "measured by pgstattuple" if measured else "an estimate from the statistics"
    assert how in found.what
    assert 0.6 < found.facts["free"] / (20_000 * 44) < 0.95
    run(dsn, found.remedy[-1])
    assert named(look(dsn, bloat_size=100_000), "bloat") == []


def test_tables_that_were_never_analysed_or_long_ago(dsn: str) -> None:
    run(dsn, *BIG[:2])
    (found,) = named(look(dsn), "never-analysed")
    assert (found.object, found.remedy) == ("big", ["ANALYZE big"])
    run(dsn, *found.remedy)
    assert named(look(dsn), "never-analysed") == []

    run(dsn, "UPDATE big SET n = n + 1")
    (old,) = named(look(dsn), "statistics-old")
    assert "20,000 changes since it was analysed" in old.what
    run(dsn, *old.remedy)
    assert named(look(dsn), "statistics-old") == []


def test_transaction_ids(dsn: str) -> None:
    """Their age is real; only from where on it is told is not an operator's limit."""
    run(
        dsn,
        *BIG,
        "DO $$ BEGIN FOR n IN 1..300 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$",
    )
    assert named(look(dsn, transaction_age=200), "wraparound")
    run(dsn, "VACUUM (FREEZE)")
    assert named(look(dsn, transaction_age=200), "wraparound") == []


def test_settings_that_plans_rely_on(ground: Database) -> None:
    name = ground.name
    faults = {
        "random_page_cost": "4",
        "hnsw.iterative_scan": "off",
        "effective_cache_size": "'8MB'",
    }
    for setting, value in faults.items():
        run(ground.admin_dsn, f"ALTER DATABASE {name} SET {setting} = {value}")
    found = {each.object: each for each in named(look(ground.admin_dsn), "setting")}
    assert set(found) == set(faults)
    for setting in ("random_page_cost", "hnsw.iterative_scan"):
        run(ground.admin_dsn, *found[setting].remedy)
    run(ground.admin_dsn, f"ALTER DATABASE {name} RESET effective_cache_size")
    assert named(look(ground.admin_dsn), "setting") == []


def test_who_may_not_see_is_told_so(ground: Database) -> None:
    with pytest.raises(AdministratorNeeded, match="pg_stat_statements"):
        enable(ground.dsn("neonhub_migrate"))
    found = look(ground.dsn("neonhub_migrate"), bloat_size=0)
    said = {each.what: each for each in found.unjudged}
    assert "sessions and statements of other roles" in said
    assert "member of pg_monitor" in str(said["sessions and statements of other roles"].remedy)
    assert "bloat" in said
    assert "neonhub db doctor --enable" in str(said["statements"].remedy)
    # Its own session at least: the number is everybody's to see.
    assert found.figures["connections"]["used"] >= 1
