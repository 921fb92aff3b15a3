"""Keys, unique sets and indexes: every set of columns that the model asks for, and none beyond."""

from __future__ import annotations

from collections.abc import Iterator

from tests.conformance.declared import Columns, Table
from tests.conformance.live import Index
from tests.conformance.live import Table as Found


def facts(table: Table, found: Found) -> Iterator[tuple[bool, str]]:
    """What the model says of the table's indexes, unique ones among them."""
    key = next((i.columns for i in found.indexes if i.primary), ())
    yield key == table.key, f"{table.name} has the primary key {_said(key)}, not {_said(table.key)}"
    have = {index.name: index.form for index in found.indexes}
    for name, form in table.named.items():
        yield name in have, f"{table.name} lacks the index {name}"
        if name in have:
            yield have[name] == form, f"{name} is {have[name]}, not {form}"
    rest = [i for i in found.indexes if not i.primary and i.name not in table.named]
    yield from _uniques(table, [i for i in rest if i.unique])
    yield from _indexes(table, found, [i for i in rest if not i.unique])


def _said(columns: Columns) -> str:
    return f"({', '.join(columns)})"


def _uniques(table: Table, have: list[Index]) -> Iterator[tuple[bool, str]]:
    nulls_alike = "NULLS NOT DISTINCT" in table.note
    left = list(have)
    for columns, lives in table.uniques.items():
        index = next((i for i in left if i.columns == columns), None)
        if columns == table.key:
            continue
        yield index is not None, f"{table.name} lacks the unique set {_said(columns)}"
        if index is None:
            continue
        left.remove(index)
        said = f"{table.name}: {_said(columns)} is unique"
        want = "(deleted_at IS NULL)" if lives else None
        yield index.where == want, f"{said} where {index.where or 'ever'}, not {want or 'ever'}"
        alike = index.nulls_not_distinct
        yield alike == nulls_alike, f"{said} with {'one null' if alike else 'nulls that differ'}"
    for index in left:
        yield False, f"{table.name} has a unique set of no model: {_said(index.columns)}"


def _indexes(table: Table, found: Found, have: list[Index]) -> Iterator[tuple[bool, str]]:
    """Each index is asked for by a set of columns, or is the one that stands behind a reference."""
    whole = [i.columns for i in found.indexes if i.plain and i.unique]
    left = list(have)
    for columns in table.indexes:
        # The very columns first: a longer one may be there for another set.
        fits = sorted((i for i in left if _leads(columns, i)), key=lambda i: len(i.columns))
        satisfied = bool(fits) or columns in whole
        yield satisfied, f"{table.name} lacks the index {_said(columns)}"
        if fits:
            left.remove(fits[0])
    behind = [i.columns for i in found.indexes if i.plain and i not in left]
    for reference in sorted({r.columns for r in found.references}):
        if any(_serves(columns, reference) for columns in behind):
            yield True, ""
            continue
        index = next((i for i in left if i.plain and i.columns == reference), None)
        yield (
            index is not None,
            f"{table.name} has no index behind its reference by {reference[-1]}",
        )
        if index is not None:
            left.remove(index)
            behind.append(index.columns)
    for index in left:
        yield False, f"{table.name} has an index of no model: {index.name} {index.form}"


def _leads(columns: Columns, index: Index) -> bool:
    return index.plain and index.columns[: len(columns)] == columns


def _serves(columns: Columns, reference: Columns) -> bool:
    return set(columns[: len(reference)]) == set(reference)
