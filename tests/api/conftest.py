"""An API over a database of its own, and organizations with keys to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
from fastapi import FastAPI

from neonhub.api.app import create_app
from neonhub.hub import NeonHub
from neonhub.ops.bootstrap import Ready
from neonhub.settings import load_settings
from tests.api.accounts import Account, Client
from tests.databases import Database, Server
from tests.factories import identity


@pytest.fixture(scope="session")
def api_database(server: Server) -> Iterator[Database]:
    """A migrated database; requests commit, so tests keep apart by organization."""
    made = server.clone()
    yield made
    server.drop(made.name)


@pytest.fixture(scope="session")
async def hub(api_database: Database) -> AsyncIterator[NeonHub]:
    dsn = api_database.dsn()
    settings = load_settings(database_url=None, direct_database_url=None, embedder="lexical")
    ready = Ready(dsn, dsn, api_database.admin_dsn)
    async with NeonHub(settings, ready=ready) as opened:
        yield opened


@pytest.fixture(scope="session")
def app(hub: NeonHub) -> FastAPI:
    return create_app(hub, max_upload_bytes=2**20)


@pytest.fixture
async def open_account(
    hub: NeonHub, api_database: Database, app: FastAPI
) -> AsyncIterator[Callable[[], Awaitable[Account]]]:
    """Makes an organization with a workspace and an owner."""
    clients: list[Client] = []

    async def make() -> Account:
        with api_database.admin() as conn:
            user = identity.USER.insert(conn)
        made = await hub.organizations.create("Acme", owner_id=user["id"], slug=f"org-{user['id']}")
        return Account(hub, app, made.organization.id, made.workspace.id, user["id"], clients)

    yield make
    for client in clients:
        await client.aclose()


@pytest.fixture
async def account(open_account: Callable[[], Awaitable[Account]]) -> Account:
    return await open_account()


@pytest.fixture
async def client(account: Account) -> Client:
    """A client whose key may do everything in ``account``."""
    return await account.client()


@pytest.fixture
async def stranger(open_account: Callable[[], Awaitable[Account]]) -> Client:
    """A client of another organization, with every right there."""
    return await (await open_account()).client()
