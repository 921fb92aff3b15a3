"""What watching costs a read of one row: nobody told, Prometheus told, spans sent to a collector.

The reference is the plain session. Nobody told, ``hub.session`` makes that very class.
"""

from __future__ import annotations

import contextlib
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import TYPE_CHECKING, Any

from benchmarks.harness import Figure, Mark, interleaved, platform
from benchmarks.reads import _block, fill, one_document
from benchmarks.tenants import connect
from neonhub.api.metrics import Metrics
from neonhub.db import telemetry
from neonhub.db.session import Session
from neonhub.hub import NeonHub
from neonhub.ops.telemetry import traces

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def _collector() -> Iterator[None]:
    """Takes what is sent and answers at once."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"http://127.0.0.1:{server.server_port}"
        try:
            yield
        finally:
            del os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"]
            server.shutdown()


async def run(*, quick: bool) -> list[Figure]:
    """The same read, four times over."""
    calls, rounds = (50, 5) if quick else (200, 25)
    with platform() as under_test, connect(under_test.ready.admin_dsn) as admin, _collector():
        tenant, _, ids = fill(admin)
        numbers = count()
        hub = NeonHub(under_test.settings, ready=under_test.ready)
        async with hub:
            hub._traces.stop()  # type: ignore[union-attr]

            async def read(session: Session) -> int:
                async with session:
                    rows = await session.all(one_document, id=ids[next(numbers) * 7 % len(ids)])
                    return len(rows)

            async def plain() -> int:
                return await read(Session(hub.database.pooled, tenant))

            async def ours() -> int:
                return await read(hub.session(tenant))

            block = _block(calls, ours, 1)

            async def told() -> float:
                with telemetry.listen(Metrics()):
                    return float(await block())

            async def sent() -> float:
                started = traces.start()
                assert started is not None
                try:
                    return float(await block())
                finally:
                    started.stop()

            blocks = {"plain": _block(calls, plain, 1), "off": block, "told": told, "sent": sent}
            await interleaved(blocks, rounds=1)
            times = await interleaved(blocks, rounds=rounds)
    names = {"off": "nobody told", "told": "Prometheus told", "sent": "spans sent"}
    marks = {"off": Mark(1.10), "told": None, "sent": None}
    return [
        Figure(
            f"read of one row, {name}",
            times[which].median,
            reference=times["plain"].median,
            beside="plain session",
            mark=marks[which],
            spread=times[which].spread,
        )
        for which, name in names.items()
    ]
