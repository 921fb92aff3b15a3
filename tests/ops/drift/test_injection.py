"""Each difference that is made is found, by its name, and nothing else; what mends it, mends it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from neonhub.ops.drift import Drift, held_against
from neonhub.ops.drift.catalogue import Catalogue, read
from tests.databases import Database
from tests.factories.base import Conn
from tests.ops.drift.injections import INJECTIONS, Injection


@pytest.fixture(scope="module")
def conn(shared_database: Database) -> Iterator[Conn]:
    """One for all: each new one would read the server's catalogue into memory first."""
    with shared_database.admin() as opened:
        yield opened


@pytest.fixture(scope="module")
def made(conn: Conn) -> Catalogue:
    """The catalogue that the migrations make."""
    return read(conn)


def names(found: Drift) -> list[tuple[str, str]]:
    return [(each.name, each.object) for each in found.findings]


@pytest.mark.parametrize("injection", INJECTIONS, ids=lambda each: each.label)
def test_it_is_found_by_its_name_and_mended(
    conn: Conn, made: Catalogue, injection: Injection
) -> None:
    with conn.transaction(force_rollback=True):
        conn.execute("SET LOCAL allow_system_table_mods = on")
        conn.execute(injection.sql.encode())
        found = held_against(made, read(conn), None)
        assert names(found) == [(injection.finding, injection.object)]
        (finding,) = found.findings
        assert finding.expected != finding.found
        conn.execute(found.script.encode())
        after = held_against(made, read(conn), None)
        assert (names(after), after.script) == ([], "")
