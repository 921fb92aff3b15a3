"""A database backed up, restored and compared, beside plain ``pg_dump | pg_restore``.

The peer pipes PostgreSQL's custom format from one database into another, and knows nothing of
whether what arrived is what was there. Ours is on the disk in between, with its checksums, and
every table of the restored database is compared.
"""

from __future__ import annotations

import datetime as dt
import itertools
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.harness import Figure, Mark, NotMeasured, interleaved, platform
from benchmarks.tenants import connect

if TYPE_CHECKING:
    from benchmarks.harness import Contestant
    from neonhub.db._pg_programs import Programs

# Two jobs instead of one pay for checksums taken twice, and for the disk between.
MARK = Mark(1.5)
OURS, DRILL, PEER = (
    "db backup, then db restore",
    "db backup, then db verify",
    "pg_dump | pg_restore",
)
_numbers = itertools.count(1)


def _piped(programs: Programs, dsn: str, target: str) -> None:
    dump = [programs["pg_dump"], "--format=custom", "--compress=gzip:1", "-d", dsn]
    restored = [programs["pg_restore"], "--exit-on-error", "-d", target]
    with subprocess.Popen(dump, stdout=subprocess.PIPE) as giving:
        subprocess.run(restored, stdin=giving.stdout, check=True)


def _contestants(dsn: str, folder: Path) -> dict[str, Contestant]:
    from psycopg.conninfo import make_conninfo

    from neonhub.db import _pg_programs
    from neonhub.ops.backup.restore import restore, verify
    from neonhub.ops.backup.take import backup

    programs = _pg_programs.find()

    def dropped(name: str) -> None:
        with connect(dsn) as conn:
            conn.execute(f"DROP DATABASE {name}".encode())
            conn.execute("CHECKPOINT")

    async def ours() -> float:
        name = f"again_{next(_numbers)}"
        began = time.perf_counter()
        taken, _ = backup(dsn, folder, keep=1)
        restore(dsn, taken, into=name)
        took = time.perf_counter() - began
        dropped(name)
        return took

    async def drill() -> float:
        began = time.perf_counter()
        taken, _ = backup(dsn, folder, keep=1)
        if verify(dsn, taken).faults:
            raise NotMeasured("what was restored is not what was there")
        return time.perf_counter() - began

    async def peer() -> float:
        name = f"again_{next(_numbers)}"
        with connect(dsn) as conn:
            conn.execute(f"CREATE DATABASE {name} TEMPLATE template0 OWNER neonhub_owner".encode())
        target = make_conninfo(dsn, dbname=name)
        began = time.perf_counter()
        _piped(programs, dsn, target)
        took = time.perf_counter() - began
        dropped(name)
        return took

    return {OURS: ours, DRILL: drill, PEER: peer}


async def run(*, quick: bool) -> list[Figure]:
    """All three in turn, on a million rows."""
    from neonhub.ops.seeding.scale.load import load

    scale = 2 if quick else 65
    with platform() as under_test, tempfile.TemporaryDirectory() as folder:
        if under_test.ready.server is None:
            raise NotMeasured("the platform has no server of its own")
        dsn = under_test.ready.server.dsn(role="postgres", dbname="neonhub")
        load(dsn, scale, anchor=dt.datetime.now(dt.UTC).date())
        times = await interleaved(_contestants(dsn, Path(folder)), rounds=1 if quick else 2)
    return [
        Figure(
            f"{name}, {scale * 15_500:,} rows about",
            times[name].median,
            reference=times[PEER].median,
            beside="pg_dump | pg_restore",
            mark=MARK,
            spread=times[name].spread,
        )
        for name in (OURS, DRILL)
    ]
