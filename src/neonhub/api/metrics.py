"""``GET /metrics``: the figures of this process and of its database, for Prometheus.

Off unless ``NEONHUB_METRICS`` is on. No figure names a tenant, a user, a key or a path as it was
asked for: requests are counted by the route's template, statements by the name that the code
gives them. With ``NEONHUB_METRICS_TOKEN`` nobody reads them without it.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    Summary,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from starlette.exceptions import HTTPException
from starlette.responses import Response

from neonhub.ops.telemetry.figures import FAMILIES, Figures, look

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.core import Metric
    from pydantic import SecretStr

    from neonhub.db.telemetry import Event
    from neonhub.hub import NeonHub

__all__ = ["Metrics", "router"]

router = APIRouter()

_FRESH_S = 5.0
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_DATABASE = "neonhub_database"


class Metrics:
    """What one application counts, and what it asks when it is scraped."""

    def __init__(self, token: SecretStr | None = None):
        self.registry = CollectorRegistry()
        self._token = None if token is None else token.get_secret_value().encode()
        self._turn = asyncio.Lock()
        self._seen = 0.0
        self._database = _Database()
        self._requests = Counter(
            "neonhub_http_requests",
            "Requests.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self._request = Histogram(
            "neonhub_http_request_seconds",
            "Time from a request to the end of its response.",
            ["method", "route"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._units = Counter(
            "neonhub_units", "Units of work.", ["outcome"], registry=self.registry
        )
        self._statement = Summary(
            "neonhub_statement_seconds",
            "Time of a statement, the wait for a connection in it.",
            ["statement", "outcome"],
            registry=self.registry,
        )
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.registry.register(self._database)

    def __call__(self, event: Event) -> None:
        """Count what has ended."""
        said = event.attributes
        if event.kind == "request":
            of = str(said["method"]), str(said["route"])
            self._requests.labels(*of, str(said["status"])).inc()
            self._request.labels(*of).observe(event.seconds)
        elif event.kind == "unit":
            self._units.labels(event.outcome).inc()
        elif event.kind == "statement":
            self._statement.labels(event.name, event.outcome).observe(event.seconds)

    def admits(self, authorization: str) -> bool:
        """Whether a header ``Authorization`` may read."""
        if self._token is None:
            return True
        kind, _, given = authorization.partition(" ")
        return kind.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), self._token)

    async def refresh(self, hub: NeonHub) -> None:
        """Look at the database anew, at most every five seconds: each look connects."""
        async with self._turn:
            if time.monotonic() - self._seen < _FRESH_S and self._seen:
                return
            self._database.figures = await look(hub.operator_dsn)
            self._database.pools = hub.database.use()
            self._seen = time.monotonic()


class _Database:
    """The figures of the last look, as prometheus_client takes them."""

    def __init__(self) -> None:
        self.figures = Figures(up=False)
        self.pools: dict[str, dict[str, int]] = {}

    def collect(self) -> Iterator[Metric]:
        figures = self.figures
        yield GaugeMetricFamily(f"{_DATABASE}_up", "1: it answered.", value=float(figures.up))
        for name, value in figures.values.items():
            if value is not None:
                yield _family(name, value)
        last = "last_operation_timestamp_seconds"
        made = GaugeMetricFamily(
            f"{_DATABASE}_{last}", FAMILIES[last][1], labels=["operation", "state"]
        )
        for operation, state, at in figures.last:
            made.add_metric([operation, state], at)
        yield made
        pool = GaugeMetricFamily(
            "neonhub_pool_connections", "Connections of a pool.", labels=["pool", "state"]
        )
        for name, states in self.pools.items():
            for state, count in states.items():
                pool.add_metric([name, state], count)
        yield pool


def _family(name: str, value: Any) -> Metric:
    kind, says = FAMILIES[name]
    if kind == "counter":
        return CounterMetricFamily(f"{_DATABASE}_{name}", says, value=float(value))
    if not isinstance(value, dict):
        return GaugeMetricFamily(f"{_DATABASE}_{name}", says, value=float(value))
    made = GaugeMetricFamily(f"{_DATABASE}_{name}", says, labels=["state"])
    for state, count in value.items():
        made.add_metric([state], count)
    return made


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request) -> Response:
    """The figures, as Prometheus reads them."""
    of: Metrics = request.app.state.metrics
    if not of.admits(request.headers.get("authorization", "")):
        raise HTTPException(401, "The figures need NEONHUB_METRICS_TOKEN as a bearer token.")
    await of.refresh(request.app.state.hub)
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(of.registry), headers={"Content-Type": content_type})
