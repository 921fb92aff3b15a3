"""The live catalogue is the declared model, to the letter; and whatever departs from it is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from neonhub import schema
from tests.conformance import declared, live, rules
from tests.conformance.compare import differences, facts
from tests.conformance.departures import DEPARTURES
from tests.databases import Database


def test_the_database_is_the_model(shared_database: Database) -> None:
    with shared_database.admin() as conn:
        held = list(facts(conn))
    assert [sentence for holds, sentence in held if not holds] == []
    # A comparison that went past tables or columns would hold as well.
    assert len(held) > 10_000


def test_the_catalogue_names_the_models_domains_scopes_and_classes() -> None:
    enums, model = declared.load()
    assert (len(enums), len(model)) == (30, 94)
    assert {(e.name, e.domain, str(e.scope), e.model.__name__) for e in schema.catalogue()} == {
        (t.name, t.domain, t.scope, t.model) for t in model.values()
    }


@pytest.mark.parametrize("statement", DEPARTURES)
def test_a_departure_is_told(shared_database: Database, statement: str) -> None:
    with shared_database.admin() as conn, conn.transaction(force_rollback=True):
        conn.execute(statement.encode())
        told = differences(conn)
    assert any(DEPARTURES[statement] in sentence for sentence in told), told
    # What is there and was not asked for comes beside what is missing, and nothing else.
    assert len(told) <= 2


def test_a_note_that_nothing_holds_is_told() -> None:
    table = replace(declared.load()[1]["tasks"], note="kept for ever; partitioned by colour")
    told = [sentence for holds, sentence in rules.facts(table, live.Table(), []) if not holds]
    for phrase in table.phrases:
        assert f"the note of tasks says what nothing here holds: {phrase}" in told


def test_a_partition_that_is_not_there_is_told(shared_database: Database) -> None:
    with shared_database.admin() as conn, conn.transaction(force_rollback=True):
        part = conn.execute(
            "SELECT 'audit_logs_' || to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM')"
        ).fetchone()
        assert part is not None
        conn.execute(f"ALTER TABLE audit_logs DETACH PARTITION {part[0]}".encode())
        told = differences(conn)
    assert any("audit_logs has no partition FOR VALUES FROM" in each for each in told)
    assert f"the table {part[0]} is in no model" in told
