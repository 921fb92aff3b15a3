"""Events by the thousand: duplicates are skipped, nothing is held, all or nothing is kept."""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import tracemalloc
from collections.abc import Iterator

import pytest

from neonhub.db import bulk
from neonhub.db.bulk import BATCH
from neonhub.db.errors import InvalidInput, PermissionDenied
from neonhub.db.tenancy import Principal, PrincipalKind, Tenant
from neonhub.domains.analytics.service import NewEvent
from neonhub.hub import NeonHub
from tests.factories.base import Conn

SMALL = 1000
START = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


def events(first: int, last: int, kind: str = "page_view") -> Iterator[NewEvent]:
    """Events that are the same whenever they are made, a second apart."""
    for n in range(first, last):
        yield NewEvent(kind, {"n": n}, START + dt.timedelta(seconds=n), f"event-{n}")


def count(admin: Conn, tenant: Tenant) -> int:
    query = "SELECT count(*) FROM metric_events WHERE workspace_id = %s"
    found = admin.execute(query, [tenant.workspace_id]).fetchone()
    return int(found[0]) if found else -1


async def test_duplicates_are_skipped_and_counted(
    hub: NeonHub, here: Tenant, there: Tenant, admin: Conn
) -> None:
    async with hub.workspace(there) as ws:
        await ws.analytics.record_events(events(0, 20))  # another tenant's are no duplicates
    async with hub.workspace(here) as ws:
        assert await ws.analytics.record_events(events(0, 10)) == (10, 0)
        assert await ws.analytics.record_events([*events(5, 15), *events(14, 16)]) == (6, 6)
        assert await ws.analytics.record_events([]) == (0, 0)
    assert (count(admin, here), count(admin, there)) == (16, 20)


async def test_an_event_needs_no_more_than_its_kind(
    hub: NeonHub, here: Tenant, admin: Conn
) -> None:
    before = dt.datetime.now(dt.UTC)
    async with hub.workspace(here) as ws:
        assert await ws.analytics.record_events([NewEvent("login"), NewEvent("login")]) == (2, 0)
    query = "SELECT metadata, timestamp FROM metric_events WHERE workspace_id = %s"
    for metadata, timestamp in admin.execute(query, [here.workspace_id]):
        assert metadata == {} and before <= timestamp <= dt.datetime.now(dt.UTC)


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (NewEvent("x", id="e"), "timestamp of event 2"),
        (NewEvent("x", {}, dt.datetime(2026, 11, 1)), "event 2 .*no time zone"),  # noqa: DTZ001
        (NewEvent("x", {"a": object()}), "row 2 is not usable: it is not JSON"),
        (NewEvent("a\0b"), "kind of row 2"),
    ],
)
async def test_what_cannot_be_written_is_named_and_nothing_is(
    hub: NeonHub, here: Tenant, admin: Conn, event: NewEvent, message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        async with hub.workspace(here) as ws:
            await ws.analytics.record_events([*events(0, 1), event])
    assert count(admin, here) == 0


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "BATCH", SMALL)


@pytest.mark.usefixtures("small_batches")
async def test_many_go_in_batches_and_are_one_transaction(
    hub: NeonHub, here: Tenant, admin: Conn
) -> None:
    many = 2 * SMALL + 10

    def failing() -> Iterator[NewEvent]:
        yield from events(0, many)
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError, match="the source broke"):
        async with hub.workspace(here) as ws:
            await ws.analytics.record_events(failing())
    assert count(admin, here) == 0
    async with hub.workspace(here) as ws:
        assert await ws.analytics.record_events(events(0, 2 * SMALL)) == (2 * SMALL, 0)
        assert await ws.analytics.record_events(events(SMALL, many)) == (10, SMALL)
    assert count(admin, here) == many


@pytest.mark.usefixtures("small_batches")
async def test_what_is_held_does_not_grow_with_what_is_given(hub: NeonHub, here: Tenant) -> None:
    async def peak(batches: int) -> int:
        gc.collect()
        tracemalloc.start()
        async with hub.workspace(here) as ws:
            await ws.analytics.record_events(NewEvent("x") for _ in range(batches * SMALL))
            await ws.session.rollback()
        taken = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return taken

    await peak(1)
    assert await peak(10) < 1.3 * await peak(2)


async def test_others_have_their_turn_meanwhile(hub: NeonHub, here: Tenant) -> None:
    longest, done = 0.0, asyncio.Event()

    async def watch() -> None:
        nonlocal longest
        loop = asyncio.get_running_loop()
        while not done.is_set():
            before = loop.time()
            await asyncio.sleep(0)
            longest = max(longest, loop.time() - before)

    watching = asyncio.create_task(watch())
    async with hub.workspace(here) as ws:
        await ws.analytics.record_events(NewEvent("x") for _ in range(2 * BATCH))
    done.set()
    await watching
    assert longest < 1.0


async def test_an_interrupted_call_leaves_nothing_and_harms_nobody(
    hub: NeonHub, here: Tenant, admin: Conn
) -> None:
    async def record() -> None:
        async with hub.workspace(here) as ws:
            await ws.analytics.record_events(events(0, 10 * BATCH))

    for after in (0.02, 0.1, 0.25, 0.4, 0.6):  # in COPY, in INSERT, between the two
        running = asyncio.create_task(record())
        await asyncio.sleep(after)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert count(admin, here) == 0
    async with hub.workspace(here) as ws:
        assert await ws.analytics.record_events(events(0, 3)) == (3, 0)


async def test_recording_takes_the_right_to(hub: NeonHub, here: Tenant) -> None:
    guest = Principal(PrincipalKind.USER, "u", permissions=frozenset())
    async with hub.workspace(here, guest) as ws:
        with pytest.raises(PermissionDenied, match="data:import"):
            await ws.analytics.record_events([NewEvent("x")])
