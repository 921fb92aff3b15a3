"""Two tenants with a row in every guarded table, and the ways to reach for a row."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from neonhub.ops.isolation import guarded_tables
from neonhub.schema import metadata
from tests.databases import Database
from tests.factories.base import Conn, Row, made_id
from tests.factories.test_factories import FACTORIES

TABLES = metadata().tables
GUARDED = {each.name: each for each in guarded_tables()}
PARTITIONED = {
    name for name, table in TABLES.items() if table.dialect_options["postgresql"]["partition_by"]
}
SETTINGS = ("another", "sideways", "none", "empty")
"""What the transaction is set to: another tenant; another tenant of this kind, and the row's own
of every other kind; never set; the empty string."""

Three = tuple[str, str, str]
CONNECTOR = made_id("connector")
"""A row that is everybody's."""


@dataclass
class Side:
    """One tenant: its organization, workspace and user, and its row of each guarded table."""

    mark: str
    organization: str
    workspace: str
    user: str
    rows: dict[str, Row] = field(default_factory=dict)

    def id_of(self, setting: str) -> str:
        return {
            "workspace": self.workspace,
            "organization": self.organization,
            "user": self.user,
        }[setting]

    @property
    def settings(self) -> Three:
        return self.workspace, self.organization, self.user

    def values(self, table: str) -> Row:
        """A new row of ``table`` that belongs here, not inserted; every reference is filled."""
        made: Row = {}
        guarded = GUARDED[table]
        if guarded.column != "id":
            made[guarded.column] = self.id_of(guarded.setting)
        for fk in TABLES[table].foreign_key_constraints:
            target = fk.referred_table.name
            for column in fk.column_keys:
                setting = column.removesuffix("_id")
                if target == "users":
                    made[column] = self.user
                elif target == "connectors":
                    made[column] = CONNECTOR
                elif len(fk.column_keys) == 1 or column == GUARDED[table].column:
                    made.setdefault(column, self.id_of(setting))
                elif target in self.rows:
                    made[column] = self.rows[target]["id"]
        row = FACTORIES[table].row(**made)
        return {name: row[name] for name in row if name in TABLES[table].columns}


def _side(mark: str) -> Side:
    organization, workspace, user = (made_id(f"{mark} {k}") for k in ("org", "space", "user"))
    return Side(mark, organization, workspace, user)


def insert_sql(table: str, row: Row) -> sql.Composed:
    return sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join(sql.Literal(plain(value)) for value in row.values()),
    )


def insert_making_room(conn: Conn, table: str, row: Row) -> None:
    """Insert ``row``; where a unique key of our own row is in the way, that goes first."""
    statement = insert_sql(table, row)
    try:
        with conn.transaction():
            conn.execute(statement)
    except psycopg.errors.UniqueViolation:
        conn.execute(f"DELETE FROM {table}".encode())
        conn.execute(statement)


def plain(value: Any) -> Any:
    """``value`` as psycopg takes it."""
    return psycopg.types.json.Jsonb(value) if isinstance(value, dict) else value


def populate(conn: Conn) -> tuple[Side, Side]:
    """Put both sides into an empty database, as somebody whom no policy holds back."""
    sides = _side("ours"), _side("theirs")
    FACTORIES["connectors"].insert(conn, id=CONNECTOR)
    for side in sides:
        FACTORIES["users"].insert(conn, id=side.user)
        for table in GUARDED:
            values = side.values(table)
            if table in ("organizations", "workspaces"):
                values["id"] = side.id_of(table.removesuffix("s"))
            side.rows[table] = FACTORIES[table].insert(conn, **values)
    return sides


TAKE_BACK = b"ROLLBACK TO SAVEPOINT attempt"


@dataclass
class Door:
    """A way in: a login, and the role that each transaction takes, if not the login's own."""

    dsn: str
    role: str | None = None
    _open: dict[bool, Conn] = field(default_factory=dict)

    def conn(self, *, untouched: bool) -> Conn:
        """A kept connection; on the ``untouched`` one no setting has ever been set."""
        if untouched not in self._open:
            conn = self._open[untouched] = psycopg.connect(self.dsn, autocommit=True)
            conn.prepare_threshold = None  # a rollback would have all deallocated
            conn.execute(
                "CREATE FUNCTION pg_temp.tell(told text) RETURNS boolean LANGUAGE plpgsql "
                "COST 0.0000001 AS $$BEGIN RAISE NOTICE '%', told; RETURN true; END$$"
            )
        return self._open[untouched]

    @contextlib.contextmanager
    def transaction(self, settings: Three | None) -> Iterator[Conn]:
        """A transaction with ``settings`` that is rolled back: meanwhile by ``TAKE_BACK``."""
        conn = self.conn(untouched=settings is None)
        opening = ["BEGIN"]
        if self.role:
            opening.append(f"SET LOCAL ROLE {self.role}")
        if settings is not None:
            kinds = zip(("workspace", "organization", "user"), settings, strict=True)
            opening += [f"SELECT set_config('neonhub.{k}_id', '{v}', true)" for k, v in kinds]
        opening.append("SAVEPOINT attempt")
        conn.execute("; ".join(opening).encode())
        try:
            yield conn
        finally:
            conn.execute("ROLLBACK")

    def close(self) -> None:
        for conn in self._open.values():
            conn.close()


@dataclass
class World:
    """A database with both sides in it, and the doors."""

    database: Database
    ours: Side
    theirs: Side
    doors: dict[str, Door]

    def settings(self, table: str, which: str) -> Three | None:
        """``which`` of ``SETTINGS`` for one who reaches for their row of ``table``."""
        if which == "none":
            return None
        if which == "empty":
            return "", "", ""
        if which == "theirs":
            return self.theirs.settings
        if which == "another":
            return self.ours.settings
        own = GUARDED[table].setting
        kinds = ("workspace", "organization", "user")
        workspace, organization, user = (
            (self.ours if kind == own else self.theirs).id_of(kind) for kind in kinds
        )
        return workspace, organization, user


@contextlib.contextmanager
def world_in(database: Database) -> Iterator[World]:
    """Both sides, put into ``database``."""
    with database.admin() as conn:
        ours, theirs = populate(conn)
    doors = {
        "login": Door(database.dsn("neonhub_app")),
        "role": Door(database.admin_dsn, "neonhub_app"),
        "readonly": Door(database.dsn("neonhub_readonly")),
    }
    yield World(database, ours, theirs, doors)
    for door in doors.values():
        door.close()
