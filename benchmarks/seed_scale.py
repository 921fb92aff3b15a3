"""``neonhub db seed --scale``: rows made and copied, beside COPY of the same rows, ready made.

The raw peer holds all blocks as bytes before its clock starts, and copies them in the same order,
into the same tables, in one transaction too.
"""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING

from benchmarks.harness import Figure, Mark, NotMeasured, interleaved, platform
from benchmarks.tenants import connect
from neonhub.ops.seeding.scale.load import STREAMS, load, remove
from neonhub.ops.seeding.scale.stream import Clock
from neonhub.ops.seeding.scale.tenants import tenants_of

if TYPE_CHECKING:
    from benchmarks.harness import Contestant

# At no less than half the speed: at most twice the time.
TWICE = Mark(2.0)
OURS, RAW = "neonhub db seed --scale", "COPY of the same rows"


def _contestants(dsn: str, scale: int) -> dict[str, Contestant]:
    anchor = dt.datetime.now(dt.UTC).date()
    clock, tenants = Clock(anchor), tenants_of(scale)
    ready = [
        (stream.copy_sql(), [block for _, block in stream.blocks(tenants, clock)])
        for stream in STREAMS
    ]

    def emptied() -> None:
        remove(dsn)
        with connect(dsn) as conn:
            conn.execute("VACUUM")
            conn.execute("CHECKPOINT")

    async def ours() -> float:
        emptied()
        began = time.perf_counter()
        load(dsn, scale, anchor=anchor)
        return time.perf_counter() - began

    async def raw() -> float:
        emptied()
        began = time.perf_counter()
        with connect(dsn) as conn, conn.transaction(), conn.cursor() as cursor:
            for statement, blocks in ready:
                with cursor.copy(statement.encode()) as copy:
                    for block in blocks:
                        copy.write(block)
        return time.perf_counter() - began

    return {OURS: ours, RAW: raw}


async def run(*, quick: bool) -> list[Figure]:
    """Both in turn."""
    scale = 2 if quick else 20
    with platform() as under_test:
        if under_test.ready.server is None:
            raise NotMeasured("the platform has no server of its own")
        dsn = under_test.ready.server.dsn(role="postgres", dbname="neonhub")
        contestants = _contestants(dsn, scale)
        times = await interleaved(contestants, rounds=2 if quick else 5)
    ours, raw = times[OURS], times[RAW]
    return [
        Figure(
            f"seed_scale: {scale} units, {scale * 15_500:,} rows about",
            ours.median,
            reference=raw.median,
            beside="COPY",
            mark=TWICE,
            spread=ours.spread,
        )
    ]
