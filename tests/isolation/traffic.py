"""Work of many tenants at once through few connections: whatever a unit may come to."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import pytest

from neonhub.db.bulk import BulkTarget, copy_rows
from neonhub.db.errors import DuplicateKey, TenantViolation, TransactionFailed
from neonhub.db.ids import cuid
from neonhub.db.pipeline import Connection
from neonhub.db.pools import Database, Pool
from neonhub.db.session import Session
from neonhub.db.statements import command, statement, text_arg
from neonhub.db.tenancy import Tenant
from tests import databases
from tests.factories import identity, tenancy

_TENANT = (
    "SELECT coalesce(current_setting('neonhub.workspace_id', true), '') || "
    "coalesce(current_setting('neonhub.organization_id', true), '') || "
    "coalesce(current_setting('neonhub.user_id', true), '') || "
)


def left_behind(pool: Pool) -> str:
    """Asks a connection for what was left on it: a tenant, or another role than it came with."""
    own = "session_user" if pool.takes_role else f"'{pool.role}'"
    return f"{_TENANT} CASE WHEN current_user = {own} THEN '' ELSE current_user END"


class Seen(NamedTuple):
    workspace_id: str
    name: str


def _space() -> Any:
    from neonhub.domains.brands.tables import EmbeddingSpace

    return EmbeddingSpace


@statement(Seen)
def all_spaces() -> Any:
    """Every embedding space that the policy lets through: no predicate."""
    import sqlalchemy as sa

    return sa.select(_space().workspace_id, _space().name)


@statement(str)
def slow_look() -> Any:
    """The workspace in the setting, after a while."""
    import sqlalchemy as sa

    wait = sa.func.pg_sleep(sa.literal_column("0.03"))
    return sa.select(sa.func.neonhub.current_workspace()).where(sa.cast(wait, sa.Text) == "")


@command(Seen)
def add_space() -> Any:
    """An embedding space, wherever the caller says."""
    import sqlalchemy as sa

    row: dict[str, Any] = {
        "id": text_arg("id"),
        "workspace_id": text_arg("into"),
        "name": text_arg("name"),
    }
    row |= {"provider": sa.literal_column("'any'"), "model": sa.literal_column("'any'")}
    made = sa.insert(_space()).values(**row, dimension=sa.literal_column("1"))
    return made.returning(_space().workspace_id, _space().name)


SPACES = BulkTarget(
    "embedding_spaces",
    {
        "id": "text",
        "workspace_id": "text",
        "name": "text",
        "provider": "text",
        "model": "text",
        "dimension": "int4",
    },
)


class Watched(Pool):
    """A pool that looks, at every taking, whether a tenant or a role was left on a connection."""

    left: list[str]
    pids: Counter[int]

    async def take(self) -> Connection:
        conn = await super().take()
        try:
            row = await (await conn.execute(left_behind(self))).fetchone()
        except BaseException:
            await conn.close()
            await self.give_back(conn)
            raise
        assert row is not None
        if row[0]:
            self.left.append(row[0])
        self.pids[conn.info.backend_pid] += 1
        return conn


def watched(dsn: str, *, size: int = 2) -> Database:
    """The application's pool on ``dsn``, watched."""
    made = Database(dsn, size=size)
    pool = Watched(made.pooled.dsn, made.pooled.role, size, made.pooled.prepares)
    pool.left, pool.pids = [], Counter()
    made.pooled = made.direct = pool
    return made


def many_tenants(database: databases.Database, count: int) -> list[Tenant]:
    """Organizations of two workspaces each, in all ``count`` workspaces."""
    made = []
    with database.admin() as conn:
        for _ in range(count // 2):
            user = identity.USER.insert(conn)["id"]
            organization = tenancy.ORGANIZATION.insert(conn)["id"]
            for _ in range(2):
                row = tenancy.WORKSPACE.insert(conn, organization_id=organization)
                made.append(Tenant(row["id"], organization, user))
    return made


class Traffic:
    """Units of work, and what each tenant must have in the end."""

    def __init__(self, database: Database, tenants: list[Tenant], seed: int):
        self._pool = database.pooled
        self._tenants = tenants
        self._random = random.Random(seed)
        self._turns = asyncio.Semaphore(12)
        self.kept: dict[str, set[str]] = {str(t.workspace_id): set() for t in tenants}
        self.maybe: dict[str, set[str]] = {str(t.workspace_id): set() for t in tenants}
        self.strange: list[object] = []
        self.done: Counter[str] = Counter()
        self.cut_short = 0

    async def run(self, count: int) -> None:
        """``count`` units, each of a tenant and a kind drawn by lot, a dozen at once."""
        units = [self.read, self.write, self.refused, self.duplicate, self.rolled_back]
        units += [self.savepoint, self.cancelled, self.cancelled_write, self.bulk, self.many]
        units += [self.gathered]
        drawn = [(units[n % len(units)], self._random.choice(self._tenants)) for n in range(count)]
        self._random.shuffle(drawn)
        await asyncio.gather(*(self._unit(unit, tenant) for unit, tenant in drawn))

    async def _unit(self, unit: Callable[[Tenant], Awaitable[None]], tenant: Tenant) -> None:
        async with self._turns:
            await unit(tenant)
            self.done[unit.__name__] += 1

    def _name(self) -> str:
        return f"space-{cuid()}"

    async def _add(self, session: Session, name: str, into: str | None = None) -> None:
        target = into or session.tenant.workspace_id
        await session.all(add_space, id=cuid(), into=target, name=name)

    async def _look(self, session: Session, *, also: set[str] = frozenset()) -> None:  # type: ignore[assignment]
        """Read without a predicate: our own rows, all that were committed, and no other."""
        own = str(session.tenant.workspace_id)
        before = set(self.kept[own])
        rows = await session.all(all_spaces)
        self.strange += [row for row in rows if row.workspace_id != own]
        self.strange += sorted((before | also) - {row.name for row in rows})

    async def read(self, tenant: Tenant) -> None:
        async with Session(self._pool, tenant) as session:
            await self._look(session)
            await self._look(session)

    async def gathered(self, tenant: Tenant) -> None:
        async with Session(self._pool, tenant) as session:
            await asyncio.gather(*(self._look(session) for _ in range(4)))

    async def write(self, tenant: Tenant) -> None:
        name = self._name()
        async with Session(self._pool, tenant) as session:
            await self._look(session)
            await self._add(session, name)
            await self._look(session, also={name})
        self.kept[str(tenant.workspace_id)].add(name)

    async def refused(self, tenant: Tenant) -> None:
        other = self._random.choice([each for each in self._tenants if each != tenant])

        async def unit() -> None:
            async with Session(self._pool, tenant) as session:
                await self._add(session, self._name())
                await self._add(session, self._name(), into=other.workspace_id)

        with pytest.raises(TenantViolation):
            await unit()

    async def duplicate(self, tenant: Tenant) -> None:
        name = self._name()

        async def unit() -> None:
            async with Session(self._pool, tenant) as session:
                await self._add(session, name)
                with pytest.raises(DuplicateKey):
                    await self._add(session, name)

        with pytest.raises(TransactionFailed):
            await unit()

    async def rolled_back(self, tenant: Tenant) -> None:
        async def unit() -> None:
            async with Session(self._pool, tenant) as session:
                await self._add(session, self._name())
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await unit()

    async def savepoint(self, tenant: Tenant) -> None:
        name = self._name()
        async with Session(self._pool, tenant) as session:
            await self._add(session, name)
            with pytest.raises(DuplicateKey):
                async with session.savepoint():
                    await self._add(session, name)
            await self._look(session, also={name})
        self.kept[str(tenant.workspace_id)].add(name)

    async def cancelled(self, tenant: Tenant) -> None:
        async def unit() -> None:
            async with Session(self._pool, tenant) as session:
                own = tenant.workspace_id
                self.strange += [seen for seen in await session.all(slow_look) if seen != own]
                await asyncio.sleep(0.2)

        # Not always told: Python 3.11's wait_for, under psycopg's pool, swallows a cancellation
        # that meets the very moment a connection is handed over.
        try:
            await asyncio.wait_for(unit(), self._random.uniform(0.001, 0.05))
        except TimeoutError:
            self.cut_short += 1

    async def cancelled_write(self, tenant: Tenant) -> None:
        name = self._name()
        self.maybe[str(tenant.workspace_id)].add(name)
        try:
            async with asyncio.timeout(self._random.uniform(0.001, 0.02)):
                async with Session(self._pool, tenant) as session:
                    await self._add(session, name)
                    await self._look(session, also={name})
        except TimeoutError:
            return

    async def bulk(self, tenant: Tenant) -> None:
        names = {self._name() for _ in range(20)}
        rows = [(cuid(), tenant.workspace_id, name, "any", "any", 1) for name in names]
        async with Session(self._pool, tenant) as session:
            assert (await copy_rows(session, SPACES, rows)).written == 20
            await self._look(session, also=names)
        self.kept[str(tenant.workspace_id)] |= names

    async def many(self, tenant: Tenant) -> None:
        """A pipeline that fails in its middle: nothing of it stays."""
        names = [self._name() for _ in range(6)]
        rows = [
            {"id": cuid(), "into": tenant.workspace_id, "name": name}
            for name in (*names[:3], names[0], *names[3:])
        ]

        async def unit() -> None:
            async with Session(self._pool, tenant) as session:
                await session.execute_many(add_space, rows)

        with pytest.raises(DuplicateKey):
            await unit()


def what_is_there(database: databases.Database) -> dict[str, set[str]]:
    """The spaces of each workspace, seen past the policies."""
    found: dict[str, set[str]] = {}
    with database.admin() as conn:
        for workspace, name in conn.execute("SELECT workspace_id, name FROM embedding_spaces"):
            found.setdefault(str(workspace), set()).add(str(name))
    return found


async def hold_against(traffic: Traffic, database: databases.Database, pool: Pool) -> None:
    """Everybody has what was committed, nobody anything else, and no connection kept a tenant."""
    found = what_is_there(database)
    for workspace, kept in traffic.kept.items():
        assert found.get(workspace, set()) - traffic.maybe[workspace] == kept
    assert traffic.strange == []
    assert isinstance(pool, Watched)
    assert pool.left == []
    assert len(traffic.done) == 11
    assert traffic.cut_short > 0
