"""The SQL that takes a difference away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neonhub.ops.drift.make import (
    IDENTITY,
    STORAGE,
    drop,
    enabled,
    granted,
    is_foreign,
    make,
    owner,
    reference,
    sequence,
)
from neonhub.ops.drift.statements import At, Statement, literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from neonhub.ops.drift.catalogue import Catalogue, Thing
    from neonhub.ops.drift.compare import Change

__all__ = ["mend"]

_COMPRESSION = {"p": "pglz", "l": "lz4", None: "default"}


def mend(change: Change, expected: Catalogue, live: Catalogue) -> list[Statement]:
    """What takes ``change`` away, what it brings with it included; empty where nothing can."""
    want, have = change.expected, change.found
    if want is None:
        return drop(change.thing)
    if have is None:
        return _attached(want, live) if want.kind == "partition" else _whole(want, expected)
    if change.what == "owner":
        return [owner(want)]
    if change.kind.endswith(" grant"):
        return _granted(want, expected)
    alter = _ALTER.get((change.kind, change.what)) or _ALTER.get((change.kind, ""))
    return alter(want, have, expected, live) if alter else [*drop(have), *make(want, expected)]


def _whole(thing: Thing, expected: Catalogue) -> list[Statement]:
    """``thing`` with all that goes when it goes."""
    parts = [each for each in expected.values() if _within(each, thing)]
    return [*make(thing, expected), *(each for part in parts for each in make(part, expected))]


def _within(part: Thing, whole: Thing) -> bool:
    if part is whole or part.kind in {"column", "sequence"}:
        return False
    if whole.about.get("itself"):
        return part.table == whole.name
    if whole.kind == "function":
        return part.kind == "function grant" and part.about["function"] == whole.name
    if whole.kind == "column":
        column = whole.about["column"]
        mine = column in part.about.get("columns", ()) or part.about.get("column") == column
        return part.table == whole.table and mine
    return False


def _attached(thing: Thing, live: Catalogue) -> list[Statement]:
    """A partition in its place: the table that was detached, or a new one."""
    if ("table", thing.name) in live:
        parent, bound = thing.facts["of"], thing.facts["bound"]
        sql = f"ALTER TABLE {parent} ATTACH PARTITION {thing.name} {bound}"
        return [Statement(At.PARTITION, sql), Statement(At.GUARD, "SELECT neonhub.mirror_guards()")]
    # Its guards are its table's, which may be made by this same script.
    guarded = Statement(At.GRANT + 1, "SELECT neonhub.mirror_guards()")
    return [Statement(At.PARTITION, "SELECT neonhub.ensure_partitions()"), guarded]


def _granted(want: Thing, expected: Catalogue) -> list[Statement]:
    if want.facts["grant option"]:
        return make(want, expected)
    sql = f"REVOKE GRANT OPTION FOR {granted(want, 'FROM')}"
    return [Statement(At.GRANT, sql, admin=is_foreign(want))]


# -- columns -------------------------------------------------------------------------------


def _column(thing: Thing, action: str, place: int = At.COLUMN) -> Statement:
    alter = f"ALTER TABLE {thing.table} ALTER COLUMN {thing.about['column']}"
    return Statement(place, f"{alter} {action}")


def _retyped(want: Thing, _have: Thing, _expected: Catalogue, _live: Catalogue) -> list[Statement]:
    f, column = want.facts, want.about["column"]
    collation = f" COLLATE {f['collation']}" if f["collation"] else ""
    if not collation and f["type"] in {"text", "character varying"}:
        collation = ' COLLATE pg_catalog."default"'
    change = _column(want, f"TYPE {f['type']}{collation} USING {column}::{f['type']}")
    if not f["default"]:
        return [change]
    before = _column(want, "DROP DEFAULT", At.COLUMN - 1)
    return [before, change, _column(want, f"SET DEFAULT {f['default']}", At.COLUMN + 1)]


def _nullable(want: Thing, _have: Thing, _expected: Catalogue, _live: Catalogue) -> list[Statement]:
    verb = "SET" if want.facts["not null"] else "DROP"
    return [_column(want, f"{verb} NOT NULL", At.COLUMN + 2)]


def _default(want: Thing, _have: Thing, _expected: Catalogue, _live: Catalogue) -> list[Statement]:
    value = want.facts["default"]
    action = f"SET DEFAULT {value}" if value else "DROP DEFAULT"
    return [_column(want, action, At.COLUMN + 1)]


def _generated(want: Thing, _have: Thing, expected: Catalogue, _live: Catalogue) -> list[Statement]:
    if want.facts["generated"] is None:
        return [_column(want, "DROP EXPRESSION")]
    # It is computed anew, and what stands on it is made again.
    sql = f"ALTER TABLE {want.table} DROP COLUMN {want.about['column']}"
    return [Statement(At.TABLE_GOES, sql), *_whole(want, expected)]


def _identity(want: Thing, have: Thing, expected: Catalogue, _live: Catalogue) -> list[Statement]:
    kind, there = want.facts["identity"], have.facts["identity"]
    if kind is None:
        return [_column(want, "DROP IDENTITY")]
    if there:
        return [_column(want, f"SET GENERATED {IDENTITY[kind]}")]
    # With the identity went its sequence, and who may read that.
    grants = [
        each
        for each in expected.values()
        if each.kind == "table grant" and each.table == want.table
        if each.about["column"] == want.about["column"]
    ]
    return [
        _column(want, f"ADD GENERATED {IDENTITY[kind]} AS IDENTITY"),
        *(statement for grant in grants for statement in make(grant, expected)),
    ]


def _storage(want: Thing, _have: Thing, _expected: Catalogue, _live: Catalogue) -> list[Statement]:
    return [_column(want, f"SET STORAGE {STORAGE[want.facts['storage']]}")]


def _compression(
    want: Thing, _have: Thing, _expected: Catalogue, _live: Catalogue
) -> list[Statement]:
    return [_column(want, f"SET COMPRESSION {_COMPRESSION[want.facts['compression']]}")]


# -- types ---------------------------------------------------------------------------------


def _labels(want: Thing, have: Thing, _expected: Catalogue, live: Catalogue) -> list[Statement]:
    labels, there, name = want.facts["labels"], have.facts["labels"], want.name
    if [label for label in labels if label in there] != there:
        return _rebuilt(want, have, live)
    made = []
    for place, label in enumerate(labels):
        if label not in there:
            beside = ("AFTER", labels[place - 1]) if place else ("BEFORE", there[0])
            where = f"{beside[0]} {literal(beside[1])}"
            made.append(f"ALTER TYPE {name} ADD VALUE {literal(label)} {where}")
    return [Statement(At.TYPE, sql) for sql in made]


def _rebuilt(want: Thing, have: Thing, live: Catalogue) -> list[Statement]:
    """The enumeration made anew beside the old one, and its columns moved over.

    A row with a label that is to go ends the script: what becomes of it is for a person to say.
    """
    name, used = want.name, have.about["used"]
    schema, _, short = name.rpartition(".")
    old = short.strip('"') + " before"
    tables = {table for table, _column, _default in used}
    standing = [
        each
        for each in live.values()
        if each.kind in {"index", "constraint"}
        and each.table in tables
        and name in each.facts["definition"]
    ]
    made = [Statement(At.TYPE, f'ALTER TYPE {name} RENAME TO "{old}"'), *make(want, {})]
    for each in standing:
        made += [*drop(each), *make(each, {})]
    for table, column, default in used:
        alter = f"ALTER TABLE {table} ALTER COLUMN {column}"
        move = f"{alter} TYPE {name} USING {column}::text::{name}"
        kept = [f"{alter} DROP DEFAULT", move, f"{alter} SET DEFAULT {default}"]
        made += [Statement(At.COLUMN, sql) for sql in (kept if default else [move])]
    return [*made, Statement(At.TYPE_GOES, f'DROP TYPE {schema}."{old}"')]


def _sequence(want: Thing, _have: Thing, _expected: Catalogue, _live: Catalogue) -> list[Statement]:
    return [Statement(At.TYPE, f"ALTER SEQUENCE {sequence(want)}")]


def _extension(
    want: Thing, _have: Thing, _expected: Catalogue, _live: Catalogue
) -> list[Statement]:
    sql = f"ALTER EXTENSION {want.name} UPDATE TO {literal(want.facts['version'])}"
    return [Statement(At.EXTENSION, sql, admin=True)]


# -- tables and what stands on them --------------------------------------------------------


def _persistence(
    want: Thing, _have: Thing, _expected: Catalogue, _live: Catalogue
) -> list[Statement]:
    word = "UNLOGGED" if want.facts["persistence"] == "u" else "LOGGED"
    return [Statement(At.TABLE, f"ALTER TABLE {want.name} SET {word}")]


def _options(want: Thing, have: Thing, _expected: Catalogue, _live: Catalogue) -> list[Statement]:
    made = []
    if there := have.facts["options"]:
        names = ", ".join(option.partition("=")[0] for option in there)
        made.append(Statement(At.TABLE, f"ALTER TABLE {want.name} RESET ({names})"))
    if options := want.facts["options"]:
        sql = f"ALTER TABLE {want.name} SET ({', '.join(options)})"
        made.append(Statement(At.TABLE + 1, sql))
    return made


def _unmendable(
    _want: Thing, _have: Thing, _expected: Catalogue, _live: Catalogue
) -> list[Statement]:
    return []


def _partition(want: Thing, have: Thing, _expected: Catalogue, _live: Catalogue) -> list[Statement]:
    detach = f"ALTER TABLE {have.facts['of']} DETACH PARTITION {want.name}"
    attach = f"ALTER TABLE {want.facts['of']} ATTACH PARTITION {want.name} {want.facts['bound']}"
    return [Statement(At.TABLE_GOES, detach), Statement(At.PARTITION, attach)]


def _replica(want: Thing, _have: Thing, _expected: Catalogue, _live: Catalogue) -> list[Statement]:
    short = want.name.rpartition(".")[2]
    how = f"USING INDEX {short}" if want.facts["replica identity"] else "DEFAULT"
    return [Statement(At.INDEX, f"ALTER TABLE {want.table} REPLICA IDENTITY {how}")]


def _index_valid(
    want: Thing, _have: Thing, _expected: Catalogue, _live: Catalogue
) -> list[Statement]:
    return [Statement(At.INDEX, f"REINDEX INDEX {want.name}")]


def _constraint_valid(
    want: Thing, _have: Thing, _expected: Catalogue, _live: Catalogue
) -> list[Statement]:
    sql = f"ALTER TABLE {want.table} VALIDATE CONSTRAINT {want.about['constraint']}"
    return [Statement(At.INDEX, reference(want, sql) if want.about["type"] == "f" else sql)]


def _enabled(want: Thing, _have: Thing, _expected: Catalogue, _live: Catalogue) -> list[Statement]:
    return [enabled(want)]


def _remade(want: Thing, _have: Thing, expected: Catalogue, _live: Catalogue) -> list[Statement]:
    """What CREATE OR REPLACE, ALTER or COMMENT puts right by itself."""
    return [each for each in make(want, expected) if each.at != At.GRANT - 1]


_ALTER: dict[tuple[str, str], Callable[[Thing, Thing, Catalogue, Catalogue], list[Statement]]] = {
    ("column", "type"): _retyped,
    ("column", "collation"): _retyped,
    ("column", "not null"): _nullable,
    ("column", "default"): _default,
    ("column", "generated"): _generated,
    ("column", "identity"): _identity,
    ("column", "storage"): _storage,
    ("column", "compression"): _compression,
    ("enumeration", "labels"): _labels,
    ("sequence", ""): _sequence,
    ("extension", "version"): _extension,
    ("table", "persistence"): _persistence,
    ("table", "options"): _options,
    ("table", "partitioned by"): _unmendable,
    ("partition", ""): _partition,
    ("index", "replica identity"): _replica,
    ("index", "valid"): _index_valid,
    ("constraint", "valid"): _constraint_valid,
    ("trigger", "enabled"): _enabled,
    ("function", "definition"): _remade,
    ("row security", ""): _remade,
    ("comment", ""): _remade,
}
