"""Agents at work: runs of three steps and two calls each; and metric events as they come in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neonhub.ops.seeding.scale.stream import Clock, Stream, mix, skewed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neonhub.ops.seeding.scale.tenants import Tenant

__all__ = ["AGENTS", "STREAMS"]

AGENTS, RUNS, METRICS = 3, 500, 3000
_TOOLS = ("search", "send", "publish", "query")
_KINDS = ("page_view", "email_open", "api_call", "conversion")
_STEP_SECONDS = 12


def _agents(tenant: Tenant, _clock: Clock) -> Iterator[str]:
    ids = tenant.prefix("ag")
    for n, kind in enumerate(("COPILOT", "WORKFLOW", "ANALYST")):
        yield f"{ids}{n:011d}\t{tenant.workspace_id}\tAgent {n}\tagent-{n}\t{kind}"


def _tools(tenant: Tenant, _clock: Clock) -> Iterator[str]:
    ids, agents = tenant.prefix("to"), tenant.prefix("ag")
    for n, slug in enumerate(_TOOLS):
        agent = f"{agents}{n % AGENTS:011d}"
        yield f"{ids}{n:011d}\t{tenant.workspace_id}\t{slug.title()}\t{slug}\t{agent}"


def _status(run: int) -> str:
    return "failed" if mix(run, 2) % 12 == 0 else "completed"


def _runs(tenant: Tenant, clock: Clock) -> Iterator[str]:
    ids, agents, here = tenant.prefix("ru"), tenant.prefix("ag"), tenant.workspace_id
    many = tenant.many(RUNS)
    for n in range(many):
        minute, tokens = n * 43_200 // many, 900 + mix(n, 1) % 4000
        key = f"{ids}{n:011d}\t{here}\t{agents}{skewed(n, AGENTS):011d}\t{_status(n)}"
        times = f"{clock.at(minute)}\t{clock.at(minute, 3 * _STEP_SECONDS)}"
        yield f'{key}\tRun {n}\t{{"n": {n}}}\t{{"ok": true}}\t{times}\t{tokens}\t{tokens / 1e6:.4f}'


def _steps(tenant: Tenant, clock: Clock) -> Iterator[str]:
    ids, runs, here = tenant.prefix("st"), tenant.prefix("ru"), tenant.workspace_id
    many = tenant.many(RUNS)
    for n in range(many):
        minute = n * 43_200 // many
        for idx, name in enumerate(("plan", "act", "conclude")):
            begin = clock.at(minute, idx * _STEP_SECONDS)
            end = clock.at(minute, (idx + 1) * _STEP_SECONDS)
            status = _status(n) if idx == 2 else "completed"
            key = f"{ids}{3 * n + idx:011d}\t{here}\t{runs}{n:011d}"
            yield f'{key}\t{name}\t{status}\t{{"idx": {idx}}}\t{begin}\t{end}\t{idx}'


def _calls(tenant: Tenant, clock: Clock) -> Iterator[str]:
    ids, runs, tools = tenant.prefix("te"), tenant.prefix("ru"), tenant.prefix("to")
    here, many = tenant.workspace_id, tenant.many(RUNS)
    for n in range(many):
        minute = n * 43_200 // many
        for call in range(2):
            tool = mix(2 * n + call, 3) % len(_TOOLS)
            key = f"{ids}{2 * n + call:011d}\t{here}\t{tools}{tool:011d}\t{runs}{n:011d}"
            times = f"{clock.at(minute, 2 + 12 * call)}\t{clock.at(minute, 9 + 12 * call)}"
            yield f'{key}\tcompleted\t{{"q": {n}}}\t{{"hits": {call}}}\t{times}\t{_TOOLS[tool]}'


def _metrics(tenant: Tenant, clock: Clock) -> Iterator[str]:
    ids, here, many = tenant.prefix("me"), tenant.workspace_id, tenant.many(METRICS)
    for n in range(many):
        kind = _KINDS[skewed(n, len(_KINDS), 1)]
        about = f'{{"value": {mix(n, 2) % 500}, "source": "s{mix(n, 3) % 20}"}}'
        yield f"{ids}{n:011d}\t{here}\t{kind}\t{about}\t{clock.at(n * 43_200 // many, n % 60)}"


STREAMS = (
    Stream("agents", ("id", "workspace_id", "name", "slug", "kind"), _agents),
    Stream("tools", ("id", "workspace_id", "name", "slug", "agent_id"), _tools),
    Stream(
        "agent_runs",
        (
            "id",
            "workspace_id",
            "agent_id",
            "status",
            "objective",
            "input",
            "output",
            "started_at",
            "completed_at",
            "total_tokens",
            "total_cost",
        ),
        _runs,
    ),
    Stream(
        "run_steps",
        (
            "id",
            "workspace_id",
            "run_id",
            "name",
            "status",
            "payload",
            "started_at",
            "completed_at",
            "idx",
        ),
        _steps,
    ),
    Stream(
        "tool_executions",
        (
            "id",
            "workspace_id",
            "tool_id",
            "agent_run_id",
            "status",
            "input",
            "output",
            "started_at",
            "completed_at",
            "tool_name",
        ),
        _calls,
    ),
    Stream("metric_events", ("id", "workspace_id", "kind", "metadata", "timestamp"), _metrics),
)
