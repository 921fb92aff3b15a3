"""The five patterns: as typed calls, by raw psycopg with the same SQL, and as tasks for Prisma."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
import psycopg
from pgvector.psycopg import register_vector_async
from psycopg.types.json import set_json_loads

from benchmarks.patterns.rows import SINCE, SPACE, UNTIL, Ids
from benchmarks.reads import for_psycopg
from neonhub.domains.agents import queries as agents
from neonhub.domains.brands import search_queries as brands
from neonhub.domains.campaigns import queries as campaigns
from neonhub.domains.people import queries as people
from neonhub.domains.tenancy import queries as tenancy

if TYPE_CHECKING:
    from neonhub.db.statements import Statement
    from neonhub.hub import NeonHub, WorkspaceUnit

Call = Callable[[], Awaitable[int]]
"""One call; what it returns must be the same for all who do the same."""


class Pattern(NamedTuple):
    """A pattern, its statement with the values of the n-th call, and its parameters for Prisma."""

    statement: Statement[Any]
    values: Callable[[Ids, int], dict[str, Any]]
    prisma: Callable[[Ids], list[dict[str, Any]]]


PATTERNS: dict[str, Pattern] = {
    "user_workspaces": Pattern(
        tenancy.list_workspaces_of_user,
        lambda _ids, _n: {},
        lambda ids: [{"user_id": ids.tenant.user_id}],
    ),
    "agent_runs": Pattern(
        agents.list_runs,
        lambda ids, n: {"ref": _nth(ids.agents, n), "status": "completed", "limit": 20},
        lambda ids: [{"agent_id": each} for each in ids.agents],
    ),
    "brand_voice": Pattern(
        brands.search_voice_of_guide,
        lambda ids, n: {
            "guide": _nth(ids.guides, n),
            **{"embedding": _nth(ids.questions, n), "space": SPACE, "limit": 5},
        },
        lambda ids: [
            {"guide_id": _nth(ids.guides, n), "embedding": each.tolist()}
            for n, each in enumerate(ids.questions)
        ],
    ),
    "campaign_performance": Pattern(
        campaigns.get_performance,
        lambda ids, n: {
            **{"campaign_id": _nth(ids.campaigns, n), "since": SINCE, "until": UNTIL},
            "channel": None,
        },
        lambda ids: [
            {"campaign_id": each, "start": str(SINCE), "end": str(UNTIL)} for each in ids.campaigns
        ],
    ),
    "person_by_identity": Pattern(
        people.find_person,
        lambda ids, n: {"types": ["email", "phone"], "values": list(_nth(ids.people, n))},
        lambda ids: [{"email": email, "phone": phone} for email, phone in ids.people],
    ),
}


def _nth(values: list[Any], n: int) -> Any:
    return values[n % len(values)]


# -- ours ----------------------------------------------------------------------------------


def typed(hub: NeonHub, ids: Ids, name: str) -> Call:
    """The pattern as its typed call, in a unit of work of its own; the rows that came."""
    numbers = count()

    async def workspaces() -> int:
        return len(await hub.workspaces_of(ids.tenant.user_id or ""))

    if name == "user_workspaces":
        return workspaces

    async def call() -> int:
        values = PATTERNS[name].values(ids, next(numbers))
        async with hub.workspace(ids.tenant) as ws:
            return await _CALLS[name](ws, values)

    return call


async def _runs(ws: WorkspaceUnit, given: dict[str, Any]) -> int:
    runs = await ws.agents.list_runs(given["ref"], status=given["status"], limit=given["limit"])
    return len(runs)


async def _voice(ws: WorkspaceUnit, given: dict[str, Any]) -> int:
    hits = await ws.brands.search_voice(
        given["embedding"], guide=given["guide"], space=given["space"], limit=given["limit"]
    )
    return len(hits)


async def _performance(ws: WorkspaceUnit, given: dict[str, Any]) -> int:
    await ws.campaigns.performance(given["campaign_id"], given["since"], given["until"])
    return 1


async def _person(ws: WorkspaceUnit, given: dict[str, Any]) -> int:
    found = await ws.people.find(**dict(zip(given["types"], given["values"], strict=True)))
    return int(found is not None)


_CALLS: dict[str, Callable[[WorkspaceUnit, dict[str, Any]], Awaitable[int]]] = {
    "agent_runs": _runs,
    "brand_voice": _voice,
    "campaign_performance": _performance,
    "person_by_identity": _person,
}


# -- raw psycopg ---------------------------------------------------------------------------


async def connected(dsn: str, ids: Ids) -> psycopg.AsyncConnection[Any]:
    """A connection of the superuser, no tenant set: past the policies, the user to look up set."""
    raw: psycopg.AsyncConnection[Any] = await psycopg.AsyncConnection.connect(dsn, autocommit=True)
    await register_vector_async(raw)
    set_json_loads(orjson.loads, raw)
    await raw.execute("SELECT set_config('neonhub.user_id', %s, false)", [ids.tenant.user_id])
    # The search by vector asks for its tenant by the setting: once here, at each call in ours.
    setting = "SELECT set_config('neonhub.workspace_id', %s, false)"
    await raw.execute(setting, [ids.tenant.workspace_id])
    return raw


def raw_call(raw: psycopg.AsyncConnection[Any], ids: Ids, name: str) -> Call:
    """The pattern's SQL, prepared, on one connection and one cursor."""
    pattern, numbers = PATTERNS[name], count()
    sql, cursor = for_psycopg(pattern.statement), raw.cursor(binary=True)
    tenant = {"workspace_id": ids.tenant.workspace_id}

    async def call() -> int:
        await cursor.execute(sql, tenant | pattern.values(ids, next(numbers)), prepare=True)
        return len(await cursor.fetchall())

    return call


# -- Prisma --------------------------------------------------------------------------------


def task(ids: Ids, name: str, *, repeat: int, warm: int) -> dict[str, Any]:
    """What Prisma's process is told to measure."""
    tenant = ids.tenant
    return {
        "tenant": {
            **{"workspace_id": tenant.workspace_id, "organization_id": tenant.organization_id},
            "user_id": tenant.user_id,
        },
        "patterns": {name: PATTERNS[name].prisma(ids)},
        **{"repeat": repeat, "warm": warm},
    }
