"""Whether the process is alive, and whether it can serve. Neither asks for a key."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from neonhub.api.errors import problem
from neonhub.ops.readiness import Readiness, readiness

if TYPE_CHECKING:
    from neonhub.hub import NeonHub

__all__ = ["ReadinessProbe", "router"]

router = APIRouter(prefix="/api", tags=["health"])

_FRESH_S = 0.5


class ReadinessProbe:
    """Looks at the database, at most twice a second: anybody may ask, and each look connects."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._seen: tuple[float, Readiness] | None = None

    async def look(self, hub: NeonHub) -> Readiness:
        """How ready the hub's database is, now or half a second ago."""
        async with self._turn:
            if self._seen is None or time.monotonic() - self._seen[0] > _FRESH_S:
                found = await readiness(hub.database.pooled.dsn)
                self._seen = time.monotonic(), found
            return self._seen[1]


@router.head("/health", include_in_schema=False)
@router.get("/health")
async def health() -> dict[str, str]:
    """Alive. Says nothing of the database."""
    return {"status": "alive"}


@router.head("/readyz", include_in_schema=False)
@router.get(
    "/readyz",
    response_model=None,
    responses={503: {"description": "Not ready; `checks` has the reason of each that fails."}},
)
async def readyz(request: Request) -> Response:
    """Ready: the database is reachable, prepared, migrated and seeded. Else 503 with reasons."""
    found = await request.app.state.readiness.look(request.app.state.hub)
    checks = {name: _told(reason) for name, reason in found.reasons.items()}
    if found.ready:
        return JSONResponse({"status": "ready", "checks": checks})
    failing = [name for name, reason in found.reasons.items() if reason]
    return problem(
        503,
        "not_ready",
        detail=f"Not ready: {', '.join(failing)}.",
        request_id=request.state.request_id,
        checks=checks,
    )


def _told(reason: str | None) -> dict[str, Any]:
    return {"ok": True} if reason is None else {"ok": False, "reason": reason}
