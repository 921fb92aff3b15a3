"""Collaboration: what is to do, and what users say."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neonhub.ops.seeding.demo.world import Place

__all__ = ["fill"]

# Title, status, priority, days to its date (before the anchor where negative), tags.
_TASKS = (
    ("Approve the sketch for Harbor Cafe", "todo", "high", 2, ["design"]),
    ("Read the letter on a phone", "done", "medium", -4, ["letter"]),
    ("Second picture for the page about prices", "in_progress", "medium", 5, ["content"]),
    ("Ledger against invoices", "todo", "high", 6, ["budget"]),
    ("Ask eleven cafes for their figures", "done", "low", -12, ["research"]),
    ("End advertisements with the sign switched off", "in_progress", "medium", 1, ["ads"]),
    ("Renew the domain", "todo", "low", 40, ["site"]),
    ("Thank-you cards for reviews", "done", "low", -20, ["service"]),
)
_FEEDBACK = (
    ("idea", "studio", "Show the sketch beside the draft", 5, "open"),
    ("bug", "calendar", "The calendar forgets my filter", 3, "resolved"),
    ("praise", "agents", "The morning look saves me half an hour", 5, "closed"),
    ("bug", "reports", "Totals and rows have different roundings", 2, "open"),
)


def fill(place: Place) -> None:
    """Tasks and feedback of those who work here."""
    dice = place.dice("collaboration")
    for number, (title, status, priority, days, tags) in enumerate(_TASKS):
        if number >= place.amount(len(_TASKS)):
            break
        due = place.world.before(days=-days, hours=-17)
        ended = due - dt.timedelta(minutes=dice.between(5, 900)) if status == "done" else None
        place.add(
            "tasks",
            title,
            title=title,
            description=f"For {place.profile.brand}.",
            status=status,
            priority=priority,
            created_by_id=place.world.users[1]["id"],
            assignee_id=place.user(dice),
            due_date=due,
            completed_at=ended,
            tags=tags,
            metadata=None,
            created_at=place.world.before(days=28),
        )
    for kind, category, title, rating, status in _FEEDBACK[: place.amount(4)]:
        resolved = status != "open"
        place.add(
            "feedback",
            title,
            type=kind,
            category=category,
            title=title,
            description=f"{title}. Seen in {place.profile.name}.",
            rating=rating,
            status=status,
            user_id=place.user(dice),
            metadata={"page": f"/{category}"},
            response="Thank you: it is done." if resolved else None,
            resolved_at=place.world.before(days=3) if resolved else None,
            created_at=place.world.before(days=dice.between(6, 24)),
        )
