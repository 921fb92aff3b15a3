"""What cannot be had back: what a migration drops, renames, narrows or deletes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from neonhub.ops.lint.split import without_comments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neonhub.ops.lint.observe import Names, Run

__all__ = ["Loss", "losses"]


class Loss(NamedTuple):
    """``what`` in words; ``about`` is the table or type that an entry has to name; ``words`` are
    looked for in the statements, to tell the line."""

    what: str
    about: str
    words: tuple[str, ...]
    line: int | None = None


def losses(run: Run) -> list[Loss]:
    """Everything of the kind that was seen: by oid, so that what was renamed is not dropped."""
    made = [*_tables(run), *_columns(run.before, run.after), *_labels(run.before, run.after)]
    return [*(each._replace(line=_line(run, each)) for each in made), *_rows(run)]


def _tables(run: Run) -> Iterator[Loss]:
    names = set(run.after.tables.values())
    for oid, name in run.before.tables.items():
        now = run.after.tables.get(oid)
        if now is None:
            again = " and makes it anew" if name in names else ""
            yield Loss(f"drops the table {name}{again}", name, ("DROP", name))
        elif now != name:
            yield Loss(f"renames the table {name} to {now}", name, ("RENAME", name))


def _columns(before: Names, after: Names) -> Iterator[Loss]:
    there = {(table, name) for table, name, _ in after.columns.values()}
    for key, (table, name, kind) in before.columns.items():
        if key.split()[0] not in after.tables:
            continue
        now = after.columns.get(key)
        if now is None:
            again = " and makes it anew" if (table, name) in there else ""
            yield Loss(f"drops the column {table}.{name}{again}", table, ("DROP", name))
            continue
        if now[1] != name:
            yield Loss(f"renames the column {table}.{name} to {now[1]}", table, ("RENAME", name))
        if now[2] != kind and not _wider(kind, now[2]):
            what = f"changes the type of {table}.{now[1]} from {kind} to {now[2]}"
            yield Loss(what, table, ("TYPE", name))


def _labels(before: Names, after: Names) -> Iterator[Loss]:
    there = set(after.labels.values())
    for oid, (kind, label) in before.labels.items():
        now = after.labels.get(oid)
        if now is not None and now[0] == kind and now[1] != label:
            yield Loss(f"renames the value {label} of {kind} to {now[1]}", kind, ("RENAME", label))
        elif now is None and (kind, label) not in there:
            yield Loss(f"drops the value {label} of the type {kind}", kind, ("TYPE", kind))


_DELETES = re.compile(
    r"\b(?:DELETE\s+FROM|TRUNCATE(?:\s+TABLE)?)\s+(?:ONLY\s+)?(?:public\.)?\"?(\w+)", re.IGNORECASE
)
# A function is made, not run; its body deletes nothing now.
_MAKES_CODE = re.compile(r"\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?:FUNCTION|PROCEDURE)\b", re.IGNORECASE)


def _rows(run: Run) -> Iterator[Loss]:
    there = set(run.before.tables.values())
    for seen in run.seen:
        sql = without_comments(seen.sql)
        if _MAKES_CODE.match(sql):
            continue
        for table in dict.fromkeys(_DELETES.findall(sql)):
            if table in there:
                yield Loss(f"deletes rows of {table}", table, (), seen.line)


def _line(run: Run, loss: Loss) -> int | None:
    wanted = [re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE) for word in loss.words]
    for seen in run.seen:
        if all(each.search(seen.sql) for each in wanted):
            return seen.line
    return None


_INTEGERS = ("smallint", "integer", "bigint")
_SIZED = re.compile(r"(?P<name>[a-z ]+?)\((?P<sizes>[\d,]+)\)")
_TEXTS = {"text", "citext", "character varying"}


def _wider(old: str, new: str) -> bool:
    """Whether every value of ``old`` is one of ``new``: any has a text, longer is wider."""
    if new in _TEXTS or (old in _INTEGERS and new == "numeric"):
        return True
    if old in _INTEGERS and new in _INTEGERS:
        return _INTEGERS.index(new) > _INTEGERS.index(old)
    (kind, before), (other, after) = _parts(old), _parts(new)
    if kind != other or kind not in {"character varying", "numeric", "bit varying"}:
        return (old, new) == ("real", "double precision")
    if not after or not before:
        return not after
    # Digits before the point must not become fewer either.
    whole = [each[0] - each[-1] if kind == "numeric" else each[0] for each in (before, after)]
    return before[-1] <= after[-1] and whole[0] <= whole[1]


def _parts(kind: str) -> tuple[str, tuple[int, ...]]:
    found = _SIZED.fullmatch(kind)
    if found is None:
        return kind, ()
    return found["name"], tuple(int(each) for each in found["sizes"].split(","))
