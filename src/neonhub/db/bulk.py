"""Bulk writing: binary COPY into a temporary table, then one INSERT … ON CONFLICT.

COPY cannot write to a table under row-level security; the temporary table is the transaction's
own, and the INSERT goes through the policies like any other. Each row keeps its place, so that
what is refused can be named, and rows are written in the order of their key, so that two writers
of the same rows wait for one another and do not deadlock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import InvalidInput
from neonhub.db.pipeline import Call, encode_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from neonhub.db.session import Session

__all__ = ["BulkResult", "BulkTarget", "copy_rows", "json_value"]

# How psycopg writes each type in binary. What it has no dumper for goes as bytes that already
# have PostgreSQL's form (a vector), or as text, which is the binary form of text's kin.
_WIRE_TYPES = {"vector(1536)": "bytea", "citext": "text", "jsonb": "jsonb"}


@dataclass(frozen=True, slots=True)
class BulkTarget:
    """A table, the columns given (name to type), and what to do with a row that is there.

    ``conflict`` is what stands after ON CONFLICT: ``DO NOTHING`` skips duplicates by any key.
    ``order_by`` and ``returning`` name columns; rows returned come as tuples of text.
    """

    table: str
    columns: dict[str, str]
    conflict: str = "DO NOTHING"
    order_by: tuple[str, ...] = ("id",)
    returning: tuple[str, ...] = ()

    @property
    def staging(self) -> str:
        """The temporary table's name."""
        return f"bulk_{self.table}"

    def stage_sql(self) -> str:
        """Make the temporary table: only the columns given, no constraint, nothing compressed."""
        columns = ", ".join(f"{name} {kind}" for name, kind in self.columns.items())
        return f"CREATE TEMPORARY TABLE {self.staging} ({columns}) ON COMMIT DROP"

    def storage_sql(self) -> list[str]:
        """Leave vectors as they are: trying to compress floats costs more than the write."""
        return [
            f"ALTER TABLE {self.staging} ALTER COLUMN {name} SET STORAGE EXTERNAL"
            for name, kind in self.columns.items()
            if kind.startswith("vector")
        ]

    def copy_sql(self) -> str:
        """Fill the temporary table."""
        return f"COPY {self.staging} ({', '.join(self.columns)}) FROM STDIN WITH (FORMAT binary)"

    def insert_sql(self) -> str:
        """Move the rows to where they belong."""
        names = ", ".join(self.columns)
        returning = f" RETURNING {', '.join(self.returning)}" if self.returning else ""
        return (
            f"INSERT INTO {self.table} ({names}) SELECT {names} FROM {self.staging} "
            f"ORDER BY {', '.join(self.order_by)} ON CONFLICT {self.conflict}{returning}"
        )

    def drop_sql(self) -> str:
        """Drop the temporary table before its transaction ends, so that it can be made again."""
        return f"DROP TABLE {self.staging}"

    def wire_types(self) -> list[str]:
        """The type names psycopg's binary COPY is set to."""
        return [_WIRE_TYPES.get(kind, kind) for kind in self.columns.values()]


@dataclass(frozen=True, slots=True)
class BulkResult:
    """How many rows were written, how many were there already, and what was asked back."""

    written: int
    skipped: int
    returned: list[tuple[Any, ...]]


async def copy_rows(
    session: Session, target: BulkTarget, rows: Iterable[Sequence[Any]]
) -> BulkResult:
    """Write ``rows`` (values in the order of ``target.columns``) within the unit of work.

    Raises the typed error of the first rule broken; nothing of the unit is kept then. Vectors are
    given as ``Vector``; dicts become JSON.
    """
    async with session.connection(table=target.table) as conn:
        await conn.run(
            [Call(sql.encode(), b"", [], []) for sql in (target.stage_sql(), *target.storage_sql())]
        )
        given = 0
        async with conn.cursor() as cursor, cursor.copy(target.copy_sql()) as copy:
            copy.set_types(target.wire_types())
            for row in rows:
                given += 1
                await copy.write_row(_writable(row, given, target))
        insert, _ = await conn.run(
            [Call(sql.encode(), b"", [], []) for sql in (target.insert_sql(), target.drop_sql())]
        )
        written = insert.command_tuples or 0
        returned = conn.load(insert, b"", tuple) if target.returning else []
    return BulkResult(written, given - written, returned)


def json_value(value: Any) -> Any:
    """``value`` as a row's JSON, where a plain list or string would be taken for another type."""
    from psycopg.types.json import Jsonb

    return Jsonb(value)


def _writable(row: Sequence[Any], place: int, target: BulkTarget) -> Sequence[Any]:
    if len(row) != len(target.columns):
        raise InvalidInput(
            field=f"row {place}",
            reason=f"it has {len(row)} values, {target.table} is given {len(target.columns)}",
        )
    for name, value in zip(target.columns, row, strict=True):
        if type(value) is str and ("\0" in value or not value.isascii()):
            encode_text(f"{name} of row {place}", value)
    return row
