"""Every statement of the agents domain."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from neonhub.db.lazy import lazy_module
from neonhub.db.statements import command, int_arg, json_arg, statement, text_arg

if TYPE_CHECKING:
    import sqlalchemy as sa

    from neonhub.domains.agents import tables as t
else:
    sa = lazy_module("sqlalchemy")
    t = lazy_module("neonhub.domains.agents.tables")


class AgentRow(NamedTuple):
    """A live agent."""

    id: str
    slug: str
    name: str
    kind: str
    status: str
    description: str | None
    version: str | None
    config: dict[str, Any] | None
    created_at: dt.datetime
    updated_at: dt.datetime


class ToolExecution(NamedTuple):
    """One call of a tool within a run, as the arrays of ``RunRow`` hold it."""

    id: str
    tool_id: str
    tool_name: str
    status: str
    input: dict[str, Any] | None
    output: dict[str, Any] | None
    error_message: str | None
    started_at: dt.datetime
    completed_at: dt.datetime | None
    duration_ms: int | None
    metadata: dict[str, Any] | None


class RunRow(NamedTuple):
    """A run with its tool executions, each an array in the order of ``ToolExecution``.

    ``id`` is None in the one row of an agent that has no such run.
    """

    id: str | None
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
    tool_executions: list[list[Any]]


class StartedRunRow(NamedTuple):
    """A run just begun."""

    id: str
    agent_id: str
    status: str
    started_at: dt.datetime


def _mine(table: Any) -> Any:
    return table.workspace_id == text_arg("workspace_id")


def _live_agent() -> Any:
    return sa.and_(_mine(t.Agent), t.Agent.deleted_at.is_(None))


def _called() -> Any:
    return sa.or_(t.Agent.id == text_arg("ref"), t.Agent.slug == text_arg("ref"))


def _agent_columns() -> tuple[Any, ...]:
    a = t.Agent
    about = (a.id, a.slug, a.name, a.kind, a.status, a.description, a.version, a.config)
    return (*about, a.created_at, a.updated_at)


@statement(AgentRow)
def find_agent() -> Any:
    """The live agent with that id or slug."""
    return sa.select(*_agent_columns()).where(_live_agent(), _called())


@statement(AgentRow)
def list_agents_by_id() -> Any:
    """The live agents with those ids, in the order of their making."""
    from sqlalchemy.dialects.postgresql import ARRAY

    ids = sa.bindparam("ids", type_=ARRAY(sa.Text()))
    a = t.Agent
    return (
        sa.select(*_agent_columns()).where(_live_agent(), a.id == sa.func.any(ids)).order_by(a.id)
    )


@command(AgentRow)
def insert_agent() -> Any:
    """A new agent; nothing comes back where a live one has the slug."""
    from sqlalchemy.dialects.postgresql import insert

    a = t.Agent
    return (
        insert(a)
        .values(
            id=text_arg("id"),
            workspace_id=text_arg("workspace_id"),
            name=text_arg("name"),
            slug=text_arg("slug"),
            kind=sa.cast(text_arg("kind"), a.kind.type),
            description=text_arg("description"),
            config=json_arg("config"),
        )
        .on_conflict_do_nothing(
            index_elements=["workspace_id", "slug"], index_where=sa.text("deleted_at IS NULL")
        )
        .returning(*_agent_columns())
    )


# -- runs ------------------------------------------------------------------------------------


@command(StartedRunRow)
def insert_run() -> Any:
    """A run of a live agent, under way; nothing comes back where there is no such agent."""
    a, r = t.Agent, t.AgentRun
    started = sa.select(
        text_arg("id").label("id"),
        a.workspace_id,
        a.id.label("agent_id"),
        sa.cast(sa.literal_column("'running'"), r.status.type).label("status"),
        text_arg("objective").label("objective"),
        json_arg("input").label("input"),
    ).where(_live_agent(), _called())
    names = ["id", "workspace_id", "agent_id", "status", "objective", "input"]
    return (
        sa.insert(r).from_select(names, started).returning(r.id, r.agent_id, r.status, r.started_at)
    )


def _latest_runs(agent: Any) -> Any:
    """The agent's runs of that status, or of any, the latest first."""
    r = t.AgentRun
    wanted = text_arg("status")
    return (
        sa.select(r)
        .where(
            r.workspace_id == agent.workspace_id,
            r.agent_id == agent.id,
            sa.or_(wanted.is_(None), r.status == sa.cast(wanted, r.status.type)),
        )
        .order_by(r.started_at.desc())
        .limit(int_arg("limit"))
        .lateral("run")
    )


def _executions(run: Any) -> Any:
    """A run's tool executions as one array, the earliest first."""
    x = t.ToolExecution
    each = sa.func.json_build_array(
        *(x.id, x.tool_id, x.tool_name, x.status, x.input, x.output, x.error_message),
        *(x.started_at, x.completed_at, x.duration_ms, x.metadata_),
    )
    from sqlalchemy.dialects.postgresql import aggregate_order_by

    gathered = sa.func.json_agg(aggregate_order_by(each, x.started_at))
    return (
        sa.select(sa.func.coalesce(gathered, sa.literal_column("'[]'::json")).label("all"))
        .where(x.workspace_id == run.c.workspace_id, x.agent_run_id == run.c.id)
        .lateral("executions")
    )


@statement(RunRow)
def list_runs() -> Any:
    """The last runs of a live agent, each with its tool executions; no row without the agent."""
    a, run = t.Agent, _latest_runs(t.Agent)
    executions = _executions(run)
    columns = [run.c[name] for name in RunRow._fields[:-1]]
    return (
        sa.select(*columns, executions.c.all.label("tool_executions"))
        .select_from(a)
        .outerjoin(run, sa.true())
        .outerjoin(executions, run.c.id.is_not(None))
        .where(_live_agent(), _called())
        .order_by(run.c.started_at.desc())
    )
