"""What reaches a collector, and what must not: a real one takes it, byte by byte."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from neonhub.db import telemetry
from neonhub.db.errors import DuplicateKey
from neonhub.db.ids import cuid
from neonhub.db.session import Session
from neonhub.db.watched_session import WatchedSession
from neonhub.hub import NeonHub
from neonhub.ops.bootstrap import Ready
from neonhub.ops.telemetry import traces
from neonhub.settings import load_settings
from tests.conftest import Tenants
from tests.databases import Database
from tests.isolation.traffic import add_space
from tests.ops.telemetry.receiver import Collector, collecting, said

SECRET = "marker-of-a-row-that-nobody-may-see"


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with collecting() as made:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", made.url)
        yield made
    assert not telemetry.is_on()


def hub_of(database: Database) -> NeonHub:
    settings = load_settings(database_url=None, direct_database_url=None, embedder="lexical")
    ready = Ready(database.dsn(), database.dsn(), database.admin_dsn)
    return NeonHub(settings, ready=ready)


async def test_a_unit_of_work_and_its_statements_arrive(
    shared_database: Database, fresh: Tenants, collector: Collector
) -> None:
    async with hub_of(shared_database) as hub, hub.workspace(fresh.workspace) as ws:
        assert isinstance(ws.session, WatchedSession)
        await ws.knowledge.list_datasets()
        await ws.knowledge.list_datasets()

    unit = next(s for s in collector.spans if said(s).get("neonhub.statements") == 2)
    assert unit.name == "unit of work"
    told = said(unit)
    assert (told["neonhub.scope"], told["neonhub.outcome"]) == ("workspace", "committed")
    parts = [s for s in collector.spans if s.parent_span_id == unit.span_id]
    assert len(parts) == 2
    assert {said(s)["db.query.summary"] for s in parts} == {"knowledge.queries:list_datasets"}
    assert collector.service["service.name"] == "neonhub"
    points = collector.histograms["db.client.operation.duration"]
    named = [p for p in points if said(p)["db.query.summary"] == "knowledge.queries:list_datasets"]
    assert sum(point.count for point in named) == 2


async def test_no_row_no_value_no_tenant_and_no_message_leaves(
    shared_database: Database, fresh: Tenants, collector: Collector
) -> None:
    """A name is taken: the database's error quotes the value, and the span must not."""
    async with hub_of(shared_database) as hub:
        async with hub.workspace(fresh.workspace) as ws:
            await ws.knowledge.create_dataset(SECRET)
        with pytest.raises(DuplicateKey):
            async with hub.workspace(fresh.workspace) as ws:
                space = {"id": cuid(), "into": fresh.workspace, "name": SECRET}
                await ws.session.execute_many(add_space, [space] * 2)

    failed = [s for s in collector.spans if "error.type" in said(s)]
    assert {said(s)["error.type"] for s in failed} == {"DuplicateKey"}
    assert {said(s)["neonhub.outcome"] for s in failed} == {"failed", "rolled back"}
    assert all(not s.events and not s.status.message for s in failed)
    sent = b"".join(collector.bodies)
    assert b"DuplicateKey" in sent  # the control: this is what was sent
    for hidden in (SECRET, fresh.workspace, fresh.organization, "INSERT", "SELECT"):
        assert hidden.encode() not in sent


async def test_an_operation_is_a_span_that_others_are_parts_of(
    shared_database: Database, fresh: Tenants, collector: Collector
) -> None:
    started = traces.start()
    assert started is not None
    async with hub_of(shared_database) as hub:
        with telemetry.operation("report", database="x") as told:
            told.set(rows=3)
            async with hub.workspace(fresh.workspace):
                pass
    with pytest.raises(ZeroDivisionError), telemetry.operation("broken"):
        raise ZeroDivisionError(SECRET)
    started.stop()

    whole = collector.one("report")
    assert said(whole) == {"neonhub.database": "x", "neonhub.rows": 3, "neonhub.outcome": "good"}
    within = {s.trace_id for s in collector.spans if s.name == "unit of work"}
    assert within == {whole.trace_id}
    broken = said(collector.one("broken"))
    assert broken == {"neonhub.outcome": "failed", "error.type": "ZeroDivisionError"}
    assert SECRET.encode() not in b"".join(collector.bodies)


def test_what_is_not_on_the_list_is_refused(collector: Collector) -> None:
    started = traces.start()
    assert started is not None
    with pytest.raises(TypeError, match="workspace_id"):
        telemetry.begin("operation", "x", workspace_id="w")
    started.stop()


async def test_nothing_is_watched_unless_somebody_asks(
    shared_database: Database, fresh: Tenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hub_of(shared_database) as hub, hub.workspace(fresh.workspace) as ws:
        assert type(ws.session) is Session
    with telemetry.operation("quiet") as told:
        told.set(rows=1)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    assert traces.start() is None


def test_a_collector_that_is_away_costs_seconds_and_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    lines: list[str] = []
    started = traces.start(lines.append)
    assert started is not None
    with telemetry.operation("backup"):
        pass
    began = time.monotonic()
    started.stop()
    assert time.monotonic() - began < 6
    assert len(lines) == 1 and lines[0].startswith("Traces are not all sent")


def test_a_protocol_that_is_not_spoken_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    lines: list[str] = []
    assert traces.start(lines.append) is None
    assert "write http/protobuf" in lines[0]
