"""Each difference that is made is found, by its name, and nothing else; what mends it, mends it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from neonhub.ops.drift import Drift, held_against
from neonhub.ops.drift.catalogue import Catalogue, read
from tests.databases import Database
from tests.factories.base import Conn
from tests.ops.drift.injections import GROUPS


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


@pytest.mark.parametrize("group", GROUPS, ids=GROUPS)
def test_they_are_found_by_name_and_mended(conn: Conn, made: Catalogue, group: str) -> None:
    """One after another: what one leaves behind is found beside the next, or at the end."""
    with conn.transaction(force_rollback=True):
        conn.execute("SET LOCAL allow_system_table_mods = on")
        for injection in GROUPS[group]:
            conn.execute(injection.sql.encode())
            found = held_against(made, read(conn), None)
            assert names(found) == [(injection.finding, injection.object)], injection.sql
            (finding,) = found.findings
            assert finding.expected != finding.found
            conn.execute(found.script.encode())
        after = held_against(made, read(conn), None)
        assert (names(after), after.script) == ([], "")
