"""The backups in a place: how old, how large, proven or not; and which may go."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import NeonHubError
from neonhub.ops.backup.log import silent
from neonhub.ops.backup.manifest import BackupDamaged, Head, NoBackup, NotReadable, head
from neonhub.ops.backup.places import VERIFIED, place_of, tidy
from neonhub.ops.backup.rotation import Rule, Taken, kept, moment_of

if TYPE_CHECKING:
    from pathlib import Path

    from neonhub.ops.backup.log import Notify
    from neonhub.ops.backup.places import Place

__all__ = ["Listed", "NoPlace", "last_place", "listed", "mark", "rotate"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A backup as a list shows it. ``verified`` is when a drill has last proven it; ``fault`` is
    what keeps it from being read, or the first that its last drill found. ``failed`` is the code
    of the error for which its last drill, at ``tried``, could tell neither, or this list cannot."""

    where: str
    moment: dt.datetime | None
    revision: str | None
    size: int | None
    encrypted: bool
    verified: dt.datetime | None
    fault: str | None
    tried: dt.datetime | None = None
    failed: str | None = None


def listed(where: Path | str, notify: Notify = silent) -> list[Listed]:
    """The backups in a folder or bucket, the newest first. Starts no server, needs no identity."""
    tidy(where, notify)
    place = place_of(where)
    return [_listed(place, name) for name in reversed(place.names())]


def _listed(place: Place, name: str) -> Listed:
    try:
        found = head(place, name)
    except (BackupDamaged, NoBackup) as error:
        fault = str(error.details["reason"])
        return Listed(place.url(name), moment_of(name), None, None, False, None, fault)
    except NotReadable as error:
        fault = str(error.details["reason"])
        unknown = Listed(place.url(name), moment_of(name), None, None, False, None, fault)
        return replace(unknown, failed=error.code)
    drill = _drill(place, name, found) or {}
    return Listed(
        place.url(name),
        found.moment,
        found.revision,
        found.size,
        found.encrypted,
        _moment(drill.get("verified")),
        drill.get("fault"),
        _moment(drill.get("at")),
        drill.get("failed"),
    )


def _moment(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None


def mark(place: Place, name: str, *, fault: str | None = None, failed: str | None = None) -> None:
    """Write beside a backup what a drill has found, or the code of the error that ended it.

    One that could not be ended says nothing of the backup: what was proven before stays proven,
    and rotation goes by that.
    """
    import orjson

    found, now = head(place, name), dt.datetime.now(dt.UTC)
    before = (_drill(place, name, found) or {}) if failed else {}
    drill = {"at": now, "seal": found.seal, "fault": fault or before.get("fault")}
    drill["verified"] = before.get("verified") if failed else (None if fault else now)
    drill["failed"] = failed
    place.write(name, VERIFIED, orjson.dumps(drill))


def _drill(place: Place, name: str, found: Head) -> dict[str, Any] | None:
    """What the last drill wrote, if it was of this manifest."""
    import orjson

    try:
        drill = orjson.loads(place.read(name, VERIFIED))
        if "verified" not in drill:  # as it was written before failures were
            drill["verified"] = None if drill["fault"] else drill["at"]
        moments = [_moment(drill["at"]), _moment(drill["verified"])]
        # Whoever may write there may write anything.
        sound = moments[0] is not None and all(each is None or each.tzinfo for each in moments)
        words = all(isinstance(drill.get(each), str | None) for each in ("fault", "failed"))
        return drill if sound and words and drill["seal"] == found.seal else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def rotate(place: Place, rule: Rule) -> list[str]:
    """Take away the backups that ``rule`` does not keep; the names of those that went."""
    taken = []
    for name in place.names():
        moment = moment_of(name)
        if moment is not None:  # what is not named as ours stays
            found = _listed(place, name)
            if found.size is None and found.failed is not None:
                continue  # nobody knows whether it is good: it stays, and counts for nothing
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
