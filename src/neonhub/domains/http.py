"""What routes know of a request: who asks, and the unit of work that answers.

**Who.** ``Authorization: Bearer neon_…``, or ``X-API-Key: neon_…`` for clients that cannot set it.

**Where.** A key belongs to an organization, so most requests need not say more: the header
``X-Workspace`` (slug or id) names the workspace; without it, it is the one that the key is bound
to, else the only one that its user reaches. Where there are several, the request is refused with
their slugs. Paths stay ``/api/datasets``, not ``/api/workspaces/{workspace}/datasets``: a client
sets its headers once, and a path never contradicts its key.

**Commit at the edge, once.** The units below close after the route has returned and before its
response is sent (FastAPI's scope ``function``): what a client was told is committed, and a commit
that fails becomes its response.
"""

# No `from __future__ import annotations`: FastAPI reads these annotations at run time.
import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

import orjson
from fastapi import Depends, Header, Query, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from neonhub.db.errors import InvalidInput, NeonHubError, NotFound
from neonhub.db.paging import MAX_PAGE
from neonhub.db.tenancy import Principal, Tenant

if TYPE_CHECKING:
    from neonhub.hub import NeonHub, OrganizationUnit, WorkspaceUnit
else:  # the façade stands above the domains: here it is known by what it does
    NeonHub = OrganizationUnit = WorkspaceUnit = Any

__all__ = [
    "CurrentPrincipal",
    "Cursor",
    "Hub",
    "JsonObject",
    "KeyMissing",
    "Limit",
    "Name",
    "Organization",
    "PageOf",
    "Shape",
    "Text",
    "Workspace",
    "WorkspaceUnclear",
    "check_json",
    "parse_json_object",
]

ItemT = TypeVar("ItemT")
_NAMED_AT_MOST = 20


class KeyMissing(NeonHubError):
    """This needs an API key."""

    http_status = 401
    hint = "Send it as `Authorization: Bearer neon_…`; `neonhub keys create` makes one."


class WorkspaceUnclear(NeonHubError):
    """The key opens more than one workspace ({workspaces}): name one in the header X-Workspace."""

    http_status = 400


# -- who and where ---------------------------------------------------------------------------

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="API key",
    bearerFormat="neon_…",
    description="An API key, as `neonhub keys create` makes it.",
)
_key_header = APIKeyHeader(
    name="X-API-Key",
    auto_error=False,
    scheme_name="API key in X-API-Key",
    description="The same key, for clients that cannot set `Authorization`.",
)


def _hub(request: Request) -> NeonHub:
    hub: NeonHub = request.app.state.hub
    return hub


Hub = Annotated[NeonHub, Depends(_hub)]


async def _principal(
    request: Request,
    hub: Hub,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    key: Annotated[str | None, Depends(_key_header)],
) -> Principal:
    token = bearer.credentials if bearer is not None else key
    if not token:
        raise KeyMissing
    principal = await hub.organizations.authenticate(token)
    request.state.principal_id = principal.id
    return principal


CurrentPrincipal = Annotated[Principal, Depends(_principal)]


async def _workspace(
    hub: Hub,
    principal: CurrentPrincipal,
    x_workspace: Annotated[
        str | None,
        Header(
            description="Slug or id of the workspace. Without it: the key's own, else the only one."
        ),
    ] = None,
) -> AsyncIterator[WorkspaceUnit]:
    ref = x_workspace or principal.workspace_id or await _only_workspace(hub, principal)
    async with hub.workspace(ref, principal) as unit:
        yield unit


async def _only_workspace(hub: NeonHub, principal: Principal) -> str:
    reached = await _reached(hub, principal)
    if not reached:
        raise NotFound("The key opens no workspace.", what="workspace", key="")
    if len(reached) > 1:
        raise WorkspaceUnclear(workspaces=tuple(slug for _, slug in reached))
    return reached[0][0]


async def _reached(hub: NeonHub, principal: Principal) -> list[tuple[str, str]]:
    """Id and slug of the workspaces that the principal may enter; a user's are by membership."""
    from neonhub.domains.tenancy import queries as q

    if principal.user_id is not None:
        rows = await hub.organizations.workspaces_of_user(principal.user_id)
        mine = principal.organization_id
        return [(row.workspace_id, row.slug) for row in rows if row.organization_id == mine]
    async with hub.session(Tenant(organization_id=principal.organization_id)) as session:
        found = await session.all(q.list_workspaces, after="", limit=_NAMED_AT_MOST)
    return [(row.id, row.slug) for row in found]


Workspace = Annotated[WorkspaceUnit, Depends(_workspace, scope="function")]
"""A unit of work in the request's workspace; committed before the response is sent."""


async def _organization(hub: Hub, principal: CurrentPrincipal) -> AsyncIterator[OrganizationUnit]:
    async with hub.organization(principal.organization_id or "", principal) as unit:
        yield unit


Organization = Annotated[OrganizationUnit, Depends(_organization, scope="function")]
"""A unit of work in the key's organization; committed before the response is sent."""


# -- shapes ------------------------------------------------------------------------------------


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("text cannot hold the character NUL")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValueError("text cannot hold half of a surrogate pair") from None
    return text


def check_json(value: dict[str, Any]) -> dict[str, Any]:
    """The object, if the database can keep it; else ``ValueError``."""
    try:
        text = orjson.dumps(value)
    except TypeError as error:
        raise ValueError(f"it is not JSON that can be kept: {error}") from None
    # \u0000 as the escape of NUL, not as the words after an escaped backslash.
    if re.search(rb"(?<!\\)(?:\\\\)*\\u0000", text):
        raise ValueError("text cannot hold the character NUL")
    return value


def parse_json_object(name: str, text: str | None) -> dict[str, Any] | None:
    """The JSON object that a parameter or form field holds; ``InvalidInput`` for anything else."""
    if not text:
        return None
    try:
        value = orjson.loads(text)
        if isinstance(value, dict):
            return check_json(value)
    except ValueError as error:
        raise InvalidInput(field=name, reason="it is not JSON that can be kept") from error
    raise InvalidInput(field=name, reason="it is no JSON object")


Text = Annotated[str, AfterValidator(_storable)]
Name = Annotated[Text, Field(min_length=1, max_length=200)]
JsonObject = Annotated[dict[str, Any], AfterValidator(check_json)]

Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="How many at most.")]
Cursor = Annotated[
    str | None,
    Query(max_length=500, description="`next_cursor` of the page before; none for the first."),
]


class Shape(BaseModel):
    """The base of what comes in and goes out: unknown fields are refused, rows are read."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class PageOf(Shape, Generic[ItemT]):
    """Some items, and the cursor that asks for those after; none at the end."""

    items: list[ItemT]
    next_cursor: str | None
