"""Drift: what the live catalogue has that the migrations would not make, and the other way round.

A database is made from the migrations beside the live one, both catalogues are read whole, and
what differs is named, with the SQL that mends it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from neonhub.ops.drift.catalogue import Catalogue, Thing, read
from neonhub.ops.drift.compare import Change, changes, expected_of, kept_of
from neonhub.ops.drift.mend import mend
from neonhub.ops.drift.statements import Statement, script

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Drift", "Finding", "Kept", "drift", "held_against"]

_SEVERITIES = ("critical", "major", "minor")
_CRITICAL = {"policy", "row security", "function", "default privilege", "schema"}
_MINOR = {"index", "comment"}
_MINOR_FACTS = {"storage", "compression", "options"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference. ``expected`` and ``found`` are the two sides; a side that lacks it is None.

    ``severity``: ``critical`` where tenants or rights are at stake, ``major`` where the rows are
    or what may be written, ``minor`` where only speed or words are. ``sql`` mends it; it is empty
    where no statement can.
    """

    name: str
    object: str
    severity: str
    expected: Any
    found: Any
    sql: list[str]
    loses: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that no migration makes, and that an operator has said to keep."""

    object: str
    reason: str


@dataclass(frozen=True, slots=True)
class Drift:
    """What differs from the migrations up to ``revision``, and the script that mends it."""

    revision: str | None
    findings: list[Finding]
    kept: list[Kept]
    script: str


def drift(dsn: str) -> Drift:
    """Hold the database of ``dsn`` against its migrations, up to the one that it is at.

    ``dsn`` is an administrator's: a database is made beside this one and dropped again. Raises
    ``SchemaMissing``, ``DatabaseAhead``, ``NoShadow``.
    """
    from neonhub.ops.migrate import DatabaseAhead, SchemaMissing, current_of, revisions
    from neonhub.ops.prepare import connected
    from neonhub.ops.shadow import shadow

    with connected(dsn) as conn:
        revision = current_of(conn)
        if revision is None:
            raise SchemaMissing(database=conn.info.dbname)
        if revision not in revisions():
            raise DatabaseAhead(revision=revision)
        with shadow(dsn, revision=revision) as beside, connected(beside) as other:
            made = read(other)
        return held_against(made, read(conn), revision)


def held_against(made: Catalogue, live: Catalogue, revision: str | None) -> Drift:
    """What ``live`` has otherwise than ``made``, which is as it should be."""
    expected = expected_of(made, live, dt.datetime.now(dt.UTC))
    kept = kept_of(live)
    findings, on_purpose, statements = [], [], []
    for change in changes(expected, live):
        reason = _reason(change, kept)
        if reason is not None:
            if change.kind != "comment":
                on_purpose.append(Kept(f"{change.kind} {change.thing.name}", reason))
            continue
        mending = mend(change, expected, live)
        statements += mending
        findings.append(_finding(change, mending))
    findings.sort(key=lambda each: _SEVERITIES.index(each.severity))
    return Drift(revision, findings, on_purpose, script(statements) if statements else "")


def _reason(change: Change, kept: dict[tuple[str, str], str]) -> str | None:
    """Why it is to stay. What is declared is excused by no comment, nor is a guard of it."""
    return kept.get(change.thing.key) if change.what == "unexpected" else None


def _finding(change: Change, mending: Iterable[Statement]) -> Finding:
    ordered = sorted(dict.fromkeys(mending), key=lambda statement: statement.at)
    return Finding(
        f"{change.kind}-{change.what}".replace(" ", "-"),
        change.thing.name,
        _severity(change),
        _side(change.expected, change.what),
        _side(change.found, change.what),
        [each.sql for each in ordered],
        [each.loses for each in ordered if each.loses],
    )


def _side(thing: Thing | None, what: str) -> Any:
    if thing is None:
        return None
    return thing.facts.get(what, thing.facts)


def _severity(change: Change) -> str:
    if change.kind in _CRITICAL or change.kind.endswith("grant") or change.what == "owner":
        return "critical"
    unique = change.kind == "index" and "UNIQUE" in str(change.thing.facts["definition"])
    if (change.kind in _MINOR and not unique) or change.what in _MINOR_FACTS:
        return "minor"
    return "major"
