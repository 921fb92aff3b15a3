"""A partition named by itself is no way round its table: it is granted to nobody, and guarded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg import sql

from neonhub.ops.isolation import faults
from tests.factories.base import Conn
from tests.isolation.attempts import ATTEMPTS, Reach
from tests.isolation.world import GUARDED, PARTITIONED, SETTINGS, World

_PARTITIONS = """
SELECT i.inhparent::regclass::text, i.inhrelid::regclass::text
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
 WHERE c.relispartition AND c.relkind = 'r' ORDER BY 1, 2
"""


def partitions(conn: Conn) -> list[tuple[str, str]]:
    return [(str(table), str(part)) for table, part in conn.execute(_PARTITIONS)]


def home_of(conn: Conn, table: str, row: dict[str, Any]) -> str:
    """The partition in which the row lies."""
    query = sql.SQL("SELECT tableoid::regclass::text FROM {} WHERE id = %s").format(
        sql.Identifier(table)
    )
    found = conn.execute(query, [row["id"]]).fetchone()
    assert found is not None
    return str(found[0])


@pytest.fixture(scope="module")
def parts(world: World) -> Iterator[list[tuple[str, str]]]:
    with world.database.admin() as conn:
        yield partitions(conn)


def _reach(world: World, table: str, part: str, attempt: str, setting: str, door: str) -> bool:
    with world.doors[door].transaction(world.settings(table, setting)) as conn:
        reach = Reach(conn, replace(GUARDED[table], name=part), world.ours, world.theirs)
        # Rows are kept by the name of the table that the partition belongs to.
        for side in (world.ours, world.theirs):
            side.rows.setdefault(part, side.rows[table])
        try:
            return ATTEMPTS[attempt](reach)
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.FeatureNotSupported):
            return False


# These make up a whole new row, which they look up by the table's name.
_BY_TABLE = {"insert", "upsert", "copy_in"}


def test_every_partition_is_out_of_reach_by_its_own_name(
    world: World, parts: list[tuple[str, str]]
) -> None:
    assert {table for table, _ in parts} == PARTITIONED
    assert len(parts) == 14  # six months and the default one, of two tables
    got_through = [
        (part, attempt, setting, door)
        for table, part in parts
        for attempt in ATTEMPTS
        if attempt not in _BY_TABLE
        for setting in (*SETTINGS, "theirs")
        for door in world.doors
        if _reach(world, table, part, attempt, setting, door)
    ]
    assert got_through == []


@pytest.mark.parametrize("table", sorted(PARTITIONED))
def test_even_where_it_is_granted_its_policy_holds(world: World, table: str) -> None:
    """And where that is gone too, the row is reached: the two are what holds."""
    with world.database.admin() as conn:
        part = home_of(conn, table, world.theirs.rows[table])
    settings = dict(zip(("workspace", "organization", "user"), world.ours.settings, strict=True))
    with world.database.admin() as conn, conn.transaction(force_rollback=True):
        conn.execute(f"GRANT SELECT, INSERT, DELETE ON {part} TO neonhub_app".encode())
        for kind, value in settings.items():
            conn.execute("SELECT set_config(%s, %s, true)", [f"neonhub.{kind}_id", value])
        conn.execute("SET LOCAL ROLE neonhub_app")
        query = sql.SQL("SELECT FROM {} WHERE id = %s").format(sql.Identifier(part))
        theirs, ours = world.theirs.rows[table]["id"], world.ours.rows[table]["id"]
        assert conn.execute(query, [theirs]).rowcount == 0
        assert conn.execute(query, [ours]).rowcount == 1
        conn.execute("RESET ROLE")
        conn.execute(f"ALTER TABLE {part} DISABLE ROW LEVEL SECURITY".encode())
        conn.execute("SET LOCAL ROLE neonhub_app")
        assert conn.execute(query, [theirs]).rowcount == 1


def test_a_new_month_is_guarded_from_its_first_moment(world: World) -> None:
    with world.database.admin() as conn, conn.transaction(force_rollback=True):
        made = conn.execute("SELECT neonhub.ensure_partitions(6)").fetchall()
        assert len(made) == 6
        assert faults(conn) == []
        assert conn.execute("SELECT neonhub.ensure_partitions(6)").fetchall() == []


@pytest.mark.parametrize(
    ("sabotage", "told"),
    [
        (
            "SET LOCAL ROLE neonhub_owner; "
            "CREATE TABLE metric_events_2031_01 PARTITION OF metric_events "
            "FOR VALUES FROM ('2031-01-01') TO ('2031-02-01'); RESET ROLE",
            "metric_events_2031_01",
        ),
        ("ALTER TABLE audit_logs_default DISABLE ROW LEVEL SECURITY", "audit_logs_default"),
        ("ALTER TABLE audit_logs_default NO FORCE ROW LEVEL SECURITY", "audit_logs_default"),
        ("DROP POLICY tenant ON metric_events_default", "metric_events_default"),
        ("ALTER POLICY tenant ON metric_events_default USING (true)", "metric_events_default"),
        ("GRANT SELECT ON metric_events_default TO neonhub_app", "metric_events_default"),
    ],
)
def test_a_partition_that_is_not_guarded_is_told_and_guarded_again(
    world: World, sabotage: str, told: str
) -> None:
    with world.database.admin() as conn, conn.transaction(force_rollback=True):
        conn.execute(sabotage.encode())
        assert any(told in sentence for sentence in faults(conn))
        conn.execute("SELECT neonhub.ensure_partitions()")
        assert faults(conn) == []


def test_what_is_guarded_is_left_alone_under_writers(world: World) -> None:
    """A night's run waits for nobody who writes to a month, and nobody for it."""
    database = world.database
    with database.admin() as writer, database.admin() as conn:
        with writer.transaction(force_rollback=True):
            writer.execute("LOCK TABLE metric_events, audit_logs IN ROW EXCLUSIVE MODE")
            with conn.transaction(force_rollback=True):
                conn.execute("SET LOCAL lock_timeout = '200ms'")
                assert conn.execute("SELECT neonhub.ensure_partitions()").fetchall() == []
                locked = conn.execute(
                    "SELECT relation::regclass::text FROM pg_locks WHERE pid = pg_backend_pid() "
                    "AND mode = 'AccessExclusiveLock' AND relation IS NOT NULL"
                )
                assert locked.fetchall() == []
        with conn.transaction(force_rollback=True):
            conn.execute(
                "REVOKE SELECT ON audit_logs_default FROM neonhub_backup; "
                "GRANT SELECT (id) ON metric_events_default TO neonhub_app"
            )
            conn.execute("SELECT neonhub.ensure_partitions()")
            rights = (
                "SELECT has_table_privilege('neonhub_backup', 'audit_logs_default', 'SELECT'), "
                "has_any_column_privilege('neonhub_app', 'metric_events_default', 'SELECT')"
            )
            assert conn.execute(rights.encode()).fetchone() == (True, False)
