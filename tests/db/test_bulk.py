"""Bulk writing: duplicates are skipped and counted, tenants kept apart, nothing half-written."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from neonhub.db.bulk import BulkTarget, copy_rows
from neonhub.db.errors import InvalidInput, NullViolation, TenantViolation
from neonhub.db.ids import cuid
from neonhub.db.pools import Database
from neonhub.db.session import Session
from neonhub.db.tenancy import Tenant
from tests import databases
from tests.conftest import Tenants

TARGET = BulkTarget(
    "people",
    {"id": "text", "workspace_id": "text", "external_id": "text", "primary_email": "citext"},
    order_by=("external_id",),
    returning=("external_id",),
)


@pytest.fixture
async def opened(shared_database: databases.Database) -> AsyncIterator[Database]:
    async with Database(shared_database.dsn(), size=2) as made:
        yield made


@pytest.fixture
def here(fresh: Tenants) -> Tenant:
    return Tenant(fresh.workspace, fresh.organization)


def people(tenant: Tenant, *numbers: int) -> list[tuple[str | None, ...]]:
    return [(cuid(), tenant.workspace_id, f"p{n}", f"p{n}@example.com") for n in numbers]


async def test_duplicates_are_skipped_and_counted(opened: Database, here: Tenant) -> None:
    async with Session(opened.direct, here) as session:
        first = await copy_rows(session, TARGET, people(here, 1, 2, 2, 3))
        again = await copy_rows(session, TARGET, people(here, 3, 4))
    assert (first.written, first.skipped) == (3, 1)
    assert sorted(first.returned) == [("p1",), ("p2",), ("p3",)]
    assert (again.written, again.skipped, again.returned) == (1, 1, [("p4",)])


async def test_no_rows_are_no_rows(opened: Database, here: Tenant) -> None:
    async with Session(opened.direct, here) as session:
        result = await copy_rows(session, TARGET, [])
    assert (result.written, result.skipped) == (0, 0)


async def test_a_refused_row_takes_the_whole_unit_back(
    opened: Database, here: Tenant, fresh: Tenants
) -> None:
    other = Tenant(fresh.other_workspace, fresh.other_organization)
    with pytest.raises(TenantViolation):
        async with Session(opened.direct, here) as session:
            await copy_rows(session, TARGET, people(here, 1) + people(other, 2))
    with pytest.raises(NullViolation, match="a value for id"):
        async with Session(opened.direct, here) as session:
            await copy_rows(session, TARGET, [(None, here.workspace_id, "p1", None)])
    async with Session(opened.direct, here) as session:
        result = await copy_rows(session, TARGET, people(here, 1))
    assert result.written == 1


async def test_bad_rows_are_named_by_their_place(opened: Database, here: Tenant) -> None:
    with pytest.raises(InvalidInput, match="row 2 is not usable: it has 3 values"):
        async with Session(opened.direct, here) as session:
            await copy_rows(session, TARGET, [*people(here, 1), ("a", "b", "c")])
    with pytest.raises(InvalidInput, match="external_id of row 1"):
        async with Session(opened.direct, here) as session:
            await copy_rows(session, TARGET, [(cuid(), here.workspace_id, "a\0b", None)])
