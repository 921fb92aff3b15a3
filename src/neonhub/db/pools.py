"""Pools of connections, and how the application's rights are taken on each.

The connection string may name any login: ``neonhub_app`` itself, or an administrator's. A login
that row-level security would not hold (a superuser, an owner with ``BYPASSRLS``) is never used as
it is: every transaction then begins by taking the role ``neonhub_app``, for that transaction only.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus

from neonhub.db.errors import ConfigurationError, ConnectionFailed
from neonhub.db.pipeline import Connection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from psycopg_pool import AsyncConnectionPool

__all__ = ["Database", "Pool", "normalise"]

_CONNECT_TIMEOUT_S = 10.0

_WHO = """
SELECT current_user = %(role)s,
       EXISTS (SELECT FROM pg_roles WHERE rolname = %(role)s)
           AND pg_has_role(current_user, %(role)s, 'MEMBER'),
       rolsuper OR rolbypassrls,
       pg_backend_pid()
FROM pg_roles WHERE rolname = current_user
"""


@dataclass(slots=True)
class Pool:
    """One pool, the role its transactions take, and whether its statements are prepared.

    The connection that looked at the login serves as long as one is enough, as it is for a
    command; psycopg's pool, which takes workers and an import, opens when a second is wanted.
    """

    dsn: str
    role: str
    size: int
    prepares: bool = True
    takes_role: bool | None = None
    _pool: AsyncConnectionPool[Connection] | None = None
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    _first: Connection | None = None
    _first_is_out: bool = False

    async def open(self) -> AsyncConnectionPool[Connection]:
        """Open at first use, and find out what the login is."""
        async with self._opening:
            if self._pool is None:
                self._pool = await self._open()
            return self._pool

    async def _open(self) -> AsyncConnectionPool[Connection]:
        from psycopg_pool import AsyncConnectionPool

        pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            self.dsn,
            connection_class=Connection,
            kwargs={"autocommit": True, "prepare_threshold": None},
            min_size=1,
            max_size=self.size,
            timeout=_CONNECT_TIMEOUT_S,
            reconnect_timeout=_CONNECT_TIMEOUT_S,
            open=False,
        )
        if self.takes_role is None:
            await (await self._connect()).close()
        await pool.open()
        return pool

    async def _connect(self) -> Connection:
        """A connection of its own: its failure says why, where a pool would only time out."""
        try:
            conn = await Connection.connect(
                self.dsn,
                autocommit=True,
                prepare_threshold=None,
                connect_timeout=int(_CONNECT_TIMEOUT_S),
            )
        except psycopg.Error as error:
            raise ConnectionFailed(reason=_reason(error)) from error
        if self.takes_role is None:
            try:
                await self._look_at_login(conn)
            except BaseException:
                await conn.close()
                raise
        return conn

    async def _look_at_login(self, conn: Connection) -> None:
        cursor = await conn.execute(_WHO, {"role": self.role}, prepare=False)
        row = await cursor.fetchone()
        login_pid = conn.pgconn.backend_pid
        is_role, may_become, unbound, server_pid = row or (False, False, True, 0)
        if server_pid != login_pid:
            # A pooler answers for the server and may change it under us between transactions:
            # what is prepared on one is not there on the next.
            self.prepares = False
        if not is_role and not may_become and unbound:
            raise ConfigurationError(
                name="DATABASE_URL",
                reason=f"its login is not bound by row-level security and cannot take {self.role}",
                hint="Run `neonhub db migrate` with this login first: it makes the roles.",
            )
        self.takes_role = not is_role and may_become

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection of the pool, given back at the end."""
        conn = await self.take()
        try:
            yield conn
        finally:
            await self.give_back(conn)

    async def take(self) -> Connection:
        """A connection, to be given back with ``give_back``."""
        if self._pool is None and not self._first_is_out:
            return await self._take_first()
        pool = self._pool or await self.open()
        from psycopg_pool import PoolTimeout

        try:
            return await pool.getconn()
        except PoolTimeout as error:
            raise ConnectionFailed(
                reason=f"no connection came free within {_CONNECT_TIMEOUT_S:.0f} s "
                f"(pool of {self.size})"
            ) from error

    async def give_back(self, conn: Connection) -> None:
        """Return a connection; a closed one is replaced."""
        if conn is self._first:
            self._first_is_out = False
            if self._pool is None and _is_idle(conn):
                return
            self._first = None
            await conn.close()
        elif self._pool is not None:
            # A task cancelled while it waits for the pool's lock would take the connection along.
            await asyncio.shield(self._pool.putconn(conn))

    async def _take_first(self) -> Connection:
        self._first_is_out = True
        try:
            if self._first is None or not _is_idle(self._first):
                self._first = None
                self._first = await self._connect()
        except BaseException:
            self._first_is_out = False
            raise
        return self._first

    async def weed(self) -> None:
        """Look at every idle connection, and replace the dead: where one was, more may be."""
        if self._pool is not None:
            await self._pool.check()  # a dead first one is seen when it is given back

    def use(self) -> dict[str, int]:
        """How many of its connections are out and idle, how many may be, and who waits."""
        lent, idle, waiting = int(self._first_is_out), int(self._first is not None), 0
        idle -= min(lent, idle)
        if self._pool is not None:
            told = self._pool.get_stats()
            made, free = told.get("pool_size", 0), told.get("pool_available", 0)
            lent, idle = lent + made - free, idle + free
            waiting = told.get("requests_waiting", 0)
        return {"out": lent, "idle": idle, "waiting": waiting, "most": self.size}

    async def close(self) -> None:
        """Close every connection."""
        if self._first is not None:
            await self._first.close()
            self._first, self._first_is_out = None, False
        if self._pool is not None:
            await self._pool.close(timeout=2.0)
            self._pool = None


def _is_idle(conn: Connection) -> bool:
    """Whether it is open and in no transaction."""
    return conn.pgconn.transaction_status == TransactionStatus.IDLE


def _reason(error: psycopg.Error) -> str:
    """What went wrong, on one line; libpq's message holds no password."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else type(error).__name__


def normalise(dsn: str) -> tuple[str, bool]:
    """A connection string for libpq, and whether statements may be prepared over it.

    ``pgbouncer=true``, as Prisma writes it, says that the pooler does not keep prepared
    statements apart.
    """
    from neonhub.settings_values import split_prisma_parameters

    plain, extra = split_prisma_parameters(dsn)
    options = conninfo_to_dict(plain)
    options.setdefault("application_name", "neonhub")
    options.setdefault("connect_timeout", int(_CONNECT_TIMEOUT_S))
    # A peer that is gone without a word is noticed, and its slot in the pool comes free.
    options.setdefault("keepalives_idle", 30)
    options.setdefault("tcp_user_timeout", 60_000)
    return make_conninfo("", **options), extra.get("pgbouncer", "").lower() != "true"


class Database:
    """The pooled and the direct way to one database, as the application role."""

    def __init__(
        self, dsn: str, *, direct_dsn: str | None = None, size: int = 10, role: str = "neonhub_app"
    ):
        pooled, prepares = normalise(dsn)
        self.pooled = Pool(pooled, role, size, prepares)
        if direct_dsn is None or direct_dsn == dsn:
            self.direct = self.pooled
        else:
            direct, direct_prepares = normalise(direct_dsn)
            self.direct = Pool(direct, role, max(2, size // 2), direct_prepares)

    def use(self) -> dict[str, dict[str, int]]:
        """The use of each pool, by its name."""
        pools = {"pooled": self.pooled}
        if self.direct is not self.pooled:
            pools["direct"] = self.direct
        return {name: pool.use() for name, pool in pools.items()}

    async def close(self) -> None:
        """Close both pools."""
        await self.pooled.close()
        if self.direct is not self.pooled:
            await self.direct.close()

    async def __aenter__(self) -> Database:
        return self

    async def __aexit__(self, *_exc: Any) -> None:
        await self.close()
