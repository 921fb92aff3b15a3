"""``GET /metrics``, scraped as Prometheus does it, from an application that has served."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from neonhub.api.app import create_app
from neonhub.db.errors import ConfigurationError
from neonhub.hub import NeonHub
from neonhub.ops.bootstrap import Ready
from neonhub.settings import load_settings
from tests.api.accounts import Account
from tests.databases import Database
from tests.factories import identity
from tests.ops.telemetry.receiver import collecting

TOKEN = "0123456789abcdef-token"


@contextlib.asynccontextmanager
async def serving(database: Database, **said: Any) -> AsyncIterator[tuple[NeonHub, FastAPI]]:
    """An application as it is served, with these settings."""
    settings = load_settings(
        database_url=None, direct_database_url=None, embedder="lexical", **said
    )
    ready = Ready(database.dsn(), database.dsn(), database.admin_dsn)
    hub = NeonHub(settings, ready=ready)
    app = create_app(hub)
    async with app.router.lifespan_context(app):
        yield hub, app


def client_of(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api")


async def account_of(database: Database, hub: NeonHub, app: FastAPI) -> Account:
    with database.admin() as conn:
        user = identity.USER.insert(conn)
    made = await hub.organizations.create("Acme", owner_id=user["id"], slug=f"org-{user['id']}")
    return Account(hub, app, made.organization.id, made.workspace.id, user["id"])


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_requests_statements_pool_and_database(api_database: Database) -> None:
    async with serving(api_database, metrics=True) as (hub, app), client_of(app) as scraper:
        account = await account_of(api_database, hub, app)
        async with await account.client() as client:
            for name in ("secret-a", "secret-b"):
                await client.post("/api/datasets", json={"name": name})
                assert (await client.get(f"/api/datasets/{name}")).status_code == 200
            await client.get("/no/such/path/secret-c")
            await client.request("SECRET-METHOD", "/api/health")
        answer = await scraper.get("/metrics")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    found = samples(answer.text)

    def value(name: str, **labels: str) -> float:
        return found[name, frozenset(labels.items())]

    seen = {"method": "GET", "route": "/api/datasets/{dataset}"}
    requests = "neonhub_http_requests_total"
    assert value(requests, **seen, status="200") == 2
    assert value("neonhub_http_request_seconds_count", **seen) == 2
    assert value(requests, method="GET", route="none", status="404") == 1
    assert value(requests, method="other", route="/api/health", status="405") == 1
    assert value("neonhub_units_total", outcome="committed") >= 4
    made = {"statement": "knowledge.queries:insert_dataset", "outcome": "good"}
    assert value("neonhub_statement_seconds_count", **made) == 2
    assert value("neonhub_database_up") == 1
    assert value("neonhub_database_pending_migrations") == 0
    assert value("neonhub_pool_connections", pool="pooled", state="most") == 10
    assert value("neonhub_pool_connections", pool="pooled", state="out") == 0
    assert found["process_open_fds", frozenset()] > 0

    hidden = ["secret", "SECRET", account.organization, account.workspace, account.user, "SELECT"]
    assert [word for word in hidden if word in answer.text] == []


async def test_it_is_off_unless_it_is_asked_for(app: FastAPI) -> None:
    async with client_of(app) as client:
        assert (await client.get("/metrics")).status_code == 404


async def test_with_a_token_nobody_reads_without_it(api_database: Database) -> None:
    said = {"metrics": True, "metrics_token": TOKEN}
    async with serving(api_database, **said) as (_, app), client_of(app) as client:
        for given in ({}, {"Authorization": "Bearer no"}, {"Authorization": TOKEN}):
            refused = await client.get("/metrics", headers=given)
            assert refused.status_code == 401
            assert "neonhub_" not in refused.text
        read = await client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert read.status_code == 200
        assert "/metrics" not in (await client.get("/openapi.json")).json()["paths"]


def test_beyond_this_machine_it_needs_one() -> None:
    with pytest.raises(ConfigurationError, match=r"NEONHUB_METRICS .*beyond this machine"):
        load_settings(metrics=True, host="0.0.0.0")
    assert load_settings(metrics=True, host="0.0.0.0", metrics_token=TOKEN).metrics
    with pytest.raises(ConfigurationError, match="short enough to guess"):
        load_settings(metrics_token="short")


async def test_a_database_that_is_away_leaves_the_rest(api_database: Database) -> None:
    settings = load_settings(database_url=None, direct_database_url=None, metrics=True)
    away = "postgresql://nobody@127.0.0.1:1/x"
    app = create_app(NeonHub(settings, ready=Ready(away, away, away)))
    async with app.router.lifespan_context(app), client_of(app) as client:
        found = samples((await client.get("/metrics")).text)
    assert found["neonhub_database_up", frozenset()] == 0
    assert found["process_open_fds", frozenset()] > 0


async def test_a_request_is_part_of_its_caller_s_trace(
    api_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace, caller = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        async with serving(api_database) as (hub, app):
            account = await account_of(api_database, hub, app)
            async with await account.client() as client:
                said = {"traceparent": f"00-{trace}-{caller}-01"}
                await client.post("/api/datasets", json={"name": "secret-name"}, headers=said)
                await client.get("/api/datasets/secret-name")

    request = collector.one("POST /api/datasets")
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == (trace, caller)
    of_it = [span for span in collector.spans if span.trace_id.hex() == trace]
    assert {"unit of work", "knowledge.queries:insert_dataset"} < {span.name for span in of_it}
    alone = collector.one("GET /api/datasets/{dataset}")
    assert alone.trace_id.hex() != trace and not alone.parent_span_id
    sent = b"".join(collector.bodies)
    for hidden in (b"secret-name", account.workspace.encode(), account.user.encode()):
        assert hidden not in sent
