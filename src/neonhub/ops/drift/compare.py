"""Two catalogues held against each other: what is missing, what nothing declares, what differs.

What follows from something else is not told twice: the columns of a table that is missing, the
index behind a constraint, a column of a partition that its table has lost too.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neonhub.ops.drift.catalogue import KEPT, Thing

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator

    from neonhub.ops.drift.catalogue import Catalogue

__all__ = ["Change", "changes", "expected_of", "kept_of"]

_MONTH = re.compile(r"(?P<of>.+)_(?P<year>\d{4})_(?P<month>\d\d)")
# Asked for by `neonhub db doctor`, and of no harm.
_WELCOME = {"pg_stat_statements", "pgstattuple"}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: an object that one side lacks, or a fact of it (``what``) that differs."""

    kind: str
    what: str
    expected: Thing | None
    found: Thing | None

    @property
    def thing(self) -> Thing:
        """Whichever side has it."""
        made = self.expected or self.found
        assert made is not None  # noqa: S101
        return made


def expected_of(made: Catalogue, live: Catalogue, now: dt.datetime) -> Catalogue:
    """What should be there: what the migrations have made, for the partitions that there are.

    Which months have partitions hangs on when they were made. One of an earlier or a later month
    is as it should be when it is as the default partition, but for its bound; one that is over
    and gone is not missed.
    """
    over = _over(made, live, now)
    wanted = {key: thing for key, thing in made.items() if thing.table not in over}
    for partition in [thing for thing in live.values() if thing.kind == "partition"]:
        named = _MONTH.fullmatch(partition.name)
        if partition.key in made or named is None:
            continue
        default = f"{named['of']}_default"
        if ("partition", default) not in made:
            continue
        for thing in [each for each in made.values() if each.table == default]:
            copy = _renamed(thing, default, partition.name)
            wanted[copy.key] = copy
        whole = wanted["partition", partition.name]
        wanted[whole.key] = Thing(
            whole.kind, whole.name, whole.facts | {"bound": _bound(named)}, whole.about
        )
    return wanted


def _over(made: Catalogue, live: Catalogue, now: dt.datetime) -> set[str]:
    """Partitions of months that are over, and that are no longer there."""
    over = set()
    for thing in made.values():
        named = _MONTH.fullmatch(thing.name) if thing.kind == "partition" else None
        if named is None or thing.key in live or ("table", thing.name) in live:
            continue
        if (int(named["year"]), int(named["month"])) < (now.year, now.month):
            over.add(thing.name)
    return over


def _renamed(thing: Thing, old: str, new: str) -> Thing:
    """The same of another partition: its name stands in names and in definitions."""
    short = json.dumps([thing.kind, thing.name, thing.facts, thing.about])
    bare_old, bare_new = (name.rpartition(".")[2] for name in (old, new))
    return Thing(*json.loads(short.replace(bare_old, bare_new)))


def _bound(named: re.Match[str]) -> str:
    year, month = int(named["year"]), int(named["month"])
    after = (year + month // 12, month % 12 + 1)
    first, last = (f"{y:04}-{m:02}-01 00:00:00+00" for y, m in ((year, month), after))
    return f"FOR VALUES FROM ('{first}') TO ('{last}')"


def changes(expected: Catalogue, live: Catalogue) -> list[Change]:
    """Every difference that does not follow from another, in the order of the names."""
    found = list(_all(expected, live))
    return [each for each in found if not _follows(each, found)]


def _all(expected: Catalogue, live: Catalogue) -> Iterator[Change]:
    for key in sorted(expected.keys() | live.keys()):
        want, have = expected.get(key), live.get(key)
        if have is None:
            yield Change(key[0], "missing", want, None)
        elif want is None:
            if key[0] != "extension" or key[1] not in _WELCOME:
                yield Change(key[0], "unexpected", None, have)
        else:
            for fact in want.facts:
                if want.facts[fact] != have.facts.get(fact):
                    yield Change(key[0], fact, want, have)


def _follows(change: Change, among: Iterable[Change]) -> bool:
    return any(each is not change and _brings(each, change) for each in among)


def _brings(cause: Change, change: Change) -> bool:
    """Whether ``change`` is nothing but what ``cause`` brings with it."""
    one, other = cause.thing, change.thing
    same = cause.what == change.what
    if cause.what in {"missing", "unexpected"} and same:
        return _part_of(one, other)
    if cause.kind == "partition" and cause.what == "missing" and change.what == "unexpected":
        # Detached: the table is still there, and no partition.
        return other.table == one.name
    if cause.kind == "table" and cause.what == "partitioned by":
        # What its partitions are, and how its indexes read, hangs on it.
        parts = other.kind == "partition" and other.facts["of"] == one.name
        return parts or (other.kind == "index" and other.table == one.name)
    if cause.kind == "constraint" and other.kind == "index":
        return bool(other.about.get("backs") == one.about["constraint"].strip('"'))
    if other.about.get("clone") and cause.kind == "trigger":
        return _part_of_trigger(one, other)
    if cause.kind == "column" and cause.what == "identity" and other.kind == "sequence":
        return other.table == one.table and change.what in {"missing", "unexpected"}
    if cause.kind == "column" and other.kind == "column" and same:
        return bool(other.about["partition"]) and not one.about["partition"] and _twins(one, other)
    # Who owns a table owns the sequence of its column.
    return (
        cause.kind == "table"
        and cause.what == "owner"
        and other.kind == "sequence"
        and change.what == "owner"
        and other.table == one.name
    )


def _twins(one: Thing, other: Thing) -> bool:
    """A column of a partition, and the same one of its table."""
    beside: str = other.about["table"]
    same = one.about["column"] == other.about["column"]
    return bool(same) and beside.startswith(f"{one.table}_")  # fmt: skip


def _part_of(whole: Thing, part: Thing) -> bool:
    """Whether ``part`` comes and goes with ``whole``."""
    if whole.about.get("itself") and part.table == whole.name:
        return True
    of_kind = _PARTS.get(whole.kind)
    return _comment_of(whole, part) or (of_kind is not None and of_kind(whole, part))


def _part_of_column(whole: Thing, part: Thing) -> bool:
    if part.kind == "column":
        return bool(part.about["partition"]) and _twins(whole, part)
    column = whole.about["column"]
    within = column in part.about.get("columns", ()) or part.about.get("column") == column
    return part.table == whole.table and (within or part.kind == "sequence")


def _part_of_constraint(whole: Thing, part: Thing) -> bool:
    backs = part.about.get("backs") if part.kind == "index" else None
    return part.table == whole.table and bool(backs == whole.about["constraint"].strip('"'))


def _part_of_trigger(whole: Thing, part: Thing) -> bool:
    clone = part.kind == "trigger" and part.about["clone"] and not whole.about["clone"]
    return bool(clone and whole.about["trigger"] == part.about["trigger"])


_PARTS: dict[str, Callable[[Thing, Thing], bool]] = {
    "column": _part_of_column,
    "constraint": _part_of_constraint,
    "trigger": _part_of_trigger,
    "function": lambda whole, part: part.about.get("function") == whole.name,
    "enumeration": lambda whole, part: part.about.get("type") == whole.name,
    "other": lambda whole, part: part.about.get("relation") == whole.about["identity"],
    "sequence": lambda whole, part: part.about.get("relation") == whole.name,
}


def _comment_of(whole: Thing, part: Thing) -> bool:
    return part.kind == "comment" and _commented(part) == whole.key


def kept_of(live: Catalogue) -> dict[tuple[str, str], str]:
    """What an operator made on purpose: each object, and what its comment says after ``keep:``."""
    kept = {}
    for thing in live.values():
        text = thing.facts.get("text", "") if thing.kind == "comment" else ""
        if text.startswith(KEPT):
            reason = text.removeprefix(KEPT).strip()
            kept[thing.key] = reason
            kept[_commented(thing)] = reason
    return kept


_KINDS: dict[str, str] = {
    "table column": "column",
    "table constraint": "constraint",
    "type": "enumeration",
    "procedure": "function",
}
_HERE = {"table", "index", "function", "procedure", "sequence", "policy", "trigger", "type"}


def _commented(comment: Thing) -> tuple[str, str]:
    """The key of the object that a comment is on."""
    kind: str = comment.about["type"]
    identity: Any = comment.about["identity"]
    if kind not in _HERE and kind not in _KINDS:
        return "other", f"{kind} {identity}"
    if kind in {"table constraint", "policy", "trigger"}:
        name, _, table = identity.rpartition(" on ")
        identity = f"{table}.{name}"
    return _KINDS.get(kind, kind), identity
