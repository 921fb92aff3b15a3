"""The five query patterns as typed, tenant-scoped calls.

Beside raw psycopg running the same SQL prepared, as the superuser with no tenant and no row-level
security; beside the real Prisma client, past row-level security too; with row-level security
turned off for a while, in the same database and on the same connection: another database, even
another server process, differs by more than what is looked for; and with 1, 100 and 10,000
tenants in the tables.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

from psycopg.conninfo import make_conninfo

from benchmarks import prisma_peer
from benchmarks.harness import Figure, Mark, Times, interleaved, platform, say
from benchmarks.patterns.calls import PATTERNS, Call, connected, raw_call, task, typed
from benchmarks.patterns.rows import Ids, fill, ids_of
from benchmarks.tenants import Admin, connect

if TYPE_CHECKING:
    from benchmarks.harness import Platform
    from neonhub.hub import NeonHub

RAW, PRISMA, SECURED, FLAT = Mark(1.3), Mark(1.0), Mark(1.05), Mark(1.25)
Block = Callable[[], Awaitable[float]]


async def run(*, quick: bool) -> list[Figure]:
    """For each pattern: ours beside psycopg, Prisma, no row-level security, and fewer tenants."""
    sizes = (1, 10, 100) if quick else (1, 100, 10_000)
    calls, rounds = (20, 3) if quick else (100, 15)
    missing = await asyncio.to_thread(prisma_peer.available)
    with platform() as under_test:
        ids = await asyncio.to_thread(_databases, under_test, sizes)
        dsns = {name: _dsn(under_test.ready.app_dsn, name) for name in _names(sizes)}
        async with contextlib.AsyncExitStack() as stack:
            hubs = {
                name: await stack.enter_async_context(_hub(under_test, dsn))
                for name, dsn in dsns.items()
            }
            admin = stack.enter_context(connect(under_test.ready.admin_dsn))
            raw = await connected(under_test.ready.admin_dsn, ids)
            await stack.enter_async_context(raw)
            admin.execute("CHECKPOINT")
            peer = None
            if missing is None:
                peer = stack.enter_context(prisma_peer.Peer(under_test.ready.admin_dsn))
            figures: list[Figure] = []
            for name in PATTERNS:
                say(f"- {name}")
                blocks = _contestants(hubs, raw_call(raw, ids, name), ids, name, calls)
                blocks["open"] = _opened(admin, blocks["open"])
                if peer is not None:
                    blocks["prisma"] = _prisma(peer, ids, name, calls)
                await interleaved(blocks, rounds=1)
                figures += _figures(name, await interleaved(blocks, rounds=rounds), sizes)
            if missing is not None:
                figures.append(Figure.missing("patterns beside Prisma", missing))
            return figures


# -- the databases -------------------------------------------------------------------------


def _names(sizes: tuple[int, ...]) -> list[str]:
    """The database itself, with the most tenants; the smaller."""
    return ["", *(f"of_{size}" for size in sizes[:-1])]


def _dsn(dsn: str, name: str) -> str:
    return make_conninfo(dsn, dbname=f"bench_{name}") if name else dsn


def _databases(under_test: Platform, sizes: tuple[int, ...]) -> Ids:
    """Fill the database step by step, and keep a copy at each; the ids to ask for."""
    admin_dsn = under_test.ready.admin_dsn
    filled, ids = 0, None
    for size in sizes:
        say(f"- filling {size:,} tenants")
        with connect(admin_dsn) as admin:
            fill(admin, filled + 1, size)
            ids = ids or ids_of(admin)
        filled = size
        if size != sizes[-1]:
            _copy(admin_dsn, f"of_{size}")
    assert ids is not None
    return ids


def _copy(admin_dsn: str, name: str) -> None:
    from neonhub.ops.prepare import ensure_settings

    with connect(make_conninfo(admin_dsn, dbname="postgres")) as server:
        server.execute(
            f"CREATE DATABASE bench_{name} TEMPLATE neonhub STRATEGY FILE_COPY "
            "OWNER neonhub_owner".encode()
        )
    with connect(_dsn(admin_dsn, name)) as admin:
        ensure_settings(admin)
        admin.execute("VACUUM (ANALYZE)")  # hint bits and statistics as where it came from


@contextlib.asynccontextmanager
async def _hub(under_test: Platform, dsn: str) -> AsyncIterator[NeonHub]:
    from neonhub.hub import NeonHub
    from neonhub.ops.bootstrap import Ready

    async with NeonHub(under_test.settings, ready=Ready(dsn, dsn, dsn)) as hub:
        yield hub


# -- who runs ------------------------------------------------------------------------------


def _contestants(
    hubs: dict[str, NeonHub], raw: Call, ids: Ids, name: str, calls: int
) -> dict[str, Block]:
    everybody = {"raw": raw} | {which: typed(hub, ids, name) for which, hub in hubs.items()}
    everybody["open"] = everybody[""]
    return {which: _block(call, calls) for which, call in everybody.items()}


def _opened(admin: Admin, block: Block) -> Block:
    """The block while no table has row-level security."""

    def turn(how: str) -> None:
        names = ", ".join(f"'{name}'" for name in tables)
        admin.execute(
            f"DO $$ DECLARE t text; BEGIN FOREACH t IN ARRAY ARRAY[{names}] LOOP "
            f"EXECUTE 'ALTER TABLE ' || t || ' {how} ROW LEVEL SECURITY'; END LOOP; END $$".encode()
        )

    found = admin.execute("SELECT oid::regclass::text FROM pg_class WHERE relrowsecurity")
    tables = [table for (table,) in found.fetchall()]

    async def run_block() -> float:
        await asyncio.to_thread(turn, "DISABLE")
        try:
            return await block()
        finally:
            await asyncio.to_thread(turn, "ENABLE")

    return run_block


def _block(call: Call, calls: int) -> Block:
    """Seconds of the middle one of ``calls`` calls; each must find something."""

    async def run_block() -> float:
        took = []
        for _ in range(calls):
            began = time.perf_counter()
            found = await call()
            took.append(time.perf_counter() - began)
            if found < 1:
                raise AssertionError("a call found nothing")
        return statistics.median(took)

    return run_block


def _prisma(peer: prisma_peer.Peer, ids: Ids, name: str, calls: int) -> Block:
    warm = 2 * calls

    async def run_block() -> float:
        nonlocal warm
        asked = task(ids, name, repeat=calls, warm=warm)
        warm = max(10, calls // 5)  # it chose the faster way at length, the first time
        return statistics.median((await asyncio.to_thread(peer.measure, asked))[name]) / 1000

    return run_block


# -- figures -------------------------------------------------------------------------------


def _figures(name: str, times: dict[str, Times], sizes: tuple[int, ...]) -> list[Figure]:
    ours, label = times[""], name.replace("_", " ")

    def figure(against: str, beside: str, mark: Mark, what: str = "") -> Figure:
        return Figure(
            f"{label}{what}",
            ours.median,
            reference=times[against].median,
            beside=beside,
            mark=mark,
            spread=ours.spread,
        )

    made = [figure("raw", "psycopg", RAW)]
    if "prisma" in times:
        made.append(figure("prisma", "Prisma", PRISMA))
    made.append(figure("open", "without row security", SECURED))
    for size in sizes[:-1]:
        of = f"with {size:,} tenant{'s' if size > 1 else ''}"
        made.append(figure(f"of_{size}", of, FLAT, f", {sizes[-1]:,} tenants"))
    return made
