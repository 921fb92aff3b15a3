"""People: who they are, by what they are known, what they care about, what is to be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neonhub.ops.seeding.demo.world import Dice, Place, Row

__all__ = ["fill", "living"]

_FIRST = (
    "Ada Bruno Carla Dmitri Elena Farid Greta Hugo Ines Jonas Kira Luis Mina Noah Olga Pavel "
    "Quinn Rosa Stefan Tara Umar Vera Wim Xenia Yusuf Zoe Amir Bea Cyrus Dalia"
).split()
_LAST = (
    "Alvarez Berg Castillo Dunn Eriksen Fontaine Gruber Hayes Ito Jansen Kowalski Laurent Moretti "
    "Novak Ortiz Petrov Quist Rossi Santos Tanaka Ueda Vidal Weiss Xu Young Zeller"
).split()
_LOCALES = (
    ("en-US", "America/Los_Angeles"),
    ("en-US", "America/New_York"),
    ("en-GB", "Europe/London"),
    ("de-DE", "Europe/Berlin"),
    ("es-ES", "Europe/Madrid"),
)
_TOPICS = ("delivery", "price", "fonts", "weddings", "streaming", "walls", "repair", "colour")
_NOTES = (
    ("Called about the width of the wall: 2.4 metres.", ["call"]),
    ("Prefers to be written to, not called.", ["preference"]),
    ("Has a second room to light in spring.", ["opportunity"]),
)
_OBJECTIVES = (
    ("First order", "Wins a first order from somebody who has asked for a price.", "orders"),
    ("Second sign", "Brings a buyer back within half a year.", "orders"),
    ("Review", "Gets a review with a photograph.", "reviews"),
)


def fill(place: Place) -> None:
    """Everybody, with identities; some of them are one and were merged."""
    dice = place.dice("people")
    for number in range(place.amount(64)):
        _person(place, dice, number)
    _merge(place, dice)
    for person in living(place):
        _care(place, dice, person)


def living(place: Place) -> list[Row]:
    """Those who were not merged into another."""
    return [person for person in place.rows["people"] if not person["merged_into_id"]]


def _person(place: Place, dice: Dice, number: int) -> None:
    # Strides without a common divisor: no two people of a workspace share a name.
    first, last = _FIRST[(number * 7) % len(_FIRST)], _LAST[(number * 11) % len(_LAST)]
    locale, zone = dice.pick(_LOCALES)
    key = f"{number:04d}"
    email = f"{first}.{last}@mail.example".lower()
    person = place.add(
        "people",
        key,
        external_id=f"crm-{key}",
        display_name=f"{first} {last}",
        primary_email=email,
        primary_phone=f"+1503555{number:04d}" if dice.chance(0.6) else None,
        primary_handle=f"@{first}{last}{number}".lower() if dice.chance(0.4) else None,
        locale=locale,
        timezone=zone,
        persona_tags=[dice.pick(place.profile.personas)[0]],
        attributes={"city": place.profile.city if dice.chance(0.5) else "elsewhere"},
        last_seen_at=None,
        first_name=first,
        last_name=last,
        merged_into_id=None,
        created_at=place.moment(dice, dice.between(32, 75)),
    )
    for kind, channel in (("email", "email"), ("phone", "sms"), ("handle", "social")):
        if person[f"primary_{kind}"]:
            _identity(place, person, kind, channel, person[f"primary_{kind}"], primary=True)
    if dice.chance(0.2):
        second = f"{first[0]}{last}{number}@work.example".lower()
        _identity(place, person, "email", "email", second, primary=False)


def _identity(
    place: Place, person: Row, kind: str, channel: str, value: str, *, primary: bool
) -> None:
    verified = kind == "email" and primary
    place.add(
        "person_identities",
        kind,
        value,
        person_id=person["id"],
        type=kind,
        value=value,
        channel=channel,
        verified_at=person["created_at"] if verified else None,
        source="form" if primary else "order",
        metadata=None,
        verified=verified,
        is_primary=primary,
        created_at=person["created_at"],
    )


def _merge(place: Place, dice: Dice) -> None:
    """A few were found to be another: their identities went over, their rows stay."""
    rows = place.rows["people"]
    for gone, kept in zip(rows[-place.amount(3) :], rows, strict=False):
        gone["merged_into_id"] = kept["id"]
        gone["updated_at"] = place.moment(dice, 31)
        gone.update(primary_email=None, primary_phone=None, primary_handle=None)
        for identity in place.rows["person_identities"]:
            if identity["person_id"] == gone["id"]:
                identity.update(person_id=kept["id"], is_primary=False)
                identity["updated_at"] = gone["updated_at"]


def _care(place: Place, dice: Dice, person: Row) -> None:
    """Topics for all, notes and objectives for some."""
    for name in dice.some(_TOPICS, dice.between(1, 3)):
        weight = dice.between(10, 100) / 100
        trend = dice.between(-20, 20) / 100
        values = {"person_id": person["id"], "name": name, "weight": weight, "trend": trend}
        place.add("person_topics", person["id"], name, **values)
    if dice.chance(0.3):
        body, tags = dice.pick(_NOTES)
        place.add(
            "person_notes",
            person["id"],
            person_id=person["id"],
            author_id=place.user(dice),
            body=body,
            tags=tags,
            visibility="internal",
            created_at=place.moment(dice, dice.between(1, 29)),
        )
    if dice.chance(0.35):
        title, text, metric = dice.pick(_OBJECTIVES)
        place.add(
            "person_objectives",
            person["id"],
            person_id=person["id"],
            title=title,
            description=text,
            status=dice.pick(("active", "active", "achieved")),
            priority=dice.between(1, 3),
            success_metric=metric,
            target_value=1,
            due_at=place.world.before(days=-dice.between(5, 60)),
            metadata=None,
            created_at=place.moment(dice, dice.between(10, 29)),
        )
