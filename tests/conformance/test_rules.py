"""Rules that the database keeps by itself, whoever writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from neonhub.ops.sample_rows import SampleRows
from tests.databases import Database
from tests.factories.base import Conn


@pytest.fixture
def rows(shared_database: Database) -> Iterator[SampleRows]:
    """A maker with a row of every table, in a transaction that is rolled back."""
    with shared_database.admin() as conn, conn.transaction(force_rollback=True):
        maker = SampleRows(conn, mark="rules")
        maker.fill()
        yield maker


def value(rows: SampleRows, query: str, *values: Any) -> Any:
    found = rows.conn.execute(query.encode(), values).fetchone()
    assert found is not None
    return found[0] if len(found) == 1 else found


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE marketing_campaigns SET end_date = start_date - interval '1 day'",
        "UPDATE marketing_leads SET email = NULL, phone = NULL",
        "UPDATE budget_profiles SET spent = total_budget - reserved + 0.0001",
        *(
            f"UPDATE {table} SET currency = '{wrong}'"
            for table in (
                "budgets",
                "budget_profiles",
                "budget_allocations",
                "invoices",
                "payments",
            )
            for wrong in ("USD", "us", "euro", "")
        ),
    ],
)
def test_a_check_refuses(rows: SampleRows, statement: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        rows.conn.execute(statement.encode())


def test_money_that_is_spent_to_the_last_cent_is_accepted(rows: SampleRows) -> None:
    rows.conn.execute("UPDATE budget_profiles SET spent = total_budget - reserved")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((0, 0, 0, 0, 0), (0, 0, 0, 0)),
        ((1000, 50, 5, 100, 400), (0.05, 2, 20, 4)),
        ((10, 0, 0, 3, 0), (0, 0, 0, 0)),
    ],
)
def test_ratios_follow_and_nothing_is_divided_by_nothing(
    rows: SampleRows, given: tuple[int, ...], expected: tuple[float, ...]
) -> None:
    rows.conn.execute(
        "UPDATE marketing_campaign_performance SET impressions = %s, clicks = %s, "
        "conversions = %s, spend = %s, revenue = %s",
        given,
    )
    assert value(rows, "SELECT ctr, cpc, cpa, roas FROM marketing_campaign_performance") == expected


@pytest.mark.parametrize("table", ["agent_runs", "run_steps", "tool_executions"])
def test_a_duration_is_set_when_it_is_over(rows: SampleRows, table: str) -> None:
    rows.conn.execute(f"UPDATE {table} SET completed_at = NULL, duration_ms = NULL".encode())
    assert value(rows, f"SELECT duration_ms FROM {table}") is None
    rows.conn.execute(f"UPDATE {table} SET completed_at = started_at + interval '1.25 s'".encode())
    assert value(rows, f"SELECT duration_ms FROM {table}") == 1250


@pytest.mark.parametrize(
    ("table", "cleared"),
    [("seo_metrics", "keyword, country, device"), ("connector_auths", "connector_id, account_id")],
)
def test_two_nulls_are_the_same_where_the_model_says_so(
    rows: SampleRows, table: str, cleared: str
) -> None:
    empty = ", ".join(f"{column.strip()} = NULL" for column in cleared.split(","))
    rows.conn.execute(f"UPDATE {table} SET {empty}".encode())
    again = {name.strip(): None for name in cleared.split(",")}
    with pytest.raises(psycopg.errors.UniqueViolation):
        rows.insert(table, **{**rows.made[table], "id": "another", **again, **_generated(table)})


def _generated(table: str) -> dict[str, Any]:
    """None for what the database makes itself: it is then left out."""
    return {"seo_metrics": {"ctr": None, "keyword_folded": None}}.get(table, {})


def test_a_reference_that_is_cleared_leaves_the_tenant(rows: SampleRows) -> None:
    workspace = value(rows, "SELECT workspace_id FROM tools")
    rows.conn.execute("DELETE FROM agents")
    assert value(rows, "SELECT workspace_id, agent_id FROM tools") == (workspace, None)


APPEND_ONLY = ("budget_transactions", "person_consents", "content_versions", "audit_logs")


@pytest.mark.parametrize("table", [*APPEND_ONLY, "budget_ledger"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_what_is_only_added_to_refuses_even_its_owner(
    rows: SampleRows, table: str, verb: str
) -> None:
    with pytest.raises(psycopg.DatabaseError) as refused:
        rows.conn.execute(verb.format(table).encode())
    assert refused.value.sqlstate == "NH001"


def test_erasing_a_person_takes_their_consents_and_clears_the_ledger(rows: SampleRows) -> None:
    amount = value(rows, "SELECT amount FROM budget_ledger")
    rows.conn.execute("DELETE FROM people")
    assert value(rows, "SELECT count(*) FROM person_consents") == 0
    assert value(rows, "SELECT person_id, amount FROM budget_ledger") == (None, amount)


def test_what_the_ledger_names_cannot_be_deleted(rows: SampleRows) -> None:
    with pytest.raises((psycopg.errors.RestrictViolation, psycopg.errors.ForeignKeyViolation)):
        rows.conn.execute("DELETE FROM budget_profiles")


def test_a_slug_is_free_again_once_its_row_is_deleted(rows: SampleRows) -> None:
    agent = rows.made["agents"]
    new = {"workspace_id": agent["workspace_id"], "id": "new", "slug": agent["slug"]}
    with pytest.raises(psycopg.errors.UniqueViolation), rows.conn.transaction():
        rows.insert("agents", **new)
    rows.conn.execute("UPDATE agents SET deleted_at = now()")
    rows.insert("agents", **new)


@pytest.mark.parametrize("term", ["rules KEYWORDS", "RULES keywords"])
def test_a_keyword_is_one_whatever_its_case_and_its_folded_form_follows(
    rows: SampleRows, term: str
) -> None:
    rows.conn.execute("UPDATE keywords SET term = 'Rules Keywords'")
    assert value(rows, "SELECT term_folded FROM keywords") == "rules keywords"
    with pytest.raises(psycopg.errors.UniqueViolation):
        rows.insert("keywords", id="another", term=term)


def test_strays_move_into_their_month_and_the_log_stays_append_only(rows: SampleRows) -> None:
    conn: Conn = rows.conn
    conn.execute("UPDATE metric_events SET timestamp = now() + interval '8 months'")
    audit = rows.made["audit_logs"]["organization_id"]
    rows.insert("audit_logs", id="later", organization_id=audit, created_at=_later(conn))
    where = "SELECT tableoid::regclass::text FROM {} WHERE {}"
    assert value(rows, where.format("metric_events", "true")) == "metric_events_default"
    conn.execute("SELECT neonhub.ensure_partitions(9)")
    assert value(rows, where.format("metric_events", "true")) != "metric_events_default"
    moved = value(rows, where.format("audit_logs", "id = 'later'"))
    assert moved.startswith("audit_logs_2")
    with pytest.raises(psycopg.DatabaseError, match="only ever added"):
        conn.execute("DELETE FROM audit_logs WHERE id = 'later'")


def _later(conn: Conn) -> Any:
    row = conn.execute("SELECT now() + interval '8 months'").fetchone()
    assert row is not None
    return row[0]
