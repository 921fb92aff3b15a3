"""A database for the tests of a module: they commit, and keep apart by organization."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from neonhub.hub import NeonHub
from neonhub.ops.bootstrap import Ready
from neonhub.settings import load_settings
from tests.databases import Server
from tests.domains.tenancy.people import Company, Town


@pytest.fixture(scope="module")
async def town(server: Server) -> AsyncIterator[Town]:
    database = server.clone()
    settings = load_settings(database_url=None, direct_database_url=None)
    ready = Ready(database.dsn(), database.dsn(), database.admin_dsn)
    async with NeonHub(settings, ready=ready) as hub:
        yield Town(hub, database)
    server.drop(database.name)


@pytest.fixture
async def company(town: Town) -> Company:
    return await town.company()


@pytest.fixture
async def stranger(town: Town) -> Company:
    """Another organization in the same database."""
    return await town.company()
