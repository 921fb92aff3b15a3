"""OpenTelemetry, where ``OTEL_*`` asks for it: spans and durations, sent by OTLP over HTTP.

The variables are OpenTelemetry's own and are read from the environment alone, as everywhere. An
application that has set up a tracer provider of its own keeps it: spans then go there.
"""

from __future__ import annotations

import logging
import os
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neonhub.db import telemetry

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Traces", "is_asked_for", "start"]

_ENDPOINTS = tuple(f"OTEL_EXPORTER_OTLP_{signal}ENDPOINT" for signal in ("", "TRACES_", "METRICS_"))
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
# A command whose collector is away ends so much later for traces and
# again for figures, and not ten seconds.
_TIMEOUT_S = 2.0
_LONGEST = 200
_log = logging.getLogger("neonhub.telemetry")


def is_asked_for() -> bool:
    """Whether the environment names a collector, or the application has a tracer of its own."""
    if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    return any(os.environ.get(name) for name in _ENDPOINTS) or _application_traces()


def _application_traces() -> bool:
    """Whether this process has set up OpenTelemetry already; imports nothing to find out."""
    api = sys.modules.get("opentelemetry.trace")
    return getattr(api, "_TRACER_PROVIDER", None) is not None


@dataclass(slots=True)
class Traces:
    """What ``start`` began; ``stop`` sends what is left, and ends it."""

    _ends: ExitStack

    def stop(self) -> None:
        """Send what is left and stop telling. Takes some seconds where the collector is away."""
        self._ends.close()


def start(notify: Callable[[str], None] = _log.warning) -> Traces | None:
    """Begin to send, where that is asked for and has not begun; never an error.

    What keeps it from being sent is said by ``notify``: a backup is worth more than its trace.
    """
    if telemetry.is_traced() or not is_asked_for():
        return None
    protocol = next(filter(None, map(os.environ.get, _PROTOCOLS)), "http/protobuf")
    if protocol != "http/protobuf":
        notify(f"No traces: OTEL_EXPORTER_OTLP_PROTOCOL is {protocol}; write http/protobuf.")
        return None
    try:
        return _start(notify)
    except ImportError:
        notify("No traces: OTEL_* asks for them. Install them: pip install 'neonhub[ops]'.")
    except Exception as error:  # settings of the SDK's that it cannot read
        notify(f"No traces: {type(error).__name__}: {error}")
    return None


def _start(notify: Callable[[str], None]) -> Traces:
    from opentelemetry import metrics, trace

    from neonhub import __version__

    ends = ExitStack()
    if _application_traces():
        tracers, meters = trace.get_tracer_provider(), metrics.get_meter_provider()
    else:
        _say_once(notify, ends)  # first, so that it hears what fails at the very end
        tracers, meters = _providers(ends)
    telemetry.trace_by(tracers.get_tracer("neonhub", __version__))
    ends.callback(telemetry.trace_by, None)
    ends.enter_context(telemetry.listen(_Durations(meters.get_meter("neonhub", __version__))))
    return Traces(ends)


def _providers(ends: ExitStack) -> tuple[Any, Any]:
    """Providers of our own, not the process's: what else runs in it may want others."""
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource, timeout = _resource(), _timeout()
    tracers = TracerProvider(resource=resource, shutdown_on_exit=False)
    if _wanted("TRACES"):
        tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=timeout)))
    readers = []
    if _wanted("METRICS"):
        readers.append(PeriodicExportingMetricReader(OTLPMetricExporter(timeout=timeout)))
    meters = MeterProvider(readers, resource=resource, shutdown_on_exit=False)
    ends.callback(meters.shutdown)
    ends.callback(tracers.shutdown)
    return tracers, meters


def _wanted(signal: str) -> bool:
    """Whether this signal goes out: it has an endpoint, and is not turned off."""
    if os.environ.get(f"OTEL_{signal}_EXPORTER", "").strip().lower() == "none":
        return False
    names = ("OTEL_EXPORTER_OTLP_ENDPOINT", f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")
    return any(os.environ.get(name) for name in names)


def _resource() -> Any:
    from opentelemetry.sdk.resources import Resource

    from neonhub import __version__

    said = Resource.create({"service.version": __version__})
    if str(said.attributes.get("service.name", "")).startswith("unknown_service"):
        said = said.merge(Resource({"service.name": "neonhub"}))
    return said


def _timeout() -> float | None:
    """None leaves it to the variable that names it."""
    return None if os.environ.get("OTEL_EXPORTER_OTLP_TIMEOUT") else _TIMEOUT_S


def _say_once(notify: Callable[[str], None], ends: ExitStack) -> None:
    """The SDK logs each try that fails, with traceback: one line of ours instead."""
    library = logging.getLogger("opentelemetry")
    handler = _Once(notify)
    before = library.propagate, library.level
    library.propagate = False
    library.addHandler(handler)

    def restore() -> None:
        library.removeHandler(handler)
        library.propagate, library.level = before

    ends.callback(restore)


class _Once(logging.Handler):
    def __init__(self, notify: Callable[[str], None]):
        super().__init__(logging.WARNING)
        self._notify, self._said = notify, False

    def emit(self, record: logging.LogRecord) -> None:
        if not self._said:
            self._said = True
            self._notify(f"Traces are not all sent: {record.getMessage()[:_LONGEST]}")


_HISTOGRAMS = {
    "operation": ("neonhub.operation.duration", "neonhub.operation"),
    "unit": ("neonhub.unit.duration", None),
    "statement": ("db.client.operation.duration", "db.query.summary"),
    "request": ("http.server.request.duration", None),
}


class _Durations:
    """Durations as OpenTelemetry's histograms, beside the spans."""

    def __init__(self, meter: Any):
        self._histograms = {
            kind: (meter.create_histogram(name, "s"), label)
            for kind, (name, label) in _HISTOGRAMS.items()
        }

    def __call__(self, event: telemetry.Event) -> None:
        histogram, label = self._histograms[event.kind]
        said: dict[str, Any] = {"neonhub.outcome": event.outcome}
        if label is not None:
            said[label] = event.name
        if event.kind == "request":
            said = {
                "http.request.method": event.attributes["method"],
                "http.route": event.attributes["route"],
                "http.response.status_code": event.attributes["status"],
            }
        histogram.record(event.seconds, said)
