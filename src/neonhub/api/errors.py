"""Every failure as ``application/problem+json`` (RFC 9457). Statuses are mapped here alone.

A failure of the caller's making says what was wrong and what to do. One of ours says only that it
was ours, with the request's id: what the database or a library said may hold addresses, and goes
to the log.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from neonhub.db.errors import NeonHubError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI
    from starlette.requests import Request

__all__ = ["PROBLEM", "Problem", "install", "problem", "unexpected"]

_log = logging.getLogger("neonhub.api")
_TYPE = "urn:neonhub:problem:"
_RETRY_AFTER_S = "1"

PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "examples": [_TYPE + "not_found"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "examples": ["not_found"]},
        "detail": {"type": "string"},
        "hint": {"type": "string", "description": "What to do about it."},
        "instance": {"type": "string", "description": "`urn:request:` and the request's id."},
        "details": {"type": "object", "description": "The failure's own facts."},
        "errors": {
            "type": "array",
            "description": "Each value that was refused.",
            "items": {
                "type": "object",
                "properties": {
                    "detail": {"type": "string"},
                    "pointer": {"type": "string", "description": "JSON Pointer into the body."},
                    "in": {"type": "string", "enum": ["query", "path", "header", "cookie"]},
                    "name": {"type": "string"},
                },
            },
        },
    },
}
"""The shape, as JSON Schema."""


class Problem(Response):
    """A failure as it is sent."""

    media_type = "application/problem+json"


def install(app: FastAPI) -> None:
    """Make the handlers of ``app`` those of this module."""
    app.add_exception_handler(NeonHubError, _neonhub_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_exception)


def problem(
    status: int,
    code: str,
    *,
    detail: str | None = None,
    request_id: str | None = None,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Problem:
    """A problem of the type ``code``; what of ``more`` is ``None`` is left out."""
    body = {
        "type": _TYPE + code,
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "code": code,
        "detail": detail,
        "instance": request_id and f"urn:request:{request_id}",
        **more,
    }
    told = {name: value for name, value in body.items() if value is not None}
    sent = {**_headers(status), **(headers or {})}
    return Problem(orjson.dumps(told, default=str), status, sent)


def unexpected(request_id: str | None) -> Problem:
    """What is said of a fault of the program."""
    return problem(
        500,
        "unexpected",
        detail="The server failed in a way that was not foreseen; its log has the cause.",
        request_id=request_id,
    )


def _headers(status: int) -> dict[str, str]:
    if status == HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": 'Bearer realm="neonhub"'}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return {"Retry-After": _RETRY_AFTER_S}
    return {}


def _request_id(request: Request) -> str | None:
    return getattr(request.state, "request_id", None)


async def _neonhub_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, NeonHubError)  # noqa: S101
    request_id = _request_id(request)
    status = error.http_status
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # What is known to happen needs no traceback: a database out of reach, a time-out.
        trace = error if status == HTTPStatus.INTERNAL_SERVER_ERROR else None
        _log.error("%s [%s]: %s", type(error).__name__, request_id, error, exc_info=trace)
        return problem(
            status, error.code, detail=_OURS.get(status, _OURS[500]), request_id=request_id
        )
    told = error.to_dict()
    return problem(
        status,
        error.code,
        detail=told["message"],
        request_id=request_id,
        hint=told.get("hint"),
        details=told.get("details"),
    )


_OURS = {
    500: "The server could not do this; its log has the cause.",
    503: "The database cannot be reached, or is not ready; /api/readyz says more. Try again.",
    504: "The database took longer over this than it is allowed to.",
    507: "The database server has no room left.",
}


async def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    faults = [_fault(each) for each in error.errors()]
    if any(each["type"] == "json_invalid" for each in error.errors()):
        return problem(
            400,
            "malformed_json",
            detail=f"The body is not JSON: {faults[0]['detail']}.",
            request_id=_request_id(request),
        )
    count = "One value" if len(faults) == 1 else f"{len(faults)} values"
    return problem(
        422,
        "invalid_request",
        detail=f"{count} of the request cannot be used.",
        request_id=_request_id(request),
        errors=faults,
    )


def _fault(error: Any) -> dict[str, Any]:
    """Where and why: never the value itself, which may be a secret."""
    where, *path = error["loc"]
    detail = error["msg"].removeprefix("Value error, ")
    if error["type"] == "json_invalid":
        return {"detail": f"{error['ctx']['error']} at character {path[0]}", "pointer": "#"}
    if where == "body":
        return {"detail": detail, "pointer": "#" + "".join(f"/{_escaped(step)}" for step in path)}
    return {"detail": detail, "in": where, "name": ".".join(str(step) for step in path)}


def _escaped(step: object) -> str:
    """A step of a JSON Pointer (RFC 6901)."""
    return str(step).replace("~", "~0").replace("/", "~1")


async def _http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    status = HTTPStatus(error.status_code)
    standard = error.detail == status.phrase
    return problem(
        status,
        status.name.lower(),
        detail=_SAID.get(status) if standard else error.detail,
        request_id=_request_id(request),
        headers=error.headers,
    )


_SAID = {
    404: "There is nothing at this path; /docs lists what there is.",
    405: "The path does not know this method; the header Allow lists those it knows.",
}
