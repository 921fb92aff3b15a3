"""Sessions that hold others up: real ones, ended by the remedy that is told."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.databases import Database, Server
from tests.isolation import pooler
from tests.ops.doctor.looking import eventually, look, named, run


@pytest.fixture(scope="module")
def ground(server: Server) -> Iterator[Database]:
    made = server.clone()
    yield made
    server.drop(made.name)


@contextlib.contextmanager
def meanwhile(dsn: str, statement: str) -> Iterator[int]:
    """Run a statement in a session and a thread of its own; its process's id."""
    with psycopg.connect(dsn, autocommit=True) as conn:

        def work() -> None:
            with contextlib.suppress(psycopg.Error):
                conn.execute(statement.encode())

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield conn.info.backend_pid
        finally:
            with psycopg.connect(dsn, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [conn.info.backend_pid])
            thread.join()


def test_idle_in_a_transaction(ground: Database) -> None:
    dsn = ground.admin_dsn
    with psycopg.connect(dsn) as conn:
        conn.execute("SELECT 1")
        found = eventually(lambda: named(look(dsn, idle_transaction_s=0.1), "idle-in-transaction"))
        assert [each.object for each in found] == [f"process {conn.info.backend_pid} (postgres)"]
        assert named(look(dsn), "idle-in-transaction") == []
        run(dsn, found[0].remedy[0])
        with pytest.raises(psycopg.OperationalError):
            conn.execute("SELECT 1")
    assert named(look(dsn, idle_transaction_s=0.0), "idle-in-transaction") == []


def test_a_long_transaction(ground: Database) -> None:
    dsn = ground.admin_dsn
    with meanwhile(dsn, "SELECT pg_sleep(60)") as pid:
        limits: dict[str, Any] = {"long_transaction_s": 0.1}
        found = eventually(lambda: named(look(dsn, **limits), "long-transaction"))
        assert [each.object for each in found] == [f"process {pid} (postgres)"]
        assert found[0].facts["query"] == "SELECT pg_sleep(60)"
        run(dsn, *found[0].remedy)
        eventually(lambda: not named(look(dsn, **limits), "long-transaction"))


def test_who_waits_on_whom(ground: Database) -> None:
    """One holds a row's table, a second wants it alone, a third waits behind the second."""
    dsn = ground.admin_dsn
    with contextlib.closing(psycopg.connect(dsn)) as first:
        first.execute("LOCK TABLE people IN ROW EXCLUSIVE MODE")
        with meanwhile(dsn, "BEGIN; LOCK TABLE people IN ACCESS EXCLUSIVE MODE; COMMIT") as second:
            pass_by = "SELECT FROM people"
            eventually(lambda: look(dsn, blocked_s=0.0).waiting)
            with meanwhile(dsn, pass_by) as third:
                (tree,) = eventually(
                    lambda: [
                        t for t in look(dsn).waiting if t["held_up"] and t["held_up"][0]["held_up"]
                    ]
                )
                assert tree["pid"] == first.info.backend_pid
                assert [each["pid"] for each in tree["held_up"]] == [second]
                assert tree["held_up"][0]["waits_for"] == "people"
                (last,) = tree["held_up"][0]["held_up"]
                assert (last["pid"], last["query"]) == (third, pass_by)

                (found,) = eventually(lambda: named(look(dsn, blocked_s=0.1), "blocked"))
                assert found.severity == "urgent"
                assert found.object == f"process {first.info.backend_pid} (postgres)"
                assert "2 wait for it, which is idle in a transaction" in found.what
                run(dsn, *found.remedy)
                eventually(lambda: not look(dsn).waiting)


def test_a_pool_that_is_used_up(ground: Database) -> None:
    with pooler.running(ground, servers=1) as made:
        url = f"postgresql://nobody@127.0.0.1:{made.port}/pgbouncer"
        with psycopg.connect(made.dsn("login"), prepare_threshold=None) as holder:
            holder.execute("SELECT 1")  # the one connection is its own until it ends
            waiting = threading.Thread(target=_ask, args=(made.dsn("login"),))
            waiting.start()

            def exhausted() -> list[object]:
                found = look(ground.admin_dsn, settings_={"pgbouncer_url": url}, blocked_s=0.1)
                assert [u for u in found.unjudged if u.what == "the pooler"] == []
                assert found.pools
                return list(named(found, "pool-exhausted"))

            (finding,) = eventually(exhausted)
            assert "1 clients wait for a connection" in str(finding)
        waiting.join()
        assert exhausted() == []
    gone = look(ground.admin_dsn, settings_={"pgbouncer_url": url})
    assert [each.remedy for each in gone.unjudged if each.what == "the pooler"] == [
        "correct PGBOUNCER_URL"
    ]


def _ask(dsn: str) -> None:
    with psycopg.connect(dsn, prepare_threshold=None) as conn:
        conn.execute("SELECT 1")
