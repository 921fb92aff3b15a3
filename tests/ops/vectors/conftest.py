"""A database with a large tenant and a small one beside it, for each test a copy: without any
index, or with the large one's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from neonhub.ops.vectors.maintain import maintain
from neonhub.ops.vectors.parts import Chosen
from tests.databases import Database, Server
from tests.ops.vectors.rows import Place, fill, place, vectors

ROWS = 2600


@pytest.fixture(scope="session")
def _filled(server: Server) -> Iterator[tuple[str, Place, Place]]:
    made = server.clone()
    with made.admin() as conn:
        large, small = place(conn, "large", datasets=2), place(conn, "small")
        fill(conn, large, vectors(ROWS))
        fill(conn, large, vectors(5, seed=2), dataset=1)
        fill(conn, small, vectors(30, seed=3))
        conn.execute("VACUUM (ANALYZE) chunks")
    yield made.name, large, small
    server.drop(made.name)


@pytest.fixture
def vectored(
    server: Server, _filled: tuple[str, Place, Place]
) -> Iterator[tuple[Database, Place, Place]]:
    """The large tenant's second dataset has five rows."""
    name, large, small = _filled
    made = server.clone(name)
    yield made, large, small
    server.drop(made.name)


@pytest.fixture(scope="session")
def _indexed(server: Server, _filled: tuple[str, Place, Place]) -> Iterator[str]:
    made = server.clone(_filled[0])
    steps = maintain(made.admin_dsn, Chosen(), build_at=1000)
    assert [(step.action, step.workspace) for step in steps] == [("built", "large")]
    yield made.name
    server.drop(made.name)


@pytest.fixture
def indexed(
    server: Server, _filled: tuple[str, Place, Place], _indexed: str
) -> Iterator[tuple[Database, Place, Place]]:
    """As ``vectored``; the large tenant has its index."""
    made = server.clone(_indexed)
    yield made, *_filled[1:]
    server.drop(made.name)
