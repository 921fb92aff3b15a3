"""What the tests of the embedded server share: homes that clean up, and other processes."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg

from neonhub.db._lease import alive
from neonhub.db.embedded import EmbeddedServer, ServerInfo
from tests import places

SOURCE = Path(__file__).parents[2] / "src"

# A process that uses the server: acquires, says what it got, and leaves when its stdin ends.
USER = """
import signal
import sys
from pathlib import Path
# A shell starts what it puts in the background with Ctrl-C ignored, and that is passed on.
signal.signal(signal.SIGINT, signal.default_int_handler)
from neonhub.db.embedded import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]), notify=lambda message: None)
info = server.acquire()
print(info.pid, info.started, info.initialised, info.recovered, flush=True)
sys.stdin.read()
"""


class User:
    """Another process; it acquires the server of ``home`` when it is made."""

    def __init__(self, home: Path, script: str = USER, **options: Any):
        self.process = subprocess.Popen(
            [sys.executable, "-c", script, str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(SOURCE)},
            **options,
        )

    def ready(self) -> list[str]:
        """Wait for its line: pid, started, initialised, recovered."""
        assert self.process.stdout is not None
        line: list[str] = self.process.stdout.readline().split()
        if not line:
            assert self.process.stderr is not None
            said = self.process.stderr.read()
            raise AssertionError(f"the process ended before it had the server: {said}")
        return line

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._close()

    def leave(self) -> int:
        """Let it end by itself; its exit code."""
        if self.process.stdin is not None and not self.process.stdin.closed:
            self.process.stdin.close()
        code = self.process.wait(30)
        self._close()
        return code

    def _close(self) -> None:
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


@contextlib.contextmanager
def users(home: Path, count: int, **options: Any) -> Iterator[list[User]]:
    """So many processes at once; whatever happens, none is left."""
    made = [User(home, **options) for _ in range(count)]
    try:
        yield made
    finally:
        for user in made:
            user.kill()


@contextlib.contextmanager
def cleaned(home: Path) -> Iterator[Path]:
    """A home whose server is stopped in the end, whatever the test did to it."""
    try:
        yield home
    finally:
        with contextlib.suppress(OSError):
            EmbeddedServer(home).stop()


@contextlib.contextmanager
def nothing() -> Iterator[Path]:
    """A home that is not there yet. Not in pytest's folders: every run that begins closes those to
    other accounts, and the server's is another."""
    folder = places.new()
    with cleaned(folder / "home") as home:
        yield home
    shutil.rmtree(folder, ignore_errors=True)


@functools.cache
def prepared_home() -> Path:
    """A home that was initialised, and whose server is stopped; once a run."""
    home = places.kept("prepared")
    with cleaned(home), EmbeddedServer(home):
        pass
    return home


def copy_home(prepared: Path, home: Path, *, owner: int | None = None) -> Path:
    """A home with the data of ``prepared``, in a fifth of the time that initdb takes."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", str(prepared / "data"), str(home / "data")], check=True)
    shutil.copy2(prepared / "credentials", home / "credentials")
    if owner is not None:
        subprocess.run(["chown", "-R", f"{owner}:{owner}", str(home)], check=True)
    return home


def query(info: ServerInfo, sql: str, *, dbname: str = "postgres") -> Any:
    """The first column of the first row of a statement run as the superuser."""
    dsn = info.dsn(role="postgres", dbname=dbname)
    with psycopg.connect(dsn, autocommit=True, connect_timeout=10) as connection:
        cursor = connection.execute(sql.encode())
        row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> bool:
    """Whether ``condition`` comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def processes_of(data: Path) -> list[int]:
    """The live processes that have ``data`` as their working directory: server and backends."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (entry / "cwd").readlink() == data and alive(int(entry.name)):
                found.append(int(entry.name))
    return found
