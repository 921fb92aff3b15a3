"""One round trip: statements go down together, before one synchronisation point.

All that stands before that point is one implicit transaction, so the tenant's settings, set for
the transaction only, hold for the statements beside them and for nothing after. This speaks to
libpq through psycopg's own ``pq`` module: the cursor's bookkeeping would cost as much as the trip.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import orjson
import psycopg
from psycopg import pq
from psycopg.abc import Buffer, PyFormat
from psycopg.adapt import AdaptersMap, Loader, Transformer
from psycopg.errors import error_from_result
from psycopg.types.json import set_json_dumps, set_json_loads

from neonhub.db.errors import ConnectionFailed, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg.pq.abc import PGconn, PGresult

__all__ = ["Call", "Connection", "Vector"]

_TEXT, _BINARY = 0, 1
_CANCEL_TIMEOUT_S = 2.0
_OK = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK, pq.ExecStatus.EMPTY_QUERY)


class Vector(bytes):
    """A vector in pgvector's binary form (``neonhub.embedding.wire`` makes it)."""


class Call(NamedTuple):
    """One statement with its values, ready for the wire."""

    sql: bytes
    name: bytes
    values: list[Buffer | None]
    formats: list[int]


class _TextLoader(Loader):
    """Loads what psycopg does not know by number: enumerations and citext are their text.

    Types made by extensions have another number in every database. Text holds no NUL, and the
    binary form of a vector does: that stays bytes.
    """

    format = pq.Format.BINARY

    def load(self, data: Buffer) -> Any:
        raw = bytes(data)
        return raw if b"\0" in raw else raw.decode()


def _adapters() -> AdaptersMap:
    adapters = AdaptersMap(psycopg.adapters)
    adapters.register_loader(0, _TextLoader)
    set_json_loads(orjson.loads, adapters)
    set_json_dumps(orjson.dumps, adapters)
    return adapters


ADAPTERS = _adapters()
_DUMPER = Transformer(ADAPTERS)


def encode(name: str, value: Any) -> tuple[Buffer | None, int]:
    """A parameter for the wire. Its type is the server's to infer, so text serves for all."""
    if value is None:
        return None, _TEXT
    kind = type(value)
    if kind is str:
        return encode_text(name, value), _TEXT
    if kind is bool:
        return (b"t" if value else b"f"), _TEXT
    if kind is int:
        return str(value).encode(), _TEXT
    if kind is Vector:
        return value, _BINARY
    if kind is dict:
        return orjson.dumps(value), _TEXT
    if isinstance(value, str):
        return encode_text(name, str(value)), _TEXT
    return _DUMPER.get_dumper(value, PyFormat.TEXT).dump(value), _TEXT


def encode_text(name: str, value: str) -> bytes:
    """Text for the wire; what PostgreSQL's text cannot hold is refused with the field's name."""
    if "\0" in value:
        raise InvalidInput(field=name, reason="text cannot hold the character NUL")
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        reason = f"it holds half a character (a lone surrogate) at position {error.start}"
        raise InvalidInput(field=name, reason=reason) from error


class Connection(psycopg.AsyncConnection[Any]):
    """A connection that runs calls in a pipeline, each statement prepared once.

    ``prepares`` is turned off for poolers that cannot keep prepared statements apart.
    """

    prepares: ClassVar[bool] = True

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._adapters = ADAPTERS
        self._known: set[bytes] = set()
        self._loaders: dict[bytes, Any] = {}

    async def run(self, calls: Sequence[Call], *, prepare: bool = True) -> list[PGresult]:
        """Send ``calls`` and return their results, or raise the first failure (untranslated).

        A task cancelled while it waits leaves the connection closed: what the server still
        sends would be taken for the answer to the next call.
        """
        pg = self.pgconn
        if pg.status != pq.ConnStatus.OK:
            raise psycopg.OperationalError("the connection is closed")
        try:
            pg.enter_pipeline_mode()
            made = self._send(pg, calls, prepare)
            pg.pipeline_sync()
            results = await _exchange(pg)
            pg.exit_pipeline_mode()
        except BaseException:
            await self._abandon()
            raise
        return self._sorted_out(results, made)

    def _send(self, pg: PGconn, calls: Sequence[Call], prepare: bool) -> list[bytes | None]:
        """Queue the calls; returns for every expected result the name it prepares, or None."""
        expected: list[bytes | None] = []
        for sql, name, values, formats in calls:
            if not prepare or not name:
                pg.send_query_params(sql, values, None, formats, _BINARY)
                expected.append(None)
                continue
            if name not in self._known and name not in expected:
                pg.send_prepare(name, sql)
                expected.append(name)
            pg.send_query_prepared(name, values, formats, _BINARY)
            expected.append(None)
        return expected

    def _sorted_out(self, results: list[PGresult], expected: list[bytes | None]) -> list[PGresult]:
        answers = []
        failure: PGresult | None = None
        for result, prepares in zip(results, expected, strict=False):
            if result.status not in _OK:
                if result.status == pq.ExecStatus.FATAL_ERROR and failure is None:
                    failure = result
                continue
            if prepares is not None:
                self._known.add(prepares)
            else:
                answers.append(result)
        if failure is not None:
            raise error_from_result(failure, self.info.encoding)
        if len(answers) + sum(name is not None for name in expected) != len(expected):
            raise psycopg.OperationalError("the server closed the connection")
        return answers

    def load(self, result: PGresult, name: bytes, make_row: Any) -> list[Any]:
        """The rows of ``result``; loaders are looked up once a statement and connection."""
        loaders = self._loaders.get(name)
        if loaders is None:
            loaders = Transformer(self)
            loaders.set_pgresult(result)
            if name:
                self._loaders[name] = loaders
        else:
            loaders.set_pgresult(result, set_loaders=False)
        rows: list[Any] = loaders.load_rows(0, result.ntuples, make_row)
        return rows

    async def renew(self) -> None:
        """Prepare everything anew: a table has changed under what was prepared."""
        self._known.clear()
        self._loaders.clear()
        await self.run([Call(b"DEALLOCATE ALL", b"", [], [])])

    async def _abandon(self) -> None:
        with contextlib.suppress(Exception):
            await self.cancel_safe(timeout=_CANCEL_TIMEOUT_S)
        with contextlib.suppress(Exception):
            await self.close()


async def _exchange(pg: PGconn) -> list[PGresult]:
    """Send what is queued and gather results up to the synchronisation point.

    Reading and writing go on together: a server that waits for us to read its answers would
    otherwise never read the rest of what we send.
    """
    loop = asyncio.get_running_loop()
    results: list[PGresult] = []
    ready = loop.create_future()

    def wake() -> None:
        if not ready.done():
            ready.set_result(None)

    socket = pg.socket
    loop.add_reader(socket, wake)
    writing = False
    try:
        while True:
            unsent = pg.flush()
            if unsent and not writing:
                loop.add_writer(socket, wake)
            elif writing and not unsent:
                loop.remove_writer(socket)
            writing = bool(unsent)
            await ready
            ready = loop.create_future()
            pg.consume_input()
            if _gather(pg, results):
                return results
    except psycopg.OperationalError as error:
        told = str(error).strip() or "the connection broke"
        raise ConnectionFailed(reason=told.splitlines()[0]) from error
    finally:
        loop.remove_reader(socket)
        if writing:
            loop.remove_writer(socket)


def _gather(pg: PGconn, results: list[PGresult]) -> bool:
    """Take the results that have arrived; True at the synchronisation point."""
    while not pg.is_busy():
        result = pg.get_result()
        if result is None:
            continue
        if result.status == pq.ExecStatus.PIPELINE_SYNC:
            return True
        results.append(result)
    return False
