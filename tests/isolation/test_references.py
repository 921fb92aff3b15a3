"""No row points into another tenant: the database refuses it, although the target exists."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from psycopg import sql

from neonhub.db.errors import ReferenceViolation, translate
from neonhub.ops.isolation import TenantReference
from tests.factories.base import Conn
from tests.isolation.world import GUARDED, World, insert_making_room

REFERENCES = [
    pytest.param(guarded.name, reference, id=f"{guarded.name}.{reference.column}")
    for guarded in GUARDED.values()
    for reference in guarded.references
]
Write = Callable[[Conn, World, str, TenantReference, str], None]
each_reference = pytest.mark.parametrize(("table", "reference"), REFERENCES)


def _may(table: str, write: Write) -> bool:
    """Rows of a table that is only added to are not updated, whatever they refer to."""
    return write is not _update or not GUARDED[table].append_only


def _target(world: World, reference: TenantReference, mark: str) -> str:
    side = world.ours if mark == "ours" else world.theirs
    value = side.rows[reference.target]["id"]
    assert isinstance(value, str)
    return value


def _insert(conn: Conn, world: World, table: str, reference: TenantReference, mark: str) -> None:
    row = world.ours.values(table) | {reference.column: _target(world, reference, mark)}
    insert_making_room(conn, table, row)


def _update(conn: Conn, world: World, table: str, reference: TenantReference, mark: str) -> None:
    own = world.ours.rows[table]
    key = sql.SQL(" AND ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(own[name]))
        for name in GUARDED[table].key
    )
    statement = sql.SQL("UPDATE {} SET {} = {} WHERE {}").format(
        sql.Identifier(table),
        sql.Identifier(reference.column),
        sql.Literal(_target(world, reference, mark)),
        key,
    )
    assert conn.execute(statement).rowcount == 1


@each_reference
@pytest.mark.parametrize("write", [_insert, _update])
@pytest.mark.parametrize("door", ["login", "role"])
def test_their_row_cannot_be_referred_to(
    world: World, table: str, reference: TenantReference, write: Write, door: str
) -> None:
    if not _may(table, write):
        return
    with (
        world.doors[door].transaction(world.ours.settings) as conn,
        pytest.raises(psycopg.errors.ForeignKeyViolation) as refused,
    ):
        write(conn, world, table, reference, "theirs")
    told = translate(refused.value)
    assert isinstance(told, ReferenceViolation)
    assert (told.table, told.constraint) == (table, reference.name)
    assert _target(world, reference, "theirs") not in str(told)


@each_reference
@pytest.mark.parametrize("write", [_insert, _update])
def test_their_row_could_be_referred_to_without_the_key(
    world: World, table: str, reference: TenantReference, write: Write
) -> None:
    """The control: the key is what refuses it, and nothing that comes before."""
    if not _may(table, write):
        return
    with world.doors["role"].transaction(world.ours.settings) as conn:
        _drop_key(conn, table, reference)
        write(conn, world, table, reference, "theirs")


def _drop_key(conn: Conn, table: str, reference: TenantReference) -> None:
    conn.execute("RESET ROLE")
    conn.execute(f"ALTER TABLE {table} DROP CONSTRAINT {reference.name}".encode())
    conn.execute("SET LOCAL ROLE neonhub_app")


@each_reference
def test_our_own_row_can_be_referred_to(
    world: World, table: str, reference: TenantReference
) -> None:
    with world.doors["login"].transaction(world.ours.settings) as conn:
        write = _update if _may(table, _update) else _insert
        write(conn, world, table, reference, "ours")


_BETWEEN_GUARDED = """
SELECT con.conrelid::regclass::text, con.confrelid::regclass::text,
       ARRAY(SELECT a.attname::text FROM unnest(con.conkey) WITH ORDINALITY AS k (num, place)
               JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.num
              ORDER BY k.place)
  FROM pg_constraint con
 WHERE con.contype = 'f'
"""


def test_the_database_has_no_reference_but_with_the_tenant(world: World) -> None:
    """Every reference between guarded tables holds the tenant's column, or is that column."""
    with world.database.admin() as conn:
        found = conn.execute(_BETWEEN_GUARDED).fetchall()
    between = [row for row in found if row[0] in GUARDED and row[1] in GUARDED]
    assert len(between) >= len(REFERENCES)
    assert [row for row in between if GUARDED[str(row[0])].column not in row[2]] == []  # type: ignore[operator]


def test_references_of_the_catalogue_are_there(world: World) -> None:
    with world.database.admin() as conn:
        found = conn.execute("SELECT conname::text FROM pg_constraint WHERE contype = 'f'")
        names = {row[0] for row in found}
    assert {reference.name for each in GUARDED.values() for reference in each.references} <= names
