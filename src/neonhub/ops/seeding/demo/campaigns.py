"""Campaigns that agents run: letters and posts, what came of them, and tests of two variants."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING

from neonhub.ops.seeding.demo.activity import LETTERS, letter_key

if TYPE_CHECKING:
    from neonhub.ops.seeding.demo.world import Place, Row

__all__ = ["fill"]

_CAMPAIGNS = (
    ("letter", "The letter", "email", "active", 60),
    ("posts", "Posts of the month", "social", "active", 90),
    ("spring", "Spring opening", "email", "draft", 0),
)
_SUBJECTS = {"A": "Your wall, by Friday", "B": "A line in light"}
_POSTS = (
    ("instagram", "This wall is switched on at dusk. {slogan}", 21),
    ("facebook", "Nine working days from a sketch to a {product}.", 15),
    ("instagram", "Behind the counter in {city}: {brand}.", 8),
    ("linkedin", "What a wall did for a cafe: the figures.", -4),
)


def fill(place: Place) -> None:
    """The campaigns with all that was sent and is to be sent."""
    for key, name, kind, status, amount in _CAMPAIGNS:
        place.add(
            "campaigns",
            key,
            owner_id=place.world.users[0]["id"],
            name=name,
            status=status,
            type=kind,
            config={"agent": "lifecycle-sender", "tested": kind == "email"},
            schedule={"weekday": "tuesday", "at": "09:00", "timezone": "UTC"},
            budget={"amount": amount, "currency": "usd"},
            created_at=place.world.before(days=35),
        )
    _letters(place)
    _posts(place)


def _letters(place: Place) -> None:
    """Each letter went out in two variants, to those whom the events name."""
    sent = Counter(
        event["payload"]["email_id"]
        for event in place.rows["events"]
        if event["type"] == "email_sent"
    )
    for days in LETTERS:
        when = place.world.before(days=days, hours=-9)
        pair = [_letter(place, days, variant, when, sent) for variant in _SUBJECTS]
        _test(place, days, pair)
    for number, variant in enumerate(_SUBJECTS):
        row = _email(place, ("spring", variant), "spring", variant)
        row["scheduled_for"] = place.world.before(days=-12 - number, hours=-9)


def _letter(place: Place, days: int, variant: str, when: dt.datetime, sent: Counter[str]) -> Row:
    dice = place.dice("letter", str(days), variant)
    row = _email(place, letter_key(days, variant), "letter", variant)
    reached = sent[row["id"]]
    opened = reached * dice.between(35, 60) // 100
    clicked = opened * dice.between(20, 45) // 100
    row.update(scheduled_for=when, sent_at=when)
    row["metrics"] = {"sent": reached, "opens": opened, "clicks": clicked}
    _metrics(place, "letter", row, when + dt.timedelta(hours=12))
    return row


def _email(place: Place, key: tuple[str, str], campaign: str, variant: str) -> Row:
    text = "Nine working days from your sketch to your wall in {city}. {slogan}"
    return place.add(
        "email_sequences",
        *key,
        campaign_id=place.id_of("campaigns", campaign),
        subject=_SUBJECTS[variant],
        body=place.profile.told(text),
        variant=variant,
        scheduled_for=None,
        sent_at=None,
        metrics=None,
    )


def _metrics(place: Place, campaign: str, row: Row, when: dt.datetime) -> None:
    """The campaign's figures are those of what was sent, one by one."""
    for kind, value in row["metrics"].items():
        place.add(
            "campaign_metrics",
            row["id"],
            kind,
            campaign_id=place.id_of("campaigns", campaign),
            kind=kind,
            value=value,
            payload={"source_id": row["id"]},
            timestamp=when,
        )


def _test(place: Place, days: int, pair: list[Row]) -> None:
    """The variant of the higher rate wins, unless it is too early to say."""
    variants = [
        {"key": row["variant"], "visitors": row["metrics"]["sent"]}
        | {"conversions": row["metrics"]["clicks"]}
        for row in pair
    ]
    rates = [each["conversions"] / max(1, each["visitors"]) for each in variants]
    decided = days > LETTERS[-1]
    began = pair[0]["sent_at"]
    place.add(
        "ab_tests",
        str(days),
        campaign_id=place.id_of("campaigns", "letter"),
        name=f"Subject line of {began.date().isoformat()}",
        variants=variants,
        winner=pair[rates.index(max(rates))]["variant"] if decided else None,
        metrics={"goal": "clicks", "visitors": sum(each["visitors"] for each in variants)},
        started_at=began,
        completed_at=began + dt.timedelta(days=2) if decided else None,
    )


def _posts(place: Place) -> None:
    for number, (platform, text, days) in enumerate(_POSTS):
        dice = place.dice("post", str(number))
        when, out = place.world.before(days=days, hours=-15), days > 0
        seen = dice.between(400, 2200)
        row = place.add(
            "social_posts",
            str(number),
            campaign_id=place.id_of("campaigns", "posts"),
            platform=platform,
            content=place.profile.told(text),
            media_urls=[f"{place.profile.site}/assets/wall-at-dusk.jpg"],
            variant=None,
            scheduled_for=when,
            published_at=when if out else None,
            external_id=f"{platform}-{9000 + number}" if out else None,
            metrics={"impressions": seen, "likes": seen // 25, "comments": seen // 300}
            if out
            else None,
        )
        if out:
            _metrics(place, "posts", row, when + dt.timedelta(hours=6))
