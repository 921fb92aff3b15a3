"""The data model as the live catalogue of PostgreSQL has it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.factories.base import Conn

_NOT_OF_AN_EXTENSION = (
    "NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')"
)
_OURS = (
    "c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') "
    f"AND NOT c.relispartition AND {_NOT_OF_AN_EXTENSION}"
)


def _names(numbers: str, table: str) -> str:
    return (
        f"ARRAY(SELECT a.attname::text FROM unnest({numbers}::int[]) "
        "WITH ORDINALITY AS n (num, place) "
        f"JOIN pg_attribute a ON a.attrelid = {table} AND a.attnum = n.num ORDER BY n.place)"
    )


@dataclass(frozen=True)
class Column:
    """A column; ``collation`` is none where it is the database's."""

    type: str
    nullable: bool
    default: str | None
    generated: str | None
    identity: str
    collation: str | None
    storage: str


@dataclass(frozen=True)
class Index:
    """An index; ``form`` is its method, columns and what follows: ``btree (a, b) WHERE …``."""

    name: str
    columns: tuple[str, ...]
    unique: bool
    primary: bool
    where: str | None
    nulls_not_distinct: bool
    form: str

    @property
    def plain(self) -> bool:
        """Whether it is ordered by whole columns and holds every row."""
        return self.form.startswith("btree (") and self.where is None and "" not in self.columns


@dataclass(frozen=True)
class Reference:
    """A reference; ``otherwise`` is what it does out of the ordinary, such as waiting."""

    columns: tuple[str, ...]
    target: str
    points_to: tuple[str, ...]
    on_delete: str
    clears: tuple[str, ...]
    otherwise: str = ""


@dataclass
class Table:
    """A table. ``triggers`` are as ``<timing and events> <function>``, where they are enabled."""

    columns: dict[str, Column] = field(default_factory=dict)
    indexes: list[Index] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    triggers: dict[str, str] = field(default_factory=dict)
    grants: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    partitioned: str | None = None
    partitions: dict[str, str] = field(default_factory=dict)


_ACTIONS = {"c": "cascade", "n": "set null", "r": "restrict", "a": "no action", "d": "set default"}


def enums(conn: Conn) -> dict[str, list[str]]:
    """Every enumeration with its labels in order."""
    rows = conn.execute(
        "SELECT t.typname, array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_type t "
        "JOIN pg_enum e ON e.enumtypid = t.oid WHERE t.typnamespace = 'public'::regnamespace "
        "GROUP BY 1"
    )
    return {name: list(labels) for name, labels in rows}


def others(conn: Conn) -> list[str]:
    """What lies beside the tables: views, and sequences that belong to no column."""
    rows = conn.execute(
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace "
        f"AND c.relkind NOT IN ('r', 'p', 'i', 'I') AND {_NOT_OF_AN_EXTENSION} "
        "AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'i') "
        "ORDER BY 1"
    )
    return [name for (name,) in rows]


def months(conn: Conn, ahead: int) -> list[str]:
    """This month and so many to come, as the bounds of a partition say them."""
    rows = conn.execute(
        "SELECT format('FOR VALUES FROM (%%L) TO (%%L)', m, m + interval '1 month') "
        "FROM generate_series(0, %s) n, LATERAL (SELECT date_trunc('month', now()) "
        "+ make_interval(months => n)) AS month (m)",
        [ahead],
    )
    return [bounds for (bounds,) in rows]


def tables(conn: Conn) -> dict[str, Table]:
    """Every table but partitions and what belongs to an extension."""
    conn.execute("SET TIME ZONE 'UTC'")
    made: dict[str, Table] = {}
    for name, partitioned in conn.execute(
        f"SELECT c.relname, pg_get_partkeydef(c.oid) FROM pg_class c WHERE {_OURS}"
    ):
        made[name] = Table(partitioned=partitioned)
    _columns(conn, made)
    _indexes(conn, made)
    _constraints(conn, made)
    for table, name, bounds in conn.execute(
        "SELECT c.relname, p.relname, pg_get_expr(p.relpartbound, p.oid) FROM pg_inherits i "
        "JOIN pg_class c ON c.oid = i.inhparent JOIN pg_class p ON p.oid = i.inhrelid "
        f"WHERE {_OURS}"
    ):
        made[table].partitions[name] = bounds
    _rules(conn, made)
    return made


def _rules(conn: Conn, made: dict[str, Table]) -> None:
    for table, name, definition in conn.execute(
        "SELECT c.relname, t.tgname, pg_get_triggerdef(t.oid) FROM pg_trigger t "
        "JOIN pg_class c ON c.oid = t.tgrelid "
        f"WHERE NOT t.tgisinternal AND t.tgenabled = 'O' AND {_OURS}"
    ):
        timing = definition.split(f" TRIGGER {name} ")[1].split(" ON ")[0]
        ends = definition.split(" FOR EACH ROW EXECUTE FUNCTION ")
        made[table].triggers[name] = f"{timing} {ends[-1].removesuffix('()')}"
    rows = conn.execute(
        "SELECT c.relname, g.grantee, g.privilege_type FROM pg_class c, aclexplode(c.relacl) g "
        f"WHERE g.grantee <> c.relowner AND {_OURS} UNION ALL "
        "SELECT c.relname, g.grantee, g.privilege_type FROM pg_class c "
        "JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) g "
        f"WHERE g.grantee <> c.relowner AND {_OURS}"
    ).fetchall()
    names = dict(conn.execute("SELECT oid, rolname FROM pg_roles").fetchall())
    for table, grantee, privilege in rows:
        made[table].grants[names.get(grantee, "public")].add(privilege)


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
            generated=" ".join(expression.split()) if generated else None,
            identity=identity,
            collation=collation,
            storage=storage,
        )


def _indexes(conn: Conn, made: dict[str, Table]) -> None:
    # An expression has the number 0 and the name ''.
    keys = (
        "ARRAY(SELECT coalesce(a.attname::text, '') "
        "FROM unnest((string_to_array(i.indkey::text, ' '))[1:i.indnkeyatts]::int[]) "
        "WITH ORDINALITY AS n (num, place) LEFT JOIN pg_attribute a "
        "ON a.attrelid = c.oid AND a.attnum = n.num AND n.num <> 0 ORDER BY n.place)"
    )
    rows: Any = conn.execute(
        f"SELECT c.relname, x.relname, {keys}, i.indisunique, i.indisprimary, "
        "pg_get_expr(i.indpred, c.oid), i.indnullsnotdistinct, pg_get_indexdef(i.indexrelid) "
        "FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid "
        "JOIN pg_class x ON x.oid = i.indexrelid "
        f"WHERE i.indisvalid AND {_OURS} ORDER BY 1, 2"
    )
    for table, name, columns, unique, primary, where, nulls_not_distinct, definition in rows:
        made[table].indexes.append(
            Index(
                name=name,
                columns=tuple(columns),
                unique=unique,
                primary=primary,
                where=where,
                nulls_not_distinct=nulls_not_distinct,
                form=definition.split(" USING ", 1)[1],
            )
        )


def _constraints(conn: Conn, made: dict[str, Table]) -> None:
    rows: Any = conn.execute(
        f"SELECT c.relname, {_names('k.conkey', 'k.conrelid')}, t.relname, "
        f"{_names('k.confkey', 'k.confrelid')}, k.confdeltype::text, "
        f"{_names('k.confdelsetcols', 'k.conrelid')}, concat_ws(', ', "
        "CASE WHEN k.confupdtype <> 'a' THEN 'follows updates' END, "
        "CASE WHEN k.condeferrable THEN 'may be deferred' END) FROM pg_constraint k "
        "JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid "
        f"WHERE k.contype = 'f' AND k.convalidated AND {_OURS}"
    )
    for table, columns, target, points_to, action, clears, otherwise in rows:
        made[table].references.append(
            Reference(
                tuple(columns), target, tuple(points_to), _ACTIONS[action], tuple(clears), otherwise
            )
        )
    for table, definition in conn.execute(
        "SELECT c.relname, pg_get_constraintdef(k.oid) FROM pg_constraint k "
        f"JOIN pg_class c ON c.oid = k.conrelid WHERE k.contype = 'c' AND {_OURS} ORDER BY 1, 2"
    ):
        made[table].checks.append(definition)
