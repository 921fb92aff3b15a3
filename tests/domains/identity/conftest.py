"""Users in a database of the module's own, and units of work in their names."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest

from neonhub.db import pools
from neonhub.db.crypto import Sealer
from neonhub.db.session import Session
from neonhub.db.tenancy import Tenant
from tests.databases import Database, Server
from tests.factories import identity


@dataclass(frozen=True)
class Desk:
    """Makes users, and opens units of work as the application or as the sign-in role."""

    database: Database
    app: pools.Database
    auth: pools.Database

    def user(self, email: str | None = None) -> str:
        with self.database.admin() as conn:
            made = identity.USER.insert(conn, **({"email": email} if email else {}))
        return str(made["id"])

    def work(self, user_id: str | None = None) -> Session:
        return Session(self.app.pooled, Tenant(user_id=user_id))

    def sign_in(self) -> Session:
        return Session(self.auth.pooled, Tenant())

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """What lies in the tables, past all policies."""
        with self.database.admin() as conn:
            return conn.execute(query.encode(), values).fetchall()


@pytest.fixture(scope="module")
async def desk(server: Server) -> AsyncIterator[Desk]:
    database = server.clone()
    async with (
        pools.Database(database.dsn()) as app,
        pools.Database(database.dsn("neonhub_auth"), role="neonhub_auth") as auth,
    ):
        yield Desk(database, app, auth)
    server.drop(database.name)


@pytest.fixture
def seals() -> Callable[[], Sealer]:
    """A sealer with one key."""
    made = Sealer({"k1": bytes(range(32))})
    return lambda: made
