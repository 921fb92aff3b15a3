"""The index manager: by size, beside searches, whole or not gone by, again after a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from neonhub.db.errors import InvalidInput
from neonhub.ops.drift import drift
from neonhub.ops.roles import MayNotAct
from neonhub.ops.vectors.maintain import LOCK, VectorsBusy, maintain
from neonhub.ops.vectors.parts import Chosen, indexes
from neonhub.ops.vectors.status import status
from tests.databases import Database
from tests.ops.vectors.rows import Place, fill, vectors
from tests.ops.vectors.test_routes import index_of, search

Vectored = tuple[Database, Place, Place]


def run(database: Database, **given: int) -> list[tuple[str, str]]:
    done = maintain(database.admin_dsn, Chosen(), **{"build_at": 1000, **given})  # type: ignore[arg-type]
    return [(step.action, step.workspace) for step in done]


def test_a_large_part_gets_an_index_and_a_small_one_none(vectored: Vectored) -> None:
    database, large, _ = vectored
    said = [
        (step.action, step.workspace, step.rows)
        for step in maintain(database.admin_dsn, Chosen(), build_at=1000, dry_run=True)
    ]
    assert said == [("build", "large", 2605)]
    with database.admin() as conn:
        assert indexes(conn) == {}

    assert run(database) == [("built", "large")]
    assert run(database) == []

    with database.admin() as conn:
        found = {each.workspace: each for each in status(conn, Chosen()).parts}
        assert found["large"].route == "bits" and found["large"].index == index_of(database, large)
        assert 0 < found["large"].size == found["large"].memory and not found["large"].note
        assert (found["small"].route, found["small"].index) == ("scan", None)
        made = conn.execute(
            "SELECT pg_get_indexdef(to_regclass(%s))", [found["large"].index]
        ).fetchone()
    assert made is not None and large.workspace in str(made[0]) and large.space in str(made[0])
    kept = drift(database.admin_dsn)
    assert kept.findings == [] and [each.object for each in kept.kept] == [
        f"index public.{found['large'].index}"
    ]


def test_new_rows_are_recorded_and_too_few_lose_the_index(indexed: Vectored) -> None:
    database, large, _ = indexed
    with database.admin() as conn:
        fill(conn, large, vectors(10, seed=5))
    assert run(database) == [("recorded", "large")]
    with database.admin() as conn:
        conn.execute("DELETE FROM chunks WHERE workspace_id = %s", [large.workspace])
        fill(conn, large, vectors(12, seed=5))
    assert run(database) == [("dropped", "large")]
    with database.admin() as conn:
        assert indexes(conn) == {}
        assert len(search(conn, large, vectors(1)[0])) == 10
        assert status(conn, Chosen(workspace="large")).parts[0].route == "scan"


def test_the_index_of_a_workspace_that_is_gone_goes(indexed: Vectored) -> None:
    database, large, _ = indexed
    with database.admin() as conn:
        for table in ("chunks", "documents", "datasets", "embedding_spaces"):
            conn.execute(f"DELETE FROM {table} WHERE workspace_id = %s".encode(), [large.workspace])
    assert run(database) == [("dropped", "")]
    with database.admin() as conn:
        assert indexes(conn) == {}


def test_an_index_that_was_lost_or_broken_is_made_again(indexed: Vectored) -> None:
    database, large, _ = indexed
    with database.admin() as conn:
        name = index_of(database, large)
        conn.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass", [name]
        )
        assert "maintain" in status(conn, Chosen(workspace="large")).parts[0].note
    assert run(database) == [("rebuilt", "large")]
    with database.admin() as conn:
        conn.execute(f"DROP INDEX {name}".encode())
        assert len(search(conn, large, vectors(1)[0])) == 10  # found all the same
    assert run(database) == [("built", "large")]


_MAINTAIN = """
import sys
from neonhub.ops.vectors.maintain import maintain
from neonhub.ops.vectors.parts import Chosen
maintain(sys.argv[1], Chosen(), build_at=1000)
"""


_SLOW = [pytest.param(after, marks=pytest.mark.slow) for after in (0.3, 0.5, 1.2)]


@pytest.mark.parametrize("after", [0.8, *_SLOW])
def test_killed_at_any_moment_the_next_run_puts_it_right(vectored: Vectored, after: float) -> None:
    database, large, _ = vectored
    process = subprocess.Popen([sys.executable, "-c", _MAINTAIN, database.admin_dsn])
    time.sleep(after)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with database.admin() as conn:
        assert len(search(conn, large, vectors(1)[0])) == 10
        # What the killed one has asked of the server goes on there until it notices.
        conn.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    run(database)
    with database.admin() as conn:
        assert [each.valid for each in indexes(conn).values()] == [True]
        assert status(conn, Chosen(workspace="large")).parts[0].route == "bits"
    assert run(database) == []


def test_one_at_a_time(vectored: Vectored) -> None:
    database, _, _ = vectored
    with database.admin() as conn:
        conn.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        with pytest.raises(VectorsBusy):
            run(database)


def test_a_new_kind_replaces_the_old_one(indexed: Vectored) -> None:
    database, large, _ = indexed
    done = maintain(database.admin_dsn, Chosen(), build_at=1000, kind="halfvec")
    assert [step.action for step in done] == ["rebuilt"]
    with database.admin() as conn:
        assert status(conn, Chosen(workspace="large")).parts[0].route == "halfvec"
        assert len(search(conn, large, vectors(1)[0])) == 10


@pytest.mark.parametrize(
    ("chosen", "field"),
    [({"table": "people"}, "--table"), ({"workspace": "nobody"}, "--workspace"),
     ({"space": "none"}, "--space")],
)  # fmt: skip
def test_what_there_is_not_is_named(vectored: Vectored, chosen: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        maintain(vectored[0].admin_dsn, Chosen(**chosen))
    assert field in str(caught.value)


def test_the_application_may_not_maintain(vectored: Vectored) -> None:
    application = vectored[0].login("neonhub_app")
    with pytest.raises(MayNotAct):
        maintain(application, Chosen(), build_at=1000)
