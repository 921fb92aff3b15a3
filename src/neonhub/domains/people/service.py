"""Use-cases of the people domain."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from neonhub.db.errors import InvalidInput, NotFound
from neonhub.domains.people import queries as q
from neonhub.domains.people.queries import Consent, Identity

if TYPE_CHECKING:
    from neonhub.db.session import Session
    from neonhub.db.tenancy import Principal

__all__ = ["Consent", "Identity", "People", "Person"]


class Person(NamedTuple):
    """One human being, with what they are known by and what they agreed to.

    Consents are all that were given or taken back, the newest first: of a channel and scope the
    first one is in force.
    """

    id: str
    external_id: str | None
    display_name: str | None
    first_name: str | None
    last_name: str | None
    primary_email: str | None
    primary_phone: str | None
    primary_handle: str | None
    locale: str
    timezone: str
    persona_tags: list[str]
    attributes: dict[str, Any] | None
    last_seen_at: dt.datetime | None
    merged_into_id: str | None
    created_at: dt.datetime
    updated_at: dt.datetime
    identities: list[Identity]
    consents: list[Consent]


class People:
    """The people of one workspace."""

    def __init__(self, session: Session, principal: Principal):
        self._session = session
        self._principal = principal

    async def find(self, **identities: str | None) -> Person | None:
        """The live person known by any of ``identities``, or None.

        ``find(email="ada@example.com", phone="+441234567")``: each name is an identity's type, in
        whatever case its value is written. Where two of them lead to different people, the one
        given first decides. What is None is left out. One round trip. Raises ``InvalidInput``
        where nothing is left.
        """
        self._principal.require("people:read")
        given = {kind: value for kind, value in identities.items() if value}
        if not given:
            raise InvalidInput(field="identities", reason="one at least is needed, such as email=")
        row = await self._session.one(q.find_person, types=list(given), values=list(given.values()))
        return None if row is None else _person(row)

    async def get(self, **identities: str | None) -> Person:
        """The same; raises ``NotFound``, which tells the types and not the values."""
        found = await self.find(**identities)
        if found is None:
            raise NotFound(
                what="person with this", key=", ".join(k for k, v in identities.items() if v)
            )
        return found


def _person(row: q.PersonRow) -> Person:
    identities = [Identity._make(_timed(each, 6)) for each in row.identities]
    consents = [Consent._make(_timed(each, 6, 7)) for each in row.consents]
    return Person(*row[:-2], identities, consents)


def _timed(values: list[Any], *places: int) -> list[Any]:
    for place in places:  # JSON has no times
        if values[place] is not None:
            values[place] = dt.datetime.fromisoformat(values[place])
    return values
