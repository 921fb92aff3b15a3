"""Runs of agents: steps one after the other, the calls of tools within them, what it all cost.

A run takes as long as its steps, costs what their tokens cost, and a day's roll-up is of its runs.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from neonhub.ops.seeding.demo.agents import AGENTS, MODEL, TOOLS

if TYPE_CHECKING:
    from neonhub.ops.seeding.demo.world import Dice, Place, Row

__all__ = ["fill"]

_PRICE_OF_TOKEN = Decimal("0.000004")
_OBJECTIVES = {
    "campaign-copilot": ("Draft the {brand} newsletter", "Answer a question about {product} care"),
    "lifecycle-sender": ("Send the welcome sequence", "Remind of open carts"),
    "performance-analyst": ("Morning look at the figures", "Explain yesterday's clicks"),
}
_FAULTS = ("The provider did not answer in time.", "The draft did not pass the style rules.")


@dataclass
class _Made:
    """A run as it grows: its clock, and what its steps have used so far."""

    row: Row
    clock: dt.datetime
    steps: int = 0
    tokens: int = 0
    calls: int = 0


def fill(place: Place) -> None:
    """A month of runs, their roll-ups, and the jobs that asked for the latest of them."""
    for days in range(30, -1, -1):
        for slug, _, _, _, _, tools in AGENTS:
            dice = place.dice("runs", slug, str(days))
            runs = dice.between(1, 2 + round(2 * place.profile.size)) if days else 1
            for number in range(runs):
                _run(place, dice, slug, tools, days, number)
    _daily(place)
    _jobs(place)


def _run(
    place: Place, dice: Dice, slug: str, tools: tuple[str, ...], days: int, number: int
) -> None:
    if days:
        started, status = place.moment(dice, days, first=6, last=20), _outcome(dice)
    else:  # what goes on at the anchor itself
        started, status = place.world.before(minutes=dice.between(2, 9)), "running"
    objective = place.profile.told(dice.pick(_OBJECTIVES[slug]))
    asked = {"objective": objective, "locale": "en-US"}
    row = place.add(
        "agent_runs",
        slug,
        f"{days}-{number}",
        agent_id=place.id_of("agents", slug),
        dataset_id=place.id_of("datasets", "handbook") if slug == "campaign-copilot" else None,
        status=status,
        objective=objective,
        input=asked,
        output=None,
        meta={"model": MODEL},
        input_hash=hashlib.sha256(repr(sorted(asked.items())).encode()).hexdigest(),
        error_message=dice.pick(_FAULTS) if status == "failed" else None,
        started_at=started,
        completed_at=None,
        total_tokens=0,
        total_cost=Decimal(0),
        trace_id=hashlib.sha256(f"{place.name}{slug}{days}{number}".encode()).hexdigest()[:32],
    )
    made = _Made(row, started)
    for tool in _plan(dice, tools, status):
        _step(place, dice, made, tool)
    _close(place, made)


def _outcome(dice: Dice) -> str:
    fallen = dice.unit()
    return "failed" if fallen < 0.08 else "cancelled" if fallen < 0.11 else "completed"


def _plan(dice: Dice, tools: tuple[str, ...], status: str) -> list[str | None]:
    """What the steps call, each one tool or, where it is None, only the model."""
    called = [dice.pick(tools) for _ in range(dice.between(1, 3))]
    return [None, *called] if status in ("running", "failed") else [None, *called, None]


def _step(place: Place, dice: Dice, made: _Made, tool: str | None) -> None:
    """One step; the last of a run that did not complete ends like the run."""
    run, idx = made.row, made.steps
    began = made.clock
    ended = began + dt.timedelta(milliseconds=dice.between(400, 9000))
    key = (run["id"], str(idx))
    tokens = dice.between(180, 2400)
    step = place.add(
        "run_steps",
        *key,
        run_id=run["id"],
        name=TOOLS[tool][1] if tool else ("Plan", "Conclude")[min(idx, 1)],
        status="completed",
        payload={"tool": tool} if tool else {},
        result={"tokens": tokens},
        error=None,
        started_at=began,
        completed_at=ended,
        parent_step_id=place.id_of("run_steps", run["id"], "0") if idx and tool else None,
        kind="tool" if tool else "model",
        idx=idx,
    )
    if tool:
        _call(place, dice, made, step, tool)
    made.steps, made.tokens, made.clock = idx + 1, made.tokens + tokens, ended


def _call(place: Place, dice: Dice, made: _Made, step: Row, tool: str) -> None:
    """The tool is called soon after the step begins, and answers before it ends."""
    _, name, given, found = TOOLS[tool]
    milliseconds = int((step["completed_at"] - step["started_at"]) / dt.timedelta(milliseconds=1))
    lead = milliseconds // 10
    place.add(
        "tool_executions",
        step["id"],
        tool_id=place.id_of("tools", tool),
        agent_run_id=made.row["id"],
        status="completed",
        input={given: place.profile.product},
        output={found: dice.between(1, 40)},
        started_at=step["started_at"] + dt.timedelta(milliseconds=lead),
        completed_at=step["completed_at"] - dt.timedelta(milliseconds=lead),
        metadata={"step_id": step["id"]},
        tool_name=name,
        error_message=None,
    )
    made.calls += 1


def _close(place: Place, made: _Made) -> None:
    """Total the run, and let its last step end as it does."""
    run = made.row
    last = place.rows["run_steps"][-1]
    status = run["status"]
    if status != "completed":
        last.update(status=status, error=run["error_message"])
        if last["kind"] == "tool":
            call = place.rows["tool_executions"][-1]
            call.update(status=status, output=None, error_message=run["error_message"])
    if status == "running":
        for row in (last, *(place.rows["tool_executions"][-1:] if last["kind"] == "tool" else ())):
            row["completed_at"] = None
        made.tokens -= last["result"]["tokens"]
        last["result"] = None
    else:
        run["completed_at"] = made.clock
    if status == "completed":
        run["output"] = {"summary": f"Done: {run['objective']}."}
    run["total_tokens"] = made.tokens
    run["total_cost"] = made.tokens * _PRICE_OF_TOKEN
    run["total_cost"] = run["total_cost"].quantize(Decimal("0.0001"))
    run["metrics"] = {"steps": made.steps, "tool_calls": made.calls}
    if status != "running":
        _figures(place, made)


def _figures(place: Place, made: _Made) -> None:
    run = made.row
    for name, value in (
        ("duration_ms", _milliseconds(run)),
        ("total_tokens", made.tokens),
        ("total_cost", float(run["total_cost"])),
        ("steps", made.steps),
        ("tool_calls", made.calls),
    ):
        place.add(
            "agent_run_metrics",
            run["id"],
            name,
            agent_run_id=run["id"],
            name=name,
            value=value,
            metadata=None,
            recorded_at=run["completed_at"],
        )


def _milliseconds(run: Row) -> int:
    return int((run["completed_at"] - run["started_at"]) / dt.timedelta(milliseconds=1))


def _daily(place: Place) -> None:
    """A row a day and agent, of all runs that began on it."""
    days: dict[tuple[str, dt.date], list[Row]] = defaultdict(list)
    for run in place.rows["agent_runs"]:
        days[run["agent_id"], run["started_at"].date()].append(run)
    for (agent_id, day), runs in days.items():
        times = sorted(_milliseconds(run) for run in runs if run["completed_at"])
        place.add(
            "agent_metrics",
            agent_id,
            str((place.world.anchor.date() - day).days),
            agent_id=agent_id,
            date=day,
            total_runs=len(runs),
            successful_runs=sum(run["status"] == "completed" for run in runs),
            failed_runs=sum(run["status"] == "failed" for run in runs),
            avg_duration=sum(times) / len(times) if times else None,
            p95_duration=_percentile(times, 0.95) if times else None,
            total_tokens=sum(run["total_tokens"] for run in runs),
            total_cost=sum((run["total_cost"] for run in runs), Decimal(0)),
        )


def _percentile(ordered: list[int], share: float) -> float:
    """Between the two nearest ranks, as ``percentile_cont`` has it."""
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


_ENDED = {"completed": "completed", "failed": "failed", "cancelled": "cancelled"}


def _jobs(place: Place) -> None:
    """The queue: what asked for the latest runs, and what waits."""
    names = {place.id_of("agents", slug): slug for slug, *_ in AGENTS}
    for run in sorted(place.rows["agent_runs"], key=_when)[-place.amount(16) :]:
        slug, status = names[run["agent_id"]], _ENDED.get(run["status"], "running")
        held = {"locked_by": "worker-1", "locked_at": run["started_at"]}
        _job(
            place,
            run["id"],
            run["started_at"],
            **{"agent": slug, "agent_id": run["agent_id"], "input": run["input"]},
            **(held if status == "running" else {}),
            output={"run_id": run["id"]} if status == "completed" else None,
            **{"status": status, "error": run["error_message"], "attempts": 1},
        )
    for number, (slug, *_) in enumerate(AGENTS):
        agent_id, due = place.id_of("agents", slug), place.world.before(hours=-8 - number)
        job = _job(place, f"due {slug}", place.world.before(hours=1), agent=slug, agent_id=agent_id)
        job.update(run_after=due, input={"objective": place.profile.told(_OBJECTIVES[slug][0])})


def _when(run: Row) -> tuple[dt.datetime, str]:
    return run["started_at"], run["id"]


def _job(place: Place, key: str, when: dt.datetime, **values: Any) -> Row:
    given: Row = {"output": None, "status": "queued", "error": None, "attempts": 0, "input": {}}
    given |= {"locked_by": None, "locked_at": None, "priority": 0, "max_attempts": 5}
    given |= {"run_after": when, "created_at": when, "created_by_id": None, **values}
    return place.add("agent_jobs", key, **given)
