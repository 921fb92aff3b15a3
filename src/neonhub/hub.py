"""NeonHub: the façade. It opens the database, finds the workspace, and hands over services.

::

    async with NeonHub() as hub:                       # DATABASE_URL, else the embedded server
        async with hub.workspace("primary") as ws:
            await ws.knowledge.ingest("docs/", dataset="handbook")
            hits = await ws.knowledge.search("quiet hours for SMS", dataset="handbook")

Leaving ``hub.workspace`` commits what was written, once; an exception rolls it back.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from neonhub.db import telemetry
from neonhub.db.errors import NeonHubError, NotFound
from neonhub.db.tenancy import SYSTEM, Principal, Tenant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from neonhub.db.pools import Database
    from neonhub.db.session import Session
    from neonhub.domains.agents.service import Agents
    from neonhub.domains.analytics.service import Analytics
    from neonhub.domains.brands.service import Brands
    from neonhub.domains.campaigns.service import Campaigns
    from neonhub.domains.knowledge.workspace import WorkspaceKnowledge
    from neonhub.domains.people.service import People
    from neonhub.domains.tenancy.queries import ReachRow
    from neonhub.domains.tenancy.service import Organizations, Tenancy
    from neonhub.embedding.base import Embedder, SpaceSpec
    from neonhub.ops.bootstrap import Ready
    from neonhub.ops.telemetry.traces import Traces
    from neonhub.settings import Settings

__all__ = ["HubClosed", "NeonHub", "OrganizationUnit", "WorkspaceUnit"]


class HubClosed(NeonHubError):
    """The hub is not open: use it within ``async with NeonHub() as hub``."""


class Embedders:
    """Embedders by space, made at first use and kept for the hub's life."""

    def __init__(self, settings: Settings):
        self._settings = settings
        self._made: dict[str, Embedder] = {}
        self._default: Embedder | None = None

    async def default(self) -> Embedder:
        """The embedder that the settings name."""
        if self._default is None:
            from neonhub.embedding.registry import embedder_from_settings

            made = embedder_from_settings(self._settings)
            kept = next((each for each in self._made.values() if _same(each, made)), None)
            self._default = kept or made
            if kept is not None:
                await made.aclose()
        return self._default

    async def for_space(self, space: SpaceSpec) -> Embedder:
        """The embedder of a recorded space: the default one, where that is its."""
        if self._default is not None and _makes(self._default, space):
            return self._default
        made = self._made.get(space.name)
        if made is None:
            from neonhub.embedding.registry import embedder_for_space

            made = self._made[space.name] = embedder_for_space(space, self._settings)
        return made

    async def aclose(self) -> None:
        """Close them all."""
        made = [*self._made.values(), *([self._default] if self._default else [])]
        for embedder in made:
            await embedder.aclose()


def _makes(embedder: Embedder, space: SpaceSpec) -> bool:
    """Whether its vectors are of that very space. Unknown before ``prepare`` means no."""
    from neonhub.embedding.errors import SpaceUnknown

    try:
        made = embedder.space
    except SpaceUnknown:
        return False
    return made == space and dict(made.metadata) == dict(space.metadata)


def _same(kept: Embedder, made: Embedder) -> bool:
    from neonhub.embedding.errors import SpaceUnknown

    try:
        return _makes(kept, made.space)
    except SpaceUnknown:
        return False


class WorkspaceUnit:
    """A unit of work in one workspace, and the services that work in it."""

    def __init__(self, hub: NeonHub, session: Session, principal: Principal):
        self._hub = hub
        self.session = session
        self.principal = principal

    @property
    def tenant(self) -> Tenant:
        """The workspace and organization that the unit is bound to."""
        return self.session.tenant

    @property
    def knowledge(self) -> WorkspaceKnowledge:
        """Datasets, documents, search, conversations."""
        from neonhub.domains.knowledge.workspace import WorkspaceKnowledge

        return WorkspaceKnowledge(self.session, self.principal, self._hub.embedders, self.direct)

    @property
    def agents(self) -> Agents:
        """Agents, their runs and the tools that these called."""
        from neonhub.domains.agents.service import Agents

        return Agents(self.session, self.principal)

    @property
    def brands(self) -> Brands:
        """Guides to a brand's voice, and the passages of them that fit."""
        from neonhub.domains.brands.service import Brands

        return Brands(self.session, self.principal, self._hub.embedders)

    @property
    def campaigns(self) -> Campaigns:
        """Campaigns and how they perform."""
        from neonhub.domains.campaigns.service import Campaigns

        return Campaigns(self.session, self.principal)

    @property
    def people(self) -> People:
        """People, by what they are known by."""
        from neonhub.domains.people.service import People

        return People(self.session, self.principal)

    @property
    def analytics(self) -> Analytics:
        """Events, as many as come."""
        from neonhub.domains.analytics.service import Analytics

        return Analytics(self.session, self.principal)

    def direct(self) -> Session:
        """Another unit of work in the same workspace, past the pooler: for COPY."""
        return self._hub.session(self.tenant, direct=True)


class OrganizationUnit:
    """A unit of work in one organization."""

    def __init__(self, session: Session, principal: Principal):
        self.session = session
        self.principal = principal

    @property
    def tenancy(self) -> Tenancy:
        """Workspaces, members, roles, invitations, API keys."""
        from neonhub.domains.tenancy.service import Tenancy

        return Tenancy(self.session, self.principal)


class NeonHub:
    """The data platform, opened. ``settings`` default to the environment's."""

    def __init__(self, settings: Settings | None = None, *, ready: Ready | None = None):
        self._settings = settings
        self._ready = ready
        self._owns_server = ready is None
        self._database: Database | None = None
        self._embedders: Embedders | None = None
        self._traces: Traces | None = None

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        if self._settings is None:
            from neonhub.settings import get_settings

            self._settings = get_settings()
        return self._settings

    @property
    def database(self) -> Database:
        """The pools."""
        if self._database is None:
            raise HubClosed
        return self._database

    @property
    def operator_dsn(self) -> str:
        """Past the pooler, with the rights of who migrates: for figures, not for rows."""
        if self._ready is None:
            raise HubClosed
        return self._ready.admin_dsn

    @property
    def embedders(self) -> Embedders:
        """The embedders."""
        if self._embedders is None:
            self._embedders = Embedders(self.settings)
        return self._embedders

    async def open(self) -> NeonHub:
        """Start or find the database and bring the embedded one up to date."""
        from neonhub.db.pools import Database
        from neonhub.ops.bootstrap import make_ready
        from neonhub.ops.telemetry import traces

        settings = self.settings
        if self._ready is None:
            # What happened to the embedded server on the way (a recovery, say) is worth a line.
            notify = logging.getLogger("neonhub").warning
            self._ready = await asyncio.to_thread(make_ready, settings, notify=notify, always=False)
        self._database = Database(
            self._ready.app_dsn,
            direct_dsn=self._ready.direct_app_dsn,
            size=settings.database_pool_size,
        )
        self._traces = traces.start()
        return self

    async def close(self) -> None:
        """Close connections and embedders; leave the embedded server."""
        if self._embedders is not None:
            await self._embedders.aclose()
        if self._database is not None:
            await self._database.close()
            self._database = None
        if self._owns_server and self._ready is not None and self._ready.embedded is not None:
            await asyncio.to_thread(self._ready.embedded.release)
            self._ready = None
        if self._traces is not None:
            await asyncio.to_thread(self._traces.stop)
            self._traces = None

    async def __aenter__(self) -> NeonHub:
        return await self.open()

    async def __aexit__(self, *_exc: object) -> None:
        await self.close()

    def session(self, tenant: Tenant, *, direct: bool = False) -> Session:
        """A unit of work in ``tenant``; ``direct`` goes past the pooler, for COPY."""
        from neonhub.db.session import Session as Kind

        database = self.database
        if telemetry.is_on():
            from neonhub.db.watched_session import WatchedSession as Kind
        if direct:
            return Kind(database.direct, tenant, timeout="10min")
        return Kind(database.pooled, tenant)

    async def find_workspace(self, ref: str, principal: Principal = SYSTEM) -> Tenant:
        """The tenant of a workspace's id or slug, if ``principal`` may enter; else NotFound."""
        from neonhub.domains.tenancy import queries as q

        async with self.session(Tenant(user_id=principal.user_id or "")) as session:
            row = await session.one(q.find_workspace, ref=ref)
        if row is None or not _may_enter(principal, row.workspace_id, row.organization_id):
            raise NotFound(what="workspace", key=ref)
        return Tenant(row.workspace_id, row.organization_id, principal.user_id)

    @contextlib.asynccontextmanager
    async def workspace(
        self, ref: str | Tenant = "primary", principal: Principal = SYSTEM
    ) -> AsyncIterator[WorkspaceUnit]:
        """A unit of work in a workspace (its id, its slug, or a tenant found before)."""
        tenant = ref if isinstance(ref, Tenant) else await self.find_workspace(ref, principal)
        async with self.session(tenant) as session:
            yield WorkspaceUnit(self, session, principal)

    @contextlib.asynccontextmanager
    async def organization(
        self, ref: str = "primary", principal: Principal = SYSTEM
    ) -> AsyncIterator[OrganizationUnit]:
        """A unit of work in an organization (its id or slug)."""
        from neonhub.domains.tenancy import queries as q

        async with self.session(Tenant(user_id=principal.user_id or "")) as session:
            row = await session.one(q.find_organization, ref=ref)
        if row is None or principal.organization_id not in (None, row.organization_id):
            raise NotFound(what="organization", key=ref)
        tenant = Tenant("", row.organization_id, principal.user_id or "")
        async with self.session(tenant) as session:
            yield OrganizationUnit(session, principal)

    async def workspaces_of(self, user_id: str) -> list[ReachRow]:
        """The live workspaces that a user reaches, by slug, each with the user's role there."""
        return await self.organizations.workspaces_of_user(user_id)

    @property
    def organizations(self) -> Organizations:
        """Making organizations, joining one by invitation, and signing in by API key."""
        from neonhub.domains.tenancy.service import Organizations

        return Organizations(self.session)


def _may_enter(principal: Principal, workspace_id: str, organization_id: str) -> bool:
    """A key is bound to its organization, and may be to one workspace of it."""
    if principal.organization_id not in (None, organization_id):
        return False
    return principal.workspace_id in (None, workspace_id)
