"""The application: routes, error handlers and the hub, put together."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.middleware import Middleware

from neonhub import __version__
from neonhub.api import errors, health
from neonhub.api.edge import Edge
from neonhub.db.telemetry import listen
from neonhub.domains.knowledge.routes import router as knowledge
from neonhub.domains.tenancy.routes import router as tenancy
from neonhub.settings import get_settings

if TYPE_CHECKING:
    from neonhub.hub import NeonHub
    from neonhub.settings import Settings

__all__ = ["MAX_UPLOAD_BYTES", "create_app"]

MAX_UPLOAD_BYTES = 50 * 2**20

_DESCRIPTION = """
Datasets, documents and search under tenant isolation.

Every request needs an API key but for `/api/health` and `/api/readyz`: press **Authorize**.
The header `X-Workspace` names a workspace where the key opens more than one.
Failures are `application/problem+json` (RFC 9457).
"""
_FAILURE = {
    "description": "A failure",
    "content": {"application/problem+json": {"schema": errors.PROBLEM}},
}


def create_app(
    hub: NeonHub | None = None,
    *,
    settings: Settings | None = None,
    max_upload_bytes: int = MAX_UPLOAD_BYTES,
) -> FastAPI:
    """The ASGI application.

    It opens and closes ``hub``, or one made of ``settings`` (by default the environment's), with
    its own lifespan. Until then another may be put into ``app.state.hub``.
    """
    app = FastAPI(
        title="NeonHub",
        version=__version__,
        description=_DESCRIPTION,
        lifespan=_lifespan,
        middleware=[Middleware(Edge, max_upload_bytes=max_upload_bytes)],
        responses={"4XX": _FAILURE, "5XX": _FAILURE},
        redoc_url=None,
    )
    app.state.hub = hub
    app.state.settings = settings
    app.state.max_upload_bytes = max_upload_bytes
    app.state.readiness = health.ReadinessProbe()
    app.state.metrics = None
    errors.install(app)
    for router in (health.router, knowledge, tenancy):
        app.include_router(router)
    _offer_metrics(app, settings or (get_settings() if hub is None else hub.settings))
    return app


def _offer_metrics(app: FastAPI, settings: Settings) -> None:
    if settings.metrics:
        from neonhub.api.metrics import Metrics, router

        app.state.metrics = Metrics(settings.metrics_token)
        app.include_router(router)


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    from neonhub.hub import NeonHub

    if app.state.hub is None:
        app.state.hub = NeonHub(app.state.settings)
    counting = contextlib.nullcontext() if app.state.metrics is None else listen(app.state.metrics)
    async with app.state.hub:
        with counting:
            yield {}
