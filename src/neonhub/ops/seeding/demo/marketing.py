"""Marketing campaigns: thirty days of figures that add up, by campaign and by day.

What the figures call a conversion is a lead that converted, and revenue is what those paid. So
the leads come first, and ``fill_figures`` counts them.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from neonhub.ops.seeding.demo.world import DAYS

if TYPE_CHECKING:
    from neonhub.ops.seeding.demo.world import Dice, Place, Row

__all__ = ["CAMPAIGNS", "MEDIUMS", "Plan", "fill", "fill_figures"]


@dataclass(frozen=True)
class Plan:
    """A campaign: how often it is shown a day and channel, clicks a thousand, cents a click."""

    key: str
    name: str
    type: str
    channels: tuple[str, ...]
    shown: int
    clicks: int
    cents: int
    budget: int


CAMPAIGNS = (
    Plan("search", "Search in {city}", "ppc", ("google_ads",), 900, 42, 62, 1500),
    Plan("walls", "Walls at dusk", "social", ("instagram", "facebook"), 1600, 11, 38, 1600),
    Plan("letter", "The letter", "email", ("email",), 240, 55, 4, 120),
    Plan("journal", "The journal", "content", ("organic",), 420, 38, 9, 250),
)
MEDIUMS = {
    "google_ads": "cpc",
    "instagram": "paid_social",
    "facebook": "paid_social",
    "email": "email",
    "organic": "organic",
}
_COUNTED = ("impressions", "clicks", "conversions")
_MONEY = ("spend", "revenue")


def fill(place: Place) -> None:
    """The campaigns, which all began thirty days ago; their totals come with the figures."""
    for plan in CAMPAIGNS:
        place.add(
            "marketing_campaigns",
            plan.key,
            brand_id=place.id_of("brands", "brand"),
            name=place.profile.told(plan.name),
            description=place.profile.told("Brings buyers of a {product} to {brand}."),
            type=plan.type,
            status="active",
            budget=Decimal(plan.budget * 4),
            start_date=place.world.before(days=DAYS),
            end_date=place.world.before(days=-60),
            config={"channels": list(plan.channels), "key": plan.key},
            created_at=place.world.before(days=DAYS + 6),
            updated_at=place.world.before(),
        )


def fill_figures(place: Place) -> None:
    """A row a day and channel for each campaign, its totals, and the days of all together."""
    sold = _sold(place)
    for plan, campaign in zip(CAMPAIGNS, place.rows["marketing_campaigns"], strict=True):
        days = [
            _day(place, plan, campaign, (days, channel), sold)
            for channel in plan.channels
            for days in range(DAYS, 0, -1)
        ]
        for name in _COUNTED:
            campaign[name] = sum(day[name] for day in days)
        campaign["spent"] = sum(day["spend"] for day in days)
        campaign["revenue"] = sum(day["revenue"] for day in days)
    _together(place)


def _sold(place: Place) -> dict[tuple[Any, ...], list[Row]]:
    """The leads that converted, by campaign, channel and day."""
    found: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for lead in place.rows["marketing_leads"]:
        if lead["converted_at"]:
            key = (lead["campaign_id"], lead["source"], lead["converted_at"].date())
            found[key].append(lead)
    return found


def _day(
    place: Place,
    plan: Plan,
    campaign: Row,
    when: tuple[int, str],
    sold: dict[tuple[Any, ...], list[Row]],
) -> Row:
    days, channel = when
    dice = place.dice("performance", plan.key, channel, str(days))
    date = place.world.anchor.date() - dt.timedelta(days=days)
    buyers = sold.get((campaign["id"], channel, date), [])
    shown = _shown(place, dice, plan, date)
    clicks = max(len(buyers), shown * dice.between(plan.clicks // 2, plan.clicks * 3 // 2) // 1000)
    return place.add(
        "marketing_campaign_performance",
        plan.key,
        channel,
        str(days),
        campaign_id=campaign["id"],
        date=date,
        channel=channel,
        impressions=max(shown, clicks),
        clicks=clicks,
        conversions=len(buyers),
        spend=Decimal(clicks * dice.between(plan.cents * 3 // 4, plan.cents * 5 // 4)) / 100,
        revenue=sum((lead["converted_value"] for lead in buyers), Decimal(0)),
        created_at=place.world.before(days=days - 1),
    )


def _shown(place: Place, dice: Dice, plan: Plan, date: dt.date) -> int:
    """Letters go out on weekdays only; the rest slackens at the weekend."""
    if plan.key == "letter" and date.weekday() >= 5:
        return 0
    share = dice.between(80, 120) - 25 * (date.weekday() >= 5)
    return int(plan.shown * place.profile.size) * share // 100


def _together(place: Place) -> None:
    """A row a day: the sums of the performance, and the leads who came that day."""
    by_day: dict[dt.date, list[Row]] = defaultdict(list)
    for row in place.rows["marketing_campaign_performance"]:
        by_day[row["date"]].append(row)
    leads: dict[dt.date, int] = defaultdict(int)
    for lead in place.rows["marketing_leads"]:
        leads[lead["first_touch"].date()] += 1
    for date, rows in sorted(by_day.items()):
        cost, came = sum((row["spend"] for row in rows), Decimal(0)), leads[date]
        days = (place.world.anchor.date() - date).days
        place.add(
            "marketing_metrics",
            str(days),
            date=date,
            **{name: sum(row[name] for row in rows) for name in _COUNTED},
            revenue=sum((row["revenue"] for row in rows), Decimal(0)),
            cost=cost,
            leads_generated=came,
            leads_cost=(cost / came).quantize(Decimal("0.0001")) if came else Decimal(0),
            channel_breakdown=_channels(rows),
            created_at=place.world.before(days=days - 1),
        )


def _channels(rows: list[Row]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        sums = found.setdefault(row["channel"], dict.fromkeys((*_COUNTED, *_MONEY), 0))
        for name in (*_COUNTED, *_MONEY):
            sums[name] += row[name]
    return found
