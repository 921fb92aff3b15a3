"""A database that is empty again after each test: a clone a test would take a second each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.databases import Database, Server


@pytest.fixture(scope="module")
def _scratch(server: Server) -> Iterator[Database]:
    made = server.clone()
    yield made
    server.drop(made.name)


@pytest.fixture
def blank(_scratch: Database) -> Iterator[Database]:
    """A migrated database without a row."""
    yield _scratch
    with _scratch.admin() as conn:
        for table in ("organizations", "users", "connectors", "verification_tokens"):
            conn.execute(f"DELETE FROM {table}".encode())
        conn.execute("TRUNCATE audit_logs")
