"""Databases of the isolation tests: one as it is, one with its walls taken down."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.databases import Server
from tests.isolation.attempts import ATTEMPTS, TRIED
from tests.isolation.world import GUARDED, World, world_in


@pytest.fixture(scope="session")
def world(server: Server) -> Iterator[World]:
    """The two sides in a database as migrations leave it: whoever writes rolls back."""
    database = server.clone()
    with world_in(database) as made:
        yield made
    server.drop(database.name)


@pytest.fixture(scope="session")
def world_without_walls(server: Server) -> Iterator[World]:
    """The same with row-level security off and TRUNCATE granted: what must go wrong goes wrong."""
    database = server.clone()
    with database.admin() as conn:
        for table in GUARDED:
            conn.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY".encode())
            conn.execute(f"DROP TRIGGER IF EXISTS append_only ON {table}".encode())
            conn.execute(f"GRANT INSERT, UPDATE, DELETE ON {table} TO neonhub_app".encode())
        conn.execute("GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO neonhub_app")
    with world_in(database) as made:
        yield made
    server.drop(database.name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much was tried: a matrix that shrank unnoticed would prove less."""
    if TRIED:
        tables = len({table for table, _ in TRIED})
        terminalreporter.write_line(
            f"isolation: {TRIED.total()} attempts on {tables} tables in {len(ATTEMPTS)} ways"
        )
