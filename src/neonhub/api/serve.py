"""``neonhub up``: from nothing to an API that answers, in one process.

The port is taken first, since what is found out first costs nothing. FastAPI and the routes are
imported in a thread meanwhile: that is half a second of computing, while making the database
ready is mostly waiting for PostgreSQL.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TYPE_CHECKING

from neonhub.db.errors import NeonHubError
from neonhub.ops.bootstrap import make_ready

if TYPE_CHECKING:
    from fastapi import FastAPI

    from neonhub.db.embedded import EmbeddedServer
    from neonhub.ops.bootstrap import Ready
    from neonhub.settings import Settings

__all__ = ["AddressUnusable", "ApiDidNotStart", "PortTaken", "serve", "took_port"]

Say = Callable[[str], None]
_TERMINATED = 143  # what a shell reports for a program that SIGTERM ended
_GRACE_S = 5
_BACKLOG = 512
_LOOK_EVERY_S = 1.0
_log = logging.getLogger("neonhub.up")


class PortTaken(NeonHubError):
    """Port {port} on {host} is in use already."""

    hint = "Stop what listens there (another `neonhub up`?), or set NEONHUB_PORT to another port."
    exit_code = 69


class AddressUnusable(NeonHubError):
    """The API cannot listen on {host}, port {port}: {reason}."""

    hint = "Set NEONHUB_HOST to an address of this machine and NEONHUB_PORT to a port you may use."
    exit_code = 78


class ApiDidNotStart(NeonHubError):
    """The API did not start; the lines above say why."""

    exit_code = 70


def serve(
    settings: Settings, *, say: Say, notify: Say, ready: Callable[[Ready, str, float], None]
) -> None:
    """Make the database ready and serve the API until SIGINT or SIGTERM; then return.

    ``say`` gets a line for each step with its seconds, ``notify`` what else a user should know;
    ``ready`` is called once requests are answered, with the API's URL and the seconds it took.
    Raises ``PortTaken``, ``AddressUnusable`` before anything is started, and what ``make_ready``
    raises.
    """
    began = time.perf_counter()
    with took_port(settings.host, settings.port) as listener, _terminable():
        app = _Ahead(lambda: _application(settings))
        made = make_ready(settings, notify=notify, step=say)
        try:
            at = time.perf_counter()
            served = app.result()
            url = f"http://{_shown(settings.host)}:{listener.getsockname()[1]}"

            def announce() -> None:
                now = time.perf_counter()
                say(f"API started ({now - at:.2f} s)")
                ready(made, url, now - began)

            with _kept_running(made.embedded):
                _run(served, made, settings, listener, announce)
        finally:
            if made.embedded is not None:
                made.embedded.release()


@contextlib.contextmanager
def _kept_running(server: EmbeddedServer | None) -> Iterator[None]:
    """Bring the embedded server back whenever it is gone: killed, say, or out of memory.

    Nobody else would: the API asks for connections, and those a server must be there to accept.
    """
    if server is None:
        yield
        return
    over = threading.Event()

    def look() -> None:
        while not over.wait(_LOOK_EVERY_S):
            try:
                if not server.status().running and not over.is_set():
                    server.acquire()
            except NeonHubError as error:
                _log.error("The embedded server is gone and does not start: %s", error)

    watch = threading.Thread(target=look, name="neonhub-server-watch", daemon=True)
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join()


@contextlib.contextmanager
def took_port(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket; its queue holds whoever comes before the API is up."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, proto)
    except OSError as error:
        reason = error.strerror or str(error)
        raise AddressUnusable(host=host, port=port, reason=reason) from error
    with listener:
        try:
            # Else a port that was served a minute ago would count as taken.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            # Now, not when the API is up: two that start at once must not both go on.
            listener.listen(_BACKLOG)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortTaken(host=host, port=port) from error
            reason = error.strerror or str(error)
            raise AddressUnusable(host=host, port=port, reason=reason) from error
        yield listener


def _shown(host: str) -> str:
    """The host for a URL: an address that means every interface is reached by the loopback's."""
    if host in ("0.0.0.0", "::", ""):  # noqa: S104
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM while all is made ready unwinds as SIGINT does, so that nothing stays behind."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        sys.exit(_TERMINATED)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _Ahead:
    """A call made in a thread; its result, or what it raised, when it is asked for."""

    def __init__(self, call: Callable[[], FastAPI]):
        self._call = call
        self._made: FastAPI | None = None
        self._error: BaseException | None = None
        # No daemon: one that is still importing when the interpreter ends may take it down.
        self._thread = threading.Thread(target=self._run, name="neonhub-api-import")
        self._thread.start()

    def _run(self) -> None:
        try:
            self._made = self._call()
        except BaseException as error:
            self._error = error

    def result(self) -> FastAPI:
        """Wait for it."""
        self._thread.join()
        if self._made is None:
            raise self._error or ApiDidNotStart()
        return self._made


def _application(settings: Settings) -> FastAPI:
    import uvicorn  # noqa: F401  (its import is part of the wait)

    from neonhub.api.app import create_app

    return create_app(settings=settings)


def _run(
    app: FastAPI,
    made: Ready,
    settings: Settings,
    listener: socket.socket,
    announce: Callable[[], None],
) -> None:
    from neonhub.api.server import Server, configuration
    from neonhub.hub import NeonHub

    log_to_stderr(settings.log_level)
    app.state.hub = NeonHub(settings, ready=made)
    server = Server(configuration(app, grace_s=_GRACE_S), announce)
    server.run(sockets=[listener])
    if not server.started:
        raise ApiDidNotStart


def log_to_stderr(level: str) -> None:
    """One line a record; uvicorn's own chatter stays out, its warnings do not."""
    logging.basicConfig(
        level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )
    logging.getLogger("uvicorn").setLevel(max(logging.WARNING, logging.getLevelName(level)))
    # A server that is gone makes the pool tell of every try at every connection.
    if level != "DEBUG":
        logging.getLogger("psycopg").setLevel(logging.CRITICAL)
