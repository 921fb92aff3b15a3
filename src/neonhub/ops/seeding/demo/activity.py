"""What people did and were sent, what they agreed to, and what is remembered of it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from neonhub.ops.seeding.demo.people import living

if TYPE_CHECKING:
    from neonhub.ops.seeding.demo.world import Dice, Place, Row

__all__ = ["LETTERS", "fill", "letter_key"]

LETTERS = (24, 14, 4)
"""How many days before the anchor a letter went out, at nine."""

_VARIANTS = ("A", "B")
_REMEMBERED = (
    ("fact", "{name} has a wall of 2.4 metres and wants the sign centred on it."),
    ("intent", "{name} means to order before the summer, after the lease is signed."),
    ("message", "{name} asked whether a {product} can be dimmed from a phone."),
    ("objection", "{name} finds two weeks too long and compares with a shop in {city}."),
)
_IDLE = ("page_view", "video_view", "chat")


def letter_key(days: int, variant: str) -> tuple[str, str]:
    """What tells one letter's variant from the others."""
    return (f"letter-{days}", variant)


def fill(place: Place) -> None:
    """Consents, then events within them, then memories of those."""
    for person in living(place):
        _consents(place, place.dice("consent", person["id"]), person)
    _from_leads(place)
    for number, person in enumerate(living(place)):
        dice = place.dice("events", person["id"])
        for visit in range(dice.between(1, 3)):
            _visit(place, dice, person, visit)
        for days in LETTERS:
            _letter(place, person, days, _VARIANTS[number % 2])
    _seen(place)
    _memories(place)


# -- consents ------------------------------------------------------------------------------


def _consents(place: Place, dice: Dice, person: Row) -> None:
    """Everybody may be written to about an order; marketing is asked for, channel by channel."""
    asked = person["created_at"]
    _consent(place, person, "email", "granted", asked, scope="transactional")
    channels = ["email"] if not person["primary_phone"] else ["email", "sms"]
    for channel in channels:
        fallen = dice.unit()
        answer = "denied" if fallen < 0.12 else "pending" if fallen < 0.2 else "granted"
        _consent(place, person, channel, answer, asked)
        if answer == "granted" and dice.chance(0.2):
            changed = place.moment(dice, dice.between(5, 27))
            _consent(place, person, channel, "revoked", changed)


def _consent(
    place: Place,
    person: Row,
    channel: str,
    answer: str,
    when: dt.datetime,
    scope: str = "marketing",
) -> None:
    place.add(
        "person_consents",
        person["id"],
        channel,
        scope,
        answer,
        person_id=person["id"],
        campaign_id=None,
        channel=channel,
        status=answer,
        source="link in a letter" if answer == "revoked" else "form",
        collected_at=when,
        expires_at=None,
        evidence={"form": "footer" if answer == "revoked" else "order", "version": 3},
        metadata=None,
        updated_at=when,
        scope=scope,
    )


def _may_write(place: Place, person: Row, when: dt.datetime) -> bool:
    """Whether the newest answer about marketing e-mails before ``when`` is a yes."""
    answers = [
        (row["collected_at"], row["status"])
        for row in place.rows["person_consents"]
        if row["person_id"] == person["id"]
        and (row["channel"], row["scope"]) == ("email", "marketing")
        and row["collected_at"] <= when
    ]
    return bool(answers) and max(answers)[1] == "granted"


# -- events --------------------------------------------------------------------------------


def _event(place: Place, person_id: str, key: str, when: dt.datetime, **values: Any) -> Row:
    given = {"campaign_id": None, "objective_id": None, "topic": None, "intent": None}
    given |= {"sentiment": None, "payload": None, "metadata": None, "provider_id": None, **values}
    made = {"occurred_at": when, "created_at": when, "dedupe_key": key}
    return place.add("events", key, person_id=person_id, **given, **made)


def _from_leads(place: Place) -> None:
    """Each touchpoint of a known person is an event of theirs, and each conversion a purchase."""
    leads = {lead["id"]: lead for lead in place.rows["marketing_leads"] if lead["person_id"]}
    for touch in place.rows["marketing_touchpoints"]:
        lead = leads.get(touch["lead_id"])
        if lead is not None:
            _event(
                place,
                lead["person_id"],
                touch["dedupe_key"],
                touch["timestamp"],
                channel=touch["channel"],
                type=touch["type"],
                source="web",
                campaign_id=touch["campaign_id"],
                intent="buy" if touch["type"] == "form_submit" else None,
                payload={"touchpoint_id": touch["id"]},
            )
    for lead in leads.values():
        if lead["converted_at"]:
            _event(
                place,
                lead["person_id"],
                f"purchase:{lead['id']}",
                lead["converted_at"],
                channel="web",
                type="purchase",
                source="shop",
                campaign_id=lead["campaign_id"],
                sentiment="positive",
                payload={"lead_id": lead["id"], "value": lead["converted_value"]},
            )


def _visit(place: Place, dice: Dice, person: Row, visit: int) -> None:
    topics = [
        row["name"] for row in place.rows["person_topics"] if row["person_id"] == person["id"]
    ]
    _event(
        place,
        person["id"],
        f"visit:{person['id']}:{visit}",
        place.moment(dice, dice.between(1, 29)),
        channel="web",
        type=dice.pick(_IDLE),
        source="web",
        topic=dice.pick(topics),
        sentiment=dice.pick(("neutral", "positive")),
    )


def _letter(place: Place, person: Row, days: int, variant: str) -> None:
    sent = place.world.before(days=days, hours=-9)
    if _may_write(place, person, sent):
        _event(
            place,
            person["id"],
            f"letter:{days}:{person['id']}",
            sent,
            channel="email",
            type="email_sent",
            source="gmail",
            campaign_id=place.id_of("marketing_campaigns", "letter"),
            payload={"email_id": place.id_of("email_sequences", *letter_key(days, variant))},
        )


def _seen(place: Place) -> None:
    """Somebody was last seen when they last did something; being written to is not that."""
    last: dict[str, dt.datetime] = {}
    for event in place.rows["events"]:
        if event["type"] != "email_sent":
            person, when = event["person_id"], event["occurred_at"]
            last[person] = max(last.get(person, when), when)
    for person in place.rows["people"]:
        person["last_seen_at"] = last.get(person["id"])
        person["updated_at"] = person.get("updated_at") or last.get(person["id"])


# -- memories ------------------------------------------------------------------------------


def _memories(place: Place) -> None:
    """One or two of most people; a second one replaces the first where it says the same anew."""
    events: dict[str, list[Row]] = defaultdict(list)
    for event in place.rows["events"]:
        if event["type"] != "email_sent":
            events[event["person_id"]].append(event)
    rows: list[Row] = []
    for number, person in enumerate(living(place)):
        dice = place.dice("memory", person["id"])
        kinds = dice.some(_REMEMBERED, dice.between(0, 2))
        earlier = sorted(events[person["id"]], key=lambda event: event["occurred_at"])
        for kind, text in kinds:
            told = place.profile.told(text.replace("{name}", person["display_name"]))
            rows.append(_memory(place, dice, dice.pick(earlier), kind, told))
        if kinds and number % 6 == 0:
            rows.append(_replaced(place, rows[-1], earlier[-1]))
    for row, vector in zip(rows, place.vectors([row["text"] for row in rows]), strict=True):
        row["embedding"] = vector


def _memory(place: Place, dice: Dice, event: Row, kind: str, text: str) -> Row:
    return place.add(
        "mem_embeddings",
        event["person_id"],
        kind,
        person_id=event["person_id"],
        source_event_id=event["id"],
        label=kind,
        metadata=None,
        created_at=event["occurred_at"],
        expires_at=None,
        kind=kind,
        text=text,
        embedding_space_id=place.space_id,
        importance=dice.between(3, 9) / 10,
        superseded_by_id=None,
        last_accessed_at=max(event["occurred_at"], place.world.before(hours=dice.between(1, 72))),
    )


def _replaced(place: Place, old: Row, event: Row) -> Row:
    """What was remembered is no longer so: the newer one stands, and the older names it."""
    when = max(event["occurred_at"], old["created_at"]) + dt.timedelta(minutes=1)
    key = (old["person_id"], old["kind"], "again")
    values = {name: value for name, value in old.items() if name not in ("id", "workspace_id")}
    values |= {"text": f"{old['text']} Confirmed since.", "created_at": when}
    values["last_accessed_at"] = max(when, old["last_accessed_at"])
    new = place.add("mem_embeddings", *key, **values)
    old["superseded_by_id"] = new["id"]
    return new
