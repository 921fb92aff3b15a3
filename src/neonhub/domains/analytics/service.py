"""Use-cases of the analytics domain: what happened, as it comes in."""

from __future__ import annotations

import datetime as dt
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from neonhub.db.bulk import BulkTarget, copy_rows, json_value
from neonhub.db.errors import InvalidInput
from neonhub.db.ids import cuid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from neonhub.db.session import Session
    from neonhub.db.tenancy import Principal

__all__ = ["Analytics", "NewEvent", "Recorded"]

_EVENTS = BulkTarget(
    "metric_events",
    {
        "workspace_id": "text",
        "id": "text",
        "kind": "text",
        "metadata": "jsonb",
        "timestamp": "timestamptz",
    },
)


class NewEvent(NamedTuple):
    """Something that happened: at ``timestamp`` (with its time zone), now without one.

    ``id`` and ``timestamp`` together tell whether an event is there already. Without an id the
    event is a new one; with one it must say its time.
    """

    kind: str
    metadata: Mapping[str, Any] = MappingProxyType({})
    timestamp: dt.datetime | None = None
    id: str | None = None


class Recorded(NamedTuple):
    """How many events were written, and how many were there already."""

    inserted: int
    skipped: int


class Analytics:
    """The measurements of one workspace."""

    def __init__(self, session: Session, principal: Principal):
        self._session = session
        self._principal = principal

    async def record_events(self, events: Iterable[NewEvent]) -> Recorded:
        """Write any number of events, skipping those that are there already.

        ``events`` is gone through once, and never held as a whole: a generator of a million is
        as good as a list. All are written in this unit of work, or none. Raises ``InvalidInput``
        naming the event that cannot be written, counted from 1.
        """
        self._principal.require("data:import")
        result = await copy_rows(self._session, _EVENTS, self._rows(events))
        return Recorded(result.written, result.skipped)

    def _rows(self, events: Iterable[NewEvent]) -> Iterator[tuple[Any, ...]]:
        workspace_id = self._session.tenant.workspace_id
        for place, (kind, metadata, timestamp, event_id) in enumerate(events, start=1):
            at = timestamp or dt.datetime.now(dt.UTC)
            if timestamp is None and event_id is not None:
                reason = "it has an id and no timestamp, and only both tell a repetition"
                raise InvalidInput(field=f"timestamp of event {place}", reason=reason)
            if at.tzinfo is None:
                reason = "it has no time zone"
                raise InvalidInput(field=f"timestamp of event {place}", reason=reason)
            if type(metadata) is not dict:
                metadata = dict(metadata)  # noqa: PLW2901
            yield workspace_id, event_id or cuid(), kind, json_value(metadata), at
