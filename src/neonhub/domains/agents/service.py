"""Use-cases of the agents domain: agents, their runs, and the tools that these called."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from neonhub.db.errors import InvalidInput, NotFound
from neonhub.db.ids import cuid
from neonhub.db.paging import bounded
from neonhub.db.slugs import checked_slug, slugify
from neonhub.domains.agents import queries as q
from neonhub.domains.agents.enums import AgentKind, RunStatus
from neonhub.domains.agents.errors import AgentExists
from neonhub.domains.agents.queries import ToolExecution

if TYPE_CHECKING:
    import enum
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from neonhub.db.session import Session
    from neonhub.db.tenancy import Principal

__all__ = ["AgentRun", "Agents", "ToolExecution"]

MAX_IDS = 1000
"""No list of ids is longer than this at once."""


class AgentRun(NamedTuple):
    """One execution of an agent, with the tools that it called. Durations are milliseconds."""

    id: str
    agent_id: str
    dataset_id: str | None
    status: str
    objective: str | None
    input: dict[str, Any]
    output: dict[str, Any] | None
    metrics: dict[str, Any] | None
    meta: dict[str, Any] | None
    error_message: str | None
    started_at: dt.datetime
    completed_at: dt.datetime | None
    duration_ms: int | None
    total_tokens: int
    total_cost: Decimal
    trace_id: str | None
    tool_executions: list[ToolExecution]


class Agents:
    """The agents of one workspace."""

    def __init__(self, session: Session, principal: Principal):
        self._session = session
        self._principal = principal

    async def find(self, ref: str) -> q.AgentRow | None:
        """The live agent with that id or slug, or None."""
        return await self._session.one(q.find_agent, ref=ref)

    async def get(self, ref: str) -> q.AgentRow:
        """The live agent with that id or slug; raises ``NotFound``."""
        return await self._session.get(q.find_agent, "agent", ref, ref=ref)

    async def list_by_id(self, ids: Sequence[str]) -> list[q.AgentRow]:
        """Those of up to 1,000 agents that are there, in one round trip."""
        if len(ids) > MAX_IDS:
            raise InvalidInput(field="ids", reason=f"{MAX_IDS} are the most at once")
        return await self._session.all(q.list_agents_by_id, ids=list(ids))

    async def create(
        self,
        name: str,
        *,
        kind: AgentKind | str,
        slug: str | None = None,
        description: str | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> q.AgentRow:
        """A new agent; raises ``AgentExists``, which leaves the unit of work usable.

        Without a slug one is made of the name.
        """
        self._principal.require("agents:create")
        short = checked_slug(slug if slug is not None else slugify(name))
        made = await self._session.one(
            q.insert_agent,
            id=cuid(),
            name=name,
            slug=short,
            kind=_one_of(AgentKind, "kind", kind),
            description=description,
            config=dict(config) if config is not None else None,
        )
        if made is None:
            raise AgentExists(slug=short, table="agents", columns=("slug",))
        return made

    async def start_run(
        self,
        agent: str,
        *,
        input: Mapping[str, Any],  # noqa: A002  (the column's name)
        objective: str | None = None,
    ) -> q.StartedRunRow:
        """Begin a run of the agent with that id or slug; raises ``NotFound``."""
        self._principal.require("agents:execute")
        return await self._session.get(
            q.insert_run,
            "agent",
            agent,
            ref=agent,
            id=cuid(),
            objective=objective,
            input=dict(input),
        )

    async def list_runs(
        self, agent: str, *, status: RunStatus | str | None = None, limit: int = 20
    ) -> list[AgentRun]:
        """The last runs of the agent with that id or slug, each with its tool executions.

        The latest comes first; one round trip. Raises ``NotFound`` where there is no such agent.
        """
        wanted = None if status is None else _one_of(RunStatus, "status", status)
        rows = await self._session.all(q.list_runs, ref=agent, status=wanted, limit=bounded(limit))
        if not rows:
            raise NotFound(what="agent", key=agent)
        return [_run(row) for row in rows if row.id is not None]


def _run(row: q.RunRow) -> AgentRun:
    made: list[Any] = [*row]
    made[-1] = [_execution(each) for each in row.tool_executions]
    return AgentRun._make(made)


def _execution(values: list[Any]) -> ToolExecution:
    for place in (7, 8):  # JSON has no times
        if values[place] is not None:
            values[place] = dt.datetime.fromisoformat(values[place])
    return ToolExecution._make(values)


def _one_of(kind: type[enum.StrEnum], field: str, value: str) -> str:
    try:
        return kind(value).value
    except ValueError:
        known = ", ".join(kind)
        raise InvalidInput(field=field, reason=f"{value!r} is none of {known}") from None
