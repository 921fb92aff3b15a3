"""Which backups stay: the newest ones, and one a day, a week, a month."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

__all__ = ["Rule", "Taken", "kept", "moment_of"]


@dataclass(frozen=True, slots=True)
class Rule:
    """How many to keep: of the newest, and of those that are the last of a day, week (from Monday)
    or month in which a backup was taken, by UTC. All zero keeps everything."""

    last: int = 0
    daily: int = 0
    weekly: int = 0
    monthly: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """A backup as rotation sees it. ``good`` unless it cannot be read or its last drill failed;
    ``verified`` where a drill has proven it."""

    name: str
    moment: dt.datetime
    good: bool = True
    verified: bool = False


_PERIODS: dict[str, Callable[[dt.datetime], Hashable]] = {
    "last": lambda moment: moment,
    "daily": lambda moment: moment.date(),
    "weekly": lambda moment: moment.isocalendar()[:2],
    "monthly": lambda moment: (moment.year, moment.month),
}


def kept(taken: Iterable[Taken], rule: Rule) -> set[str]:
    """The names of those that stay.

    The newest good one always does, and the newest proven one. One that is not good counts for
    nothing, and goes when it is older than all that stay.
    """
    newest_first = sorted(taken, key=lambda each: (each.moment, each.name), reverse=True)
    good = [each for each in newest_first if each.good]
    if not good or rule == Rule():
        return {each.name for each in newest_first}
    stay = {good[0].name, *(each.name for each in good if each.verified and _first(each, good))}
    for field, period_of in _PERIODS.items():
        seen: set[Hashable] = set()
        for each in good:
            period = (period_of(each.moment), each.name if field == "last" else None)
            if period not in seen and len(seen) < getattr(rule, field):
                seen.add(period)
                stay.add(each.name)
    oldest = min(each.moment for each in good if each.name in stay)
    return stay | {each.name for each in newest_first if not each.good and each.moment >= oldest}


def _first(one: Taken, among: list[Taken]) -> bool:
    return next(each for each in among if each.verified) is one


def moment_of(name: str) -> dt.datetime | None:
    """When the backup of this name was taken; ``None`` where it is no name of a backup."""
    found = re.match(r"(\d{8}T\d{12})Z_.", name)
    if found is None:
        return None
    try:
        return dt.datetime.strptime(f"{found[1]}+0000", "%Y%m%dT%H%M%S%f%z")
    except ValueError:
        return None
