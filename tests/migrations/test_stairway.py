"""Each migration goes up and comes down again on data, and leaves no trace."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from neonhub.db.errors import NeonHubError
from neonhub.ops import migrate, prepare
from neonhub.ops.sample_rows import SampleRows
from tests.databases import Database
from tests.factories.base import Conn
from tests.migrations.snapshot import difference, lines_of

# A text at first, which must name a kind by the time that kinds are an enumeration.
KINDS = "20240105000000_add_connector_kind_enum"
CATEGORY = {("connectors", "category"): "email"}
# Columns whose values a step is there to change; tests of their own say how.
CHANGED = {
    KINDS: {"category"},
    "20240107000000_gpt5_merge_vector": {"embedding"},
}


@pytest.fixture
def prepared(empty_database: Database) -> Database:
    prepare.prepare(empty_database.admin_dsn, logins=empty_database.server.logins)
    return empty_database


@contextlib.contextmanager
def superuser(database: Database) -> Iterator[Conn]:
    with database.admin() as conn:
        yield conn


def fill(conn: Conn) -> list[str]:
    """A row in every table that has none."""
    text = str(migrate.current_of(conn)) < KINDS
    maker = SampleRows(conn, values=CATEGORY if text else None)
    there = contents(conn, list(maker.tables))
    for table in maker.tables:
        if there[table]:
            maker.made[table] = there[table][0]
        else:
            maker.insert(table)
    return list(maker.tables)


def rows(conn: Conn, table: str) -> list[dict[str, Any]]:
    return contents(conn, [table])[table]


def contents(conn: Conn, tables: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Every row of these tables, asked for at once."""
    found: dict[str, list[dict[str, Any]]] = {table: [] for table in tables}
    each = sql.SQL("SELECT {}, to_jsonb(t) FROM {} t")
    parts = [each.format(sql.Literal(table), sql.Identifier(table)) for table in tables]
    if parts:
        for table, row in conn.execute(sql.SQL(" UNION ALL ").join(parts)):
            found[str(table)].append(row)
    return found


def kept(
    before: list[dict[str, Any]], after: list[dict[str, Any]], but: set[str] | None = None
) -> bool:
    """Whether every row is there again, in the columns that both have."""

    def same(old: dict[str, Any], new: dict[str, Any]) -> bool:
        return all(new[name] == old[name] for name in set(old) & set(new) - (but or set()))

    if not before or not after:
        return len(before) == len(after)
    by_id = {row.get("id", str(row)): row for row in after}
    return len(before) == len(after) and all(
        same(old, by_id.get(old.get("id", ""), after[0])) for old in before
    )


def test_every_step_up_and_down_on_data(prepared: Database) -> None:
    with superuser(prepared) as conn:
        tables: list[str] = []
        before: str | None = None
        for revision in migrate.revisions():
            tables = step(prepared.admin_dsn, conn, revision, before, tables)
            before = revision
    assert migrate.is_current(prepared.admin_dsn)


def step(dsn: str, conn: Conn, revision: str, before: str | None, tables: list[str]) -> list[str]:
    """Up to ``revision``, back to the one before and up again; return the tables, filled."""
    changed = CHANGED.get(revision)
    catalogue = lines_of(conn)
    was = contents(conn, tables)
    migrate.migrate(dsn, revision=revision)
    up = contents(conn, tables)
    for table in tables:
        assert kept(was[table], up[table], changed), f"{revision}: {table} going up"
    filled = fill(conn)
    if before is None:
        return filled
    migrate.downgrade(dsn, revision=before)
    assert difference(catalogue, lines_of(conn)) == [], f"{revision} leaves a trace"
    down = contents(conn, tables)
    for table in tables:
        assert kept(was[table], down[table], changed), f"{revision}: {table} going down"
    migrate.migrate(dsn, revision=revision)
    return fill(conn)


def test_all_the_way_down_with_a_row_in_every_table(prepared: Database) -> None:
    dsn = prepared.admin_dsn
    with superuser(prepared) as conn:
        empty = lines_of(conn)
        migrate.migrate(dsn)
        assert len(fill(conn)) == 94
        migrate.downgrade(dsn, revision="base")
        assert difference(empty, lines_of(conn)) == []


def test_what_was_there_before_tenants_is_found_in_the_first_workspace(
    prepared: Database,
) -> None:
    dsn = prepared.admin_dsn
    migrate.migrate(dsn, revision=KINDS)
    with superuser(prepared) as conn:
        fill(conn)
    migrate.migrate(dsn)
    with superuser(prepared) as conn:
        row = conn.execute("SELECT id, organization_id FROM workspaces WHERE slug = 'primary'")
        found = row.fetchone()
    assert found is not None
    with prepared.connect("neonhub_app") as conn, conn.transaction():
        assert conn.execute("SELECT count(*) FROM campaigns").fetchone() == (0,)
        conn.execute("SELECT set_config('neonhub.workspace_id', %s, true)", [found[0]])
        conn.execute("SELECT set_config('neonhub.organization_id', %s, true)", [found[1]])
        for table in ("campaigns", "content_drafts", "metric_events", "invoices", "tasks"):
            assert len(rows(conn, table)) == 1, table


def test_keywords_that_differ_in_case_are_folded_and_told(prepared: Database) -> None:
    dsn = prepared.admin_dsn
    migrate.migrate(dsn, revision="20250129_add_marketing_tables")
    with superuser(prepared) as conn:
        conn.execute("INSERT INTO organizations (id, slug, name) VALUES ('o', 'o', 'O')")
        for workspace in ("a", "b"):
            conn.execute(
                "INSERT INTO workspaces (id, organization_id, slug, name) "
                "VALUES (%(w)s, 'o', %(w)s, 'W')",
                {"w": workspace},
            )
        for n, (workspace, term) in enumerate(
            [("a", "Neon Sign"), ("a", "neon sign"), ("a", "NEON SIGN"), ("a", "led"), ("b", "LED")]
        ):
            conn.execute(
                "INSERT INTO keywords (id, workspace_id, term, intent, created_at) "
                "VALUES (%s, %s, %s, 'commercial', now() + make_interval(secs => %s))",
                [f"k{n}", workspace, term, n],
            )
    said: list[str] = []
    migrate.migrate(dsn, notify=said.append)
    told = [line for line in said if "dropped" in line]
    assert len(told) == 2
    assert all('"Neon Sign"' in line and "workspace a" in line for line in told)
    assert any('"neon sign" (k1)' in line for line in told)
    assert any('"NEON SIGN" (k2)' in line for line in told)
    with superuser(prepared) as conn:
        left = conn.execute("SELECT workspace_id, term::text FROM keywords ORDER BY 1, 2")
        assert left.fetchall() == [("a", "Neon Sign"), ("a", "led"), ("b", "LED")]
        with pytest.raises(psycopg.errors.UniqueViolation, match="ux_keyword_term_ci"):
            conn.execute(
                "INSERT INTO keywords (workspace_id, term, intent) VALUES ('b', 'Led', 'x')"
            )


def test_a_category_that_is_no_kind_stops_before_anything_changes(prepared: Database) -> None:
    dsn = prepared.admin_dsn
    migrate.migrate(dsn, revision="20240104000000_add_agent_memory")
    with superuser(prepared) as conn:
        SampleRows(conn, values={("connectors", "category"): "carrier pigeon"}).insert("connectors")
    with pytest.raises(NeonHubError, match="carrier pigeon"):
        migrate.migrate(dsn)
    assert migrate.current(dsn) == "20240104000000_add_agent_memory"


def test_shorter_vectors_are_filled_up_and_longer_ones_refused(prepared: Database) -> None:
    dsn = prepared.admin_dsn
    migrate.migrate(dsn, revision="20240106000000_full_org_ai_vector_bootstrap")
    with superuser(prepared) as conn:
        fill(conn)
        conn.execute("UPDATE chunks SET embedding = array_fill(1, ARRAY[2000])::vector")
    with pytest.raises(NeonHubError, match="2000 dimensions"):
        migrate.migrate(dsn)
    with superuser(prepared) as conn:
        conn.execute("UPDATE chunks SET embedding = '[3,4]'")
    migrate.migrate(dsn)
    with superuser(prepared) as conn:
        row = conn.execute(
            "SELECT vector_dims(embedding), embedding <-> array_fill(0, ARRAY[1536])::vector "
            "FROM chunks"
        )
        assert row.fetchone() == (1536, 5.0)


def test_events_of_all_months_come_through(prepared: Database) -> None:
    dsn = prepared.admin_dsn
    before = "20251101093000_add_agentic_models"
    migrate.migrate(dsn, revision=before)
    with superuser(prepared) as conn:
        fill(conn)
        conn.execute(
            "INSERT INTO metric_events (workspace_id, kind, metadata, timestamp) "
            "SELECT id, 'click', '{}', now() - make_interval(days => n) "
            "FROM workspaces, generate_series(0, 400) AS n"
        )
        was = rows(conn, "metric_events")
    migrate.migrate(dsn)
    with superuser(prepared) as conn:
        assert kept(was, rows(conn, "metric_events"))
        parts = conn.execute(
            "SELECT count(DISTINCT tableoid) FROM metric_events WHERE kind = 'click'"
        ).fetchone()
    assert parts is not None
    assert parts[0] == 4  # this month, two before, and the default one
    migrate.downgrade(dsn, revision=before)
    with superuser(prepared) as conn:
        assert kept(was, rows(conn, "metric_events"))
