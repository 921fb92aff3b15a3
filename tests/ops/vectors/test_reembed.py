"""Moving a workspace to another space: found all the while, again after a kill, and back."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from neonhub.db.errors import InvalidInput
from neonhub.ops.vectors.parts import Chosen
from neonhub.ops.vectors.reembed import (
    AlreadyMoving,
    SpaceAmbiguous,
    forget,
    forget_the_gone,
    reembed,
)
from tests.databases import Database, Server
from tests.factories.base import Conn
from tests.ops.vectors.embedders import Hashing, vector_of
from tests.ops.vectors.rows import Place, fill, place, vectors
from tests.ops.vectors.test_routes import search

ROWS = 700
Moving = tuple[Database, Place, Place]


@pytest.fixture(scope="module")
def _filled(server: Server) -> Iterator[tuple[str, Place, Place]]:
    made = server.clone()
    with made.admin() as conn:
        mine, other = place(conn, "mine"), place(conn, "other")
        fill(conn, mine, vectors(ROWS))
        fill(conn, other, vectors(40, seed=3))
    yield made.name, mine, other
    server.drop(made.name)


@pytest.fixture
def moving(server: Server, _filled: tuple[str, Place, Place]) -> Iterator[Moving]:
    name, mine, other = _filled
    made = server.clone(name)
    yield made, mine, other
    server.drop(made.name)


def spaces(conn: Conn, at: Place) -> dict[str, int]:
    rows = conn.execute(
        "SELECT s.name, count(*) FROM chunks c JOIN embedding_spaces s "
        "ON s.workspace_id = c.workspace_id AND s.id = c.embedding_space_id "
        "WHERE c.workspace_id = %s GROUP BY 1",
        [at.workspace],
    ).fetchall()
    return {str(name): int(n) for name, n in rows}


def state(conn: Conn, at: Place) -> tuple[object, ...] | None:
    return conn.execute(
        "SELECT count(*), md5(string_agg(md5(c::text), '' ORDER BY c.id)) FROM chunks c "
        "WHERE workspace_id = %s",
        [at.workspace],
    ).fetchone()


def embeddings(conn: Conn, at: Place) -> tuple[object, ...] | None:
    return conn.execute(
        "SELECT md5(string_agg(md5(embedding::text), '' ORDER BY id)) FROM chunks "
        "WHERE workspace_id = %s",
        [at.workspace],
    ).fetchone()


def kept(conn: Conn) -> int:
    row = conn.execute("SELECT count(*) FROM neonhub.kept_vectors").fetchone()
    assert row is not None
    return int(str(row[0]))


def all_right(conn: Conn, at: Place, model: str = "new") -> None:
    """Every chunk has the vector of its text in the new space, and the dataset is in it."""
    assert list(spaces(conn, at)) == [f"hashing/{model}/1536"]
    for text, space in conn.execute(
        "SELECT text, embedding_space_id FROM chunks WHERE workspace_id = %s ORDER BY id LIMIT 20",
        [at.workspace],
    ).fetchall():
        moved = Place(at.organization, at.workspace, str(space), at.datasets)
        ((_, similarity),) = search(conn, moved, vector_of(str(text), model), take=1)
        assert similarity > 0.9999
    for table in ("documents", "datasets"):
        left = conn.execute(
            f"SELECT count(*) FROM {table} WHERE embedding_space_id = %s".encode(), [at.space]
        ).fetchone()
        assert left == (0,)


async def test_moved_and_back_again(moving: Moving) -> None:
    database, mine, other = moving
    with database.admin() as conn:
        before, others = state(conn, mine), state(conn, other)
        vectors_before = embeddings(conn, mine)

        made = await reembed(database.admin_dsn, "mine", Hashing(), switch=False)
        assert (made.embedded, made.moved, made.switched) == (ROWS, 0, False)
        assert state(conn, mine) == before  # nothing has changed for those who search

        done = await reembed(database.admin_dsn, "mine", Hashing())
        assert (done.embedded, done.moved, done.switched) == (0, ROWS, True)
        all_right(conn, mine)
        assert state(conn, other) == others

        old = Hashing("never asked")
        old.space = type(old.space)("some", "model", 1536)
        back = await reembed(database.admin_dsn, "mine", old)
        assert (back.embedded, back.moved, old.embedded) == (0, ROWS, 0)
        assert embeddings(conn, mine) == vectors_before
        again = await reembed(database.admin_dsn, "mine", Hashing())
        assert again.embedded == 0
        assert forget(conn, Chosen(workspace="mine")) == ROWS == kept(conn) + ROWS


async def test_what_is_written_meanwhile_is_not_lost(moving: Moving) -> None:
    database, mine, _ = moving
    ended = asyncio.Event()

    def write(conn: Conn, n: int) -> bool:
        """As an ingest does: hold the dataset, write in the space that it is in, or not at all."""
        with conn.transaction():
            row = conn.execute(
                "SELECT embedding_space_id FROM datasets WHERE id = %s FOR SHARE",
                [mine.datasets[0]],
            ).fetchone()
            if row != (mine.space,):
                return False
            fill(conn, mine, vectors(3, seed=n))
            return True

    async def writer() -> int:
        written = 0
        with database.admin() as conn:
            while not ended.is_set():
                written += await asyncio.to_thread(write, conn, written)
                await asyncio.sleep(0.01)
        return written

    task = asyncio.create_task(writer())
    done = await reembed(database.admin_dsn, "mine", Hashing(pause=0.05))
    ended.set()
    written = await task
    assert written > 2 and done.moved == ROWS + 3 * written
    with database.admin() as conn:
        all_right(conn, mine)


async def test_a_text_that_changes_meanwhile_is_embedded_again(moving: Moving) -> None:
    database, mine, _ = moving
    await reembed(database.admin_dsn, "mine", Hashing(), switch=False)
    with database.admin() as conn:
        conn.execute(
            "UPDATE chunks SET text = 'quite another' WHERE id = (SELECT min(id) FROM chunks "
            "WHERE workspace_id = %s)",
            [mine.workspace],
        )
        conn.execute(
            "DELETE FROM chunks WHERE id = (SELECT max(id) FROM chunks WHERE workspace_id = %s)",
            [mine.workspace],
        )
        done = await reembed(database.admin_dsn, "mine", Hashing())
        assert (done.embedded, done.moved) == (1, ROWS - 1)
        all_right(conn, mine)
        # The vector of what was deleted goes with it.
        assert (forget_the_gone(conn), kept(conn)) == (1, ROWS - 1)


async def test_a_text_that_changes_at_the_switch_is_not_given_the_old_texts_vector(
    moving: Moving,
) -> None:
    """The late rows are embedded while the switch waits: what changes then is moved later."""
    database, mine, _ = moving
    await reembed(database.admin_dsn, "mine", Hashing(), switch=False)

    class Editing(Hashing):
        async def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
            if not self.embedded:
                with database.admin() as other:
                    other.execute(
                        "UPDATE chunks SET text = 'edited' WHERE workspace_id = %s AND id = "
                        "(SELECT max(id) FROM chunks WHERE workspace_id = %s)",
                        [mine.workspace, mine.workspace],
                    )
            return await super().embed_documents(texts)

    with database.admin() as conn:
        conn.execute(
            "UPDATE chunks SET text = 'late' WHERE id = "
            "(SELECT min(id) FROM chunks WHERE workspace_id = %s)",
            [mine.workspace],
        )
        await reembed(database.admin_dsn, "mine", Editing())
        all_right(conn, mine)
        row = conn.execute("SELECT embedding_space_id FROM chunks WHERE text = 'edited'").fetchone()
        assert row is not None
        moved = Place(mine.organization, mine.workspace, str(row[0]), mine.datasets)
        ((_, similarity),) = search(conn, moved, vector_of("edited", "new"), take=1)
        assert similarity > 0.9999


_RUN = """
import asyncio, sys
from neonhub.ops.vectors.reembed import reembed
from tests.ops.vectors.embedders import Hashing
asyncio.run(reembed(sys.argv[1], "mine", Hashing(pause=0.2)))
"""


async def test_killed_it_goes_on(moving: Moving) -> None:
    database, mine, other = moving
    with database.admin() as conn:
        others = state(conn, other)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _RUN, database.admin_dsn), cwd=Path(__file__).parents[3]
        )
        await asyncio.sleep(1.0)
        process.kill()
        await process.wait()
        conn.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        found = spaces(conn, mine)
        assert len(found) == 1 and sum(found.values()) == ROWS  # in one space, and all of them
        kept_before = kept(conn)
        if "some/model/1536" in found:
            embedder = Hashing()
            await reembed(database.admin_dsn, "mine", embedder)
            assert embedder.embedded == ROWS - kept_before
        all_right(conn, mine)
        assert state(conn, other) == others


async def test_slowly_when_asked_to(moving: Moving) -> None:
    database, _, _ = moving
    done = await reembed(database.admin_dsn, "other", Hashing(), per_second=40)
    assert done.embedded == 40 and done.seconds >= 0.9


async def test_one_at_a_time_and_one_space_at_a_time(moving: Moving) -> None:
    database, mine, _ = moving
    slow = asyncio.create_task(reembed(database.admin_dsn, "mine", Hashing(pause=0.5)))
    await asyncio.sleep(0.3)
    with pytest.raises(AlreadyMoving):
        await reembed(database.admin_dsn, "mine", Hashing())
    await slow
    with pytest.raises(InvalidInput, match="no vectors outside"):
        await reembed(database.admin_dsn, "mine", Hashing())
    with database.admin() as conn:
        fill(conn, mine, vectors(2))  # in the old space
    with pytest.raises(SpaceAmbiguous, match=r"hashing/new/1536, some/model/1536"):
        await reembed(database.admin_dsn, "mine", Hashing("third"))
    await reembed(database.admin_dsn, "mine", Hashing("third"), from_space="some/model/1536")
    with database.admin() as conn:
        assert spaces(conn, mine) == {"hashing/new/1536": ROWS, "hashing/third/1536": 2}


async def test_nobody_but_maintenance_reads_what_is_kept(moving: Moving) -> None:
    import psycopg

    database, mine, _ = moving
    await reembed(database.admin_dsn, "mine", Hashing(), switch=False)
    for role in ("neonhub_app", "neonhub_readonly", "neonhub_auth"):
        with database.connect(role) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("SELECT set_config('neonhub.workspace_id', %s, false)", [mine.workspace])
            conn.execute("SELECT FROM neonhub.kept_vectors")
