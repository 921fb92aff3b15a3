"""Bulk writing: binary COPY into a temporary table, then one INSERT … ON CONFLICT.

COPY cannot write to a table under row-level security; the temporary table is the transaction's
own, and the INSERT goes through the policies like any other. Each row keeps its place, so that
what is refused can be named, and rows are written in the order of their key, so that two writers
of the same rows wait for one another and do not deadlock.

Many rows go in batches, within the one transaction: no statement runs long, what is held is one
batch, and while the server inserts one, the next is drawn and checked here.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from psycopg.types.json import Jsonb

from neonhub.db.errors import InvalidInput
from neonhub.db.pipeline import Call, encode_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from psycopg.pq.abc import PGresult

    from neonhub.db.pipeline import Connection
    from neonhub.db.session import Session

__all__ = ["BATCH", "BulkResult", "BulkTarget", "copy_rows", "json_value"]

BATCH = 20_000
"""Rows that are sent and inserted in one go."""

_DRAWN_AT_ONCE = 500
"""Rows drawn before other tasks have their turn."""

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

    def empty_sql(self) -> str:
        """Empty the temporary table for the next batch."""
        return f"TRUNCATE {self.staging}"

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

    Rows are gone through once, and of many only a batch is held. Raises the typed error of the
    first rule broken; nothing of the unit is kept then. Vectors are given as ``Vector``; dicts
    become JSON. Rows are in the order of their key within a batch of 20,000 only: writers of the
    same rows in many batches may meet as ``Deadlock``.
    """
    async with session.connection(table=target.table) as conn:
        await _run(conn, target.stage_sql(), *target.storage_sql())
        checked = _Checked(target, rows)
        await _copy(conn, target, itertools.islice(checked, BATCH), 1)
        written, returned = 0, []
        while True:
            more = checked.given > 0 and checked.given % BATCH == 0
            after = target.empty_sql() if more else target.drop_sql()
            inserting = asyncio.ensure_future(_run(conn, target.insert_sql(), after))
            first = checked.given + 1
            batch = await _drawn_during(inserting, itertools.islice(checked, BATCH if more else 0))
            inserted, _ = await inserting
            written += inserted.command_tuples or 0
            if target.returning:
                returned += conn.load(inserted, b"", tuple)
            if not batch:
                break
            await _copy(conn, target, batch, first)
            batch.clear()  # before the next is drawn
        if more:
            await _run(conn, target.drop_sql())
    return BulkResult(written, checked.given - written, returned)


async def _run(conn: Connection, *statements: str) -> list[PGresult]:
    return await conn.run([Call(sql.encode(), b"", [], []) for sql in statements])


async def _copy(
    conn: Connection, target: BulkTarget, rows: Iterable[Sequence[Any]], first: int
) -> None:
    """Fill the temporary table; ``first`` is the place of the first row among all."""
    async with conn.cursor() as cursor, cursor.copy(target.copy_sql()) as copy:
        copy.set_types(target.wire_types())
        for place, row in enumerate(rows, first):
            try:
                await copy.write_row(row)
            except orjson.JSONEncodeError as error:
                raise InvalidInput(
                    field=f"row {place}", reason=f"it is not JSON: {error}"
                ) from error


async def _drawn_during(
    inserting: asyncio.Future[Any], rows: Iterator[Sequence[Any]]
) -> list[Sequence[Any]]:
    """The rows, drawn while the server inserts. Where that fails, the server is waited for."""
    drawn: list[Sequence[Any]] = []
    try:
        await asyncio.sleep(0)  # the statement goes out first
        while part := list(itertools.islice(rows, _DRAWN_AT_ONCE)):
            drawn += part
            await asyncio.sleep(0)
    except BaseException as error:
        # The connection is the statement's until it has ended.
        if isinstance(error, asyncio.CancelledError):
            inserting.cancel()
        with contextlib.suppress(Exception, asyncio.CancelledError):
            await inserting
        raise
    return drawn


def json_value(value: Any) -> Any:
    """``value`` as a row's JSON, where a plain list or string would be taken for another type."""
    return Jsonb(value)


class _Checked:
    """The rows, counted as they are drawn, and refused where they cannot be sent."""

    def __init__(self, target: BulkTarget, rows: Iterable[Sequence[Any]]):
        self.given = 0
        self._target = target
        self._rows = iter(rows)

    def __iter__(self) -> Iterator[Sequence[Any]]:
        return self

    def __next__(self) -> Sequence[Any]:
        row = next(self._rows)
        self.given += 1
        columns = self._target.columns
        if len(row) != len(columns):
            raise InvalidInput(
                field=f"row {self.given}",
                reason=f"it has {len(row)} values, {self._target.table} is given {len(columns)}",
            )
        for value in row:
            if type(value) is str and ("\0" in value or not value.isascii()):
                self._check_texts(row)
                break
        return row

    def _check_texts(self, row: Sequence[Any]) -> None:
        for name, value in zip(self._target.columns, row, strict=True):
            if type(value) is str:
                encode_text(f"{name} of row {self.given}", value)
