"""Units of work, as the application role on a real server: one trip, one commit, one tenant."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import psycopg
import pytest

from neonhub.db.errors import (
    DuplicateKey,
    InvalidInput,
    NotFound,
    NullViolation,
    QueryTimeout,
    ReferenceViolation,
    TenantRequired,
    TenantViolation,
    TransactionFailed,
    UnitBusy,
    UnitEnded,
)
from neonhub.db.ids import cuid
from neonhub.db.pools import Database
from neonhub.db.session import Session
from neonhub.db.statements import command, statement, text_arg
from neonhub.db.tenancy import Tenant
from neonhub.domains.knowledge import queries as q
from tests import databases
from tests.conftest import Tenants


class Named(NamedTuple):
    id: str
    slug: str


@statement(Named)
def all_datasets() -> Any:
    """Every dataset that the role may see: no predicate, so that the policy alone decides."""
    import sqlalchemy as sa

    from neonhub.domains.knowledge.tables import Dataset

    return sa.select(Dataset.id, Dataset.slug)


@command(Named)
def add_dataset() -> Any:
    """Insert a dataset wherever the caller says."""
    import sqlalchemy as sa

    from neonhub.domains.knowledge.tables import Dataset

    return (
        sa.insert(Dataset)
        .values(
            id=text_arg("id"),
            workspace_id=text_arg("into"),
            name=text_arg("slug"),
            slug=text_arg("slug"),
            kind=sa.cast(text_arg("kind"), Dataset.__table__.c.kind.type),
            embedding_space_id=text_arg("space"),
        )
        .returning(Dataset.id, Dataset.slug)
    )


@pytest.fixture
async def opened(shared_database: databases.Database) -> AsyncIterator[Database]:
    async with Database(shared_database.dsn(), size=4) as made:
        yield made


@pytest.fixture
def here(fresh: Tenants) -> Tenant:
    return Tenant(fresh.workspace, fresh.organization, fresh.user)


@pytest.fixture
def there(fresh: Tenants) -> Tenant:
    return Tenant(fresh.other_workspace, fresh.other_organization, fresh.other_user)


async def add(session: Session, slug: str, **given: Any) -> Named | None:
    values: dict[str, Any] = {"into": session.tenant.workspace_id, "kind": "documents"}
    values |= {"id": cuid(), "slug": slug, "space": None} | given
    return await session.one(add_dataset, **values)


async def slugs(database: Database, tenant: Tenant) -> set[str]:
    async with Session(database.pooled, tenant) as session:
        return {row.slug for row in await session.all(all_datasets)}


async def test_what_is_written_is_committed_once_at_the_end(
    opened: Database, here: Tenant, there: Tenant
) -> None:
    async with Session(opened.pooled, here) as session:
        await add(session, "one")
        assert await slugs(opened, here) == set()
        assert {row.slug for row in await session.all(all_datasets)} == {"one"}
    assert await slugs(opened, here) == {"one"}
    assert await slugs(opened, there) == set()


async def test_an_exception_takes_everything_back(opened: Database, here: Tenant) -> None:
    with pytest.raises(RuntimeError, match="stop"):
        async with Session(opened.pooled, here) as session:
            await add(session, "one")
            raise RuntimeError("stop")
    assert await slugs(opened, here) == set()


async def test_a_failure_that_is_swallowed_does_not_pass_for_success(
    opened: Database, here: Tenant
) -> None:
    with pytest.raises(TransactionFailed):
        async with Session(opened.pooled, here) as session:
            await add(session, "one")
            with pytest.raises(DuplicateKey):
                await add(session, "one")
    assert await slugs(opened, here) == set()


async def test_a_savepoint_keeps_the_rest(opened: Database, here: Tenant) -> None:
    async with Session(opened.pooled, here) as session:
        await add(session, "one")
        with pytest.raises(DuplicateKey):
            async with session.savepoint():
                await add(session, "two")
                await add(session, "one")
        await add(session, "three")
    assert await slugs(opened, here) == {"one", "three"}


async def test_errors_are_typed_and_name_table_and_columns(
    opened: Database, here: Tenant, there: Tenant
) -> None:
    async with Session(opened.pooled, here) as session:
        await add(session, "one")
        await session.commit()
        with pytest.raises(DuplicateKey) as duplicate:
            await add(session, "one")
        await session.rollback()
        with pytest.raises(TenantViolation) as foreign:
            await add(session, "two", into=there.workspace_id)
        await session.rollback()
        with pytest.raises(NullViolation) as missing:
            await add(session, "two", kind=None)
        await session.rollback()
        with pytest.raises(ReferenceViolation) as dangling:
            await add(session, "two", space=cuid())
        await session.rollback()
    assert (duplicate.value.table, duplicate.value.columns) == ("datasets", ("slug",))
    assert "datasets" in str(duplicate.value) and "slug" in str(duplicate.value)
    assert foreign.value.table == "datasets"
    assert missing.value.columns == ("kind",)
    assert dangling.value.columns == ("embedding_space_id",)


async def test_without_a_workspace_nothing_is_asked(opened: Database) -> None:
    async with Session(opened.pooled, Tenant()) as session:
        with pytest.raises(TenantRequired):
            await session.one(q.find_dataset, ref="x")
        assert await session.all(all_datasets) == []


async def test_get_raises_not_found_with_what_and_key(opened: Database, here: Tenant) -> None:
    async with Session(opened.pooled, here) as session:
        with pytest.raises(NotFound, match="dataset 'missing'"):
            await session.get(q.find_dataset, "dataset", "missing", ref="missing")


async def test_a_nul_character_is_refused_with_its_field(opened: Database, here: Tenant) -> None:
    async with Session(opened.pooled, here) as session:
        with pytest.raises(InvalidInput, match="ref"):
            await session.one(q.find_dataset, ref="a\0b")


async def test_a_killed_connection_is_replaced_for_a_read_and_for_a_first_write(
    opened: Database, here: Tenant, shared_database: databases.Database
) -> None:
    async def kill() -> None:
        async with await psycopg.AsyncConnection.connect(
            shared_database.admin_dsn, autocommit=True
        ) as conn:
            await conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    assert await slugs(opened, here) == set()
    await kill()
    assert await slugs(opened, here) == set()
    await kill()
    async with Session(opened.pooled, here) as session:
        await add(session, "one")
    assert await slugs(opened, here) == {"one"}


async def test_a_cancelled_call_leaves_nothing_behind(opened: Database, here: Tenant) -> None:
    async def slow() -> None:
        async with Session(opened.pooled, here) as session:
            await add(session, "never")
            async with session.connection() as conn:
                await conn.execute("SELECT pg_sleep(30)")

    tasks = [asyncio.create_task(slow()) for _ in range(4)]
    await asyncio.sleep(0.2)
    for task in tasks:
        task.cancel()
    assert all(
        isinstance(result, asyncio.CancelledError)
        for result in await asyncio.gather(*tasks, return_exceptions=True)
    )
    assert await slugs(opened, here) == set()


async def test_many_rows_in_one_trip(opened: Database, here: Tenant) -> None:
    async with Session(opened.pooled, here) as session:
        rows = [
            {"into": here.workspace_id, "kind": "faq", "id": cuid(), "slug": f"s{n}", "space": None}
            for n in range(50)
        ]
        assert await session.execute_many(add_dataset, rows) == 50
        assert await session.execute_many(add_dataset, []) == 0
    assert len(await slugs(opened, here)) == 50


async def test_readers_share_a_unit(opened: Database, here: Tenant) -> None:
    async with Session(opened.pooled, here) as session:
        await add(session, "one")
        await session.commit()
        found = await asyncio.gather(*(session.all(q.find_dataset, ref="one") for _ in range(20)))
    assert [[row.slug for row in rows] for rows in found] == [["one"]] * 20


async def test_an_administrators_login_is_held_by_the_policies_too(
    shared_database: databases.Database, here: Tenant, there: Tenant
) -> None:
    async with Database(shared_database.admin_dsn, size=2) as made:
        async with Session(made.pooled, here) as session:
            await add(session, "mine")
            with pytest.raises(TenantViolation):
                async with session.savepoint():
                    await add(session, "yours", into=there.workspace_id)
        assert await slugs(made, here) == {"mine"}
        assert await slugs(made, there) == set()


async def test_savepoints_nest(opened: Database, here: Tenant) -> None:
    async with Session(opened.pooled, here) as session:
        async with session.savepoint():
            await add(session, "outer")
            with pytest.raises(RuntimeError):
                async with session.savepoint():
                    await add(session, "inner")
                    raise RuntimeError
        await add(session, "after")
    assert await slugs(opened, here) == {"outer", "after"}


async def test_a_savepoint_is_one_tasks(opened: Database, here: Tenant) -> None:
    inside = asyncio.Event()
    tried = asyncio.Event()

    async with Session(opened.pooled, here) as session:

        async def holder() -> None:
            async with session.savepoint():
                await asyncio.gather(add(session, "mine"), add(session, "childs"))
                inside.set()
                await tried.wait()

        async def other() -> None:
            await inside.wait()
            with pytest.raises(UnitBusy):
                await add(session, "yours")
            tried.set()

        await asyncio.gather(holder(), other())
    assert await slugs(opened, here) == {"mine", "childs"}


async def test_nothing_is_done_after_the_end(opened: Database, here: Tenant) -> None:
    async with Session(opened.pooled, here) as session:
        await add(session, "one")
    for late in (add(session, "two"), session.all(all_datasets), copying(session)):
        with pytest.raises(UnitEnded):
            await late


async def copying(session: Session) -> None:
    async with session.connection():
        pass


async def test_a_failure_out_of_sight_is_told_at_the_end(opened: Database, here: Tenant) -> None:
    with pytest.raises(TransactionFailed):
        async with Session(opened.pooled, here) as session:
            await add(session, "one")
            async with session.connection() as conn:
                with pytest.raises(psycopg.Error):
                    await conn.execute("SELECT 1/0")
    assert await slugs(opened, here) == set()


async def test_a_tenant_that_is_no_text_is_refused(opened: Database, here: Tenant) -> None:
    async with Session(opened.pooled, Tenant(f"{here.workspace_id}\0x")) as session:
        with pytest.raises(InvalidInput, match="workspace_id"):
            await session.all(all_datasets)


async def test_a_statement_that_hangs_is_ended(opened: Database, here: Tenant) -> None:
    async with Session(opened.pooled, here, timeout="100ms") as session:
        with pytest.raises(QueryTimeout):
            async with session.connection() as conn:
                await conn.execute("SELECT pg_sleep(30)")
        await session.rollback()
    async with opened.pooled.connection() as conn:
        row = await (await conn.execute("SHOW statement_timeout")).fetchone()
    assert row == ("0",)


async def test_a_changed_column_is_prepared_anew(
    database: databases.Database, tenants: Tenants
) -> None:
    """A migration that changes a column's type under a running process."""
    here = Tenant(tenants.workspace, tenants.organization)
    async with Database(database.dsn(), size=2) as made:
        async with Session(made.pooled, here) as session:
            await add(session, "one")
        assert await slugs(made, here) == {"one"}
        with database.admin() as conn:
            conn.execute("ALTER TABLE datasets ALTER COLUMN slug TYPE varchar(200)")
        assert await slugs(made, here) == {"one"}
        with database.admin() as conn:
            conn.execute("ALTER TABLE datasets ALTER COLUMN slug TYPE text")
        async with Session(made.pooled, here) as session:
            await add(session, "two")
        assert await slugs(made, here) == {"one", "two"}


async def test_copying_is_refused_within_another_tasks_savepoint(
    opened: Database, here: Tenant
) -> None:
    inside, tried = asyncio.Event(), asyncio.Event()
    async with Session(opened.pooled, here) as session:

        async def holder() -> None:
            async with session.savepoint():
                inside.set()
                await tried.wait()

        async def other() -> None:
            await inside.wait()
            for attempt in (copying(session), session.commit(), session.rollback()):
                with pytest.raises(UnitBusy):
                    await attempt
            tried.set()

        await asyncio.gather(holder(), other())
