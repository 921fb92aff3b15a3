"""A collector: takes OTLP over HTTP, decodes it, and keeps the bytes as they came."""

from __future__ import annotations

import contextlib
import gzip
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass
class Collector:
    """What has come, and where it is sent to."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    spans: list[Any] = field(default_factory=list)
    histograms: dict[str, list[Any]] = field(default_factory=dict)
    service: dict[str, str] = field(default_factory=dict)

    def take(self, path: str, body: bytes) -> None:
        self.bodies.append(body)
        if path.endswith("/traces"):
            for one in ExportTraceServiceRequest.FromString(body).resource_spans:
                self.service = {a.key: a.value.string_value for a in one.resource.attributes}
                self.spans += [span for scope in one.scope_spans for span in scope.spans]
        else:
            for made in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                for scope in made.scope_metrics:
                    for metric in scope.metrics:
                        points = list(metric.histogram.data_points)
                        self.histograms.setdefault(metric.name, []).extend(points)

    def one(self, name: str) -> Any:
        found = [span for span in self.spans if span.name == name]
        assert len(found) == 1, [span.name for span in self.spans]
        return found[0]


def said(of: Any) -> dict[str, Any]:
    """The attributes of a span or a point."""
    return {a.key: getattr(a.value, a.value.WhichOneof("value")) for a in of.attributes}


@contextlib.contextmanager
def collecting() -> Iterator[Collector]:
    """A collector, as long as the block lasts."""
    kept = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            kept.take(self.path, body)
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        kept.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield kept
        finally:
            server.shutdown()
            thread.join()
