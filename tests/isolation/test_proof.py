"""``neonhub db isolation``: it holds as migrated, and every kind of sabotage is found.

Each kind is found in two ways wherever it lets rows out: by what gets through, and by what the
catalogue says; where it lets none out yet (a grant on a partition that is guarded), by the second.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from neonhub.ops.isolation_proof import ProofImpossible, prove, prove_by
from neonhub.ops.isolation_rights import rights
from tests.cli import warm
from tests.cli.conftest import environment
from tests.databases import Database, Server
from tests.factories.base import Conn
from tests.migrations.snapshot import lines


@pytest.fixture(scope="module")
def live(server: Server) -> Iterator[Database]:
    """A database with a row that is not the proof's."""
    made = server.clone()
    with made.admin() as conn:
        conn.execute("INSERT INTO organizations (id, slug, name) VALUES ('o', 'o', 'O')")
        conn.execute(
            "INSERT INTO workspaces (id, organization_id, slug, name) VALUES ('w', 'o', 'w', 'W')"
        )
        conn.execute("INSERT INTO tasks (workspace_id, title) VALUES ('w', 'kept')")
    yield made
    server.drop(made.name)


@pytest.fixture(scope="module")
def conn(live: Database) -> Iterator[Conn]:
    """One for all that is taken back: each new one would read the catalogue into memory first."""
    with live.admin() as opened:
        opened.prepare_threshold = None  # as the proof's own
        yield opened


def _counts(database: Database) -> list[tuple[object, ...]]:
    with database.admin() as conn:
        tables = [
            row[0]
            for row in conn.execute(
                "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' "
                "AND relnamespace IN ('public'::regnamespace, 'neonhub'::regnamespace)"
            )
        ]
        counts = [
            (t, *conn.execute(f"SELECT count(*) FROM {t}".encode()).fetchone())  # type: ignore[misc]
            for t in tables
        ]
    return sorted(counts)


def test_it_holds_and_leaves_nothing_behind(live: Database) -> None:
    rows, catalogue = _counts(live), lines(live)
    proof = prove(live.admin_dsn)
    assert proof.holes == []
    assert len(proof.tables) == 89
    assert proof.attempts > 3000
    assert all(table.attempts > 30 for table in proof.tables)
    assert _counts(live) == rows
    assert lines(live) == catalogue


SABOTAGE = {
    "a policy dropped": (
        "DROP POLICY tenant ON tasks",
        # Without it nobody finds a row, its own neither: the rest cannot be tried.
        ["tasks lacks the policy tenant", "Not everything was tried"],
    ),
    "row security off": (
        "ALTER TABLE tasks DISABLE ROW LEVEL SECURITY",
        ["neonhub_app reads a row of another in tasks", "Row-level security is off on tasks"],
    ),
    "not forced": (
        "ALTER TABLE tasks NO FORCE ROW LEVEL SECURITY",
        ["Row-level security is not forced on tasks"],
    ),
    "a policy made true": (
        "ALTER POLICY tenant ON tasks USING (true) WITH CHECK (true)",
        ["neonhub_app deletes a row of another in tasks", "the policy tenant of tasks"],
    ),
    "a policy that checks nothing": (
        "ALTER POLICY tenant ON tasks WITH CHECK (true)",
        ["neonhub_app inserts for another into tasks", "the policy tenant of tasks"],
    ),
    "one more policy": (
        "CREATE POLICY more ON tasks FOR SELECT USING (true)",
        ["neonhub_readonly reads a row of another in tasks", "tasks has more policies"],
    ),
    "no setting means every tenant": (
        "ALTER POLICY tenant ON tasks USING (neonhub.current_workspace() IS NULL "
        "OR workspace_id = neonhub.current_workspace())",
        ["neonhub_app reads a row of another in tasks, with no tenant set"],
    ),
    "TRUNCATE granted": (
        "GRANT TRUNCATE ON tasks TO neonhub_app",
        ["neonhub_app may truncate tasks", "the grant neonhub_app of tasks"],
    ),
    "a grant for who only reads": (
        "GRANT INSERT ON tasks TO neonhub_readonly",
        ["the grant neonhub_readonly of tasks"],
    ),
    "a hidden column granted": (
        "GRANT SELECT (token_hash) ON api_keys TO neonhub_readonly",
        ["the grant neonhub_readonly of api_keys"],
    ),
    "an append-only table opened": (
        "GRANT DELETE ON budget_ledger TO neonhub_app",
        ["the grant neonhub_app of budget_ledger"],
    ),
    "its trigger dropped": (
        "DROP TRIGGER append_only ON budget_ledger",
        ["the trigger append_only of budget_ledger"],
    ),
    "a partition granted": (
        "GRANT SELECT ON metric_events_default TO neonhub_app",
        ["The partition metric_events_default is granted"],
    ),
    "a new partition without policy": (
        "CREATE TABLE metric_events_2020_01 PARTITION OF metric_events "
        "FOR VALUES FROM ('2020-01-01') TO ('2020-02-01'); "
        "GRANT SELECT ON metric_events_2020_01 TO neonhub_app",
        ["Row-level security of the partition metric_events_2020_01"],
    ),
    "the partition of today unguarded": (
        "DO $$ BEGIN EXECUTE format('ALTER TABLE metric_events_%s DISABLE ROW LEVEL SECURITY; "
        "GRANT SELECT ON metric_events_%1$s TO neonhub_app', "
        "to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM')); END $$",
        ["Row-level security of the partition metric_events_2"],
    ),
    "the default partition unguarded": (
        "ALTER TABLE metric_events_default DISABLE ROW LEVEL SECURITY; "
        "GRANT SELECT ON metric_events_default TO neonhub_app",
        ["neonhub_app reads a row of another in metric_events_default"],
    ),
    "a table with no scope": (
        "CREATE TABLE notes (workspace_id text); GRANT SELECT ON notes TO neonhub_app",
        ["The table notes is in no catalogue"],
    ),
    "a function that leaks": (
        "CREATE FUNCTION all_tasks() RETURNS SETOF tasks LANGUAGE sql SECURITY DEFINER "
        "AS 'SELECT * FROM tasks'",
        ["The function all_tasks() runs with its owner's rights"],
    ),
    "a function of ours that leaks": (
        "CREATE OR REPLACE FUNCTION neonhub.current_workspace() RETURNS text LANGUAGE sql STABLE "
        "PARALLEL SAFE AS $$ SELECT id FROM public.workspaces LIMIT 1 $$",
        ["the function current_workspace"],
    ),
    "a search path let go": (
        "ALTER FUNCTION neonhub.find_workspace(text) RESET search_path",
        ["the function find_workspace"],
    ),
    "a view past the policies": (
        "CREATE VIEW all_tasks AS SELECT * FROM tasks; GRANT SELECT ON all_tasks TO neonhub_app",
        ["The view all_tasks reads with its owner's rights"],
    ),
    "a reference without the tenant": (
        "ALTER TABLE agents ADD UNIQUE (id); ALTER TABLE tools DROP CONSTRAINT fk_tools__agent_id, "
        "ADD CONSTRAINT fk_tools__agent_id FOREIGN KEY (agent_id) REFERENCES agents (id)",
        ["The reference fk_tools__agent_id of tools to agents leaves the tenant out"],
    ),
}


@pytest.mark.parametrize("kind", SABOTAGE)
def test_sabotage_is_found(conn: Conn, kind: str) -> None:
    statement, told = SABOTAGE[kind]
    with conn.transaction(force_rollback=True):
        conn.execute(statement.encode())
        # The table that is tampered with, and one that is not.
        holes = prove_by(conn, only={"tasks", "metric_events", "feedback"}).holes
    for sentence in told:
        assert any(sentence in hole for hole in holes), holes
    assert not any("feedback" in hole for hole in holes)


# Ways past row security that no statement on a table shows.
_SETTING = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I {}', current_database()); END $$"
RIGHTS = {
    "a membership": (
        "GRANT neonhub_maintenance TO neonhub_app",
        "The role neonhub_app may become neonhub_maintenance",
    ),
    "a membership by another's": (
        "CREATE ROLE reporter BYPASSRLS; GRANT reporter TO neonhub_app",
        "The role neonhub_app may become reporter",
    ),
    "the server's files": (
        "GRANT pg_read_server_files TO neonhub_app",
        "The role neonhub_app may become pg_read_server_files",
    ),
    "the server's programs": (
        "GRANT pg_execute_server_program TO neonhub_app",
        "The role neonhub_app may become pg_execute_server_program",
    ),
    "replication": (
        "ALTER ROLE neonhub_app REPLICATION",
        "The role neonhub_app may replicate",
    ),
    "functions beside ours": (
        "GRANT CREATE ON SCHEMA public TO PUBLIC",
        "Everybody may make objects in the schema public",
    ),
    "functions among ours": (
        "GRANT CREATE ON SCHEMA neonhub TO neonhub_app",
        "neonhub_app may make objects in the schema neonhub",
    ),
    "a schema's owner": (
        "ALTER SCHEMA public OWNER TO neonhub_app",
        "The schema public belongs to neonhub_app",
    ),
    "schemas of one's own": (
        _SETTING.replace("ALTER", "GRANT CREATE ON").format("TO PUBLIC"),
        "Everybody may make schemas in the database",
    ),
    "the database's owner": (
        _SETTING.format("OWNER TO neonhub_app"),
        "The database belongs to neonhub_app",
    ),
    "a tenant from the start": (
        _SETTING.format("SET neonhub.workspace_id = ''w''"),
        "Sessions begin with a setting of their own: neonhub.workspace_id=w",
    ),
    "a role's own tenant": (
        "ALTER ROLE neonhub_app SET neonhub.workspace_id = 'w'",
        "Sessions begin with a setting of their own: neonhub.workspace_id=w (neonhub_app)",
    ),
    "another path": (
        _SETTING.format("SET search_path = evil, public"),
        "Sessions begin with a setting of their own: search_path=evil, public",
    ),
    "triggers switched off by anybody": (
        "GRANT SET ON PARAMETER session_replication_role TO neonhub_app",
        "neonhub_app may set session_replication_role",
    ),
    "a function said to leak nothing": (
        "CREATE FUNCTION tell(text) RETURNS bool LANGUAGE plpgsql LEAKPROOF COST 0.0001 AS "
        "$$ BEGIN RAISE NOTICE '%', $1; RETURN true; END $$",
        "The function tell(text) says that it leaks nothing",
    ),
    "a rule": (
        "CREATE RULE leak AS ON INSERT TO tasks DO ALSO SELECT session_token FROM sessions",
        "The rule leak of tasks runs with the rights of its owner",
    ),
    "a partition of partitions": (
        "CREATE TABLE metric_events_2020 PARTITION OF metric_events FOR VALUES "
        "FROM ('2020-01-01') TO ('2021-01-01') PARTITION BY RANGE (timestamp); "
        "CREATE TABLE metric_events_2020_rest PARTITION OF metric_events_2020 DEFAULT; "
        "GRANT SELECT ON metric_events_2020 TO neonhub_app",
        "The partition metric_events_2020 has partitions of its own",
    ),
    "a partition's trigger off": (
        "ALTER TABLE audit_logs_default DISABLE TRIGGER append_only",
        "The trigger append_only does not fire on audit_logs_default",
    ),
    "a partition's own trigger": (
        "CREATE TRIGGER spy BEFORE INSERT ON audit_logs_default FOR EACH ROW "
        "EXECUTE FUNCTION neonhub.refuse_change()",
        "The trigger spy of the partition audit_logs_default is not its table's",
    ),
    "a reference dropped": (
        "ALTER TABLE tools DROP CONSTRAINT fk_tools__agent_id",
        "The reference fk_tools__agent_id of tools is missing",
    ),
    "a reference unchecked": (
        "ALTER TABLE tools DROP CONSTRAINT fk_tools__agent_id, ADD CONSTRAINT fk_tools__agent_id "
        "FOREIGN KEY (workspace_id, agent_id) REFERENCES agents (workspace_id, id) "
        "ON DELETE SET NULL (agent_id) NOT VALID",
        "The reference fk_tools__agent_id of tools was never checked",
    ),
    "rights on what is to come": (
        "ALTER DEFAULT PRIVILEGES FOR ROLE neonhub_owner GRANT ALL ON TABLES TO PUBLIC",
        "What neonhub_owner makes is granted to everybody",
    ),
    "a sequence": (
        "GRANT ALL ON SEQUENCE budget_ledger_seq_seq TO PUBLIC",
        "The sequence budget_ledger_seq_seq is granted to everybody",
    ),
}


@pytest.mark.parametrize("kind", RIGHTS)
def test_a_way_past_row_security_is_found(conn: Conn, kind: str) -> None:
    statement, told = RIGHTS[kind]
    with conn.transaction(force_rollback=True):
        assert rights(conn) == []
        conn.execute(statement.encode())
        assert any(told in sentence for sentence in rights(conn)), rights(conn)


def test_a_sibling_workspace_can_be_seen_and_not_touched(live: Database) -> None:
    with live.admin() as conn, conn.transaction(force_rollback=True):
        conn.execute(
            "INSERT INTO workspaces (id, organization_id, slug, name) VALUES ('s', 'o', 's', 'S')"
        )
        conn.execute("SET LOCAL ROLE neonhub_app")
        setting = "SELECT set_config('neonhub.organization_id', 'o', true), "
        conn.execute(setting + "set_config('neonhub.workspace_id', 'w', true)")
        assert conn.execute("SELECT count(*) FROM workspaces").fetchone() == (2,)
        assert conn.execute("UPDATE workspaces SET name = 'mine'").rowcount == 1
        assert conn.execute("DELETE FROM workspaces WHERE id = 's'").rowcount == 0
        # The organization's own unit of work has no workspace, and manages all of them.
        conn.execute(setting + "set_config('neonhub.workspace_id', '', true)")
        assert conn.execute("UPDATE workspaces SET name = 'ours'").rowcount == 2
        assert conn.execute("DELETE FROM workspaces WHERE id = 's'").rowcount == 1


def test_one_that_is_not_migrated_cannot_be_told(empty_database: Database) -> None:
    with pytest.raises(ProofImpossible, match="before the first"):
        prove(empty_database.admin_dsn)


@pytest.mark.parametrize("attribute", ["BYPASSRLS", "SUPERUSER", "CREATEROLE"])
def test_a_role_above_the_walls_is_found(live: Database, attribute: str) -> None:
    with live.admin() as conn:
        conn.execute(f"ALTER ROLE neonhub_readonly {attribute}".encode())
    try:
        with live.admin() as conn:
            holes = prove_by(conn, only={"tasks"}).holes
    finally:
        with live.admin() as conn:
            conn.execute(f"ALTER ROLE neonhub_readonly NO{attribute}".encode())
    assert any("neonhub_readonly is above the walls" in hole for hole in holes)


def test_who_may_not_act_as_the_roles_cannot_tell(live: Database) -> None:
    if not live.server.logins:
        pytest.skip("on a server that is not ours, roles have no login of their own")
    with pytest.raises(ProofImpossible, match="may not become"):
        prove(live.dsn("neonhub_app"))


def test_a_busy_row_of_somebodys_is_not_waited_for(live: Database) -> None:
    with live.admin() as busy, busy.transaction():
        busy.execute("SELECT FROM tasks FOR UPDATE")
        with live.admin() as conn:
            assert prove_by(conn, only={"tasks"}).holes == []


def test_the_command_says_a_line_a_table_and_ends_as_it_should(live: Database) -> None:
    asked = environment(DATABASE_URL=live.admin_dsn)
    done = warm.run("db", "isolation", environment=asked)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(" attempts  holds\n") == 89
    assert "isolation holds." in done.stdout
    with live.admin() as conn:
        conn.execute("ALTER TABLE tasks DISABLE ROW LEVEL SECURITY")
    try:
        found = warm.run("db", "isolation", "--json", environment=asked)
    finally:
        with live.admin() as conn:
            conn.execute("ALTER TABLE tasks ENABLE ROW LEVEL SECURITY")
    assert found.returncode == 1, found.stderr
    assert any("tasks" in hole for hole in json.loads(found.stdout)["holes"])
