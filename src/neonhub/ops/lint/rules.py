"""What is said of a migration that was looked on at: locks, rewrites, losses, unguarded tenants."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from neonhub.ops.lint import risk
from neonhub.ops.lint.blind import blind, instead
from neonhub.ops.lint.destructive import losses
from neonhub.ops.lint.results import Finding, Severity
from neonhub.ops.lint.split import without_comments
from neonhub.ops.lint.work import held_by, seconds_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import psycopg

    from neonhub.ops.lint.observe import Run, Seen
    from neonhub.ops.lint.sizes import Size
    from neonhub.ops.lint.squawk import Advice

__all__ = ["LONG", "Subject", "findings", "unguarded"]

LONG = 1.0
"""Seconds: an application whose statements wait so long is seen to stand still."""
_LONGEST_WAIT_MS = 30_000


@dataclass(frozen=True, slots=True)
class Subject:
    """What is looked at: a migration by its name, or a file."""

    file: str
    revision: str | None
    run: Run
    sizes: Mapping[str, Size]
    advice: Sequence[Advice]


def findings(subject: Subject, unguarded: Sequence[tuple[str, str, str]]) -> list[Finding]:
    """Everything that there is to say, the gravest first; what ``MIGRATION_RISK.md`` accepts has
    its reason."""
    entry = risk.entries().get(subject.revision or subject.file.rpartition("/")[2])
    made = [*_failed(subject), *_advised(subject), *_worked(subject), *_patient(subject)]
    made += _repeatable(subject)
    made += _blind(subject)
    made += [_open(subject, *each) for each in unguarded]
    made += _lost(subject, entry)
    if entry is not None:
        made = [_excused(each, entry) for each in made]
    order: list[Severity] = ["error", "warning", "note"]
    return sorted(set(made), key=lambda f: (order.index(f.severity), f.line, f.rule, f.message))


def _open(subject: Subject, rule: str, table: str, words: str) -> Finding:
    severity: Severity = "error" if rule == "tenant-unguarded" else "warning"
    made = _finding(subject, None, rule, severity, words, table=table)
    return replace(made, line=_made_at(subject, table))


def _excused(finding: Finding, entry: risk.Entry) -> Finding:
    if finding.rule == "destructive":
        return finding
    return replace(finding, accepted=entry.reason(finding.rule, finding.table))


def _finding(
    subject: Subject,
    seen: Seen | None,
    rule: str,
    severity: Severity,
    message: str,
    *,
    remedy: str = "",
    table: str | None = None,
) -> Finding:
    line = seen.line if seen is not None else 1
    return Finding(rule, severity, subject.file, line, message, remedy, table, subject.revision)


def _failed(subject: Subject) -> Iterator[Finding]:
    if subject.run.failure is None:
        return
    words, line = subject.run.failure
    made = _finding(subject, None, "fails", "error", f"It cannot be run: {words}.")
    yield replace(made, line=line, remedy="Nothing after this line was looked at.")


def _advised(subject: Subject) -> Iterator[Finding]:
    """What squawk says, where the statement touches what was there before: on a new table nobody
    waits for anything."""
    for place, _line, rule, message, remedy in subject.advice:
        seen = subject.run.seen[place]
        if rule == "unread":
            yield _finding(
                subject, seen, "squawk-unread", "note", f"{message} Its rules say no more."
            )
        elif tables := _touched(subject, seen):
            long = seconds_of(seen, subject.sizes) >= LONG
            severity: Severity = "error" if long and not seen.outside else "warning"
            yield _finding(subject, seen, rule, severity, message, remedy=remedy, table=tables[0])


def _touched(subject: Subject, seen: Seen) -> list[str]:
    """The tables of before that a statement names, in its order, then others that it works on or
    locks."""
    made = [*seen.rewritten, *(each.table for each in seen.built), *seen.scanned, *seen.locks]
    known = set(subject.run.before.tables.values())
    named = [word for word in re.findall(r"\w+", without_comments(seen.sql)) if word in known]
    return list(dict.fromkeys([*named, *made]))


_WORKED = {
    "table-rewritten": (
        "is written anew",
        "Add a column beside it, fill it in batches, and switch; or wait for a maintenance window.",
    ),
    "index-built-locked": (
        "has an index built while its rows cannot be written",
        "CREATE INDEX CONCURRENTLY, outside of a transaction (`op.get_context()."
        "autocommit_block()`, `online_only = True`).",
    ),
    "table-scanned-locked": (
        "is read from end to end under a lock that others wait for",
        "Add the constraint NOT VALID, and VALIDATE it in a migration of its own.",
    ),
}


def _worked(subject: Subject) -> Iterator[Finding]:
    """Work that was seen. What squawk has told of the same statement is not told again, but for
    how long others wait."""
    told = {each.place for each in subject.advice if each.rule != "unread"}
    blocked: set[tuple[int, str]] = set()
    for place, seen in enumerate(subject.run.seen):
        blocked |= {(seen.block, t) for t, mode in seen.locks.items() if _blocks(mode)}
        if seen.outside:
            continue
        done = [("table-rewritten", table) for table in seen.rewritten]
        done += [("index-built-locked", table) for table in {each.table for each in seen.built}]
        busy = {table for _rule, table in done}
        done += [("table-scanned-locked", table) for table in seen.scanned if table not in busy]
        for rule, table in done:
            if (seen.block, table) not in blocked:
                continue
            seconds = seconds_of(seen, subject.sizes, table)
            if seconds < LONG and (place in told or rule == "table-scanned-locked"):
                continue
            yield _slow(subject, seen, place, (rule, table, seconds))


def _slow(subject: Subject, seen: Seen, place: int, what: tuple[str, str, float]) -> Finding:
    rule, table, seconds = what
    words, remedy = _WORKED[rule]
    size = subject.sizes.get(table)
    rows = f"{size.rows:,} rows" if size is not None else "it is not in the live database"
    held = held_by(subject.run.seen, subject.sizes, place)
    message = f"{table} {words}: some {seconds:.1f} s ({rows}), locked for some {held:.1f} s."
    severity: Severity = "error" if seconds >= LONG else "warning"
    return _finding(subject, seen, rule, severity, message, remedy=remedy, table=table)


def _blocks(mode: str) -> bool:
    return mode in {"Share", "ShareRowExclusive", "Exclusive", "AccessExclusive"}


def _patient(subject: Subject) -> Iterator[Finding]:
    """A statement that waits without end for a table lets all who come after it wait as long."""
    for seen in subject.run.seen:
        table = next((name for name, mode in seen.locks.items() if _blocks(mode)), None)
        if table is None or 0 < seen.lock_timeout_ms <= _LONGEST_WAIT_MS:
            continue
        how = f"{seen.lock_timeout_ms / 1000:g} s" if seen.lock_timeout_ms else "without end"
        message = f"It waits {how} for {table}, and everybody who comes later waits behind it."
        remedy = "SET lock_timeout = '5s' before it."
        yield _finding(subject, seen, "lock-timeout", "error", message, remedy=remedy, table=table)
        return


def _blind(subject: Subject) -> Iterator[Finding]:
    """References that are called valid without a look at the rows that are there."""
    for seen, each in blind(subject.run):
        message = f"{each.name} is validated without its rows being seen: row security hides rows "
        message += f"of {each.table} or {each.target} from the owner."
        yield _finding(
            subject, seen, "reference-validated-blind", "warning", message,
            remedy=instead(each), table=each.table,
        )  # fmt: skip


_BY_NAME = re.compile(r"\s*(?:CREATE|DROP|ALTER\s+TYPE)\b", re.IGNORECASE)
_IF = re.compile(r"\bIF\s+(?:NOT\s+)?EXISTS\b", re.IGNORECASE)


def _repeatable(subject: Subject) -> Iterator[Finding]:
    """What is done outside of a transaction stays when the migration is killed after it."""
    for seen in subject.run.seen:
        if seen.outside and _BY_NAME.match(seen.sql) and not _IF.search(seen.sql):
            message = "It stays when the migration is killed after it, and stops the next run."
            remedy = "IF NOT EXISTS, or IF EXISTS: deploy drops an index left invalid before."
            yield _finding(subject, seen, "not-repeatable", "error", message, remedy=remedy)


def _lost(subject: Subject, entry: risk.Entry | None) -> Iterator[Finding]:
    found = losses(subject.run)
    name = subject.revision or subject.file.rpartition("/")[2]
    for each in found:
        fault = _unwritten(entry, each.about)
        severity: Severity = "error" if fault else "note"
        remedy = ""
        if fault:
            all_of = list(dict.fromkeys(loss.what for loss in found))
            remedy = f"{fault} in {risk.path()}:\n{risk.template(name, all_of)}"
        made = _finding(subject, None, "destructive", severity, f"It {each.what}.", remedy=remedy)
        yield replace(made, line=each.line or 1, table=each.about)


def _unwritten(entry: risk.Entry | None, about: str) -> str | None:
    """What is missing of the section that a loss needs."""
    if entry is None:
        return "Write a section"
    if entry.missing:
        return f"Say {', '.join(entry.missing)} in its section"
    return None if entry.speaks_of(about) else f"Its section does not speak of {about}: say it"


_UNGUARDED = """
SELECT c.relname, c.relispartition, c.relrowsecurity, c.relforcerowsecurity,
       EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive)
  FROM pg_class c
 WHERE c.relname = ANY (%s) AND c.relkind IN ('r', 'p')
   AND c.relnamespace = 'public'::regnamespace
   AND EXISTS (SELECT FROM pg_attribute b WHERE b.attrelid = c.oid AND NOT b.attisdropped
                AND b.attname IN ('workspace_id', 'organization_id'))
 ORDER BY 1
"""
_ASTRAY = """
SELECT c.relname, i.indexrelid::regclass::text, b.attname,
       (SELECT t.attname FROM pg_attribute t
         WHERE t.attrelid = c.oid AND NOT t.attisdropped
           AND t.attname IN ('workspace_id', 'organization_id')
         ORDER BY t.attname DESC LIMIT 1) AS tenant
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
  JOIN pg_class k ON k.oid = i.indexrelid JOIN pg_am a ON a.oid = k.relam
  LEFT JOIN pg_attribute b ON b.attrelid = c.oid AND b.attnum = i.indkey[0]
 WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition
   AND a.amname = 'btree' AND i.indexrelid::regclass::text <> ALL (%s)
   AND c.relrowsecurity
   AND coalesce(b.attname, '') NOT IN ('workspace_id', 'organization_id')
 ORDER BY 1, 2
"""


def unguarded(
    conn: psycopg.Connection[Any], new_tables: Sequence[str], old_indexes: Sequence[str]
) -> list[tuple[str, str, str]]:
    """Of what a migration has made: a tenant's table without row security, FORCE or a policy, its
    partitions too, and an index that begins with another column than the tenant's."""
    made = []
    for name, partition, enabled, forced, policy in conn.execute(_UNGUARDED, [list(new_tables)]):
        lacks = ["row security"] * (not enabled) + ["FORCE"] * (not forced)
        lacks += ["a policy"] * (not policy)
        kind = "partition" if partition else "table"
        if lacks:
            words = f"The {kind} {name} holds rows of tenants, without {' and '.join(lacks)}."
            made.append(("tenant-unguarded", name, words))
    for table, index, first, tenant in conn.execute(_ASTRAY, [list(old_indexes)]):
        if tenant is None:
            continue
        words = f"The index {index} of {table} begins with {first or 'an expression'}, not with "
        words += f"{tenant}: a tenant's rows lie all over it."
        made.append(("index-not-by-tenant", table, words))
    return made


def _made_at(subject: Subject, table: str) -> int:
    words = f" {table}"
    for seen in subject.run.seen:
        if words in seen.sql or f'"{table}"' in seen.sql:
            return seen.line
    return 1
