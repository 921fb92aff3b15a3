"""The unit of work: one tenant, one round trip a call, one commit at the end.

A read before any write is a pipeline of the settings and the statement: one round trip, one
implicit transaction, and the connection goes back to the pool. The first write opens an explicit
transaction, its opening and settings sent along with it; what follows runs inside, and the end of
the unit commits once, or rolls everything back.
"""

from __future__ import annotations

import asyncio
import contextlib
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg.errors import FeatureNotSupported, InvalidSqlStatementName
from psycopg.pq import TransactionStatus

from neonhub.db.errors import (
    ConnectionFailed,
    InvalidInput,
    NotFound,
    TenantRequired,
    TransactionFailed,
    UnitBusy,
    UnitEnded,
    translate,
)
from neonhub.db.pipeline import Call, encode
from neonhub.db.statements import Compiled

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from psycopg.pq.abc import PGresult

    from neonhub.db.pipeline import Connection
    from neonhub.db.pools import Pool
    from neonhub.db.statements import Statement
    from neonhub.db.tenancy import Tenant

__all__ = ["Session"]

RowT = TypeVar("RowT")

_SETTINGS = (
    "set_config('neonhub.workspace_id', $1, true), "
    "set_config('neonhub.organization_id', $2, true), "
    "set_config('neonhub.user_id', $3, true), "
    # What hangs is ended by the server: a pool of ten is not held by ten hanging statements.
    "set_config('statement_timeout', $4, true), "
    "set_config('idle_in_transaction_session_timeout', $4, true)"
)


def _plain(sql: str) -> Compiled:
    return Compiled(sql.encode(), (), ())


_SET_TENANT = _plain(f"SELECT {_SETTINGS}")


def _is_stale(error: psycopg.Error) -> bool:
    """Whether what was prepared no longer fits: a migration has changed a column's type."""
    return (
        isinstance(error, InvalidSqlStatementName)
        or error.diag.source_function == "RevalidateCachedQuery"
    )


def _is_whole(calls: Sequence[Call]) -> bool:
    """Whether the calls are all that their transaction has done, so that they can go again."""
    return calls[0] is _BEGIN or calls[0].sql.startswith(b"SELECT set_config")


def _is_aborted(conn: Connection) -> bool:
    return conn.pgconn.transaction_status == TransactionStatus.INERROR


_inside: ContextVar[object] = ContextVar("neonhub_savepoint", default=None)
_lent: ContextVar[object] = ContextVar("neonhub_connection", default=None)


def _plain_call(sql: str) -> Call:
    return Call(sql.encode(), b"", [], [])


_BEGIN, _COMMIT, _ROLLBACK = (
    Call(word, b"", [], []) for word in (b"BEGIN", b"COMMIT", b"ROLLBACK")
)
# Before the commit, so that it is this server session's behind a pooler too.
_TIDY = tuple(
    _plain_call(words)
    for words in (
        "CLOSE ALL",
        "UNLISTEN *",
        "DISCARD TEMP",
        "RESET ALL",
        "SELECT pg_advisory_unlock_all()",
    )
)


class Session:
    """One unit of work in one tenant. Not to be shared after its end.

    Several tasks may read through it at once; writes and what follows them take turns.
    """

    def __init__(self, pool: Pool, tenant: Tenant, *, timeout: str = "30s"):
        """``timeout``: how long a statement may run, and the transaction may stand idle."""
        self._pool = pool
        self._timeout = timeout.encode()
        self.tenant = tenant
        self._conn: Connection | None = None
        self._turn = asyncio.Lock()
        self._failed = False
        self._untidy = False
        self._ended = False
        self._savepoints: list[object] = []

    # -- reading and writing ---------------------------------------------------------------

    async def all(self, statement: Statement[RowT], /, **values: Any) -> list[RowT]:
        """Every row of ``statement``."""
        return await self._run(statement, values)

    async def one(self, statement: Statement[RowT], /, **values: Any) -> RowT | None:
        """The first row of ``statement``, or None."""
        rows = await self._run(statement, values)
        return rows[0] if rows else None

    async def get(self, statement: Statement[RowT], what: str, key: str, /, **values: Any) -> RowT:
        """The first row, or ``NotFound`` naming ``what`` and ``key``."""
        row = await self.one(statement, **values)
        if row is None:
            raise NotFound(what=what, key=key)
        return row

    async def _run(self, statement: Statement[RowT], values: dict[str, Any]) -> list[RowT]:
        call = self._call(statement, values)
        if self._conn is None and not statement.writes:
            return await self._read_alone(statement, call)
        async with self._my_turn():
            conn, results = await self._in_transaction([call], statement.compiled.table)
            return self._rows(conn, results[-1], statement)

    async def execute_many(self, statement: Statement[Any], rows: Iterable[dict[str, Any]]) -> int:
        """Run ``statement`` once a row, all in one round trip; returns the rows affected."""
        calls = [self._call(statement, values) for values in rows]
        if not calls:
            return 0
        async with self._my_turn():
            _, results = await self._in_transaction(calls, statement.compiled.table)
        return sum(result.command_tuples or 0 for result in results[-len(calls) :])

    def _call(self, statement: Statement[Any], values: dict[str, Any]) -> Call:
        if self._ended:
            raise UnitEnded
        compiled = statement.compiled
        tenant = self.tenant
        encoded: list[Any] = []
        formats: list[int] = []
        for name in compiled.params:
            if name in values:
                value = values[name]
            elif name in ("workspace_id", "organization_id", "user_id"):
                value = getattr(tenant, name)
                # An organization's unit has no workspace: the statement would find nothing.
                if not value and name != "user_id":
                    raise TenantRequired(statement=statement.label)
            else:
                raise InvalidInput(field=name, reason=f"{statement.label} needs it")
            data, wire_format = encode(name, value)
            encoded.append(data)
            formats.append(wire_format)
        return Call(compiled.sql, statement.prepared_name, encoded, formats)

    @staticmethod
    def _rows(conn: Connection, result: PGresult, statement: Statement[RowT]) -> list[RowT]:
        if result.nfields == 0:
            return []
        return conn.load(result, statement.prepared_name, statement.row)

    # -- transactions ----------------------------------------------------------------------

    def _settings_call(self) -> Call:
        tenant, takes_role = self.tenant, self._pool.takes_role
        values = [
            encode(name, getattr(tenant, name) or "")[0]
            for name in ("workspace_id", "organization_id", "user_id")
        ]
        values.append(self._timeout)
        sql = _SET_TENANT.sql
        if takes_role:
            sql = f"SELECT set_config('role', '{self._pool.role}', true), {_SETTINGS}".encode()
        name = Compiled(sql, (), ()).name if takes_role else _SET_TENANT_NAME
        return Call(sql, name, values, [0, 0, 0, 0])

    async def _read_alone(self, statement: Statement[RowT], call: Call) -> list[RowT]:
        """One statement in a transaction of its own; tried again if the connection was dead."""
        for attempt in (1, 2):
            conn = await self._pool.take()
            try:
                results = await self._send(conn, [self._settings_call(), call])
                return self._rows(conn, results[-1], statement)
            except ConnectionFailed:
                if attempt == 2:
                    raise
            finally:
                await self._pool.give_back(conn)
            await self._pool.weed()
        raise AssertionError("unreachable")

    async def _in_transaction(
        self, calls: Sequence[Call], table: str | None = None
    ) -> tuple[Connection, list[PGresult]]:
        self._check_free()
        if self._conn is not None:
            return self._conn, await self._guarded(self._conn, calls, table)
        for attempt in (1, 2):
            conn = await self._pool.take()
            self._conn = conn
            try:
                results = await self._guarded(conn, [_BEGIN, self._settings_call(), *calls], table)
                return conn, results[2:]
            except ConnectionFailed:
                # Nothing was committed: on a new connection the same may be done again.
                await self._leave()
                if attempt == 2:
                    raise
                await self._pool.weed()
        raise AssertionError("unreachable")

    def _my_turn(self) -> asyncio.Lock:
        """What one waits for to write. Who has the connection itself would wait for ever."""
        if _lent.get() is self:
            raise UnitBusy(
                "This call is made within the unit's connection(), and would wait for its end.",
                hint="Run the statement on that connection, or make the call before or after it; "
                "a savepoint goes around connection().",
            )
        return self._turn

    def _check_free(self) -> None:
        """Refuse work after the end, and another task's within a savepoint."""
        if self._ended:
            raise UnitEnded
        if self._savepoints and _inside.get() is not self._savepoints[-1]:
            raise UnitBusy

    async def _guarded(
        self, conn: Connection, calls: Sequence[Call], table: str | None
    ) -> list[PGresult]:
        try:
            return await self._send(conn, calls, table)
        except BaseException:
            self._failed = True
            raise

    async def _send(
        self, conn: Connection, calls: Sequence[Call], table: str | None = None
    ) -> list[PGresult]:
        try:
            try:
                return await conn.run(calls, prepare=self._pool.prepares)
            except (FeatureNotSupported, InvalidSqlStatementName) as error:
                if not _is_stale(error) or not _is_whole(calls):
                    raise
                if calls[0] is _BEGIN:
                    await conn.run([_ROLLBACK])
                await conn.renew()
                return await conn.run(calls, prepare=self._pool.prepares)
        except psycopg.Error as error:
            raise translate(error, table=table) from error

    @contextlib.asynccontextmanager
    async def connection(self, *, table: str | None = None) -> AsyncIterator[Connection]:
        """The transaction's connection itself, for COPY into ``table``; no other call may run.

        What it leaves in the session (temporary tables, cursors, settings, locks) goes with the
        end of the unit: the next tenant has the same connection.
        """
        async with self._my_turn():
            self._check_free()
            if self._conn is None:
                await self._in_transaction([])
            assert self._conn is not None  # noqa: S101
            before = _lent.set(self)
            self._untidy = True
            try:
                yield self._conn
            except psycopg.Error as error:
                self._failed = True
                raise translate(error, table=table) from error
            except BaseException:
                self._failed = True
                raise
            finally:
                _lent.reset(before)

    @contextlib.asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Work that may fail without failing the unit: undone to here if it raises.

        It is the task's that opened it, and of those that this one starts: what another task
        writes meanwhile would be undone with it, so that raises ``UnitBusy``.
        """
        name = f"s{len(self._savepoints) + 1}"
        async with self._my_turn():
            await self._in_transaction([_plain_call(f"SAVEPOINT {name}")])
            mine, before = object(), _inside.get()
            self._savepoints.append(mine)
            _inside.set(mine)
        end = f"RELEASE SAVEPOINT {name}"
        try:
            yield
        except BaseException:
            end = f"ROLLBACK TO SAVEPOINT {name}"
            raise
        finally:
            await self._end_savepoint(end)
            _inside.set(before)

    async def _end_savepoint(self, statement: str) -> None:
        async with self._my_turn():
            self._savepoints.pop()
            if self._conn is not None and not self._conn.closed:
                await self._send(self._conn, [_plain_call(statement)])
                self._failed = False

    async def commit(self) -> None:
        """Commit what was written; the next write opens a new transaction."""
        async with self._my_turn():
            self._check_free()
            if self._conn is None:
                return
            try:
                if self._failed:
                    await self._send(self._conn, [_ROLLBACK])
                    raise TransactionFailed
                tidy = _TIDY if self._untidy and not _is_aborted(self._conn) else ()
                *_, committed = await self._send(self._conn, [*tidy, _COMMIT])
                # A statement that failed out of our sight turns COMMIT into ROLLBACK, silently.
                if committed.command_status != b"COMMIT":
                    raise TransactionFailed
            finally:
                await self._leave()

    async def rollback(self) -> None:
        """Undo what was written."""
        async with self._my_turn():
            self._check_free()
            conn = self._conn
            if conn is None:
                return
            try:
                if not conn.closed:
                    # All that was left goes with the transaction, but for the session's locks.
                    await self._send(conn, [_ROLLBACK, *(_TIDY[-1:] if self._untidy else ())])
            finally:
                await self._leave()

    async def _leave(self) -> None:
        conn, self._conn, self._failed, self._untidy = self._conn, None, False, False
        if conn is not None:
            await self._pool.give_back(conn)

    async def __aenter__(self) -> Session:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_exc: Any) -> None:
        try:
            if kind is None:
                await self.commit()
            else:
                with contextlib.suppress(ConnectionFailed, psycopg.Error):
                    await self.rollback()
        finally:
            self._ended = True


_SET_TENANT_NAME = _SET_TENANT.name
