"""Attempts at another tenant's row: each a statement, and whether it got through."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from neonhub.ops.isolation import Guarded
from tests.factories.base import Conn, Row
from tests.isolation.world import GUARDED, PARTITIONED, TAKE_BACK, Side, World, insert_sql, plain

Attempt = Callable[["Reach"], bool]
ATTEMPTS: dict[str, Attempt] = {}
READS: set[str] = set()
TRIED: Counter[tuple[str, str]] = Counter()
"""How often each was tried in this run."""


@dataclass
class Reach:
    """Somebody of ``ours`` reaches for the row of ``theirs`` in one table."""

    conn: Conn
    table: Guarded
    ours: Side
    theirs: Side

    @property
    def victim(self) -> Row:
        return self.theirs.rows[self.table.name]

    def run(self, text: str, **more: sql.Composable) -> psycopg.Cursor[Any]:
        """Run ``text`` with {t}, {col}, {at} (the victim's key) and tenants filled in."""
        filled = text.format(**self.names, **{k: v.as_string(self.conn) for k, v in more.items()})
        return self.conn.execute(filled.encode())

    @functools.cached_property
    def names(self) -> dict[str, str]:
        made = {
            "t": sql.Identifier(self.table.name),
            "col": sql.Identifier(self.table.column),
            "at": self.at(self.victim),
            "own": self.at(self.ours.rows[self.table.name]),
            "ours": sql.Literal(self.ours.id_of(self.table.setting)),
            "theirs": sql.Literal(self.theirs.id_of(self.table.setting)),
            "key": sql.SQL(", ").join(map(sql.Identifier, self.table.key)),
        }
        return {name: each.as_string(self.conn) for name, each in made.items()}

    def at(self, row: Row) -> sql.Composed:
        parts = [
            sql.SQL("{} = {}").format(sql.Identifier(k), sql.Literal(row[k])) for k in self.key
        ]
        return sql.SQL("({})").format(sql.SQL(" AND ").join(parts))

    @property
    def key(self) -> list[str]:
        return list(dict.fromkeys((*self.table.key, self.table.column)))

    def told(self, text: str) -> bool:
        """Whether ``text`` names the victim: by its key, or by its tenant."""
        return any(str(self.victim[name]) in text for name in self.key)


def attempt(*, reads: bool = False) -> Callable[[Attempt], Attempt]:
    def kept(function: Attempt) -> Attempt:
        ATTEMPTS[function.__name__] = function
        if reads:
            READS.add(function.__name__)
        return function

    return kept


def reached(world: World, table: str, which: str, door: str, names: Iterable[str]) -> list[str]:
    """The attempts that got through to their row, each taken back before the next.

    A row refused by a key was reached too.
    """
    with world.doors[door].transaction(world.settings(table, which)) as conn:
        reach = Reach(conn, GUARDED[table], world.ours, world.theirs)
        through = []
        for name in names:
            TRIED[table, name] += 1
            if _got_through(reach, name, look=door == "role" and which != "theirs"):
                through.append(name)
            conn.execute(TAKE_BACK)
    return through


def _got_through(reach: Reach, name: str, *, look: bool) -> bool:
    try:
        got_through = ATTEMPTS[name](reach)
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.FeatureNotSupported):
        return False
    except psycopg.errors.IntegrityError:
        return True
    if look and not got_through:
        # The statement says that nothing was reached: look at the row, past the policies.
        found = reach.run("SET LOCAL ROLE neonhub_maintenance; SELECT FROM {t} x WHERE {at}")
        found.nextset()
        return found.rowcount != 1
    return got_through


@attempt(reads=True)
def select(reach: Reach) -> bool:
    return bool(reach.run("SELECT * FROM {t} WHERE {at}").fetchall())


@attempt(reads=True)
def select_all(reach: Reach) -> bool:
    return bool(reach.run("SELECT FROM {t} WHERE {col} IS DISTINCT FROM {ours}").fetchall())


@attempt(reads=True)
def select_by_place(reach: Reach) -> bool:
    rows = reach.run("SELECT {col} FROM {t} WHERE ctid >= '(0,0)'").fetchall()
    return any(row[0] == reach.theirs.id_of(reach.table.setting) for row in rows)


@attempt(reads=True)
def select_past_row_security(reach: Reach) -> bool:
    reach.conn.execute("SET LOCAL row_security = off")
    return bool(reach.run("SELECT * FROM {t} WHERE {at}").fetchall())


@attempt(reads=True)
def filter_that_tells(reach: Reach) -> bool:
    """A filter so cheap that the planner would put it before the policy, and that tells."""
    told: list[str] = []
    handler = lambda diag: told.append(diag.message_primary or "")  # noqa: E731
    reach.conn.add_notice_handler(handler)
    try:
        reach.run("SELECT FROM {t} x WHERE pg_temp.tell(x::text)")
    finally:
        reach.conn.remove_notice_handler(handler)
    return any(reach.told(text) for text in told)


@attempt(reads=True)
def copy_out(reach: Reach) -> bool:
    # Of a partitioned table only a query can be copied out.
    parted = reach.table.name in PARTITIONED
    what = sql.SQL("(SELECT * FROM {})" if parted else "{}").format(
        sql.Identifier(reach.table.name)
    )
    statement = sql.SQL("COPY {} TO STDOUT").format(what)
    with reach.conn.cursor() as cursor, cursor.copy(statement) as copy:
        return reach.told(b"".join(bytes(block) for block in copy).decode())


@attempt()
def select_for_update(reach: Reach) -> bool:
    return bool(reach.run("SELECT * FROM {t} WHERE {at} FOR UPDATE").fetchall())


@attempt()
def insert(reach: Reach) -> bool:
    reach.conn.execute(insert_sql(reach.table.name, reach.theirs.values(reach.table.name)))
    return True


@attempt()
def update(reach: Reach) -> bool:
    return bool(reach.run("UPDATE {t} SET {col} = {col} WHERE {at} RETURNING *").fetchall())


@attempt()
def update_all(reach: Reach) -> bool:
    rows = reach.run("UPDATE {t} SET {col} = {col} RETURNING {col}").fetchall()
    return any(row[0] != reach.ours.id_of(reach.table.setting) for row in rows)


@attempt()
def delete(reach: Reach) -> bool:
    return bool(reach.run("DELETE FROM {t} WHERE {at} RETURNING *").fetchall())


@attempt()
def move_our_row_to_them(reach: Reach) -> bool:
    return reach.run("UPDATE {t} SET {col} = {theirs} WHERE {own}").rowcount > 0


@attempt()
def move_their_row_to_us(reach: Reach) -> bool:
    return reach.run("UPDATE {t} SET {col} = {ours} WHERE {at}").rowcount > 0


@attempt()
def upsert(reach: Reach) -> bool:
    """Their key in an INSERT: what is there must be neither changed nor returned."""
    row = reach.theirs.values(reach.table.name)
    row |= {name: reach.victim[name] for name in reach.key}
    text = "{insert} ON CONFLICT ({key}) DO UPDATE SET {col} = excluded.{col} RETURNING *"
    return bool(reach.run(text, insert=insert_sql(reach.table.name, row)).fetchall())


@attempt()
def merge(reach: Reach) -> bool:
    text = "MERGE INTO {t} USING (VALUES (1)) AS one ON {at} WHEN MATCHED THEN "
    return reach.run(text + "UPDATE SET {col} = {col}").rowcount > 0


@attempt()
def copy_in(reach: Reach) -> bool:
    """Refused on a table under row-level security, whatever the row."""
    row = reach.theirs.values(reach.table.name)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(reach.table.name), sql.SQL(", ").join(map(sql.Identifier, row))
    )
    with reach.conn.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write_row([plain(value) for value in row.values()])
    return True


@attempt()
def truncate(reach: Reach) -> bool:
    reach.run("TRUNCATE {t} CASCADE")
    return True
