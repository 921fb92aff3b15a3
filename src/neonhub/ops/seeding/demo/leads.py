"""Leads and the touchpoints that led them here, some as far as a purchase."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from neonhub.ops.seeding.demo.marketing import CAMPAIGNS, MEDIUMS
from neonhub.ops.seeding.demo.people import living

if TYPE_CHECKING:
    from neonhub.ops.seeding.demo.marketing import Plan
    from neonhub.ops.seeding.demo.world import Dice, Place, Row

__all__ = ["POINTS", "fill", "weights"]

POINTS = {
    "ad_impression": 1,
    "ad_click": 5,
    "social_view": 1,
    "social_click": 5,
    "email_open": 3,
    "email_click": 8,
    "page_view": 2,
    "download": 10,
    "video_view": 4,
    "form_submit": 20,
    "chat": 12,
    "call": 15,
}
"""What a touchpoint adds to the lead's engagement."""

_OPENING = {
    "google_ads": ("ad_impression", "ad_click"),
    "instagram": ("social_view", "social_click"),
    "facebook": ("social_view", "ad_click"),
    "email": ("email_open", "email_click"),
    "organic": ("page_view", "page_view"),
}
_LATER = ("page_view", "page_view", "email_open", "email_click", "download", "video_view", "chat")
_CHANNEL_OF = {"email_open": "email", "email_click": "email"}
_FATES = ("new", "contacted", "qualified", "nurturing", "nurturing", "lost", "unqualified")
_GRADES = ((60, "A"), (40, "B"), (25, "C"), (12, "D"), (0, "F"))


def weights(touches: int) -> list[float]:
    """Shares of a conversion: 40 % each to the first and the last, the rest to those between."""
    if touches <= 2:
        return [1 / touches] * touches
    return [0.4, *[0.2 / (touches - 2)] * (touches - 2), 0.4]


def fill(place: Place) -> None:
    """Leads: first the people who are known, then some who are known by their lead only."""
    people = living(place)
    for number in range(place.amount(96)):
        dice = place.dice("lead", str(number))
        plan = dice.pick(CAMPAIGNS)
        person = people[number] if number < len(people) * 3 // 4 else None
        lead = _lead(place, dice, plan, person, number)
        _touch(place, dice, lead)


def _lead(place: Place, dice: Dice, plan: Plan, person: Row | None, number: int) -> Row:
    channel = dice.pick(plan.channels)
    by_phone = person is None and number % 5 == 0
    email = person["primary_email"] if person else f"visitor{number}@post.example"
    return place.add(
        "marketing_leads",
        str(number),
        email=None if by_phone else email,
        first_name=person["first_name"] if person else None,
        last_name=person["last_name"] if person else None,
        company=dice.pick((None, None, "Harbor Cafe", "Northlight Studio", "Elm & Co")),
        phone=f"+1512555{number:04d}" if by_phone else None,
        source=channel,
        medium=MEDIUMS[channel],
        campaign=plan.key,
        campaign_id=place.id_of("marketing_campaigns", plan.key),
        utm_params={"utm_source": channel, "utm_campaign": plan.key},
        status="converted" if dice.chance(0.35) else dice.pick(_FATES),
        converted_at=None,
        converted_value=None,
        person_id=person["id"] if person else None,
    )


def _touch(place: Place, dice: Dice, lead: Row) -> None:
    """Touchpoints, a few hours to two days apart, and what the lead's totals make of them."""
    converted = lead["status"] == "converted"
    kinds = _kinds(dice, lead["source"], converted=converted)
    when = place.moment(dice, dice.between(2 * len(kinds) + 2, 29))
    shares = weights(len(kinds)) if converted else [0.0] * len(kinds)
    times = []
    for number, (kind, share) in enumerate(zip(kinds, shares, strict=True)):
        _touchpoint(place, dice, lead, (number, kind, share, when))
        times.append(when)
        when += dt.timedelta(minutes=dice.between(120, 2640))
    engagement = sum(POINTS[kind] for kind in kinds)
    score = min(100, engagement + 10 * converted)
    lead.update(
        score=float(score),
        grade=next(grade for least, grade in _GRADES if score >= least),
        first_touch=times[0],
        last_touch=times[-1],
        touch_count=len(kinds),
        page_views=kinds.count("page_view"),
        engagement_score=engagement,
        created_at=times[0],
        updated_at=times[-1],
    )
    if converted:
        bought = times[-1] + dt.timedelta(minutes=dice.between(2, 90))
        value = Decimal(dice.between(90, 780)) + Decimal("0.50") * dice.between(0, 1)
        lead.update(converted_at=bought, converted_value=value, updated_at=bought)


def _kinds(dice: Dice, channel: str, *, converted: bool) -> list[str]:
    opening = list(_OPENING[channel][: dice.between(1, 2)])
    if not converted:
        return opening + [dice.pick(_LATER) for _ in range(dice.between(0, 3))]
    later = [dice.pick(_LATER) for _ in range(dice.between(1, 4))]
    return [*opening, *later, "form_submit"]


def _touchpoint(
    place: Place, dice: Dice, lead: Row, what: tuple[int, str, float, dt.datetime]
) -> None:
    number, kind, share, when = what
    channel = lead["source"] if number == 0 else _CHANNEL_OF.get(kind, lead["source"])
    by_letter = channel == "email" and lead["source"] != "email"
    campaign = place.id_of("marketing_campaigns", "letter") if by_letter else lead["campaign_id"]
    place.add(
        "marketing_touchpoints",
        lead["id"],
        str(number),
        lead_id=lead["id"],
        campaign_id=campaign,
        type=kind,
        channel=channel,
        url=f"{place.profile.site}/{dice.pick(('', 'prices', 'journal', 'sketch'))}",
        referrer=None,
        device=dice.pick(("desktop", "mobile", "mobile")),
        location=place.profile.city,
        session_id=f"s-{lead['id'][-8:]}-{number // 2}",
        event_data={"points": POINTS[kind]},
        attribution_weight=share,
        timestamp=when,
        dedupe_key=f"touch:{lead['id']}:{number}",
    )
