"""``neonhub`` in a process that is forked, not started: what it imports is there already.

One process, kept through a run of tests, has imported what commands import, and forks for each of
them: a process of its own, with its own words, environment, folder and pipes. It ends as Python
ends, threads waited for, ``atexit`` run and all flushed, but for modules, which are not taken down.
What this cannot show is left to tests that start the program: that it starts quickly and imports
little, what signals and closed outputs do to it, that ``python -m`` and the script lead to it.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import io
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, NoReturn

from neonhub.cli.commands import GROUPS, module_of

# What commands import late. Not OpenTelemetry, whose import changes what is traced.
LATE = """
    neonhub.checks._passwords neonhub.cli._hits neonhub.cli._watch neonhub.cli.errors
    neonhub.cli.jsonable neonhub.cli.lazy neonhub.cli.passages neonhub.db._pg_programs
    neonhub.db.embedded neonhub.db.pools neonhub.db.tenancy neonhub.domains.knowledge.answering
    neonhub.domains.knowledge.jobs neonhub.domains.knowledge.workspace neonhub.embedding.english
    neonhub.embedding.lexical neonhub.embedding.wire neonhub.hub neonhub.ops.backup.kept
    neonhub.ops.bootstrap neonhub.ops.drift.compare neonhub.ops.hold neonhub.ops.isolation
    neonhub.ops.maintain.work neonhub.ops.migrate neonhub.ops.psql neonhub.ops.records
    neonhub.ops.role_proof neonhub.ops.scripts neonhub.ops.seed neonhub.ops.server
    neonhub.ops.state neonhub.ops.status neonhub.ops.telemetry.traces neonhub.ops.vectors.status
    neonhub.schema neonhub.settings neonhub.settings_quick
    alembic.command numpy.typing orjson psutil rich.progress rich.table typer._click.decorators
""".split()
# Python, C libraries and imports read these: a command with others is started, not forked.
AT_START = (
    "HOME", "LANG", "LC_", "LD_", "MALLOC_", "NPY_", "NUMPY_", "OMP_", "OPENBLAS_", "OPENSSL_",
    "PSUTIL_", "PSYCOPG_", "PYDANTIC_", "PYTHON", "SQLALCHEMY_", "TYPER_", "TZ", "_PYTHON",
)  # fmt: skip
UNFELT = {"PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}  # commands do not get them


def run(
    *words: str, environment: dict[str, str], timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, where this process stands, with these and no other variables."""
    if sys.platform != "linux" or _at_start(environment) != (runner := _runner()).at_start:
        command = [sys.executable, "-m", "neonhub.cli.main", *words]
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=environment,
            timeout=timeout,
            check=False,
        )
    return runner.run(words, environment, timeout)


def close() -> None:
    """End the process that forks; the next command would start another."""
    if _runner.cache_info().currsize:
        _runner().close()
        _runner.cache_clear()


def _at_start(environment: dict[str, str]) -> dict[str, str]:
    names = {name for name in environment if name.startswith(AT_START)} - UNFELT
    return {name: environment[name] for name in names}


@functools.cache
def _runner() -> Runner:
    return Runner()


class Runner:
    """The tests' side: one command at a time."""

    def __init__(self) -> None:
        inherited = {k: v for k, v in os.environ.items() if k not in UNFELT}
        self.at_start = _at_start(inherited)
        self._lock = threading.Lock()
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                cwd=Path(__file__).parents[2],  # from where this module can be imported
                env=inherited | {"OPENBLAS_NUM_THREADS": "1"},  # a fork copies one thread
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,  # what a command has, so that its streams are made alike
                stderr=subprocess.PIPE,
            )

    def run(
        self, words: tuple[str, ...], environment: dict[str, str], timeout: float
    ) -> subprocess.CompletedProcess[str]:
        asked = {"words": words, "environment": environment, "folder": str(Path.cwd())}
        with self._lock:
            (output, to_output), (errors, to_errors) = os.pipe(), os.pipe()
            socket.send_fds(self._channel, [json.dumps(asked).encode()], [to_output, to_errors])
            os.close(to_output)
            os.close(to_errors)
            pid = self._told()
            try:
                read = _read_both(output, errors, timeout)
            except subprocess.TimeoutExpired:
                os.kill(pid, signal.SIGKILL)
                raise
            finally:
                os.close(output)
                os.close(errors)
                code = self._told()
        return subprocess.CompletedProcess(words, code, *read)

    def _told(self) -> int:
        if not (told := self._channel.recv(32)):
            raise RuntimeError(f"No more commands: {self._process.communicate()[1].decode()}")
        return int(told)

    def close(self) -> None:
        self._channel.close()
        self._process.communicate()


def _read_both(output: int, errors: int, timeout: float) -> tuple[str, str]:
    deadline = time.monotonic() + timeout
    read = {output: bytearray(), errors: bytearray()}
    with selectors.DefaultSelector() as waiting:
        for fd in read:
            waiting.register(fd, selectors.EVENT_READ)
        while waiting.get_map():
            ready = waiting.select(deadline - time.monotonic())
            if not ready:
                raise subprocess.TimeoutExpired("neonhub", timeout, bytes(read[output]))
            for key, _ in ready:
                if got := os.read(key.fd, 1 << 16):
                    read[key.fd] += got
                else:
                    waiting.unregister(key.fd)
    said, complained = (io.TextIOWrapper(io.BytesIO(each)).read() for each in read.values())
    return said, complained


def _preload() -> None:
    """Import what commands import, and see that it stays true of commands that fork later."""
    commands = (module_of(name, each.name) for name in GROUPS for each in GROUPS[name].entries)
    asked = set()
    read = os._Environ.__getitem__

    def recorded(self: os._Environ[str], name: str) -> str:
        asked.add(name)
        return read(self, name)

    os._Environ.__getitem__ = recorded  # type: ignore[assignment, method-assign]
    for name in ("neonhub.cli.main", *commands, *LATE):
        importlib.import_module(name)
    os._Environ.__getitem__ = read  # type: ignore[method-assign]
    if others := [name for name in asked if not name.startswith(AT_START)]:
        raise RuntimeError(f"An import reads {others} of the environment: add it to AT_START.")
    if len(list(Path("/proc/self/task").iterdir())) > 1:
        raise RuntimeError("An import starts a thread, which a fork would not have.")
    gc.collect()
    gc.freeze()  # looking through what all share would copy it


def _fork_for_each(channel: socket.socket) -> None:
    """Fork for each command that is asked for, and return in its process only."""
    while True:
        message, outputs, _, _ = socket.recv_fds(channel, 1 << 20, 2)
        if not message:
            sys.exit()
        if (pid := os.fork()) == 0:
            channel.close()
            return _become(json.loads(message), outputs)
        for fd in outputs:
            os.close(fd)
        channel.send(b"%d" % pid)
        _, status = os.waitpid(pid, 0)
        channel.send(b"%d" % os.waitstatus_to_exitcode(status))


def _become(asked: dict[str, Any], outputs: list[int]) -> None:
    for number, fd in enumerate(outputs, start=1):
        os.dup2(fd, number)
        os.close(fd)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = ["neonhub", *asked["words"]]


def _end(code: int) -> NoReturn:
    """End as Python does, but leave the modules be: taking them down copies all that is shared."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    gc.collect()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


if __name__ == "__main__":
    _preload()
    _fork_for_each(socket.socket(fileno=int(sys.argv[1])))
    _end(importlib.import_module("neonhub.cli.main").main())
