"""A million metric events, duplicates skipped, beside COPY that skips none and Prisma.

One in a hundred of ours is there already. The raw peer connects as the superuser, names no tenant
and copies as many events in binary straight into the table, all of them new: it can skip none.
Prisma's ``createMany`` inserts a tenth, one in a hundred of them there, in its own process and
past row-level security; only the time within ``createMany`` counts, and rates are compared.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import psycopg
from psycopg.types.json import Jsonb, set_json_dumps

from benchmarks import prisma_peer
from benchmarks.harness import Figure, Mark, Times, interleaved, platform
from benchmarks.tenants import Admin, connect, make_workspaces
from neonhub.db.ids import cuid
from neonhub.domains.analytics.service import NewEvent
from neonhub.hub import NeonHub
from neonhub.ops.bootstrap import Ready

if TYPE_CHECKING:
    from neonhub.db.tenancy import Tenant

COPY, PRISMA = Mark(1.7), Mark(10.0, at_least=True)
COLUMNS = {
    "workspace_id": "text",
    "id": "text",
    "kind": "text",
    "metadata": "jsonb",
    "timestamp": "timestamptz",
}
START = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
KINDS = ("page_view", "email_open", "email_click", "conversion")
THERE = 100
"""One event in so many is there already."""


def make_events(how_many: int) -> list[NewEvent]:
    """Events of one month, as an application would hand them over."""
    return [
        NewEvent(
            KINDS[n % len(KINDS)],
            {"campaign": f"c{n % 50}", "channel": "email", "value": n % 1000},
            START + dt.timedelta(seconds=n),
            cuid(),
        )
        for n in range(how_many)
    ]


def reset(admin: Admin, tenant: Tenant, there: list[NewEvent]) -> None:
    """Empty the table but for what is to be skipped."""
    admin.execute("TRUNCATE metric_events")
    _copy(admin, tenant, there)
    admin.execute("VACUUM (ANALYZE) metric_events")
    admin.execute("CHECKPOINT")


def _copy(admin: Admin, tenant: Tenant, events: list[NewEvent]) -> None:
    sql = f"COPY metric_events ({', '.join(COLUMNS)}) FROM STDIN"
    with admin.cursor().copy(sql.encode()) as copy:
        for kind, metadata, timestamp, event_id in events:
            copy.write_row((tenant.workspace_id, event_id, kind, Jsonb(metadata), timestamp))


async def through_copy(
    raw: psycopg.AsyncConnection[Any], tenant: Tenant, events: list[NewEvent]
) -> None:
    """What is measured against: bare binary COPY into the table."""
    sql = f"COPY metric_events ({', '.join(COLUMNS)}) FROM STDIN (FORMAT binary)"
    workspace_id = tenant.workspace_id
    async with raw.cursor() as cursor, cursor.copy(sql.encode()) as copy:
        copy.set_types(list(COLUMNS.values()))
        for kind, metadata, timestamp, event_id in events:
            await copy.write_row((workspace_id, event_id, kind, Jsonb(metadata), timestamp))


@contextlib.contextmanager
def as_lines(tenant: Tenant, events: list[NewEvent]) -> Iterator[Path]:
    """The events as JSON lines, for Prisma."""
    with tempfile.TemporaryDirectory(prefix="neonhub-bench-") as folder:
        path = Path(folder) / "events.jsonl"
        with path.open("wb") as file:
            for kind, metadata, timestamp, event_id in events:
                at = timestamp.isoformat(timespec="milliseconds") if timestamp else None
                line = {"workspace_id": tenant.workspace_id, "id": event_id, "kind": kind}
                file.write(orjson.dumps(line | {"metadata": metadata, "timestamp": at}) + b"\n")
        yield path


async def run(*, quick: bool) -> list[Figure]:
    """Both figures."""
    size, rounds = (20_000, 1) if quick else (1_000_000, 3)
    missing = await asyncio.to_thread(prisma_peer.available)
    with platform() as under_test, connect(under_test.ready.admin_dsn) as admin:
        tenant = make_workspaces(admin, 1)[0]
        ready, events = under_test.ready, make_events(size)
        there = events[::THERE]
        raw: psycopg.AsyncConnection[Any] = await psycopg.AsyncConnection.connect(
            ready.admin_dsn, autocommit=True
        )
        set_json_dumps(orjson.dumps, raw)
        pools = Ready(ready.app_dsn, ready.direct_app_dsn, ready.admin_dsn)
        async with NeonHub(under_test.settings, ready=pools) as hub, raw:

            async def ours() -> float:
                reset(admin, tenant, there)
                began = time.perf_counter()
                async with hub.workspace(tenant) as ws:
                    done = await ws.analytics.record_events(events)
                took = time.perf_counter() - began
                if done != (size - len(there), len(there)):
                    raise AssertionError(f"of {size} events: {done}")
                return took

            async def peer() -> float:
                reset(admin, tenant, [])
                began = time.perf_counter()
                await through_copy(raw, tenant, events)
                return time.perf_counter() - began

            times = await interleaved({"ours": ours, "peer": peer}, rounds=rounds)
        figures = [_beside_copy(times, size)]
        if missing is not None:
            return [*figures, Figure.missing("events beside Prisma", missing)]
        rate = await asyncio.to_thread(
            _prisma, ready.admin_dsn, admin, tenant, events[: max(size // 10, 10_000)], rounds
        )
    return [*figures, _beside_prisma(size / times["ours"].median, rate)]


def _prisma(dsn: str, admin: Admin, tenant: Tenant, events: list[NewEvent], rounds: int) -> float:
    """Events a second by ``createMany``, in the middle one of its rounds."""
    there = events[::THERE]
    rates = []
    with as_lines(tenant, events) as path, prisma_peer.Peer(dsn) as peer:
        for _ in range(rounds):
            reset(admin, tenant, there)
            done = peer.create_many(path)
            if (done.rows, done.inserted) != (len(events), len(events) - len(there)):
                raise AssertionError(f"Prisma: {done}")
            rates.append(done.rows / done.seconds)
    return statistics.median(rates)


def _beside_copy(times: dict[str, Times], size: int) -> Figure:
    return Figure(
        f"{size:,} events, 1 in {THERE} there",
        times["ours"].median,
        reference=times["peer"].median,
        beside="COPY",
        mark=COPY,
        spread=times["ours"].spread,
    )


def _beside_prisma(ours: float, rate: float) -> Figure:
    return Figure("events a second", ours, unit="/s", reference=rate, beside="Prisma", mark=PRISMA)
