"""What goes over the wire to the server, from libpq's own trace."""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass

from neonhub.hub import NeonHub

# A frontend's message: "F", its length, its name. Sync asks for everything so far to be answered.
_SENT = re.compile(r"^(?:\S+ \S+\t)?F\t\d+\t(\w+)", re.MULTILINE)


@dataclass
class Wire:
    """Round trips, and statements executed in them; known at the end of ``watched``."""

    trips: int = 0
    statements: int = 0


@contextlib.asynccontextmanager
async def watched(hub: NeonHub) -> AsyncIterator[Wire]:
    """Count what the hub's one connection sends. Nothing may run beside it."""
    seen = Wire()
    with tempfile.TemporaryFile("w+") as trace:
        pool = hub.database.pooled
        async with pool.connection() as conn:
            conn.pgconn.trace(trace.fileno())
        try:
            yield seen
        finally:
            async with pool.connection() as same:
                assert same is conn, "another connection was opened: its trips were not counted"
                same.pgconn.untrace()
        trace.seek(0)
        sent = _SENT.findall(trace.read())
    seen.trips = sent.count("Sync") + sent.count("Query")
    seen.statements = sent.count("Execute") + sent.count("Query")
