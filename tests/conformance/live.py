"""The data model as the live catalogue of PostgreSQL has it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.factories.base import Conn

_OURS = (
    "c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition "
    "AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')"
)


def _names(numbers: str, table: str) -> str:
    return (
        f"ARRAY(SELECT a.attname::text FROM unnest({numbers}::int[]) "
        "WITH ORDINALITY AS n (num, place) "
        f"JOIN pg_attribute a ON a.attrelid = {table} AND a.attnum = n.num ORDER BY n.place)"
    )


@dataclass(frozen=True)
class Column:
    type: str
    nullable: bool
    default: str | None
    generated: str | None
    identity: str
    collation: str | None
    storage: str


@dataclass(frozen=True)
class Index:
    name: str
    columns: tuple[str, ...]
    unique: bool
    primary: bool
    method: str
    where: str | None
    nulls_not_distinct: bool
    definition: str


@dataclass(frozen=True)
class Reference:
    columns: tuple[str, ...]
    target: str
    points_to: tuple[str, ...]
    on_delete: str
    clears: tuple[str, ...]


@dataclass
class Table:
    kind: str
    columns: dict[str, Column] = field(default_factory=dict)
    indexes: list[Index] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    checks: dict[str, str] = field(default_factory=dict)
    triggers: dict[str, str] = field(default_factory=dict)
    grants: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    partitioned: str | None = None


_ACTIONS = {"c": "cascade", "n": "set null", "r": "restrict", "a": "no action", "d": "set default"}


def enums(conn: Conn) -> dict[str, list[str]]:
    rows = conn.execute(
        "SELECT t.typname, array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_type t "
        "JOIN pg_enum e ON e.enumtypid = t.oid WHERE t.typnamespace = 'public'::regnamespace "
        "GROUP BY 1"
    )
    return {name: list(labels) for name, labels in rows}


def tables(conn: Conn) -> dict[str, Table]:
    made: dict[str, Table] = {}
    for name, kind, partitioned in conn.execute(
        f"SELECT c.relname, c.relkind::text, pg_get_partkeydef(c.oid) FROM pg_class c WHERE {_OURS}"
    ):
        made[name] = Table(kind, partitioned=partitioned)
    _columns(conn, made)
    _indexes(conn, made)
    _constraints(conn, made)
    for table, name, definition in conn.execute(
        "SELECT c.relname, t.tgname, pg_get_triggerdef(t.oid) FROM pg_trigger t "
        f"JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal AND {_OURS}"
    ):
        made[table].triggers[name] = definition
    for table, role, privilege in conn.execute(
        "SELECT c.relname, g.grantee::regrole::text, g.privilege_type FROM pg_class c, "
        f"aclexplode(c.relacl) g WHERE {_OURS}"
    ):
        made[table].grants[role].add(privilege)
    return made


def _columns(conn: Conn, made: dict[str, Table]) -> None:
    rows: Any = conn.execute(
        "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull, "
        "pg_get_expr(d.adbin, d.adrelid), a.attgenerated::text, a.attidentity::text, "
        "(SELECT collname FROM pg_collation WHERE oid = a.attcollation AND collname <> 'default'), "
        "a.attstorage::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum "
        f"WHERE a.attnum > 0 AND NOT a.attisdropped AND {_OURS}"
    )
    for table, name, kind, nullable, expression, generated, identity, collation, storage in rows:
        made[table].columns[name] = Column(
            type=kind,
            nullable=nullable,
            default=None if generated else expression,
            generated=expression if generated else None,
            identity=identity,
            collation=collation,
            storage=storage,
        )


def _indexes(conn: Conn, made: dict[str, Table]) -> None:
    keys = "(string_to_array(i.indkey::text, ' '))[1:i.indnkeyatts]"
    rows: Any = conn.execute(
        f"SELECT c.relname, x.relname, {_names(keys, 'c.oid')}, i.indisunique, i.indisprimary, "
        "m.amname, pg_get_expr(i.indpred, c.oid), i.indnullsnotdistinct, "
        "pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid "
        "JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam "
        f"WHERE i.indisvalid AND {_OURS}"
    )
    for table, name, columns, *rest in rows:
        made[table].indexes.append(Index(name, tuple(columns), *rest))


def _constraints(conn: Conn, made: dict[str, Table]) -> None:
    rows: Any = conn.execute(
        f"SELECT c.relname, {_names('k.conkey', 'k.conrelid')}, t.relname, "
        f"{_names('k.confkey', 'k.confrelid')}, k.confdeltype::text, "
        f"{_names('k.confdelsetcols', 'k.conrelid')} FROM pg_constraint k "
        "JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid "
        f"WHERE k.contype = 'f' AND k.convalidated AND {_OURS}"
    )
    for table, columns, target, points_to, action, clears in rows:
        made[table].references.append(
            Reference(tuple(columns), target, tuple(points_to), _ACTIONS[action], tuple(clears))
        )
    for table, name, definition in conn.execute(
        "SELECT c.relname, k.conname, pg_get_constraintdef(k.oid) FROM pg_constraint k "
        f"JOIN pg_class c ON c.oid = k.conrelid WHERE k.contype = 'c' AND {_OURS}"
    ):
        made[table].checks[name] = definition
