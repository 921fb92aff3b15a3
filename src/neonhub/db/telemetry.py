"""What is watched, and who is told: spans for OpenTelemetry, figures for whoever listens.

Nobody is told until something asks for it (``neonhub.ops.telemetry``), and until then nothing is
watched: ``begin`` gives None, and a unit of work is a plain ``Session``. What is told names
operations, statements and outcomes. It never holds a row, a parameter, the text of a statement,
the message of an error or the id of a tenant: attributes are of a short list, by name.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "ATTRIBUTES",
    "Event",
    "Watch",
    "begin",
    "is_on",
    "is_traced",
    "listen",
    "operation",
    "outcome_of",
    "trace_by",
]

Kind = Literal["operation", "request", "unit", "statement"]
Value = str | int | float | bool

ATTRIBUTES = frozenset(
    "database scope statements rows tables bytes findings exit_code method route status".split()
)
"""What may be said of what is watched, besides its name, outcome and the class of its error."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has ended. ``outcome`` is one of a few words, which its kind defines."""

    kind: Kind
    name: str
    seconds: float
    outcome: str
    attributes: dict[str, Value] = field(default_factory=dict)


_tracer: Any = None
_listeners: list[Callable[[Event], None]] = []


def is_on() -> bool:
    """Whether anybody is told."""
    return _tracer is not None or bool(_listeners)


def is_traced() -> bool:
    """Whether spans are made."""
    return _tracer is not None


def trace_by(tracer: Any) -> None:
    """Make spans by ``tracer``, an OpenTelemetry one; ``None`` ends it."""
    global _tracer  # noqa: PLW0603
    _tracer = tracer


@contextlib.contextmanager
def listen(listener: Callable[[Event], None]) -> Iterator[None]:
    """Tell ``listener`` of all that ends, as long as the block lasts. It must not fail."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def begin(
    kind: Kind, name: str, *, within: Watch | None = None, context: Any = None, **attributes: Value
) -> Watch | None:
    """Begin to watch something, where anybody is told; the caller calls its ``end``.

    ``within`` is what it is a part of, else that is what the task is in by OpenTelemetry's account,
    or what ``context`` carries. Raises ``TypeError`` for an attribute that is not on the list.
    """
    if not is_on():
        return None
    return Watch(kind, name, within, context, attributes)


class Watch:
    """One thing that is watched: it has begun, and ends once."""

    __slots__ = ("_began", "_span", "attributes", "kind", "name")

    def __init__(
        self,
        kind: Kind,
        name: str,
        within: Watch | None,
        context: Any,
        attributes: dict[str, Value],
    ):
        self.kind, self.name = kind, name
        self.attributes: dict[str, Value] = {}
        self.set(**attributes)
        self._span = None if _tracer is None else _start(kind, name, within, context)
        self._began = time.perf_counter()

    def set(self, **attributes: Value) -> None:
        """Say more of it."""
        if strange := attributes.keys() - ATTRIBUTES:
            raise TypeError(f"not to be told of: {', '.join(sorted(strange))}")
        self.attributes.update(attributes)

    def current(self) -> contextlib.AbstractContextManager[Any]:
        """Within the block, spans that others begin are parts of this one."""
        if self._span is None:
            return contextlib.nullcontext()
        from opentelemetry import trace

        # Its own way of telling errors would tell their messages, which may hold rows.
        return trace.use_span(self._span, record_exception=False, set_status_on_exception=False)

    def end(self, outcome: str, error: BaseException | None = None) -> None:
        """It is over. Of an error its class is told."""
        seconds = time.perf_counter() - self._began
        if self._span is not None:
            _end(self._span, self, outcome, error)
        event = Event(self.kind, self.name, seconds, outcome, self.attributes)
        for tell in tuple(_listeners):
            tell(event)


def _start(kind: Kind, name: str, within: Watch | None, context: Any) -> Any:
    from opentelemetry import trace

    kinds = {"request": trace.SpanKind.SERVER, "statement": trace.SpanKind.CLIENT}
    if within is not None and within._span is not None:
        context = trace.set_span_in_context(within._span)
    of = kinds.get(kind, trace.SpanKind.INTERNAL)
    return _tracer.start_span(name, context=context, kind=of)


def _end(span: Any, watch: Watch, outcome: str, error: BaseException | None) -> None:
    from opentelemetry.trace import StatusCode

    span.update_name(watch.name)
    span.set_attributes({f"neonhub.{name}": said for name, said in watch.attributes.items()})
    span.set_attribute("neonhub.outcome", outcome)
    if watch.kind == "statement":
        span.set_attributes({"db.system.name": "postgresql", "db.query.summary": watch.name})
    if watch.kind == "request":
        names = {"http.request.method": "method", "http.route": "route"}
        names["http.response.status_code"] = "status"
        span.set_attributes({k: watch.attributes[v] for k, v in names.items()})
    if error is not None:
        span.set_attribute("error.type", type(error).__qualname__)
        span.set_status(StatusCode.ERROR)
    span.end()


class Told:
    """What an operation says of itself. ``outcome`` is ``good`` unless it says otherwise."""

    __slots__ = ("_watch", "outcome")

    def __init__(self, watch: Watch | None):
        self._watch, self.outcome = watch, "good"

    def set(self, **attributes: Value) -> None:
        """Say more of it: counts and sizes."""
        if self._watch is not None:
            self._watch.set(**attributes)


@contextlib.contextmanager
def operation(name: str, **attributes: Value) -> Iterator[Told]:
    """Watch an operation: ``good``, or what it says itself; ``failed`` where it raises."""
    watch = begin("operation", name)
    told = Told(watch)
    told.set(**attributes)
    if watch is None:
        yield told
        return
    try:
        with watch.current():
            yield told
    except BaseException as error:
        watch.end(told.outcome if told.outcome != "good" else outcome_of(error), error)
        raise
    watch.end(told.outcome)


def outcome_of(error: BaseException) -> str:
    """``interrupted`` where somebody ended it, else ``failed``."""
    # By name: a command that needs no event loop does not import one.
    ended = isinstance(error, KeyboardInterrupt | SystemExit)
    ended = ended or type(error).__name__ == "CancelledError"
    return "interrupted" if ended else "failed"
