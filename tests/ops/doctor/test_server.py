"""The server itself: a small one of the test's own, brought to each of its limits."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from neonhub.db import _pg_programs
from neonhub.db.embedded import EmbeddedServer
from tests.checks.open_server import OpenServer, listening
from tests.ops.doctor.looking import eventually, look, named, run

SMALL = {
    "shared_buffers": "'1MB'",
    "max_wal_size": "'32MB'",
    "min_wal_size": "'32MB'",
    "max_connections": "13",
    "max_prepared_transactions": "2",
    "autovacuum": "off",
    "fsync": "off",
}


class Small:
    """A server that can be started again with other settings."""

    def __init__(self, opened: OpenServer):
        self.opened = opened
        self.embedded = EmbeddedServer(opened.home, notify=lambda _line: None)

    def restart(self, **settings: str) -> None:
        self.embedded.stop()
        text = "".join(f"{name} = {value}\n" for name, value in (SMALL | settings).items())
        (self.opened.info.data_dir / "postgresql.local.conf").write_text(text, "utf-8")
        self.opened.info = self.embedded.acquire()

    @property
    def dsn(self) -> str:
        return self.opened.dsn()


@pytest.fixture(scope="module")
def small() -> Iterator[Small]:
    with listening() as opened:
        made = Small(opened)
        made.restart()
        try:
            yield made
        finally:
            made.embedded.release()


def test_the_cache_is_too_small(small: Small) -> None:
    limits: dict[str, Any] = {"cache_blocks": 1000}
    read = ["SELECT count(*) FROM large"] * 4
    run(
        small.dsn,
        "CREATE TABLE large AS SELECT n, repeat('x', 200) FROM generate_series(1, 50000) n",
    )
    run(small.dsn, "VACUUM large", "SELECT pg_stat_reset()", *read)
    (found,) = named(look(small.dsn, **limits), "cache-misses")
    assert "shared_buffers is 1 MB" in found.what
    assert "shared_buffers = '4MB'" in found.remedy[0]

    # As much as the remedy says, and twice more.
    small.restart(shared_buffers="'64MB'")
    run(small.dsn, *read[:1])
    run(small.dsn, "SELECT pg_stat_reset()", *read)
    cured = look(small.dsn, **limits)
    assert named(cured, "cache-misses") == []
    assert cured.figures["cache_hit"] > 0.95
    run(small.dsn, "DROP TABLE large")
    small.restart()


def test_sorts_that_go_to_the_disk(small: Small) -> None:
    sort = "SELECT count(*) FROM (SELECT n FROM generate_series(1, 200000) n ORDER BY -n) s"
    limits: dict[str, Any] = {"temp_bytes": 1_000_000}
    run(small.dsn, "ALTER DATABASE postgres SET work_mem = '64kB'", "SELECT pg_stat_reset()")
    run(small.dsn, sort)
    (found,) = named(look(small.dsn, **limits), "temporary-files")
    assert "work_mem is 64kB" in found.what
    run(small.dsn, *found.remedy, "SELECT pg_stat_reset()")
    run(small.dsn, "SET work_mem = '32MB'", "SHOW work_mem")
    with psycopg.connect(small.dsn) as conn:
        row = conn.execute("SHOW work_mem").fetchone()
    assert row is not None
    assert row[0] != "64kB"
    run(small.dsn, "ALTER DATABASE postgres SET work_mem = '64MB'", sort)
    run(small.dsn, "SELECT pg_stat_reset()", sort)
    assert named(look(small.dsn, **limits), "temporary-files") == []


def test_checkpoints_that_the_log_asks_for(small: Small) -> None:
    write = "SELECT count(pg_logical_emit_message(false, 'x', repeat('x', 1000000))) "
    write += "FROM generate_series(1, 120)"
    reset = "SELECT pg_stat_reset_shared()"
    run(small.dsn, reset, "CHECKPOINT", "CHECKPOINT", "CHECKPOINT", "CHECKPOINT")
    # Asked for by an operator: the log is not too short for that.
    assert named(look(small.dsn, checkpoints=3), "checkpoints-too-frequent") == []

    run(small.dsn, reset, write)
    (found,) = eventually(lambda: named(look(small.dsn, checkpoints=3), "checkpoints-too-frequent"))
    assert "max_wal_size is 32 MB" in found.what
    run(small.dsn, *found.remedy[0].split("; "), reset, write)
    assert named(look(small.dsn, checkpoints=3), "checkpoints-too-frequent") == []


def test_connections_are_used_up(small: Small) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(8):
            stack.enter_context(psycopg.connect(small.dsn))
        (found,) = named(look(small.dsn), "connections-used-up")
        assert found.what.startswith("9 of 10 are in use")
        assert found.facts == {"postgres": 9}
    eventually(lambda: not named(look(small.dsn), "connections-used-up"))


def test_a_prepared_transaction_that_nobody_ended(small: Small) -> None:
    run(small.dsn, "BEGIN", "CREATE TABLE held (n int)", "PREPARE TRANSACTION 'left'")
    (found,) = named(look(small.dsn, long_transaction_s=0.0), "prepared-transaction")
    assert (found.object, found.remedy) == ("left", ["ROLLBACK PREPARED 'left'"])
    with psycopg.connect(small.dsn, autocommit=True) as conn:
        conn.execute(found.remedy[0].encode())
    assert named(look(small.dsn, long_transaction_s=0.0), "prepared-transaction") == []


def test_a_slot_that_nobody_reads(small: Small) -> None:
    run(
        small.dsn,
        "SELECT pg_create_physical_replication_slot('forgotten', true)",
        "SELECT pg_logical_emit_message(false, 'x', repeat('x', 2000000))",
    )
    (found,) = named(look(small.dsn, slot_bytes=1_000_000), "slot-unread")
    assert (found.object, found.severity) == ("forgotten", "urgent")
    assert "it keeps" in found.what
    run(small.dsn, *found.remedy)
    assert named(look(small.dsn, slot_bytes=0), "slot-unread") == []


def test_a_replica_that_is_behind(small: Small) -> None:
    """A real receiver of the log that is stopped in its tracks."""
    small.opened.rules("local replication all trust")
    programs = _pg_programs.find()
    with tempfile.TemporaryDirectory() as folder:
        command = [programs["pg_receivewal"], "-D", folder, "-d", small.dsn, "--no-loop"]
        receiver = subprocess.Popen(
            command, stderr=subprocess.PIPE, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}
        )
        try:
            eventually(lambda: look(small.dsn).figures.get("replicas"))
            receiver.send_signal(signal.SIGSTOP)
            run(small.dsn, "SELECT pg_logical_emit_message(false, 'x', repeat('x', 9000000))")
            (found,) = eventually(
                lambda: named(look(small.dsn, lag_bytes=8_000_000), "replica-behind")
            )
            assert found.object == "pg_receivewal"
            assert "MB behind" in found.what
            receiver.send_signal(signal.SIGCONT)
            run(small.dsn, "SELECT pg_switch_wal()")
            eventually(lambda: not named(look(small.dsn, lag_bytes=8_000_000), "replica-behind"))
        finally:
            receiver.kill()
            receiver.communicate()
        assert Path(folder).is_dir()
