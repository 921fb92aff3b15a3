"""The log of operations: added to by those who work on the database, changed by nobody."""

from __future__ import annotations

import psycopg
import pytest

from neonhub.ops.records import Operation, last, record
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


CHANGES = (
    "DELETE FROM neonhub.operation_log",
    "UPDATE neonhub.operation_log SET state = 'good'",
    "TRUNCATE neonhub.operation_log",
)


@pytest.mark.parametrize(
    ("role", "operation"), [("neonhub_maintenance", "maintain"), ("neonhub_backup", "backup")]
)
def test_who_works_on_the_database_adds_and_changes_nothing(
    database: Database, role: str, operation: Operation
) -> None:
    with database.connect(role) as conn:
        record(conn, operation, "good")
        assert last(conn, operation) is not None
        for statement in CHANGES:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(statement.encode())


def test_who_takes_backups_writes_of_backups_and_of_drills_that_failed(database: Database) -> None:
    """Preflight believes this log: whoever has that login claims no drill and no deployment."""
    insert = "INSERT INTO neonhub.operation_log (operation, state{}) VALUES ('{}', '{}'{})"
    refused = [
        *(insert.format("", each, "good", "") for each in ("drill", "deploy", "maintain")),
        insert.format("", "restore", "started", ""),
        insert.format(", at", "backup", "good", ", now() + interval '1 year'"),
        insert.format(", by", "backup", "good", ", 'somebody'"),
    ]
    with database.connect("neonhub_backup") as conn:
        record(conn, "drill", "started")
        record(conn, "drill", "failed")
        for statement in refused:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(statement.encode())
        assert conn.execute("SELECT count(*) FROM neonhub.operation_log").fetchone() == (2,)


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
