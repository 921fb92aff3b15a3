"""Roles: who may do what, new passwords, and the proof that they are apart."""

from __future__ import annotations

import psycopg
import pytest

from neonhub.db.errors import InvalidInput
from neonhub.ops.isolation_proof import ProofImpossible
from neonhub.ops.passwords import rotate, url_as
from neonhub.ops.role_proof import Separation, prove_roles
from neonhub.ops.role_view import RoleView, view
from neonhub.ops.roles import LOGINS, ROLES, AdministratorNeeded
from tests.databases import Database


def seen(database: Database) -> dict[str, RoleView]:
    return {each.role: each for each in view(database.admin_dsn)}


def test_who_may_do_what_is_told_down_to_columns(shared_database: Database) -> None:
    views = seen(shared_database)
    assert tuple(views) == ROLES
    app, readonly = views["neonhub_app"], views["neonhub_readonly"]
    assert app.tables["people"] == ["SELECT", "INSERT", "UPDATE", "DELETE"]
    assert app.tables["budget_ledger"] == ["SELECT", "INSERT"]
    assert "accounts" not in app.tables
    assert readonly.columns["users"]["SELECT"] == ["id", "name"]
    assert "people" in app.policies["tenant"]
    assert "maintenance" not in app.policies
    assert views["neonhub_owner"].member_of == ["neonhub_search"]
    assert views["neonhub_migrate"].settings == ["role=neonhub_owner"]
    assert [r for r in ROLES if views[r].login] == (list(LOGINS) if app.login else [])


def test_roles_are_apart(shared_database: Database) -> None:
    found = prove_roles(shared_database.admin_dsn)
    assert (found.broken, found.untried) == ([], [])
    assert found.attempts > 4000
    assert {each.role for each in found.roles} == set(ROLES)


HOLES = {
    "GRANT UPDATE ON budget_ledger TO neonhub_app": {"neonhub_app has UPDATE on budget_ledger"},
    "GRANT SELECT (email) ON users TO neonhub_readonly": {
        "neonhub_readonly has SELECT on users.email"
    },
    "GRANT TRUNCATE ON people TO neonhub_maintenance": {
        "neonhub_maintenance has TRUNCATE on people"
    },
    "GRANT INSERT ON metric_events_default TO neonhub_app": {
        "neonhub_app has INSERT on metric_events_default"
    },
    "GRANT SELECT ON accounts TO PUBLIC": {
        f"{role} has SELECT on accounts"
        for role in ROLES
        if role not in {"neonhub_owner", "neonhub_auth", "neonhub_maintenance", "neonhub_backup"}
    },
    "GRANT EXECUTE ON FUNCTION neonhub.ensure_partitions TO neonhub_app": {
        "neonhub_app calls neonhub.ensure_partitions"
    },
    "GRANT SELECT ON pg_authid TO neonhub_auth": {"neonhub_auth reads the verifiers of passwords"},
    "GRANT DELETE, SELECT ON neonhub.operation_log TO neonhub_backup": {
        "neonhub_backup clears the log of operations"
    },
    "REVOKE INSERT ON people FROM neonhub_app": {"neonhub_app may not INSERT people"},
    "CREATE TABLE strange (n int); GRANT SELECT ON strange TO neonhub_readonly": {
        "neonhub_readonly has SELECT on strange"
    },
}


def test_every_hole_is_found_and_no_other(database: Database) -> None:
    """All at once: what one role has more than it should is told for that role alone."""
    with database.admin() as conn:
        for statement in HOLES:
            conn.execute(statement.encode())
    assert set(prove_roles(database.admin_dsn).broken) == set().union(*HOLES.values())


POWERS = {
    "ALTER ROLE neonhub_app CREATEROLE": {"makes a role"},
    "GRANT neonhub_backup TO neonhub_app": {"becomes neonhub_backup"},
    "GRANT pg_read_server_files TO neonhub_app": {"reads a file of the server"},
    "GRANT pg_execute_server_program TO neonhub_app": {
        "runs a program on the server", "becomes pg_execute_server_program"
    },
    "GRANT SET ON PARAMETER session_replication_role TO neonhub_app": {"switches triggers off"},
    "ALTER ROLE neonhub_app BYPASSRLS": {"reads past the policies"},
}  # fmt: skip
UNDO = """
ALTER ROLE neonhub_app NOCREATEROLE NOBYPASSRLS;
REVOKE neonhub_backup, pg_read_server_files, pg_execute_server_program FROM neonhub_app;
REVOKE SET ON PARAMETER session_replication_role FROM neonhub_app
"""


def test_powers_are_found_by_using_them(database: Database) -> None:
    try:
        with database.admin() as conn:
            for statement in POWERS:
                conn.execute(statement.encode())
        (app,) = [r for r in prove_roles(database.admin_dsn).roles if r.role == "neonhub_app"]
    finally:
        with database.admin() as conn:
            conn.execute(UNDO.encode())
    # As a member of neonhub_backup it reads what that one reads.
    powers = {hole for hole in app.holes if " on " not in hole or "server" in hole}
    assert powers == set().union(*POWERS.values())
    assert "has SELECT on accounts" in app.holes


def test_nothing_of_the_proof_stays(database: Database) -> None:
    with database.admin() as conn:
        conn.execute("GRANT CREATE ON SCHEMA public TO neonhub_app")
        assert any("makes a table" in hole for hole in prove_roles(database.admin_dsn).broken)
        left = conn.execute("SELECT to_regclass('neonhub_proof'), to_regrole('neonhub_proof')")
        assert left.fetchone() == (None, None)


def test_an_administrator_of_less_tries_what_it_can(database: Database) -> None:
    """As on managed servers: what it cannot become is said not to have been tried."""
    if not database.server.logins:
        pytest.skip("needs a role of its own that logs in")
    with database.admin() as conn:
        conn.execute("CREATE ROLE half LOGIN")
        conn.execute("GRANT neonhub_app, neonhub_readonly TO half")
    try:
        found: Separation = prove_roles(database.dsn("half"))
        assert set(found.untried) == set(ROLES) - {"neonhub_app", "neonhub_readonly"}
        assert found.broken == []
    finally:
        with database.admin() as conn:
            conn.execute("DROP ROLE half")


def test_a_database_that_is_not_migrated_proves_nothing(empty_database: Database) -> None:
    with pytest.raises(ProofImpossible, match="migration"):
        prove_roles(empty_database.admin_dsn)


def test_new_passwords_are_kept_as_verifiers_and_written_nowhere(database: Database) -> None:
    dsn = database.admin_dsn
    with database.admin() as conn:
        conn.execute("SET log_statement = 'all'")
        made = rotate(dsn, ["app", "neonhub_backup", "app"])
        assert [each.role for each in made] == ["neonhub_app", "neonhub_backup"]
        assert len({each.password for each in made}) == 2
    stored = verifiers(database)
    for each in made:
        assert len(each.password) == 32
        assert stored[each.role].startswith("SCRAM-SHA-256$4096:")
        assert each.password in each.url
        assert each.password not in repr(stored)


def test_all_or_none_and_only_what_there_is(database: Database) -> None:
    with pytest.raises(InvalidInput, match="it is all, or one of migrate, app"):
        rotate(database.admin_dsn, ["app", "owner"])
    own = database.login("neonhub_migrate")
    before = verifiers(database)
    with pytest.raises(AdministratorNeeded, match="new passwords for roles"):
        rotate(own, ["migrate", "app"])
    assert verifiers(database) == before


def test_a_role_may_change_its_own(database: Database) -> None:
    before = verifiers(database)
    rotate(database.dsn("neonhub_migrate"), ["migrate"])
    after = verifiers(database)
    assert {role for role in after if after[role] != before.get(role)} == {"neonhub_migrate"}


def verifiers(database: Database) -> dict[str, str]:
    with database.admin() as conn:
        rows = conn.execute("SELECT rolname::text, coalesce(rolpassword, '') FROM pg_authid")
        return {str(name): str(verifier) for name, verifier in rows}


@pytest.mark.parametrize(
    ("url", "made"),
    [
        ("postgresql://a:b@h:1/d?sslmode=require", "postgresql://r:p%2F@h:1/d?sslmode=require"),
        ("postgresql://h/d", "postgresql://r:p%2F@h/d"),
        ("postgresql://a@/d?host=/run&port=5", "postgresql://r:p%2F@/d?host=/run&port=5"),
        ("postgresql://h/d?user=x&password=y", "postgresql://r:p%2F@h/d"),
        (
            "postgresql://a@h/d?options=-c%20role%3Dneonhub_owner&connect_timeout=3",
            "postgresql://r:p%2F@h/d?connect_timeout=3",
        ),
    ],
)
def test_the_login_takes_the_place_of_the_old_one(url: str, made: str) -> None:
    assert url_as(url, "r", "p/") == made
    assert psycopg.conninfo.conninfo_to_dict(made)["password"] == "p/"
