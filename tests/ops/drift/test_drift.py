"""Drift as an operator meets it: the whole way, on a database of his own."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from neonhub.db.ids import cuid
from neonhub.ops.drift import drift
from neonhub.ops.migrate import downgrade, revisions
from neonhub.ops.prepare import prepare
from neonhub.ops.shadow import NoShadow, shadow
from tests.conftest import Tenants
from tests.databases import Database
from tests.ops.drift.injections import INJECTIONS, Injection


def shadows(database: Database) -> list[str]:
    with database.admin() as conn:
        query = "SELECT datname FROM pg_database WHERE datname LIKE 'neonhub\\_shadow\\_%'"
        return [str(name) for (name,) in conn.execute(query)]


def test_a_migrated_database_has_none(database: Database) -> None:
    found = drift(database.admin_dsn)

    assert (found.findings, found.kept, found.script) == ([], [], "")
    assert found.revision == revisions()[-1]
    assert shadows(database) == []


def test_one_that_an_administrator_owns_has_none(database: Database) -> None:
    """As one is by CREATE DATABASE, which the how-to page begins with."""
    with database.admin() as conn:
        conn.execute(f"ALTER DATABASE {database.name} OWNER TO CURRENT_USER".encode())
    assert prepare(database.admin_dsn) != []

    assert drift(database.admin_dsn).findings == []


def test_one_that_is_behind_is_held_against_its_own_migrations(database: Database) -> None:
    downgrade(database.admin_dsn, revision=revisions()[-2])

    found = drift(database.admin_dsn)

    assert found.findings == []
    assert found.revision == revisions()[-2]


def test_many_differences_at_once_are_all_found_and_all_mended(database: Database) -> None:
    # Of each finding's name one, of different objects: they are made together.
    chosen: dict[tuple[str, str], Injection] = {}
    for each in INJECTIONS:
        if each.object.split(".")[1:2] != ["team_members"] or each.finding == "table-missing":
            chosen.setdefault((each.finding, each.object), each)
    with database.admin() as conn:
        conn.execute("SET allow_system_table_mods = on")
        made = set()
        for each in chosen.values():
            try:
                conn.execute(each.sql.encode())
            except psycopg.Error:  # it does not go with what was done before it
                continue
            made.add((each.finding, each.object))

    found = drift(database.admin_dsn)

    assert len(made) > 60
    assert len({(each.name, each.object) for each in found.findings} & made) > 60
    with database.admin() as conn, conn.transaction():
        conn.execute(found.script.encode())
    assert drift(database.admin_dsn).findings == []


def test_rows_outlive_the_mending(database: Database) -> None:
    user = cuid()
    with database.admin() as conn:
        conn.execute("INSERT INTO users (id, email) VALUES (%s, 'ada@example.com')", [user])
        conn.execute("ALTER TABLE users ALTER name TYPE varchar(10), ADD shoe_size int")
        conn.execute("UPDATE users SET shoe_size = 38")

    found = drift(database.admin_dsn)
    with database.admin() as conn, conn.transaction():
        conn.execute(found.script.encode())
    with database.admin() as conn:
        kept = conn.execute("SELECT id, email::text FROM users").fetchall()

    assert [each.loses for each in found.findings if each.loses] == [
        ["what public.users.shoe_size holds"]
    ]
    assert "-- Loses what public.users.shoe_size holds." in found.script
    assert kept == [(user, "ada@example.com")]


def test_what_an_operator_made_on_purpose_is_left_alone(database: Database) -> None:
    with database.admin() as conn:
        conn.execute("CREATE INDEX ix_march ON people (locale)")
        conn.execute("COMMENT ON INDEX ix_march IS 'keep: for the report of March'")
        conn.execute("CREATE TABLE scratch (id int PRIMARY KEY)")
        conn.execute("COMMENT ON TABLE scratch IS 'keep: a trial'")
        conn.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")

    found = drift(database.admin_dsn)

    assert found.findings == []
    assert [(each.object, each.reason) for each in found.kept] == [
        ("index public.ix_march", "for the report of March"),
        ("table public.scratch", "a trial"),
    ]


def test_keeping_excuses_nothing_that_was_there(database: Database) -> None:
    with database.admin() as conn:
        conn.execute("COMMENT ON TABLE people IS 'keep: mine'")
        conn.execute("ALTER TABLE people NO FORCE ROW LEVEL SECURITY")
        conn.execute("CREATE POLICY mine ON people USING (true)")

    found = drift(database.admin_dsn)

    assert [each.name for each in found.findings] == ["policy-unexpected", "row-security-forced"]


def test_months_come_and_go(database: Database) -> None:
    with database.admin() as conn:
        conn.execute("SELECT neonhub.ensure_partitions(ahead => 6, behind => 12)")
        old = conn.execute(
            "SELECT min(c.relname) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "WHERE i.inhparent = 'metric_events'::regclass AND c.relname ~ '\\d$'"
        ).fetchone()
        assert old is not None
        conn.execute(f"DROP TABLE {old[0]}".encode())
    assert drift(database.admin_dsn).findings == []

    with database.admin() as conn:
        (month,) = conn.execute(
            "SELECT 'metric_events_' || to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM')"
        ).fetchone() or ("",)
        conn.execute(f"ALTER TABLE metric_events DETACH PARTITION {month}".encode())
        conn.execute("DROP TABLE audit_logs_default")
    found = drift(database.admin_dsn)
    assert [(each.name, each.object) for each in found.findings] == [
        ("partition-missing", "public.audit_logs_default"),
        ("partition-missing", f"public.{month}"),
    ]

    with database.admin() as conn, conn.transaction():
        conn.execute(found.script.encode())
    assert drift(database.admin_dsn).findings == []


def test_a_role_that_may_not_make_databases_is_told(database: Database) -> None:
    if not database.server.logins:
        pytest.skip("no role may log in on a server that is not ours")
    with pytest.raises(NoShadow) as caught:
        drift(database.dsn("neonhub_migrate"))
    assert "permission denied" in str(caught.value)


def test_a_shadow_that_was_left_behind_goes(database: Database) -> None:
    with database.admin() as conn:
        conn.execute("CREATE DATABASE neonhub_shadow_left OWNER neonhub_owner")

    with shadow(database.admin_dsn) as url, psycopg.connect(url) as held:
        assert held.info.dbname in shadows(database)
        drift(database.admin_dsn)  # another at the same time harms neither
        assert held.execute("SELECT 1").fetchone() == (1,)

    assert shadows(database) == []


def test_one_that_was_never_prepared_is_told(empty_database: Database) -> None:
    from neonhub.ops.migrate import SchemaMissing

    with pytest.raises(SchemaMissing):
        drift(empty_database.admin_dsn)


def test_findings_are_json(database: Database, tmp_path: Path) -> None:
    from neonhub.cli.console import to_json

    with database.admin() as conn:
        conn.execute("GRANT DELETE ON audit_logs TO neonhub_app")

    (finding,) = json.loads(to_json(drift(database.admin_dsn)))["findings"]

    assert finding == {
        "name": "table-grant-unexpected",
        "object": "DELETE on public.audit_logs to neonhub_app",
        "severity": "critical",
        "expected": None,
        "found": {"grant option": False},
        "sql": ["REVOKE DELETE ON TABLE public.audit_logs FROM neonhub_app"],
        "loses": [],
    }


def test_a_url_with_more_in_it_leads_to_the_shadow_too(database: Database) -> None:
    dsn = make_conninfo(database.admin_dsn, options="-c statement_timeout=60000")

    assert drift(dsn).findings == []


def test_a_reference_is_checked_against_rows_that_row_security_hides(
    database: Database, tenants: Tenants
) -> None:
    """The owner sees no row of a table whose row security is forced: a check of its would hold."""
    with database.admin() as conn:
        made = conn.execute(
            "INSERT INTO conversations (id, workspace_id) VALUES ('cgone', %s) RETURNING id",
            [tenants.workspace],
        ).fetchone()
        assert made == ("cgone",)
        conn.execute(
            "INSERT INTO messages (workspace_id, conversation_id, role, content_json) "
            "VALUES (%s, 'cgone', 'user', '{}')",
            [tenants.workspace],
        )
        conn.execute("DROP TABLE conversations CASCADE")
        conn.execute(drift(database.admin_dsn).script.encode())

        # The table is there again, its rows are not: the reference is made, and said to be broken.
        (left,) = drift(database.admin_dsn).findings
        assert left.name == "constraint-valid" and "fk_messages__conversation_id" in left.object
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            conn.execute("\n".join(["BEGIN;", *(f"{each};" for each in left.sql)]).encode())
        conn.execute("ROLLBACK")
        conn.execute(
            "INSERT INTO conversations (id, workspace_id) VALUES ('cgone', %s)",
            [tenants.workspace],
        )
        conn.execute(drift(database.admin_dsn).script.encode())
    assert drift(database.admin_dsn).findings == []
