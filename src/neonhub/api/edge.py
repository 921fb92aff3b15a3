"""The outermost layer: a request's id, its line in the log, its size, and the last net.

The id is the caller's ``X-Request-ID`` where that is a plain token, else a new one; the response
carries it, and so do problems and the log. The log line has the path without its query, and the
id of the key, never the key.
"""

from __future__ import annotations

import contextlib
import logging
import re
import time
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException

from neonhub.api.errors import unexpected
from neonhub.db.telemetry import begin, is_on, is_traced

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from neonhub.db.telemetry import Watch

__all__ = ["MAX_BODY_BYTES", "Edge"]

MAX_BODY_BYTES = 10 * 2**20
"""The largest body but for uploads."""
_FORM_BYTES = 2**20  # room for the boundaries and fields around an upload's files

_access = logging.getLogger("neonhub.api.access")
_log = logging.getLogger("neonhub.api")
_ID = re.compile(r"[\w.:=@+/-]{1,100}", re.ASCII)


_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def _caller(scope: Scope) -> Any:
    """The trace that the caller's headers name, where traces are made; else None."""
    if not is_traced():
        return None
    from opentelemetry.propagate import extract

    return extract(
        {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
    )


class Edge:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, *, max_upload_bytes: int):
        self.app = app
        self._max_upload = max_upload_bytes + _FORM_BYTES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        await _Exchange(self.app, scope, receive, send, self._max_upload).run()


class _Exchange:
    """One request and its response."""

    def __init__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, max_upload: int):
        self._app, self._scope, self._receive, self._send = app, scope, receive, send
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        self._id = given if _ID.fullmatch(given) else uuid.uuid4().hex
        is_upload = headers.get("content-type", "").lower().startswith("multipart/form-data")
        self._limit = max_upload if is_upload else MAX_BODY_BYTES
        announced = headers.get("content-length", "")
        self._too_large = announced.isdecimal() and int(announced) > self._limit
        self._size = 0
        self._status = 0

    async def run(self) -> None:
        """Pass the request on; whatever happens, there is a response and a line in the log."""
        began = time.perf_counter()
        self._scope.setdefault("state", {})["request_id"] = self._id
        watch = begin("request", "request", context=_caller(self._scope)) if is_on() else None
        try:
            with watch.current() if watch is not None else contextlib.nullcontext():
                await self._app(self._scope, self._bounded_receive, self._marked_send)
        except Exception:
            _log.exception("unexpected failure [%s]", self._id)
            if self._status:
                raise  # half a response is out: the server must break it off
            await unexpected(self._id)(self._scope, self._receive, self._marked_send)
        finally:
            self._write_line(time.perf_counter() - began)
            if watch is not None:
                self._end(watch)

    def _end(self, watch: Watch) -> None:
        """Tell of it by its route's template: a path may hold ids, and anybody may make one up."""
        method = self._scope["method"]
        method = method if method in _METHODS else "other"
        route = getattr(self._scope.get("route"), "path", "none")
        watch.name = f"{method} {route}"
        watch.set(method=method, route=route, status=self._status)
        watch.end("failed" if self._status >= 500 or not self._status else "good")

    async def _bounded_receive(self) -> Message:
        if self._too_large:
            raise self._refusal()
        message = await self._receive()
        self._size += len(message.get("body", b""))
        if self._size > self._limit:
            raise self._refusal()
        return message

    def _refusal(self) -> HTTPException:
        return HTTPException(413, f"The body has more than {self._limit:,} bytes.")

    async def _marked_send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            MutableHeaders(scope=message)["X-Request-ID"] = self._id
        await self._send(message)

    def _write_line(self, seconds: float) -> None:
        _access.info(
            "%s %s %s %.1f ms key=%s id=%s",
            self._scope["method"],
            quote(self._scope["path"], safe="/:@"),
            self._status or "-",
            seconds * 1000,
            self._scope["state"].get("principal_id", "-"),
            self._id,
        )
