"""Roles: made once, by whoever comes, and never more powerful than they should be."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from neonhub.db.embedded import EmbeddedServer, ServerInfo
from neonhub.ops import migrate, prepare, roles
from tests import places
from tests.databases import Database

POWERS = """
SELECT rolname FROM pg_roles WHERE rolname LIKE 'neonhub%'
   AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)
"""


@pytest.fixture(scope="module")
def own_server() -> Iterator[ServerInfo]:
    home = places.new()
    with EmbeddedServer(home, notify=lambda _line: None) as info:
        yield info
        places.stop_at_once(home)
    shutil.rmtree(home)


@pytest.fixture
def bare(own_server: ServerInfo) -> Iterator[ServerInfo]:
    """A server of this module's own, with no role but ``postgres``, whom nothing stops."""
    yield own_server
    with open_(url(own_server)) as conn:
        conn.execute("DROP DATABASE IF EXISTS neonhub WITH (FORCE)")
        made = conn.execute(
            "SELECT rolname FROM pg_roles WHERE oid >= 16384 ORDER BY rolname LIKE 'neonhub%' DESC"
        ).fetchall()
        for (role,) in made:
            conn.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(str(role))))


def url(info: ServerInfo, role: str = "postgres", dbname: str = "postgres") -> str:
    return info.dsn(role=role, dbname=dbname)


def open_(dsn: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(dsn, autocommit=True)


def test_a_second_run_changes_nothing(database: Database) -> None:
    with database.admin() as conn:
        assert roles.missing_roles(conn) == ()
        assert conn.execute(POWERS).fetchall() == []
    assert prepare.prepare(database.admin_dsn, logins=database.server.logins) == []


def test_the_migrating_role_finds_nothing_to_do_either(shared_database: Database) -> None:
    dsn = shared_database.dsn("neonhub_migrate")
    assert prepare.prepare(dsn, logins=shared_database.server.logins) == []


def test_the_owner_becomes_search_and_does_not_inherit_it(shared_database: Database) -> None:
    with shared_database.admin() as conn:
        conn.execute("SET ROLE neonhub_owner")
        conn.execute("SET ROLE neonhub_search")
        row = conn.execute(
            "SELECT pg_has_role('neonhub_owner', 'neonhub_search', 'USAGE'), "
            "pg_has_role('neonhub_owner', 'neonhub_search', 'MEMBER')"
        ).fetchone()
    assert row == (False, True)


def test_the_owner_is_under_the_policies(shared_database: Database) -> None:
    with shared_database.admin() as conn:
        assert conn.execute("SELECT count(*) >= 2 FROM workspaces").fetchone() == (True,)
        conn.execute("SET ROLE neonhub_owner")
        assert conn.execute("SELECT count(*) FROM workspaces").fetchone() == (0,)


def test_nobody_else_makes_objects(shared_database: Database) -> None:
    for role in roles.ROLES:
        if role in (roles.OWNER, "neonhub_migrate"):
            continue
        for schema in ("public", "neonhub"):
            with shared_database.admin() as conn:
                conn.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    conn.execute(f"CREATE TABLE {schema}.mine (id int)".encode())


def test_logins_follow_the_passwords(bare: ServerInfo) -> None:
    with open_(url(bare)) as conn:
        roles.ensure_roles(conn, passwords={"neonhub_app": "first"})
        logins = "SELECT rolname FROM pg_roles WHERE rolname LIKE 'neonhub%' AND rolcanlogin"
        assert conn.execute(logins).fetchall() == [("neonhub_app",)]
        # A later run gives others a login, and leaves the password that is there alone.
        said = roles.ensure_roles(
            conn, passwords={"neonhub_app": "second", "neonhub_auth": "third"}
        )
        assert said == ['ALTER ROLE "neonhub_auth" LOGIN']
        roles.ensure_roles(conn)
        assert sorted(str(row[0]) for row in conn.execute(logins)) == [
            "neonhub_app",
            "neonhub_auth",
        ]

    def reach(role: str, password: str) -> None:
        dsn = bare.dsn(role=role, dbname="postgres", password=password, tcp=True)
        psycopg.connect(dsn).close()

    reach("neonhub_app", "first")
    reach("neonhub_auth", "third")
    with pytest.raises(psycopg.OperationalError, match="password"):
        reach("neonhub_app", "second")


def test_powers_are_taken_away(bare: ServerInfo) -> None:
    with open_(url(bare)) as conn:
        roles.ensure_roles(conn)
        conn.execute("ALTER ROLE neonhub_app BYPASSRLS CREATEROLE CREATEDB")
        conn.execute("ALTER ROLE neonhub_owner LOGIN INHERIT SUPERUSER")
        roles.ensure_roles(conn)
        assert conn.execute(POWERS).fetchall() == []
        row = conn.execute(
            "SELECT rolcanlogin, rolinherit FROM pg_roles WHERE rolname = 'neonhub_owner'"
        ).fetchone()
        assert row == (False, False)


def test_many_processes_at_once_on_a_new_server(bare: ServerInfo) -> None:
    script = f"""
import psycopg
from neonhub.ops import migrate, prepare, roles
with psycopg.connect({url(bare)!r}, autocommit=True) as conn:
    roles.ensure_roles(conn, logins=True)
    prepare.ensure_database(conn)
prepare.prepare({url(bare, dbname="neonhub")!r}, logins=True)
migrate.migrate({url(bare, dbname="neonhub")!r})
"""
    started = [
        subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    failures = [process.communicate(timeout=120)[1] for process in started]
    assert failures == [""] * 4
    assert migrate.is_current(url(bare, dbname="neonhub"))
    assert migrate.differences(url(bare, "neonhub_migrate", "neonhub")) == []


def test_an_administrator_who_is_no_superuser(bare: ServerInfo) -> None:
    """As a managed provider gives it: CREATEROLE and CREATEDB, the extension installed for him."""
    with open_(url(bare)) as conn:
        conn.execute("CREATE ROLE manager LOGIN CREATEROLE CREATEDB")
    with open_(url(bare, "manager")) as conn:
        roles.ensure_roles(conn, logins=True)
        assert prepare.ensure_database(conn)
        assert roles.ensure_roles(conn, logins=True) == []
    dsn = url(bare, "manager", "neonhub")
    with pytest.raises(roles.AdministratorNeeded, match=r"manager may not do this.*extension"):
        prepare.prepare(dsn)
    with open_(url(bare, dbname="neonhub")) as conn:
        conn.execute("CREATE EXTENSION vector")
    prepare.prepare(dsn, logins=True)
    migrate.migrate(dsn)
    assert migrate.differences(dsn) == []
    assert prepare.prepare(dsn, logins=True) == []
    with open_(dsn) as conn:
        conn.execute("SET ROLE neonhub_app")
        assert conn.execute("SELECT count(*) FROM workspaces").fetchone() == (0,)
    migrate.downgrade(url(bare, "neonhub_migrate", "neonhub"), revision="base")


def test_an_ordinary_user_is_told_what_is_needed(bare: ServerInfo) -> None:
    with open_(url(bare)) as conn:
        conn.execute("CREATE ROLE nobody_special LOGIN")
    with pytest.raises(roles.AdministratorNeeded) as caught:
        prepare.prepare(url(bare, "nobody_special"))
    assert "nobody_special" in str(caught.value)
    assert caught.value.hint


def test_who_may_not_grant_is_told_so_at_once(database: Database) -> None:
    """A grant without the right to it is a warning to whoever has another right, not an error."""
    with database.admin() as conn:
        conn.execute(f"ALTER DATABASE {database.name} OWNER TO CURRENT_USER".encode())
        conn.execute(f"REVOKE CREATE ON DATABASE {database.name} FROM neonhub_owner".encode())
    with pytest.raises(roles.AdministratorNeeded, match=r"GRANT CREATE.* nothing"):
        prepare.prepare(database.dsn("neonhub_app"))
    prepare.prepare(database.admin_dsn)
    assert prepare.prepare(database.dsn("neonhub_app")) == []


def test_plans_are_helped_and_an_operators_setting_stays(empty_database: Database) -> None:
    with empty_database.admin() as conn:
        conn.execute(
            sql.SQL("ALTER DATABASE {} SET random_page_cost = 3").format(
                sql.Identifier(empty_database.name)
            )
        )
    prepare.prepare(empty_database.admin_dsn, logins=empty_database.server.logins)
    with empty_database.admin() as conn:
        assert conn.execute("SHOW random_page_cost").fetchone() == ("3",)
        assert conn.execute("SHOW hnsw.iterative_scan").fetchone() == ("relaxed_order",)


def test_a_server_that_will_not_do(
    empty_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(roles, "_OLDEST", 99)
        with pytest.raises(roles.ServerTooOld, match="is too old: NeonHub needs 99 or later"):
            prepare.prepare(empty_database.admin_dsn)
    with monkeypatch.context() as patch:
        patch.setattr(prepare, "VECTOR_NEEDED", (99, 0))
        with pytest.raises(prepare.VectorTooOld, match="CVE-2026-3172"):
            prepare.prepare(empty_database.admin_dsn)
    with monkeypatch.context() as patch:
        patch.setattr(prepare, "REQUIRED", ("vector", "no_such_extension"))
        with pytest.raises(prepare.ExtensionMissing, match="no_such_extension"):
            prepare.prepare(empty_database.admin_dsn)


def test_an_unsound_vector_is_taken_without_parallel_builds(
    empty_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepare, "_VECTOR_SOUND", (99, 0))
    prepare.prepare(empty_database.admin_dsn, logins=empty_database.server.logins)
    with empty_database.admin() as conn:
        assert conn.execute("SHOW max_parallel_maintenance_workers").fetchone() == ("0",)


def test_extensions_may_lie_elsewhere(empty_database: Database) -> None:
    """As some providers have it; and the administrator's own path leads astray."""
    with empty_database.admin() as conn:
        conn.execute("CREATE SCHEMA extensions")
        conn.execute("GRANT USAGE ON SCHEMA extensions TO PUBLIC")
        conn.execute("CREATE SCHEMA astray")
        conn.execute("CREATE EXTENSION vector SCHEMA extensions")
        conn.execute("CREATE EXTENSION citext SCHEMA extensions")
        conn.execute(
            sql.SQL("ALTER DATABASE {} SET search_path = astray, public, extensions").format(
                sql.Identifier(empty_database.name)
            )
        )
    prepare.prepare(empty_database.admin_dsn, logins=empty_database.server.logins)
    migrate.migrate(empty_database.admin_dsn)
    assert migrate.differences(empty_database.admin_dsn) == []
    with empty_database.admin() as conn:
        tables = "SELECT count(*) FROM pg_class WHERE relnamespace = 'astray'::regnamespace"
        assert conn.execute(tables).fetchone() == (0,)


def test_extension_versions_compare_as_numbers() -> None:
    assert prepare.version_of("0.10.0") > prepare.version_of("0.8.2") > prepare.version_of("0.8.1")
