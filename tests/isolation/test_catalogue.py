"""The live catalogue of PostgreSQL against the catalogue of tables: walls, grants and roles."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from neonhub.db.policies import Grant
from neonhub.ops.isolation import faults
from neonhub.ops.roles import ROLES
from neonhub.schema import catalogue, entities
from tests.factories.base import Conn
from tests.isolation.world import GUARDED, World

CLIENTS = [role for role in ROLES if role != "neonhub_owner"]


def test_every_table_is_guarded(world: World) -> None:
    with world.database.admin() as conn:
        assert faults(conn) == []


@pytest.mark.parametrize(
    ("sabotage", "fault"),
    [
        ("CREATE TABLE stray (workspace_id text)", "The table stray is in no catalogue"),
        ("CREATE MATERIALIZED VIEW seen AS SELECT * FROM documents", "The table seen is in no"),
        ("ALTER TABLE documents DISABLE ROW LEVEL SECURITY", "is off on documents"),
        ("ALTER TABLE documents NO FORCE ROW LEVEL SECURITY", "not forced on documents"),
        ("DROP POLICY tenant ON documents", "documents lacks the policy tenant"),
        ("DROP POLICY own ON credentials", "credentials lacks the policy own"),
        ("CREATE POLICY hole ON documents USING (true)", "documents has more policies"),
        ("CREATE POLICY hole ON documents TO neonhub_app USING (true)", "more policies"),
        ("ALTER TABLE documents OWNER TO neonhub_app", "documents belongs to neonhub_app"),
        ("DROP TABLE chunks", "The table chunks is missing"),
    ],
)
def test_what_is_not_guarded_is_told(world: World, sabotage: str, fault: str) -> None:
    with world.database.admin() as conn, conn.transaction(force_rollback=True):
        conn.execute(sabotage.encode())
        assert any(fault in told for told in faults(conn))


def _privileges(conn: Conn) -> set[tuple[str, str, str]]:
    """(role, table, privilege) for whatever a role can do by any way: its own, PUBLIC, a role."""
    version = conn.info.server_version
    kinds = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"]
    rows = conn.execute(
        "SELECT r, c.relname::text, p FROM unnest(%s::text[]) r, pg_class c, unnest(%s::text[]) p "
        "WHERE c.relkind IN ('r', 'p', 'S') AND c.relnamespace = 'public'::regnamespace "
        "AND NOT c.relispartition AND has_table_privilege(r, c.oid, p)",
        [CLIENTS, kinds + ["MAINTAIN"] * (version >= 170000)],
    )
    # The migrating role has the owner's rights only once it has become the owner.
    return {(str(role), str(table), str(what)) for role, table, what in rows}


def test_each_role_has_the_grants_declared_and_no_other(world: World) -> None:
    declared = {
        (entity.role, entity.table, privilege)
        for entity in entities()
        if isinstance(entity, Grant) and not entity.columns
        for privilege in entity.privileges
    }
    with world.database.admin() as conn:
        assert _privileges(conn) == declared


def test_columns_granted_one_by_one_are_those_declared(world: World) -> None:
    declared = {
        (entity.role, entity.table, column, privilege)
        for entity in entities()
        if isinstance(entity, Grant)
        for column in entity.columns
        for privilege in entity.privileges
    }
    with world.database.admin() as conn:
        rows = conn.execute(
            "SELECT g.grantee::regrole::text, c.relname::text, a.attname::text, g.privilege_type "
            "FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid, aclexplode(a.attacl) g "
            "WHERE c.relnamespace = 'public'::regnamespace"
        )
        assert {tuple(row) for row in rows} == declared


@pytest.mark.parametrize("role", ROLES)
def test_no_role_is_above_the_walls(world: World, role: str) -> None:
    with world.database.admin() as conn:
        row = conn.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication "
            "FROM pg_roles WHERE rolname = %s",
            [role],
        ).fetchone()
    assert row == (False,) * 5


def test_who_may_become_whom(world: World) -> None:
    """Only the migrating role may become the owner, and only the owner the searching role."""
    with world.database.admin() as conn:
        rows = conn.execute(
            "SELECT a.rolname::text, b.rolname::text FROM pg_roles a, pg_roles b "
            "WHERE a.rolname = ANY(%(r)s) AND b.rolname = ANY(%(r)s) AND a.oid <> b.oid "
            "AND pg_has_role(a.oid, b.oid, 'MEMBER')",
            {"r": list(ROLES)},
        )
        assert {tuple(row) for row in rows} == {
            ("neonhub_owner", "neonhub_search"),
            ("neonhub_migrate", "neonhub_owner"),
            ("neonhub_migrate", "neonhub_search"),
        }
        more = conn.execute(
            "SELECT a.rolname, b.rolname FROM pg_roles a, pg_roles b WHERE a.rolname = ANY(%(r)s) "
            "AND b.rolname <> ALL(%(r)s) AND b.rolname <> 'pg_database_owner' "
            "AND pg_has_role(a.oid, b.oid, 'MEMBER')",
            {"r": list(ROLES)},
        )
        assert more.fetchall() == []


def _with_logins(world: World) -> None:
    if not world.database.server.logins:
        pytest.skip("on a server that is not ours, roles have no login of their own")


@pytest.mark.parametrize("role", ["neonhub_owner", "neonhub_search"])
def test_roles_that_own_and_search_cannot_log_in(world: World, role: str) -> None:
    with world.database.admin() as conn:
        row = conn.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    assert row == (False,)
    _with_logins(world)
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        psycopg.connect(world.database.dsn(role)).close()


@pytest.mark.parametrize("role", [*(r for r in ROLES if r != "neonhub_app"), "postgres"])
@pytest.mark.parametrize("door", ["login", "readonly"])
@pytest.mark.parametrize("words", ["SET ROLE", "SET SESSION AUTHORIZATION"])
def test_the_application_becomes_nobody_else(
    world: World, role: str, door: str, words: str
) -> None:
    _with_logins(world)
    if role in world.doors[door].dsn:
        return
    with (
        world.doors[door].transaction(world.ours.settings) as conn,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        conn.execute(f"{words} {role}".encode())


_MAKINGS = (
    "CREATE TABLE made (a int)",
    "CREATE TABLE neonhub.made (a int)",
    "CREATE SCHEMA made",
    "CREATE FUNCTION made() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE FUNCTION neonhub.current_workspace() RETURNS text LANGUAGE sql AS '$$a$$'",
    "CREATE OPERATOR public.@@ (FUNCTION = ts_match_vq, LEFTARG = tsvector, RIGHTARG = tsquery)",
    "CREATE EXTENSION hstore",
    "ALTER TABLE documents DISABLE ROW LEVEL SECURITY",
    "DROP POLICY tenant ON documents",
    "CREATE POLICY hole ON documents USING (true)",
    "ALTER ROLE neonhub_app BYPASSRLS",
    "CREATE TRIGGER seen BEFORE UPDATE ON documents EXECUTE FUNCTION neonhub.touch_updated_at()",
    "CREATE RULE seen AS ON SELECT TO documents DO INSTEAD SELECT 1",
    "ALTER FUNCTION neonhub.find_api_key(text) SECURITY INVOKER",
    "SET session_replication_role = replica",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "COPY documents FROM '/etc/hostname'",
    "SELECT pg_read_file('postgresql.conf')",
    "SELECT lo_import('/etc/hostname')",
)


@pytest.mark.parametrize("statement", _MAKINGS)
def test_the_application_makes_nothing_and_opens_nothing(world: World, statement: str) -> None:
    with (
        world.doors["login"].transaction(world.ours.settings) as conn,
        pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.FeatureNotSupported)),
    ):
        conn.execute(statement.encode())


_AUTH_ONLY = [
    entry.name
    for entry in catalogue()
    if entry.name not in GUARDED and not entry.table.info["access"].app
]


@pytest.mark.parametrize("table", _AUTH_ONLY)
@pytest.mark.parametrize("door", ["login", "role", "readonly"])
@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1 FROM {}",
        "SELECT count(*) FROM {}",
        "INSERT INTO {} DEFAULT VALUES",
        "DELETE FROM {}",
        "TRUNCATE {}",
        "COPY {} TO STDOUT",
        "COPY {} FROM STDIN",
        "LOCK TABLE {}",
    ],
)
def test_what_belongs_to_signing_in_is_out_of_reach(
    world: World, table: str, door: str, text: str
) -> None:
    with (
        world.doors[door].transaction(world.ours.settings) as conn,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        conn.execute(text.format(table).encode())


def test_there_are_tables_of_signing_in_and_auth_reaches_them(world: World) -> None:
    assert {"accounts", "sessions", "verification_tokens"} <= set(_AUTH_ONLY)
    with world.database.connect("neonhub_auth") as conn:
        for table in _AUTH_ONLY:
            conn.execute(f"SELECT 1 FROM {table}".encode())


@pytest.mark.parametrize("table", [n for n, g in GUARDED.items() if g.setting != "user"])
def test_the_role_of_signing_in_sees_no_tenants_table(world: World, table: str) -> None:
    with (
        world.database.connect("neonhub_auth") as conn,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        conn.execute(f"SELECT 1 FROM {table}".encode())


@pytest.mark.parametrize("table", GUARDED)
def test_the_owner_is_held_too_because_it_is_forced(world: World, table: str) -> None:
    with world.database.admin() as conn, conn.transaction(force_rollback=True):
        assert _as_owner(conn, table) == 0
        conn.execute("RESET ROLE")
        conn.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY".encode())
        assert _as_owner(conn, table) >= 2


def _as_owner(conn: Conn, table: str) -> Any:
    conn.execute("SET LOCAL ROLE neonhub_owner")
    row = conn.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    assert row is not None
    return row[0]


def test_statistics_tell_nothing_of_guarded_tables(world: World) -> None:
    """Common values and histograms hold everybody's: PostgreSQL hides them under row security."""
    with world.database.admin() as conn:
        conn.execute("ANALYZE")
        rows = conn.execute("SELECT DISTINCT tablename FROM pg_stats").fetchall()
    assert set(GUARDED) <= {row[0] for row in rows}
    with world.doors["login"].transaction(world.ours.settings) as conn:
        rows = conn.execute(
            "SELECT DISTINCT tablename FROM pg_stats WHERE tablename = ANY(%s)", [list(GUARDED)]
        ).fetchall()
    assert rows == []
