"""uvicorn, ending without raising the signal again, and saying when it is up."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    import socket

    from fastapi import FastAPI

__all__ = ["Server", "configuration"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def configuration(app: FastAPI, *, grace_s: int) -> uvicorn.Config:
    """How the API is served: one process, our own log lines, a bounded wait at the end."""
    return uvicorn.Config(
        app,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=grace_s,
    )


class Server(uvicorn.Server):
    """Serves until the first SIGINT or SIGTERM, lets requests end, and returns.

    uvicorn itself would raise the signal again at the end: the program would die of SIGTERM
    before it has let go of the embedded server.
    """

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]):
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        if self.started:
            self._announce()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Both signals ask for the end; a second SIGINT does not wait for requests."""
        before = {each: signal.signal(each, self.handle_exit) for each in _SIGNALS}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)
