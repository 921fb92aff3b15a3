"""Reading the live catalogue back into the objects of ``neonhub.db.policies``.

One query a kind, over the schemas public and neonhub; what belongs to an extension is left out.
What no object can say (a disabled trigger, a grant option) is told in words that equal nothing
declared, so that it shows as a difference.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from neonhub.db.policies import (
    ColumnStorage,
    Entity,
    Enumeration,
    Function,
    Grant,
    Policy,
    RowSecurity,
    Trigger,
)

__all__ = ["Run", "normalised", "read_entities", "read_storage"]

Run = Callable[[str], Iterable[Sequence[Any]]]
"""Runs a statement without parameters and returns its rows."""

_NOT_OF_AN_EXTENSION = """NOT EXISTS (SELECT FROM pg_depend d
    WHERE d.classid = '{catalogue}'::regclass AND d.objid = {oid} AND d.deptype = 'e')"""
_TABLES = (
    # A partition's guards are copies of its table's (neonhub.mirror_guards): ops.isolation looks.
    "c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') "
    "AND NOT c.relispartition AND " + _NOT_OF_AN_EXTENSION.format(catalogue="pg_class", oid="c.oid")
)
_SEQUENCES = (
    "c.relnamespace = 'public'::regnamespace AND c.relkind = 'S' AND "
    + _NOT_OF_AN_EXTENSION.format(catalogue="pg_class", oid="c.oid")
)
_STORAGE = {"p": "PLAIN", "e": "EXTERNAL", "m": "MAIN", "x": "EXTENDED"}
_COMMANDS = {"*": "ALL", "r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}
_VOLATILITY = {"i": "IMMUTABLE", "s": "STABLE", "v": "VOLATILE"}
_PARALLEL = {"s": "SAFE", "r": "RESTRICTED", "u": "UNSAFE"}
_PLAIN_TRIGGER = re.compile(r"FOR EACH ROW EXECUTE FUNCTION (\S+)\(\)")


def read_entities(run: Run) -> list[Entity]:
    """Everything in the live catalogue that an entity stands for, except column storage."""
    return [
        *_enumerations(run),
        *_functions(run),
        *_row_security(run),
        *_policies(run),
        *_grants(run),
        *_triggers(run),
    ]


def read_storage(run: Run, expected: Iterable[Entity]) -> list[Entity]:
    """The storage of columns that have one ``expected`` or another one than their type's own.

    Where a declared storage is also the type's own, the catalogue shows no trace of it.
    """
    declared = {entity.key for entity in expected}
    rows = run(
        "SELECT c.relname, a.attname, a.attstorage, a.attstorage = t.typstorage "
        "FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "JOIN pg_type t ON t.oid = a.atttypid "
        f"WHERE a.attnum > 0 AND NOT a.attisdropped AND {_TABLES}"
    )
    found = ((ColumnStorage(table, column, _STORAGE[s]), own) for table, column, s, own in rows)
    return [entity for entity, own in found if not own or entity.key in declared]


def normalised(entity: Entity) -> Entity:
    """The same entity with what is a set in the catalogue in one order."""
    match entity:
        case Grant():
            return replace(
                entity,
                privileges=tuple(sorted(entity.privileges)),
                columns=tuple(sorted(entity.columns)),
            )
        case Policy():
            return replace(entity, roles=tuple(sorted(entity.roles)))
        case Function():
            return replace(
                entity,
                execute=tuple(sorted(entity.execute)),
                settings=tuple(sorted(entity.settings)),
                rows=None if entity.rows == 1000 else entity.rows,
            )
        case _:
            return entity


def _enumerations(run: Run) -> list[Enumeration]:
    rows = run(
        "SELECT t.typname, array_agg(e.enumlabel::text ORDER BY e.enumsortorder) "
        "FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid "
        "WHERE t.typnamespace = 'public'::regnamespace AND "
        + _NOT_OF_AN_EXTENSION.format(catalogue="pg_type", oid="t.oid")
        + " GROUP BY t.typname ORDER BY t.typname"
    )
    return [Enumeration(name, tuple(labels)) for name, labels in rows]


def _row_security(run: Run) -> list[RowSecurity]:
    rows = run(
        "SELECT c.relname, c.relforcerowsecurity FROM pg_class c "
        f"WHERE c.relrowsecurity AND {_TABLES} ORDER BY 1"
    )
    return [RowSecurity(table, forced) for table, forced in rows]


def _policies(run: Run) -> list[Policy]:
    rows = run(
        "SELECT c.relname, p.polname, p.polcmd, p.polpermissive, "
        "array(SELECT coalesce(r.rolname::text, 'public') FROM unnest(p.polroles) AS role "
        "LEFT JOIN pg_roles r ON r.oid = role ORDER BY 1), "
        "coalesce(pg_get_expr(p.polqual, p.polrelid), ''), "
        "coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '') "
        f"FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE {_TABLES} ORDER BY 1, 2"
    )
    made = []
    for table, name, command, permissive, roles, using, check in rows:
        reads = check if command == "a" else using
        differs = check if check not in {"", reads} else None
        made.append(
            Policy(table, name, reads, _COMMANDS[command], tuple(roles), differs, permissive)
        )
    return made


def _grants(run: Run) -> list[Grant]:
    """Privileges of everybody but the owner, on tables, on columns and on sequences."""
    exploded = (
        "coalesce(r.rolname, 'public'), a.privilege_type || "
        "CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END"
    )
    rows = run(
        f"SELECT c.relname, {exploded}, NULL FROM pg_class c "
        "CROSS JOIN aclexplode(c.relacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee "
        f"WHERE a.grantee <> c.relowner AND (({_TABLES}) OR ({_SEQUENCES})) "
        f"UNION ALL SELECT c.relname, {exploded}, b.attname FROM pg_attribute b "
        "JOIN pg_class c ON c.oid = b.attrelid CROSS JOIN aclexplode(b.attacl) a "
        "LEFT JOIN pg_roles r ON r.oid = a.grantee "
        f"WHERE a.grantee <> c.relowner AND NOT b.attisdropped AND {_TABLES}"
    )
    columns: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    whole: dict[tuple[str, str], set[str]] = defaultdict(set)
    for table, role, privilege, column in rows:
        if column is None:
            whole[table, role].add(privilege)
        else:
            columns[table, role, privilege].add(column)
    alike: dict[tuple[str, str, tuple[str, ...]], list[str]] = defaultdict(list)
    for (table, role, privilege), names in sorted(columns.items()):
        alike[table, role, tuple(sorted(names))].append(privilege)
    return [
        *(Grant(table, role, tuple(sorted(p))) for (table, role), p in sorted(whole.items())),
        *(Grant(table, role, tuple(p), names) for (table, role, names), p in alike.items()),
    ]


def _triggers(run: Run) -> list[Trigger]:
    rows = run(
        "SELECT c.relname, t.tgname, t.tgenabled, pg_get_triggerdef(t.oid) "
        "FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        f"WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND {_TABLES} ORDER BY 1, 2"
    )
    made = []
    for table, name, enabled, definition in rows:
        timing, rest = definition.split(f" TRIGGER {name} ", 1)[1].split(" ON ", 1)
        plain = _PLAIN_TRIGGER.fullmatch(rest.split(" ", 1)[1])
        if enabled != "O":
            timing += {"D": " (disabled)", "R": " (replicas only)", "A": " (always)"}[enabled]
        made.append(Trigger(table, name, timing, plain[1] if plain else rest))
    return made


def _functions(run: Run) -> list[Function]:
    rows = run(
        "SELECT p.proname, pg_get_function_arguments(p.oid), "
        "coalesce(pg_get_function_result(p.oid), ''), coalesce(p.prosrc, ''), l.lanname, "
        "p.provolatile, p.proparallel, p.proleakproof, p.prosecdef, o.rolname, "
        "array(SELECT coalesce(r.rolname::text, 'public') "
        "FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a "
        "LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE a.grantee <> p.proowner ORDER BY 1), "
        "p.proconfig, CASE WHEN p.proretset THEN p.prorows END "
        "FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang "
        "JOIN pg_roles o ON o.oid = p.proowner "
        "WHERE p.pronamespace = 'neonhub'::regnamespace ORDER BY 1, 2"
    )
    return [_function(*row) for row in rows]


def _function(
    name: str, arguments: str, returns: str, body: str, language: str, *rest: Any
) -> Function:
    volatility, parallel, leakproof, definer, owner, execute, settings, rows = rest
    return Function(
        name,
        arguments,
        returns,
        body,
        language,
        volatility=_VOLATILITY[volatility],
        parallel=_PARALLEL[parallel],
        leakproof=leakproof,
        security_definer=definer,
        owner=owner,
        execute=tuple(execute),
        settings=tuple(_setting(each) for each in settings or ()),
        rows=None if rows is None else int(rows),
    )


def _setting(kept: str) -> str:
    """``name=value`` as ``pg_get_functiondef`` prints it: ``name TO 'value'``."""
    name, value = kept.split("=", 1)
    values = value.split(", ") if name == "search_path" else [value]
    quoted = ", ".join("'" + each.strip('"').replace("'", "''") + "'" for each in values)
    return f"{name} TO {quoted}"
