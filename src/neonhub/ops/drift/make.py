"""The SQL that makes an object of the catalogue as it should be, and that which drops one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from neonhub.ops.drift.statements import At, Statement, checked_past_row_security, literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from neonhub.ops.drift.catalogue import Catalogue, Thing

__all__ = ["IDENTITY", "STORAGE", "drop", "enabled", "granted", "is_foreign", "make", "owner"]

STORAGE = {"p": "PLAIN", "e": "EXTERNAL", "m": "MAIN", "x": "EXTENDED"}
IDENTITY = {"a": "ALWAYS", "d": "BY DEFAULT"}
_ENABLED = {"O": "ENABLE", "D": "DISABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}
_COMMENTED = {"table column": "COLUMN", "table constraint": "CONSTRAINT"}
_DROPPED = {"composite type": "TYPE", "statistics object": "STATISTICS"}


def make(thing: Thing, expected: Catalogue) -> list[Statement]:
    """What makes ``thing``; a table with its columns, which ``expected`` holds."""
    if thing.kind.endswith(" grant"):
        option = " WITH GRANT OPTION" if thing.facts["grant option"] else ""
        sql = f"GRANT {granted(thing, 'TO')}{option}"
        return [Statement(At.GRANT, sql, admin=is_foreign(thing))]
    return _MAKE[thing.kind](thing, expected) if thing.kind in _MAKE else []


def drop(thing: Thing) -> list[Statement]:
    """What drops ``thing``; nothing where it goes with something else."""
    if thing.kind.endswith(" grant"):
        # Who gave a right takes it back: an administrator does it for any owner.
        sql = f"REVOKE {granted(thing, 'FROM')}"
        return [Statement(At.GRANT, sql, admin=is_foreign(thing))]
    return _DROP[thing.kind](thing) if thing.kind in _DROP else []


# -- making --------------------------------------------------------------------------------


def _make_schema(thing: Thing, _: Catalogue) -> list[Statement]:
    sql = f"CREATE SCHEMA {thing.name} AUTHORIZATION {thing.facts['owner']}"
    return [Statement(At.EXTENSION, sql, admin=True)]


def _make_extension(thing: Thing, _: Catalogue) -> list[Statement]:
    sql = f"CREATE EXTENSION {thing.name} SCHEMA {thing.about['schema']}"
    version = literal(thing.facts["version"])
    return [Statement(At.EXTENSION, f"{sql} VERSION {version}", admin=True)]


def _make_enumeration(thing: Thing, _: Catalogue) -> list[Statement]:
    labels = ", ".join(map(literal, thing.facts["labels"]))
    return [Statement(At.TYPE, f"CREATE TYPE {thing.name} AS ENUM ({labels})")]


def _make_sequence(thing: Thing, _: Catalogue) -> list[Statement]:
    # A column's own comes with the column.
    return [] if thing.table else [Statement(At.TYPE, f"CREATE SEQUENCE {sequence(thing)}")]


def sequence(thing: Thing) -> str:
    """A sequence with all that can be said of it, after CREATE or ALTER SEQUENCE."""
    f = thing.facts
    return (
        f"{thing.name} AS {f['type']} INCREMENT {f['increment']} MINVALUE {f['minimum']} "
        f"MAXVALUE {f['maximum']} START {f['start']} CACHE {f['cache']} "
        f"{'CYCLE' if f['cycle'] else 'NO CYCLE'}"
    )


def _make_function(thing: Thing, _: Catalogue) -> list[Statement]:
    own = thing.facts["owner"] == "neonhub_owner"
    revoke = f"REVOKE ALL ON FUNCTION {thing.name} FROM PUBLIC"
    made = [
        Statement(At.FUNCTION, thing.facts["definition"]),
        Statement(At.GRANT - 1, revoke, admin=not own),
    ]
    if own:
        return made
    return [*made, owner(thing)._replace(at=At.FUNCTION + 1)]


def _make_table(thing: Thing, expected: Catalogue) -> list[Statement]:
    columns = [
        each for each in expected.values() if each.kind == "column" and each.table == thing.name
    ]
    listed = ",\n    ".join(map(_column, columns))
    made = f"CREATE TABLE {thing.name} (\n    {listed}\n)"
    if by := thing.facts["partitioned by"]:
        made += f" PARTITION BY {by}"
    if options := thing.facts["options"]:
        made += f" WITH ({', '.join(options)})"
    return [Statement(At.TABLE, made), *(each for one in columns for each in _stored(one))]


def _make_column(thing: Thing, _: Catalogue) -> list[Statement]:
    if thing.about["partition"]:
        return []
    sql = f"ALTER TABLE {thing.table} ADD COLUMN {_column(thing)}"
    return [Statement(At.COLUMN, sql), *_stored(thing)]


def _column(thing: Thing) -> str:
    f = thing.facts
    words = [thing.about["column"], f["type"]]
    if f["collation"]:
        words.append(f"COLLATE {f['collation']}")
    if f["generated"]:
        expression, _, kind = f["generated"].rpartition(" ")
        words.append(f"GENERATED ALWAYS AS ({expression}) {kind}")
    if f["identity"]:
        words.append(f"GENERATED {IDENTITY[f['identity']]} AS IDENTITY")
    if f["default"]:
        words.append(f"DEFAULT {f['default']}")
    if f["not null"]:
        words.append("NOT NULL")
    return " ".join(words)


def _stored(thing: Thing) -> list[Statement]:
    if thing.facts["storage"] == thing.about["usual storage"]:
        return []
    word = STORAGE[thing.facts["storage"]]
    alter = f"ALTER TABLE {thing.table} ALTER COLUMN {thing.about['column']}"
    return [Statement(At.COLUMN + 1, f"{alter} SET STORAGE {word}")]


def _make_constraint(thing: Thing, _: Catalogue) -> list[Statement]:
    place = {"p": At.KEY, "u": At.KEY, "f": At.REFERENCE}.get(thing.about["type"], At.CHECK)
    named = f"{thing.about['constraint']} {thing.facts['definition']}"
    checked = "" if thing.facts["valid"] else " NOT VALID"
    add = f"ALTER TABLE {thing.table} ADD CONSTRAINT {named}"
    if thing.about["type"] != "f" or checked:
        return [Statement(place, f"{add}{checked}")]
    return [Statement(place, reference(thing, add, f"{add} NOT VALID"))]


def reference(thing: Thing, what: str, instead: str = "") -> str:
    """``what`` with a reference, checked against the rows that are there."""
    other = re.search(r"REFERENCES (\S+?)\(", str(thing.facts["definition"]))
    assert thing.table is not None and other is not None  # noqa: S101, PT018
    return checked_past_row_security(thing.table, other[1], what, instead)


def _make_index(thing: Thing, _: Catalogue) -> list[Statement]:
    # An index of a partitioned table is valid only with those of its partitions.
    made = str(thing.facts["definition"]).replace(" ON ONLY ", " ON ", 1)
    return [] if thing.about["backs"] else [Statement(At.INDEX, made)]


def _make_trigger(thing: Thing, _: Catalogue) -> list[Statement]:
    # Those of partitions come with their table's.
    made = [] if thing.about["clone"] else [Statement(At.GUARD, thing.facts["definition"])]
    return made if thing.facts["enabled"] == "O" else [*made, enabled(thing)]


def enabled(thing: Thing) -> Statement:
    """A trigger that fires when it should."""
    word = _ENABLED[thing.facts["enabled"]]
    sql = f"ALTER TABLE {thing.table} {word} TRIGGER {thing.about['trigger']}"
    return Statement(At.GUARD + 1, sql)


def _make_policy(thing: Thing, _: Catalogue) -> list[Statement]:
    f = thing.facts
    kind = "PERMISSIVE" if f["permissive"] else "RESTRICTIVE"
    made = (
        f"CREATE POLICY {thing.about['policy']} ON {thing.table} AS {kind} FOR {f['command']} "
        f"TO {', '.join(f['roles'])}"
    )
    made += f" USING ({f['using']})" if f["using"] else ""
    made += f" WITH CHECK ({f['check']})" if f["check"] else ""
    return [Statement(At.GUARD, made)]


def _make_row_security(thing: Thing, _: Catalogue) -> list[Statement]:
    on = "ENABLE" if thing.facts["enabled"] else "DISABLE"
    forced = "FORCE" if thing.facts["forced"] else "NO FORCE"
    actions = f"{on} ROW LEVEL SECURITY, {forced} ROW LEVEL SECURITY"
    return [Statement(At.GUARD, f"ALTER TABLE {thing.table} {actions}")]


def _make_comment(thing: Thing, _: Catalogue) -> list[Statement]:
    sql = f"COMMENT ON {_named(thing)} IS {literal(thing.facts['text'])}"
    return [Statement(At.COMMENT, sql)]


def _make_default_privilege(thing: Thing, _: Catalogue) -> list[Statement]:
    return [Statement(At.GRANT, f"{_defaults(thing)} GRANT {granted(thing, 'TO')}", admin=True)]


def owner(thing: Thing) -> Statement:
    """Hand it to whom it should belong."""
    word = {"enumeration": "TYPE", "partition": "TABLE"}.get(thing.kind, thing.kind.upper())
    sql = f"ALTER {word} {thing.name} OWNER TO {thing.facts['owner']}"
    return Statement(At.OWNER, sql, admin=True)


def granted(thing: Thing, word: str) -> str:
    """The right of a grant, on what, and TO or FROM whom."""
    about = thing.about
    return f"{about['privilege']} ON {about['on']} {word} {about['to']}"


def is_foreign(thing: Thing) -> bool:
    """Whether a grant's object is not ``neonhub_owner``'s: the database, the schema public, or a
    function of another's."""
    foreign = thing.about.get("owner", "neonhub_owner") != "neonhub_owner"
    return foreign or thing.kind == "database grant" or thing.about["on"] == "SCHEMA public"


def _named(comment: Thing) -> str:
    kind = comment.about["type"]
    return f"{_COMMENTED.get(kind, kind.upper())} {comment.about['identity']}"


def _defaults(thing: Thing) -> str:
    within = f" IN SCHEMA {thing.about['in']}" if thing.about["in"] else ""
    return f"ALTER DEFAULT PRIVILEGES FOR ROLE {thing.about['of']}{within}"


_MAKE: dict[str, Callable[[Thing, Catalogue], list[Statement]]] = {
    "schema": _make_schema,
    "extension": _make_extension,
    "enumeration": _make_enumeration,
    "sequence": _make_sequence,
    "function": _make_function,
    "table": _make_table,
    "column": _make_column,
    "constraint": _make_constraint,
    "index": _make_index,
    "trigger": _make_trigger,
    "policy": _make_policy,
    "row security": _make_row_security,
    "comment": _make_comment,
    "default privilege": _make_default_privilege,
}

# -- dropping ------------------------------------------------------------------------------


def _drop_extension(thing: Thing) -> list[Statement]:
    return [Statement(At.TYPE_GOES, f"DROP EXTENSION {thing.name}", admin=True)]


def _drop_enumeration(thing: Thing) -> list[Statement]:
    return [Statement(At.TYPE_GOES, f"DROP TYPE {thing.name}")]


def _drop_sequence(thing: Thing) -> list[Statement]:
    if thing.table:
        return []
    return [Statement(At.TYPE_GOES, f"DROP SEQUENCE {thing.name}", loses="how far it has counted")]


def _drop_function(thing: Thing) -> list[Statement]:
    return [Statement(At.FUNCTION_GOES, f"DROP ROUTINE {thing.name}")]


def _drop_table(thing: Thing) -> list[Statement]:
    sql = f"DROP TABLE {thing.name}"
    return [Statement(At.TABLE_GOES, sql, loses=f"the rows of {thing.name}")]


def _drop_column(thing: Thing) -> list[Statement]:
    if thing.about["partition"]:
        return []
    sql = f"ALTER TABLE {thing.table} DROP COLUMN {thing.about['column']}"
    lost = "" if thing.facts["generated"] else f"what {thing.name} holds"
    return [Statement(At.COLUMN_GOES, sql, loses=lost)]


def _drop_constraint(thing: Thing) -> list[Statement]:
    # References first: a key that is referred to stays.
    place = At.REFERENCE_GOES if thing.about["type"] == "f" else At.RULE_GOES
    sql = f"ALTER TABLE {thing.table} DROP CONSTRAINT {thing.about['constraint']}"
    return [Statement(place, sql)]


def _drop_index(thing: Thing) -> list[Statement]:
    return [] if thing.about["backs"] else [Statement(At.INDEX_GOES, f"DROP INDEX {thing.name}")]


def _drop_trigger(thing: Thing) -> list[Statement]:
    sql = f"DROP TRIGGER {thing.about['trigger']} ON {thing.table}"
    return [] if thing.about["clone"] else [Statement(At.GUARD_GOES, sql)]


def _drop_policy(thing: Thing) -> list[Statement]:
    return [Statement(At.GUARD_GOES, f"DROP POLICY {thing.about['policy']} ON {thing.table}")]


def _drop_comment(thing: Thing) -> list[Statement]:
    return [Statement(At.COMMENT, f"COMMENT ON {_named(thing)} IS NULL")]


def _drop_default_privilege(thing: Thing) -> list[Statement]:
    return [Statement(At.GRANT, f"{_defaults(thing)} REVOKE {granted(thing, 'FROM')}", admin=True)]


def _drop_other(thing: Thing) -> list[Statement]:
    kind = _DROPPED.get(thing.about["type"], thing.about["type"].upper())
    return [Statement(At.GUARD_GOES, f"DROP {kind} {thing.about['identity']}", admin=True)]


_DROP: dict[str, Callable[[Thing], list[Statement]]] = {
    "extension": _drop_extension,
    "enumeration": _drop_enumeration,
    "sequence": _drop_sequence,
    "function": _drop_function,
    "table": _drop_table,
    "partition": _drop_table,
    "column": _drop_column,
    "constraint": _drop_constraint,
    "index": _drop_index,
    "trigger": _drop_trigger,
    "policy": _drop_policy,
    "comment": _drop_comment,
    "default privilege": _drop_default_privilege,
    "other": _drop_other,
}
