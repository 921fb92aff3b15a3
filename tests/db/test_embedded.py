"""The embedded server's life: made, shared, left, ended. Real servers, real processes."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from neonhub.db import _postmaster
from neonhub.db._lease import alive
from neonhub.db.embedded import EmbeddedServer, PortInUse, ServerInfo
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


def test_an_empty_directory_becomes_a_server_set_for_its_work() -> None:
    with nothing() as folder, cleaned(folder / "a" / "b") as home:
        server = EmbeddedServer(home)
        with server as info:
            assert (info.initialised, info.started, info.recovered) == (True, True, False)
            assert info.timings.keys() == {"initdb", "sync", "start", "wait", "total"}
            shown = {
                name: query(info, f"SHOW {name}")
                for name in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums")
            }
            assert set(shown.values()) == {"on"}
            assert query(info, "SHOW listen_addresses") == "127.0.0.1"
            assert query(info, "SHOW random_page_cost") == "1.1"
            assert query(info, "SHOW timezone") == "UTC"
            assert query(info, "SHOW server_encoding") == "UTF8"
            megabytes = query(
                info, "SELECT setting::int / 128 FROM pg_settings WHERE name = 'shared_buffers'"
            )
            assert 128 <= megabytes <= 1024
            assert query(info, "SELECT count(*) FROM pg_file_settings WHERE error IS NOT NULL") == 0
            assert query(info, "SELECT lower('ÄÖ') || upper('é')") == "äöÉ"
        assert not alive(info.pid)
        assert processes_of(info.data_dir) == []
        assert not server.status().running


def test_nothing_of_it_is_open_to_others(home: Path) -> None:
    server = EmbeddedServer(home)
    with server as info:
        password = server.secret()
        modes = {
            path.name: stat.S_IMODE(path.stat().st_mode)
            for path in (info.data_dir, info.socket_dir, home / "credentials", home / "log")
        }
        assert modes == {"data": 0o700, "run": 0o700, "credentials": 0o600, "log": 0o700}
        assert home.stat().st_mode & 0o007 == 0
        query(info, f"CREATE ROLE guest LOGIN PASSWORD '{password}'")
        dsn = info.dsn(role="guest", dbname="postgres", password=password, tcp=True)
        with psycopg.connect(dsn) as connection:
            assert connection.info.host == "127.0.0.1"
        for role, wrong in (("guest", "wrong"), ("guest", ""), ("postgres", password)):
            dsn = info.dsn(role=role, dbname="postgres", password=wrong, tcp=True)
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(dsn)
    assert len(password) >= 32
    assert EmbeddedServer(home).secret() == password


def test_data_and_own_settings_outlast_the_server(home: Path) -> None:
    with EmbeddedServer(home) as info:
        query(info, "CREATE TABLE kept AS SELECT 42 AS n")
        (info.data_dir / "postgresql.local.conf").write_text("work_mem = '7MB'\n")
        (info.data_dir / "neonhub.conf").write_text("an older version wrote this\n")
    with EmbeddedServer(home) as again:
        assert (again.initialised, again.started, again.recovered) == (False, True, False)
        assert query(again, "SELECT n FROM kept") == 42
        assert query(again, "SHOW work_mem") == "7MB"
        assert query(again, "SHOW jit") == "off"


def test_the_last_to_leave_stops_it(home: Path) -> None:
    server = EmbeddedServer(home)
    first = server.acquire()
    with users(home, 1) as (other,):
        assert other.ready()[:2] == [str(first.pid), "False"]
        assert set(server.status().users) == {os.getpid(), other.process.pid}
        server.release()
        server.release()
        assert alive(first.pid)
        assert query(first, "SELECT 1") == 1
        assert other.leave() == 0  # it never releases: the end of its process does
    assert not alive(first.pid)
    assert EmbeddedServer(home).status().users == ()


def test_two_holds_in_one_process_count_twice(home: Path) -> None:
    one, two = EmbeddedServer(home), EmbeddedServer(home)
    with one as info:
        with two as same:
            assert same.pid == info.pid
        assert alive(info.pid)
    assert not alive(info.pid)


def test_many_starting_at_once_on_nothing_make_one_server() -> None:
    with nothing() as home, users(home, 5) as others:
        said = [user.ready() for user in others]
        assert len({line[0] for line in said}) == 1
        assert sorted(line[1] for line in said) == ["False"] * 4 + ["True"]
        assert sorted(line[2] for line in said) == ["False"] * 4 + ["True"]
        assert {p.name for p in home.glob("data*")} == {"data"}
        assert all(user.leave() == 0 for user in others)
        assert not alive(int(said[0][0]))


def test_a_killed_user_neither_stops_nor_keeps_it(home: Path) -> None:
    with users(home, 3) as (starter, second, third):
        pid = int(starter.ready()[0])
        second.ready(), third.ready()
        starter.kill()
        second.kill()
        assert alive(pid)
        assert EmbeddedServer(home).status().users == (third.process.pid,)
        assert third.leave() == 0
        assert not alive(pid)


def test_when_all_users_are_killed_it_ends_by_itself(home: Path) -> None:
    with users(home, 2) as both:
        pid = int(next(iter([user.ready() for user in both]))[0])
        assert wait_for(lambda: _watch_is_there(home))
    assert wait_for(lambda: not alive(pid))
    with EmbeddedServer(home) as info:
        assert info.started
        assert not info.recovered


def _watch_is_there(home: Path) -> bool:
    from neonhub.db._lease import watched

    return watched(str(home))


def test_the_watch_ends_with_the_server(home: Path) -> None:
    with EmbeddedServer(home):
        assert wait_for(lambda: _watch_is_there(home))
    assert wait_for(lambda: not _watch_is_there(home))


def test_a_forked_child_is_no_user(home: Path) -> None:
    script = """
import os, sys, time
from pathlib import Path
from neonhub.db.embedded import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]))
info = server.acquire()
child = os.fork()
if child == 0:
    server.release()  # not the child's to release
    time.sleep(60)
    os._exit(0)
print(info.pid, child, flush=True)
sys.stdin.read()
server.release()
print("released", server.status().running, flush=True)
os.kill(child, 9)
os.waitpid(child, 0)
"""
    user = User(home, script)
    try:
        pid = int(user.ready()[0])
        time.sleep(0.1)
        assert alive(pid)
        assert user.process.stdin is not None
        user.process.stdin.close()
        assert user.ready() == ["released", "False"]
        assert user.leave() == 0
    finally:
        user.kill()


def test_control_c_in_the_terminal_does_not_reach_it(home: Path) -> None:
    with users(home, 1, start_new_session=True) as (starter,):
        pid = int(starter.ready()[0])
        with EmbeddedServer(home) as info:
            os.killpg(starter.process.pid, signal.SIGINT)
            starter.process.wait(10)
            time.sleep(0.05)
            assert info.pid == pid
            assert query(info, "SELECT 1") == 1


def test_a_taken_default_port_is_stepped_over_and_said(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as squatter:
        taken = squatter.getsockname()[1]
        monkeypatch.setattr(_postmaster, "DEFAULT_PORT", taken)
        said: list[str] = []
        with EmbeddedServer(home, notify=said.append) as info:
            assert info.port != taken
            assert query(info, "SHOW port") == str(info.port)
            assert EmbeddedServer(home).status().port == info.port
        assert any(str(taken) in line and str(info.port) in line for line in said)


def test_a_port_asked_for_and_taken_is_refused(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as squatter:
        taken = squatter.getsockname()[1]
        server = EmbeddedServer(home, port=taken)
        with pytest.raises(PortInUse, match=rf"{taken}.*process {os.getpid()}"):
            server.acquire()
        assert server.status().users == ()
    with EmbeddedServer(home, port=taken) as info:
        assert info.port == taken


def test_a_long_odd_path_is_no_obstacle(prepared: Path, tmp_path: Path) -> None:
    home = tmp_path / 'Daten "für" alle, auch: 日本語' / ("x" * 80)
    with cleaned(copy_home(prepared, home)), EmbeddedServer(home) as info:
        assert home not in info.socket_dir.parents
        assert stat.S_IMODE(info.socket_dir.stat().st_mode) == 0o700
        assert query(info, "SELECT 1") == 1
        assert EmbeddedServer(home).status().socket_dir == info.socket_dir
    info.socket_dir.rmdir()  # outside the home, so the test takes it away; it is empty by now


async def test_it_is_an_async_context_manager_too(home: Path) -> None:
    async with EmbeddedServer(home) as info:
        assert alive(info.pid)
    assert not alive(info.pid)


def test_the_log_stays_bounded(home: Path) -> None:
    log = home / "log" / "postgres.log"
    log.parent.mkdir(exist_ok=True)
    log.write_bytes(b"x" * 6_000_000)
    with EmbeddedServer(home):
        assert log.stat().st_size < 100_000
        assert (home / "log" / "postgres.log.1").stat().st_size == 6_000_000


def test_addresses_keep_what_libpq_would_misread() -> None:
    info = ServerInfo(Path("/d"), Path("/run/a b"), 5, 1)
    assert info.dsn(role="r@1") == "postgresql://r%401@/neonhub?host=/run/a%20b&port=5"
    dsn = info.dsn(role="r", dbname="d/e", password="p:@/", tcp=True)
    assert dsn == "postgresql://r:p%3A%40%2F@127.0.0.1:5/d%2Fe"
