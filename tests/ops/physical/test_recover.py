"""A server taken back to a moment: the row that was dropped is there, what came after is not."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from neonhub.db.embedded import EmbeddedServer
from neonhub.db.errors import InvalidInput, PermissionDenied
from neonhub.ops.physical.archive import ArchiveFailed, archive_off, archive_on, archive_status
from neonhub.ops.physical.base import (
    MayNotReplicate,
    NoBaseBackup,
    NotSummarized,
    basebackup,
    bases,
    start_of,
)
from neonhub.ops.physical.recover import RecoveryFailed, recover
from neonhub.ops.records import last
from neonhub.ops.telemetry.figures import look
from tests import places
from tests.cli import homes
from tests.cli.homes import Home

pytestmark = pytest.mark.slow


@pytest.fixture
def place() -> Iterator[Path]:
    path = places.new("physical")
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def run(home: Home, statement: str) -> dt.datetime:
    """Do something, and say when it was done."""
    with psycopg.connect(home.dsn(), autocommit=True) as conn:
        conn.execute(statement.encode())
        (now,) = conn.execute("SELECT clock_timestamp()").fetchone() or (None,)
    assert isinstance(now, dt.datetime)
    return now


def test_write_drop_and_recover_to_the_time_between(place: Path) -> None:
    with homes.made() as home:
        told = home.json("db", "archive", "on", "--to", str(place))
        assert told["on"] and told["last"] and not told["failing"]
        run(home, "CREATE TABLE precious (id int); INSERT INTO precious VALUES (1)")
        full = home.json("db", "basebackup", "--to", str(place))
        run(home, "INSERT INTO precious VALUES (2)")
        more = home.json("db", "basebackup", "--to", str(place), "--incremental")
        assert more["parent"] == full["name"] and more["size"] < full["size"] / 2
        then = run(home, "INSERT INTO precious VALUES (3)")
        run(home, "SELECT pg_sleep(0.05)")
        run(home, "DROP TABLE precious; SELECT pg_switch_wal()")
        home.run("db", "archive", "off")
        shown = home.json("db", "backups", str(place))["server"]
        assert [each["name"] for each in shown["bases"]] == [full["name"], more["name"]]

        into = place / "recovered"
        done = home.json(
            "db", "recover", str(place), "--to-time", then.isoformat(), "--into", str(into)
        )

    assert done["base"] == more["name"]
    server = EmbeddedServer(into, notify=lambda _line: None)
    with server as info, psycopg.connect(info.dsn(role="postgres")) as conn:
        assert conn.execute("SELECT id FROM precious ORDER BY 1").fetchall() == [(1,), (2,), (3,)]
        assert conn.execute("SHOW archive_command").fetchone() == ("(disabled)",)
        found = archive_status(info.dsn(role="postgres"))
        assert (found.on, found.restart) == (False, False)
    server.stop()


def test_rotation_leaves_what_recovery_from_the_newest_needs(place: Path) -> None:
    """An incremental one keeps what it was made from; the log goes to where the oldest begins."""
    with homes.made() as home:
        home.json("db", "archive", "on", "--to", str(place))
        run(home, "CREATE TABLE precious (id int)")
        first = home.json("db", "basebackup", "--to", str(place))
        run(home, "INSERT INTO precious VALUES (1); SELECT pg_switch_wal()")
        full = home.json("db", "basebackup", "--to", str(place), "--keep", "9")
        run(home, "INSERT INTO precious VALUES (2); SELECT pg_switch_wal()")
        before = [path.name for path in (place / "wal").iterdir() if len(path.name) == 24]
        more = home.json("db", "basebackup", "--to", str(place), "--incremental", "--keep", "1")
        run(home, "INSERT INTO precious VALUES (3); SELECT pg_switch_wal()")
        figures = asyncio.run(look(home.dsn())).values
        assert 0 <= figures["log_archive_age_seconds"] < 300
        assert figures["log_archive_failing"] == 0
        home.run("db", "archive", "off")
        with psycopg.connect(home.dsn()) as conn:
            found = last(conn, "basebackup", "good")

    assert found is not None and found.detail["name"] == more["name"]
    assert [each.name for each in bases(place)] == [full["name"], more["name"]]
    oldest = start_of(place / "base" / full["name"] / "data")
    left = [path.name for path in (place / "wal").iterdir() if len(path.name) == 24]
    assert any(name < oldest for name in before) and not any(name < oldest for name in left)
    assert first["name"] not in {path.name for path in (place / "base").iterdir()}
    # The log is not copied: what is not needed need not be readable, nor there.
    done = recover(place, None, place / "recovered")
    server = EmbeddedServer(Path(done.home), notify=lambda _line: None)
    with server as info, psycopg.connect(info.dsn(role="postgres")) as conn:
        assert conn.execute("SELECT id FROM precious ORDER BY 1").fetchall() == [(1,), (2,), (3,)]
    server.stop()


def test_what_cannot_be_done_is_told(place: Path) -> None:
    with homes.made() as home:
        dsn = home.dsn()
        with pytest.raises(NoBaseBackup):
            recover(place, dt.datetime.now(dt.UTC), place / "recovered")
        with pytest.raises(InvalidInput, match="there is no folder"):
            recover(place / "mistyped", None, place / "recovered")
        with pytest.raises(MayNotReplicate, match="neonhub_app may not copy"):
            basebackup(home.dsn("neonhub_app"), place)
        with pytest.raises(PermissionDenied) as caught:
            archive_status(home.dsn("neonhub_app"))
        assert "takes a superuser" in (caught.value.hint or "")
        with pytest.raises(NotSummarized):
            basebackup(dsn, place, incremental=True)
        base = basebackup(dsn, place)
        assert [each.name for each in bases(place)] == [base.name]

        # Nothing was archived since: the time is not within what there is.
        with pytest.raises(RecoveryFailed, match="recovery ended before configured"):
            recover(place, dt.datetime.now(dt.UTC), place / "recovered")
        assert not (place / "recovered").exists()

        refused = home.run("db", "archive", "on", "--to", str(place / "closed"))
        assert refused.returncode == 0, refused.stderr
        status = archive_status(home.dsn())
        assert status.on and status.failed == 0
        # A segment is never written over: whatever has its name, the server keeps its own.
        folder = place / "closed" / "wal"
        following = f"{int(str(status.last), 16) + 1:024X}"
        (folder / following).write_text("another's")
        with psycopg.connect(home.dsn(), autocommit=True) as conn:
            conn.execute("CREATE TABLE more (id int)")
            conn.execute("SELECT pg_switch_wal()")
        deadline = time.monotonic() + 20
        while not archive_status(home.dsn()).failing:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert (folder / following).read_text() == "another's"
        assert home.run("db", "archive", "status").returncode == 1
        assert not archive_off(home.dsn()).on
        (place / "shut").mkdir(mode=0o700)  # the test's own, where that is another account
        if os.geteuid() == 0:
            with pytest.raises(ArchiveFailed):
                archive_on(home.dsn(), place / "shut")
