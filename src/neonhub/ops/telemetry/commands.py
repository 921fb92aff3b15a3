"""Watching a command: what it is called, which database it is about, and who is told."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from neonhub.db import telemetry
from neonhub.db.errors import NeonHubError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from neonhub.settings import Settings

__all__ = ["watching"]


@contextmanager
def watching(name: str, notify: Callable[[str], None]) -> Iterator[telemetry.Told | None]:
    """Watch one command, if anybody asked for that; what goes wrong in telling is only said.

    Without ``NEONHUB_METRICS_DIR`` and ``OTEL_*`` it costs a look at the environment.
    """
    folder, database = _asked()
    traced = bool(os.environ.keys() & _OTEL)
    if folder is None and not traced:
        yield None
        return
    from neonhub.ops.telemetry.traces import start

    with ExitStack() as ends:
        traces = start(notify) if traced else None
        if traces is not None:
            ends.callback(traces.stop)
        if folder is not None:
            ends.enter_context(telemetry.listen(_writer(folder, name, notify)))
        yield ends.enter_context(telemetry.operation(name, database=database))


_OTEL = {f"OTEL_EXPORTER_OTLP_{signal}ENDPOINT" for signal in ("", "TRACES_", "METRICS_")}


def _asked() -> tuple[Path | None, str]:
    """The folder for the figures, and what the database is called in them."""
    from neonhub.settings_quick import read_settings

    try:
        settings = read_settings()
        return settings.metrics_dir, _called(settings)
    except NeonHubError:  # the command itself tells of it
        return None, ""


def _called(settings: Settings) -> str:
    """Host and name: no login, no password, no parameter."""
    if settings.direct_url is None:
        return f"embedded:{settings.home}"
    parts = urlsplit(settings.direct_url.get_secret_value())
    return f"{parts.hostname or 'local'}{parts.path or '/'}"


def _writer(
    folder: Path, name: str, notify: Callable[[str], None]
) -> Callable[[telemetry.Event], None]:
    def tell(event: telemetry.Event) -> None:
        if event.kind != "operation" or event.name != name:
            return
        from neonhub.ops.telemetry.textfile import write

        try:
            write(folder, event)
        except OSError as error:
            notify(f"No figures: NEONHUB_METRICS_DIR cannot be written: {error.strerror}.")

    return tell
