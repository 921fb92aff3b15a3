"""Organizations with people in them, for the tests of tenancy."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass

from neonhub.db.tenancy import SYSTEM, Principal
from neonhub.domains.tenancy.service import NewOrganization, Tenancy
from neonhub.hub import NeonHub
from tests.databases import Database
from tests.factories import identity

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Town:
    """A database, and what makes users and organizations in it."""

    hub: NeonHub
    database: Database

    def user(self, email: str | None = None) -> str:
        """A new user's id."""
        with self.database.admin() as conn:
            made = identity.USER.insert(conn, **({"email": email} if email else {}))
        return str(made["id"])

    async def company(self, slug: str | None = None) -> Company:
        """A new organization with an owner."""
        owner = self.user()
        made = await self.hub.organizations.create(
            "Acme", owner_id=owner, slug=slug or f"acme-{next(_numbers)}"
        )
        return Company(self, made, owner)

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """What lies in the tables, past all policies."""
        with self.database.admin() as conn:
            return conn.execute(query.encode(), values).fetchall()


@dataclass(frozen=True)
class Company:
    """An organization, its default workspace and its first owner."""

    town: Town
    made: NewOrganization
    owner: str

    @property
    def id(self) -> str:
        return self.made.organization.id

    @property
    def workspace(self) -> str:
        return self.made.workspace.id

    async def principal(self, user_id: str | None = None) -> Principal:
        """A member as a principal; the owner, unless another is named."""
        found = user_id or self.owner
        return await self.town.hub.organizations.principal_of_user(found, self.id)

    @contextlib.asynccontextmanager
    async def acting(self, who: str | Principal | None = None) -> AsyncIterator[Tenancy]:
        """A unit of work as the owner, a member or a principal."""
        principal = who if isinstance(who, Principal) else await self.principal(who)
        async with self.town.hub.organization(self.id, principal) as unit:
            yield unit.tenancy

    @contextlib.asynccontextmanager
    async def as_operator(self) -> AsyncIterator[Tenancy]:
        async with self.town.hub.organization(self.id, SYSTEM) as unit:
            yield unit.tenancy

    async def member(self, role: str = "member", *, workspace: str | None = None) -> str:
        """A new user, already a member."""
        user_id = self.town.user()
        async with self.acting() as tenancy:
            await tenancy.members.add(user_id, role, workspace=workspace)
        return user_id
