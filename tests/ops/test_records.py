"""The log of operations: added to by those who work on the database, changed by nobody."""

from __future__ import annotations

import psycopg
import pytest

from neonhub.ops.records import last, record
from tests.databases import Database


def test_the_last_of_an_operation_in_a_state(database: Database) -> None:
    with database.admin() as conn:
        assert last(conn, "backup") is None
        record(conn, "backup", "started")
        record(conn, "backup", "good", {"folder": "one"})
        record(conn, "drill", "good")
        record(conn, "backup", "started", {"folder": "two"})

        newest, good = last(conn, "backup"), last(conn, "backup", "good", "failed")

    assert newest is not None and (newest.state, newest.detail) == ("started", {"folder": "two"})
    assert good is not None and good.detail == {"folder": "one"} and good.at < newest.at


@pytest.mark.parametrize("role", ["neonhub_maintenance", "neonhub_backup"])
def test_who_works_on_the_database_adds_and_changes_nothing(database: Database, role: str) -> None:
    with database.connect(role) as conn:
        record(conn, "maintain", "good")
        assert last(conn, "maintain") is not None
        for statement in ("DELETE FROM neonhub.operation_log", "TRUNCATE neonhub.operation_log"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(statement.encode())


def test_the_application_adds_nothing(database: Database) -> None:
    with database.connect() as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        record(conn, "backup", "good")


@pytest.mark.parametrize("role", ["neonhub_app", "neonhub_auth", "neonhub_readonly"])
def test_its_detail_names_tenants_and_is_not_for_those_who_serve_them(
    database: Database, role: str
) -> None:
    with database.admin() as conn:
        record(conn, "restore", "good", {"workspace": "another's"})
    with database.connect(role) as conn:
        row = conn.execute("SELECT operation, state FROM neonhub.operation_log").fetchone()
        assert row == ("restore", "good")
        for column in ("detail", "by"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(f"SELECT {column} FROM neonhub.operation_log".encode())
