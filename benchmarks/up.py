"""``neonhub up``: from an empty data directory to ready, and again with the data there.

The floors are what PostgreSQL's own programs take for the same in the same run: initialise, start,
and the whole schema as one script.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import re
import shutil
import signal
import socket
import statistics
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.harness import Figure, Mark, NotMeasured, Times, platform, temporary_home
from benchmarks.processes import environment, neonhub
from benchmarks.tenants import connect

if TYPE_CHECKING:
    from neonhub.db._embedded_home import Account
    from neonhub.db._pg_programs import Programs

COLD, WITH_DATA = Mark(3.0, of="value"), Mark(1.5, of="value")
_PATIENCE_S = 120.0


@dataclass
class Launch:
    """One ``neonhub up``: seconds to ready, and the lines that it wrote."""

    seconds: float
    said: list[str]

    def steps(self) -> Iterator[tuple[str, float]]:
        """What took how long, as it said itself, and what is left: the interpreter, the imports."""
        rest = self.seconds
        for line in self.said:
            if step := re.fullmatch(r"(.+?)(?:, port \d+)? \((?:.*, )?([\d.]+) s\)", line):
                yield step[1], float(step[2])
                rest -= float(step[2])
        yield "interpreter, imports, first answer", rest


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/api/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


async def launch(home: Path, where: Path) -> Launch:
    """Run ``neonhub up`` on ``home`` until it is ready, and end it as Ctrl-C does."""
    port = _free_port()
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *neonhub("up"),
        env=environment(home, NEONHUB_PORT=str(port)),
        cwd=where,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said: list[str] = []
    assert process.stdout is not None
    listening = asyncio.create_task(_listen(process.stdout, said))
    try:
        while not await asyncio.to_thread(_is_ready, port):
            if process.returncode is not None or time.perf_counter() - began > _PATIENCE_S:
                await asyncio.sleep(0.1)
                tail = " / ".join(said[-6:])
                raise NotMeasured(f"`neonhub up` did not become ready: {tail}")
            await asyncio.sleep(0.003)
        return Launch(time.perf_counter() - began, said)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.wait(), 60)
        await listening


async def _listen(stream: asyncio.StreamReader, said: list[str]) -> None:
    while line := await stream.readline():
        said.append(line.decode().strip())


# -- floors --------------------------------------------------------------------------------


class Floors:
    """PostgreSQL's own programs on directories below ``root``, as the account that may run them."""

    def __init__(self, root: Path, programs: Programs, account: Account):
        self.root, self.programs, self.account = root, programs, account

    @classmethod
    def below(cls, root: Path) -> Floors:
        """Floors in ``root``, which the account is let into."""
        from neonhub.db import _embedded_home, _pg_programs

        account = _embedded_home.account_for(root)
        programs = _pg_programs.reachable(_pg_programs.find(), account)
        root.chmod(0o755)
        _embedded_home.make_private(root / "floors", account)
        return cls(root / "floors", programs, account)

    def run(self, *command: str) -> float:
        """Seconds that a program took."""
        began = time.perf_counter()
        subprocess.run(
            command,
            check=True,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self.account.popen(),
        )
        return time.perf_counter() - began

    def initialise(self) -> float:
        """``initdb`` alone, its files left to the system to write."""
        shutil.rmtree(self.root / "data", ignore_errors=True)
        flags = ["-U", "postgres", "-A", "trust", "--no-sync", "--no-instructions"]
        return self.run(self.programs["initdb"], "-D", str(self.root / "data"), *flags)

    def copy(self) -> float:
        """A prepared directory, copied."""
        shutil.rmtree(self.root / "copied", ignore_errors=True)
        return self.run("cp", "-a", str(self.root / "data"), str(self.root / "copied"))

    def start_by_pg_ctl(self) -> float:
        """``pg_ctl --wait start``."""
        pg_ctl, data = self.programs["pg_ctl"], str(self.root / "data")
        log, options = str(self.root / "log"), f"-p {_free_port()} -k {self.root} -h ''"
        took = self.run(pg_ctl, "-D", data, "-w", "-l", log, "-o", options, "start")
        self.run(pg_ctl, "-D", data, "-w", "-m", "fast", "stop")
        return took

    def start_directly(self) -> float:
        """The server itself, until its pid file says that it is ready."""
        data = self.root / "data"
        began = time.perf_counter()
        process = subprocess.Popen(
            [
                *(self.programs["postgres"], "-D", str(data), "-p", str(_free_port())),
                *("-k", str(self.root), "-h", ""),
            ],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self.account.popen(),
        )
        try:
            while not self._says_ready(data / "postmaster.pid"):
                if process.poll() is not None:
                    raise NotMeasured("PostgreSQL did not start")
                time.sleep(0.001)
            return time.perf_counter() - began
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()

    @staticmethod
    def _says_ready(pidfile: Path) -> bool:
        with contextlib.suppress(FileNotFoundError):
            return pidfile.read_text().rstrip().endswith("ready")
        return False


def _schema_script(rounds: int) -> Times:
    """The whole schema, as ``pg_dump`` writes it, run as one script in an empty database."""
    from neonhub.db import _pg_programs

    times = Times()
    with platform() as under_test, connect(under_test.ready.admin_dsn) as admin:
        dump = [_pg_programs.find()["pg_dump"], "--schema-only", under_test.ready.admin_dsn]
        text = subprocess.run(dump, capture_output=True, text=True, check=True).stdout
        script = "\n".join(line for line in text.splitlines() if not line.startswith("\\"))
        where = under_test.ready.admin_dsn.replace("/neonhub?", "/bench_schema?")
        for _ in range(rounds):
            admin.execute("CREATE DATABASE bench_schema TEMPLATE template0")
            with connect(where) as conn:
                began = time.perf_counter()
                conn.execute(script.encode())
                times.runs.append(time.perf_counter() - began)
            admin.execute("DROP DATABASE bench_schema")
    return times


def measure_floors(rounds: int) -> dict[str, float]:
    """Medians, in seconds."""
    found: dict[str, list[float]] = defaultdict(list)
    with temporary_home() as root:
        floors = Floors.below(root)
        kinds: dict[str, Callable[[], float]] = {
            "initdb": floors.initialise,
            "copy of a prepared directory": floors.copy,
            "start by pg_ctl": floors.start_by_pg_ctl,
            "start directly": floors.start_directly,
        }
        for _ in range(rounds):
            for name, once in kinds.items():
                found[name].append(once())
    found["the schema as one script"] = _schema_script(rounds).runs
    return {name: statistics.median(runs) for name, runs in found.items()}


# -- the benchmark -------------------------------------------------------------------------


def _where_time_goes(launches: list[Launch]) -> str:
    steps: dict[str, list[float]] = defaultdict(list)
    for each in launches:
        for name, seconds in each.steps():
            steps[name].append(seconds)
    shown = (f"{name} {statistics.median(took):.2f} s" for name, took in steps.items())
    return "; ".join(shown)


async def run(*, quick: bool) -> list[Figure]:
    """Cold and with data, in turn, and the floors."""
    rounds = 1 if quick else 5
    cold: list[Launch] = []
    again: list[Launch] = []
    for _ in range(rounds):
        with temporary_home() as root:
            cold.append(await launch(root / "home", root))
            again.append(await launch(root / "home", root))
    floors = await asyncio.to_thread(measure_floors, rounds)
    least = floors["initdb"] + floors["start directly"] + floors["the schema as one script"]
    starts = {
        "cold": (cold, COLD, least),
        "with data": (again, WITH_DATA, floors["start directly"]),
    }
    figures = []
    for name, (launches, mark, floor) in starts.items():
        times = Times([each.seconds for each in launches])
        figures.append(
            Figure(
                f"up, {name}",
                times.median,
                reference=floor,
                beside="floor",
                mark=mark,
                spread=times.spread,
                note=_where_time_goes(launches),
            )
        )
    return figures + [Figure(f"floor: {name}", took) for name, took in floors.items()]
