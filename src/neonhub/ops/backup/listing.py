"""The backups in a place: how old, how large, proven or not; and which may go."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import NeonHubError
from neonhub.ops.backup.manifest import BackupDamaged, Head, NoBackup, head
from neonhub.ops.backup.places import VERIFIED, place_of
from neonhub.ops.backup.rotation import Rule, Taken, kept, moment_of

if TYPE_CHECKING:
    from pathlib import Path

    from neonhub.ops.backup.places import Place

__all__ = ["Listed", "NoPlace", "last_place", "listed", "mark", "rotate"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A backup as a list shows it. ``verified`` is when a drill has last proven it; ``fault`` is
    what keeps it from being read, or the first that its last drill found."""

    where: str
    moment: dt.datetime | None
    revision: str | None
    size: int | None
    encrypted: bool
    verified: dt.datetime | None
    fault: str | None


def listed(where: Path | str) -> list[Listed]:
    """The backups in a folder or bucket, the newest first. Starts no server, needs no identity."""
    place = place_of(where)
    return [_listed(place, name) for name in reversed(place.names())]


def _listed(place: Place, name: str) -> Listed:
    try:
        found = head(place, name)
    except (BackupDamaged, NoBackup) as error:
        fault = str(error.details["reason"])
        return Listed(place.url(name), moment_of(name), None, None, False, None, fault)
    drill = _drill(place, name, found)
    at = dt.datetime.fromisoformat(drill["at"]) if drill else None
    found_wrong = drill["fault"] if drill else None
    return Listed(
        place.url(name),
        found.moment,
        found.revision,
        found.size,
        found.encrypted,
        None if found_wrong else at,
        found_wrong,
    )


def mark(place: Place, name: str, fault: str | None) -> None:
    """Write beside a backup what a drill has found."""
    import orjson

    found = head(place, name)
    if fault is not None and found.encrypted:
        fault = "rows differ"  # which, and how many there were, is not for everybody
    drill = {"at": dt.datetime.now(dt.UTC), "seal": found.seal, "fault": fault}
    place.write(name, VERIFIED, orjson.dumps(drill))


def _drill(place: Place, name: str, found: Head) -> dict[str, Any] | None:
    """What the last drill wrote, if it was of this manifest."""
    import orjson

    try:
        drill = orjson.loads(place.read(name, VERIFIED))
        fitting = drill["seal"] == found.seal and drill["at"] and "fault" in drill
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return drill if fitting else None


def rotate(place: Place, rule: Rule) -> list[str]:
    """Take away the backups that ``rule`` does not keep; the names of those that went."""
    taken = []
    for name in place.names():
        moment = moment_of(name)
        if moment is not None:  # what is not named as ours stays
            found = _listed(place, name)
            verified = found.verified is not None
            taken.append(Taken(name, moment, found.fault is None, verified))
    stay = kept(taken, rule)
    gone = [each.name for each in taken if each.name not in stay]
    for name in gone:
        place.remove(name)
    return gone


class NoPlace(NeonHubError):
    """The database {database} remembers no good backup."""

    hint = "Name the folder or bucket: neonhub db backups PLACE."
    exit_code = 66


def last_place(dsn: str) -> str:
    """Where the last good backup went, as the database remembers. Raises ``NoPlace``."""
    from neonhub.ops.prepare import connected
    from neonhub.ops.records import last

    with connected(dsn) as conn:
        there = conn.execute("SELECT to_regclass('neonhub.operation_log') IS NOT NULL").fetchone()
        found = last(conn, "backup", "good") if there == (True,) else None
        if found is None or "to" not in found.detail:
            raise NoPlace(database=conn.info.dbname)
    return str(found.detail["to"])
