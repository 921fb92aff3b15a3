"""Billing: what the organization pays, for a use that is counted from what was done."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neonhub.ops.seeding.demo.world import Place, Row, World

__all__ = ["fill"]

_PLAN_CENTS = 4900
_CENTS = {"agent_call": 2, "email": 0, "social_post": 0}
_HALF = 15
"""The current period began so many days before the anchor, and ends as many after it."""


def fill(world: World) -> None:
    """Use by day and workspace, the subscription that sums it up, and the invoices."""
    subscription = _subscription(world)
    for place in world.places:
        for (kind, day), quantity in sorted(_used(place).items()):
            _record(world, subscription, place, (kind, day, quantity))
    start = subscription["current_period_start"]
    for column, kind in (
        ("agent_calls", "agent_call"),
        ("emails_sent", "email"),
        ("social_posts", "social_post"),
    ):
        used = [
            row for row in world.organization.rows["usage_records"] if row["timestamp"] >= start
        ]
        subscription[column] = sum(r["quantity"] for r in used if r["resource_type"] == kind)
    subscription["campaigns_used"] = sum(len(place.rows["campaigns"]) for place in world.places)
    for number, periods in enumerate((2, 1, 0)):
        _invoice(world, subscription, periods, number)


def _subscription(world: World) -> Row:
    return world.organization.add(
        "subscriptions",
        "starter",
        user_id=world.users[4]["id"],
        stripe_customer_id="cus_demo_organization",
        stripe_subscription_id="sub_demo_starter",
        stripe_price_id="price_demo_starter",
        stripe_product_id="prod_demo_starter",
        plan="starter",
        status="active",
        current_period_start=world.before(days=_HALF),
        current_period_end=world.before(days=-_HALF),
        campaign_limit=10,
        email_limit=1000,
        social_limit=100,
        agent_call_limit=500,
        trial_ends_at=world.before(days=76),
        metadata=None,
        created_at=world.before(days=89),
    )


def _used(place: Place) -> Counter[tuple[str, dt.date]]:
    """How often, by kind of use and day."""
    found: Counter[tuple[str, dt.date]] = Counter()
    for run in place.rows["agent_runs"]:
        found["agent_call", run["started_at"].date()] += 1
    for event in place.rows["events"]:
        if event["type"] == "email_sent":
            found["email", event["occurred_at"].date()] += 1
    for post in place.rows["social_posts"]:
        if post["published_at"]:
            found["social_post", post["published_at"].date()] += 1
    return found


def _record(world: World, subscription: Row, place: Place, what: tuple[str, dt.date, int]) -> None:
    """A day's use, noted at its noon; what goes on at the anchor belongs to the day before."""
    kind, day, quantity = what
    world.organization.add(
        "usage_records",
        place.workspace_id,
        kind,
        str((world.anchor.date() - day).days),
        subscription_id=subscription["id"],
        resource_type=kind,
        resource_id=place.workspace_id,
        quantity=quantity,
        cost=quantity * _CENTS[kind],
        timestamp=dt.datetime.combine(day, dt.time(12), dt.UTC),
        metadata=None,
    )


def _invoice(world: World, subscription: Row, periods: int, number: int) -> None:
    """For the period that ended, or goes on, so many periods ago."""
    start = world.before(days=_HALF + 30 * periods)
    end = start + dt.timedelta(days=30)
    used: list[dict[str, Any]] = [
        row for row in world.organization.rows["usage_records"] if start <= row["timestamp"] < end
    ]
    cost, ended = sum(row["cost"] for row in used), periods > 0
    world.organization.add(
        "invoices",
        str(number),
        subscription_id=subscription["id"],
        stripe_invoice_id=f"in_demo_{number + 1:04d}",
        stripe_payment_intent_id=f"pi_demo_invoice_{number + 1:04d}" if ended else None,
        amount_due=_PLAN_CENTS + cost,
        amount_paid=_PLAN_CENTS + cost if ended else 0,
        currency="usd",
        status="paid" if ended else "draft",
        invoice_pdf=None,
        hosted_invoice_url=None,
        due_date=end + dt.timedelta(days=14),
        paid_at=end + dt.timedelta(hours=9) if ended else None,
        metadata={"plan": _PLAN_CENTS, "use": cost, "from": start.date().isoformat()},
        created_at=end if ended else start,
    )
