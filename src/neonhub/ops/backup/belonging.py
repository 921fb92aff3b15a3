"""Rows put back into the live database, with what their deletion took along.

A deletion goes further than its table: rows that refer to a deleted one with ``ON DELETE CASCADE``
go too, and references with ``ON DELETE SET NULL`` are emptied. Both follow from the rows that were
put back, so neither touches what belongs to others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neonhub.ops.backup.parts import Mended, in_order
from neonhub.ops.backup.references import CASCADE, CLEARED, Reference, key_of, references
from neonhub.ops.backup.rows import Put, copy_rows, noted, put_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import psycopg

    from neonhub.ops.backup.erasures import Erasure

__all__ = ["Putting"]

_MENDING = "neonhub_mending"


class Putting:
    """Putting rows back, from the backup in ``scratch`` into ``live``, in one transaction there.

    Both act as ``neonhub_maintenance``.
    """

    def __init__(
        self,
        scratch: psycopg.Connection[Any],
        live: psycopg.Connection[Any],
        erasures: Sequence[Erasure],
    ):
        self._scratch, self._live, self._erasures = scratch, live, erasures
        self._references = references(live)
        self.done: dict[str, Put] = {}

    def rows(self, named: Collection[str], *, along: bool) -> None:
        """Every missing row of the tables ``named``; and ``along`` with them, whatever of other
        tables belongs to a row that was put by now. Parents come before their children."""
        for table in in_order():
            if table in named:
                self._put(table, "true")
            elif along:
                self.belonging(table)

    def belonging(self, table: str) -> None:
        """The rows of a table that belong to a row that was put by now, where no other row is in
        their way: nobody asked for them."""
        while condition := self._belongs(table):
            if not self._put(table, condition, yields=True) or not self._refers_to_itself(table):
                break

    def count(self, table: str) -> int:
        """How many rows of a table the backup has that belong to a row that was put by now."""
        query = f"SELECT count(*) FROM public.{table} r WHERE {self._belongs(table) or 'false'}"
        row = self._scratch.execute(query.encode()).fetchone()
        return row[0] if row else 0

    def _belongs(self, table: str) -> str:
        """The condition for rows ``r`` that a deletion of the rows put by now takes along."""
        return " OR ".join(
            f"EXISTS (SELECT FROM {noted(each.to)} p WHERE {each.same('r', 'p')})"
            for each in self._references
            if each.table == table and each.on_delete == CASCADE and self._has(each.to)
        )

    def _has(self, table: str) -> bool:
        return table in self.done and self.done[table].put > 0

    def _refers_to_itself(self, table: str) -> bool:
        mine = (each for each in self._references if each.table == table)
        return any(each.to == table and each.on_delete == CASCADE for each in mine)

    def _put(self, table: str, condition: str, *, yields: bool = False) -> int:
        gone = [each for each in self._erasures if each[0] == table]
        without = ([each[1] for each in gone], [each[2] for each in gone]) if gone else None
        note = {
            column for each in self._references if each.to == table for column in each.to_columns
        }
        note |= set(key_of(self._live, table))
        made = put_rows(
            self._scratch,
            self._live,
            table,
            condition,
            missing=True,
            yields=yields,
            without=without,
            note=sorted(note),
        )
        before = self.done.get(table, Put(table, 0))
        self.done[table] = Put(
            table,
            before.put + made.put,
            before.left_out + made.left_out,
            before.cleared + made.cleared,
        )
        return made.put

    def mend(self) -> list[Mended]:
        """Point references that are empty now to their row again, where that was put back."""
        made = []
        for each in self._references:
            if each.on_delete != CLEARED or not self._has(each.to):
                continue
            if count := self._mend(each):
                made.append(Mended(each.table, ", ".join(each.cleared), each.to, count))
        return made

    def _mend(self, reference: Reference) -> int:
        key = key_of(self._live, reference.table)
        listed = ", ".join([*key, *(each for each in reference.cleared if each not in key)])
        table = f"public.{reference.table}"
        self._live.execute(
            f"CREATE TEMP TABLE {_MENDING} AS SELECT {listed} FROM {table} LIMIT 0".encode()
        )
        put = f"SELECT FROM {noted(reference.to)} p WHERE {reference.same('r', 'p')}"
        read = f"COPY (SELECT {listed} FROM {table} r WHERE EXISTS ({put})) TO STDOUT"
        write = f"COPY {_MENDING} FROM STDIN (FORMAT binary)"
        copy_rows(self._scratch, f"{read} (FORMAT binary)", self._live, write)
        values = ", ".join(f"{each} = m.{each}" for each in reference.cleared)
        same = [f"t.{each} = m.{each}" for each in key]
        empty = [f"t.{each} IS NULL" for each in reference.cleared]
        update = f"UPDATE {table} t SET {values} FROM {_MENDING} m WHERE "
        update += " AND ".join([*same, *empty])
        if reference.table in _append_only():
            count = _from_within_a_trigger(self._live, update)
        else:
            count = self._live.execute(update.encode()).rowcount
        self._live.execute(f"DROP TABLE {_MENDING}".encode())
        return count


def _append_only() -> set[str]:
    from neonhub.schema import catalogue

    return {each.name for each in catalogue() if each.table.info["access"].append_only}


# What is only added to lets a reference be emptied by a deletion elsewhere, from within a trigger
# and by the owner: so it is mended. Forced row security holds the owner to one tenant at a time.
_TRIGGER = """
CREATE TEMP TABLE neonhub_mended (count bigint);
CREATE FUNCTION pg_temp.neonhub_mend() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {update};
    GET DIAGNOSTICS NEW.count = ROW_COUNT;
    RETURN NEW;
END $$;
CREATE TRIGGER mend BEFORE INSERT ON neonhub_mended
    FOR EACH ROW EXECUTE FUNCTION pg_temp.neonhub_mend()
"""
_TENANT = """
SELECT set_config('neonhub.workspace_id', id, true),
       set_config('neonhub.organization_id', organization_id, true)
  FROM public.workspaces WHERE id = %s
"""


_NO_TENANT = """
SELECT set_config('neonhub.workspace_id', '', true), set_config('neonhub.organization_id', '', true)
"""


def _from_within_a_trigger(conn: psycopg.Connection[Any], update: str) -> int:
    query = f"SELECT DISTINCT workspace_id FROM {_MENDING}"
    workspaces = [name for (name,) in conn.execute(query.encode()).fetchall()]
    conn.execute(f"GRANT SELECT ON {_MENDING} TO neonhub_owner".encode())
    count = 0
    for workspace in workspaces:
        conn.execute(_TENANT, [workspace])
        conn.execute("SET LOCAL ROLE neonhub_owner")
        conn.execute(_TRIGGER.replace("{update}", update).encode())
        row = conn.execute("INSERT INTO neonhub_mended DEFAULT VALUES RETURNING count").fetchone()
        conn.execute("DROP TABLE neonhub_mended; DROP FUNCTION pg_temp.neonhub_mend()")
        conn.execute("SET LOCAL ROLE neonhub_maintenance")
        count += row[0] if row else 0
    conn.execute(_NO_TENANT)
    return count
