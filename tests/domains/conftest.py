"""A hub over the database that all share, and two workspaces of the test's own in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from neonhub.db.tenancy import Tenant
from neonhub.hub import NeonHub
from neonhub.ops.bootstrap import Ready
from neonhub.settings import load_settings
from tests.conftest import Tenants
from tests.databases import Database
from tests.factories.base import Conn


@pytest.fixture
async def hub(shared_database: Database) -> AsyncIterator[NeonHub]:
    settings = load_settings(database_url=None, direct_database_url=None, embedder="lexical")
    dsn = shared_database.dsn()
    async with NeonHub(settings, ready=Ready(dsn, dsn, shared_database.admin_dsn)) as opened:
        yield opened


@pytest.fixture
def here(fresh: Tenants) -> Tenant:
    return Tenant(fresh.workspace, fresh.organization, fresh.user)


@pytest.fixture
def there(fresh: Tenants) -> Tenant:
    return Tenant(fresh.other_workspace, fresh.other_organization, fresh.other_user)


@pytest.fixture
def admin(shared_database: Database) -> Iterator[Conn]:
    """Past every policy: what it inserts is there, whoever may see it."""
    with shared_database.admin() as conn:
        yield conn
