"""Analytics: a month of events as they came in, and their roll-ups."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from neonhub.ops.seeding.demo.world import DAYS

if TYPE_CHECKING:
    from neonhub.ops.seeding.demo.world import Place, Row

__all__ = ["fill"]


def fill(place: Place) -> None:
    """What leads, runs and visitors did; then days, weeks and months of it."""
    for touch in place.rows["marketing_touchpoints"]:
        _event(place, "touchpoint", touch["id"], touch["timestamp"], 1, channel=touch["channel"])
    for lead in place.rows["marketing_leads"]:
        if lead["converted_at"]:
            value, when = float(lead["converted_value"]), lead["converted_at"]
            _event(place, "conversion", lead["id"], when, value, channel=lead["source"])
    for run in place.rows["agent_runs"]:
        if run["completed_at"]:
            about = {"agent_id": run["agent_id"], "status": run["status"]}
            tokens = run["total_tokens"]
            _event(place, "agent_run", run["id"], run["completed_at"], tokens, **about)
    _visits(place)
    _roll_up(place)


def _event(
    place: Place, kind: str, key: str, when: dt.datetime, value: float, **about: Any
) -> None:
    metadata = {"value": value, **about}
    place.add("metric_events", kind, key, kind=kind, metadata=metadata, timestamp=when)


def _visits(place: Place) -> None:
    """Views of the site that belong to nobody known."""
    pages = [piece["url"] for piece in place.rows["content"] if piece["published_at"]]
    for days in range(DAYS, 0, -1):
        dice = place.dice("visits", str(days))
        for number in range(place.amount(24)):
            when = place.moment(dice, days, first=0, last=24)
            about = {"url": dice.pick(pages), "device": dice.pick(("desktop", "mobile"))}
            seconds = dice.between(4, 240)
            _event(place, "page_view", f"{days}-{number}", when, seconds, **about)


def _start(moment: dt.datetime, granularity: str) -> dt.datetime:
    """The beginning of its period in UTC, as ``date_trunc`` has it: weeks begin on Monday."""
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if granularity == "week":
        return day - dt.timedelta(days=day.weekday())
    return day.replace(day=1) if granularity == "month" else day


def _roll_up(place: Place) -> None:
    """Every kind by day, week and month, and what has a channel by day and channel too."""
    sums: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for event in place.rows["metric_events"]:
        for granularity in ("day", "week", "month"):
            period = _start(event["timestamp"], granularity)
            sums[event["kind"], granularity, period, None].append(event)
        if channel := event["metadata"].get("channel"):
            sums[event["kind"], "day", _start(event["timestamp"], "day"), channel].append(event)
    for (kind, granularity, period, channel), events in sums.items():
        days = (place.world.anchor - period).days
        place.add(
            "analytics_summaries",
            *(kind, granularity, str(days), channel or ""),
            kind=kind,
            granularity=granularity,
            period_start=period,
            count=len(events),
            value_sum=float(sum(event["metadata"]["value"] for event in events)),
            dimensions={"channel": channel} if channel else {},
            created_at=place.world.before(),
        )
