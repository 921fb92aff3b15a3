"""Budgets: purses filled by payments, held and spent a week at a time, in ledgers that balance.

What the ledger calls spent of a campaign is what the campaign's figures call so.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from neonhub.ops.seeding.demo.marketing import CAMPAIGNS

if TYPE_CHECKING:
    from neonhub.ops.seeding.demo.world import Place, Row

__all__ = ["SIGNS", "fill"]

_PURSES = (("marketing", "Marketing"), ("experiments", "Experiments"))
# Purse, days before the anchor, amount, what became of the payment.
_PAYMENTS = (
    ("marketing", 34, 2500, "succeeded"),
    ("marketing", 31, 2500, "succeeded"),
    ("marketing", 12, 1000, "failed"),
    ("experiments", 33, 600, "succeeded"),
)
_WEEKS = ((30, 23), (23, 16), (16, 9), (9, 2), (2, 0))
"""From the midnight so many days before the anchor to the one so many days before it."""

SIGNS = {"allocate": 1, "refund": 1, "adjustment": 1, "spend": -1, "reserve": -1}
"""What a transaction's amount does to a campaign's balance."""

_MOVES = (
    ("allocate", "60.0000", 34, "For four letters"),
    ("spend", "7.2500", 24, "Letter"),
    ("reserve", "8.0000", 20, "Next letter"),
    ("refund", "8.0000", 14, "Reserve let go"),
    ("spend", "7.6000", 14, "Letter"),
    ("adjustment", "0.3500", 6, "Rounding of the month"),
    ("spend", "7.9000", 4, "Letter"),
)


def fill(place: Place) -> None:
    """Purses, allocations, both ledgers."""
    for slug, name in _PURSES:
        place.add(
            "budget_profiles",
            slug,
            brand_id=place.id_of("brands", "brand"),
            name=name,
            currency="usd",
            total_budget=Decimal(0),
            reserved=Decimal(0),
            spent=Decimal(0),
            constraints={"daily_limit": "250.0000"},
            settings={"approval_above": "0.25"},
            slug=slug,
            created_at=place.world.before(days=34),
        )
    _payments(place)
    _budgets(place)
    _allocations(place)
    _ledger(place)
    _transactions(place)


def _purse(place: Place, slug: str) -> Row:
    return place.rows["budget_profiles"][[name for name, _ in _PURSES].index(slug)]


def _payments(place: Place) -> None:
    """A purse holds what was paid into it."""
    for number, (slug, days, amount, status) in enumerate(_PAYMENTS):
        purse = _purse(place, slug)
        place.add(
            "payments",
            str(number),
            budget_profile_id=purse["id"],
            stripe_payment_intent_id=f"pi_demo_{place.profile.brand_slug}_{number}",
            status=status,
            amount=Decimal(amount),
            currency="usd",
            customer_id=f"cus_demo_{place.profile.brand_slug}",
            metadata={"purse": slug},
            created_at=place.world.before(days=days, hours=-10),
        )
        if status == "succeeded":
            purse["total_budget"] += amount
    for number, (status, sum_of) in enumerate((("paid", "64.5000"), ("pending", "38.0000"))):
        paid = status == "paid"
        place.add(
            "payouts",
            str(number),
            budget_profile_id=_purse(place, "experiments")["id"],
            partner_id="partner-lighthouse",
            stripe_transfer_id=f"tr_demo_{place.profile.brand_slug}_{number}" if paid else None,
            status=status,
            amount=Decimal(sum_of),
            currency="usd",
            metadata={"reason": "referrals"},
            created_at=place.world.before(days=9 - 7 * number),
            processed_at=place.world.before(days=8) if paid else None,
        )


def _budgets(place: Place) -> None:
    start = place.world.anchor.date() - dt.timedelta(days=30)
    for slug, name in _PURSES:
        purse = _purse(place, slug)
        place.add(
            "budgets",
            slug,
            name=name,
            period_start=start,
            period_end=start + dt.timedelta(days=89),
            amount=purse["total_budget"],
            currency="usd",
            status="active",
            budget_profile_id=purse["id"],
        )


def _allocations(place: Place) -> None:
    """A part of the marketing purse a campaign, and one of the other for somebody's objective."""
    for plan in CAMPAIGNS:
        _allocation(place, plan.key, "marketing", plan.channels[0], plan.budget)
    objective = place.rows["person_objectives"][0]
    row = _allocation(place, "objective", "experiments", "email", 80)
    row.update(objective_id=objective["id"], campaign_id=None, status="planned")


def _allocation(place: Place, key: str, purse: str, channel: str, amount: int) -> Row:
    return place.add(
        "budget_allocations",
        key,
        budget_profile_id=_purse(place, purse)["id"],
        campaign_id=place.id_of("marketing_campaigns", key),
        objective_id=None,
        channel=channel,
        amount=Decimal(amount),
        currency="usd",
        window_start=place.world.before(days=30),
        window_end=place.world.before(days=-60),
        status="executing",
        metadata=None,
        created_at=place.world.before(days=31),
    )


def _ledger(place: Place) -> None:
    for plan, campaign in zip(CAMPAIGNS, place.rows["marketing_campaigns"], strict=True):
        about = {"allocation_id": place.id_of("budget_allocations", plan.key)}
        about["campaign_id"] = campaign["id"]
        _entry(place, "marketing", "allocate", Decimal(plan.budget), 31, about)
        for start, end in _WEEKS:
            spent = _spent(place, campaign, start, end)
            held = (spent * Decimal("1.2")).quantize(Decimal(1)) + 1
            _entry(place, "marketing", "reserve", held, start, about)
            _entry(place, "marketing", "release", held, end, about)
            if spent:
                _entry(place, "marketing", "spend", spent, end, about)
        _entry(place, "marketing", "reserve", Decimal(plan.budget) / 20, 0, about)
    nobody = {"allocation_id": None, "campaign_id": None}
    _entry(place, "experiments", "spend", Decimal("40.0000"), 18, nobody)
    _entry(place, "experiments", "refund", Decimal("12.5000"), 11, nobody)
    # The ledger numbers its entries as they come: they are written in the order of their times.
    place.rows["budget_ledger"].sort(key=lambda row: row["occurred_at"])


def _spent(place: Place, campaign: Row, start: int, end: int) -> Decimal:
    first, last = place.world.before(days=start).date(), place.world.before(days=end).date()
    rows = place.rows["marketing_campaign_performance"]
    mine = [row for row in rows if row["campaign_id"] == campaign["id"]]
    return sum((row["spend"] for row in mine if first <= row["date"] < last), Decimal(0))


_ORDER = {"allocate": 0, "release": 1, "spend": 2, "refund": 3, "reserve": 4}


def _entry(
    place: Place, slug: str, kind: str, amount: Decimal, days: int, about: dict[str, Any]
) -> None:
    """One movement; the purse keeps the sums. At one midnight what is let go comes first."""
    purse, key = _purse(place, slug), (kind, str(days), str(about["campaign_id"]))
    place.add(
        "budget_ledger",
        slug,
        *key,
        budget_profile_id=purse["id"],
        **about,
        person_id=None,
        entry_type=kind,
        amount=amount,
        currency="usd",
        occurred_at=place.world.before(days=days, seconds=60 - _ORDER[kind]),
        metadata={"purse": slug},
        idempotency_key=":".join((slug, *key)),
    )
    if kind in ("reserve", "release"):
        purse["reserved"] += amount if kind == "reserve" else -amount
    elif kind in ("spend", "refund"):
        purse["spent"] += amount if kind == "spend" else -amount


def _transactions(place: Place) -> None:
    """The balance of each campaign that agents run, from one movement to the next."""
    for campaign in place.rows["campaigns"][:2]:
        balance = Decimal(0)
        for number, (kind, amount, days, text) in enumerate(_MOVES):
            before, balance = balance, balance + SIGNS[kind] * Decimal(amount)
            place.add(
                "budget_transactions",
                campaign["id"],
                str(number),
                campaign_id=campaign["id"],
                type=kind,
                amount=Decimal(amount),
                currency="usd",
                channel=campaign["type"],
                description=text,
                metadata=None,
                balance_before=before,
                balance_after=balance,
                created_at=place.world.before(days=days, minutes=-number),
                created_by_id=place.world.users[0]["id"],
                idempotency_key=f"{campaign['id']}:{number}",
            )
