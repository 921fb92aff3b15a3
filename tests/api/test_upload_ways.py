"""Which connection an upload writes through, and how many are worked on at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from psycopg.conninfo import make_conninfo

from neonhub.api.app import create_app
from neonhub.domains.knowledge.routes import UPLOADS_AT_ONCE
from neonhub.embedding.base import SpaceSpec
from neonhub.embedding.lexical import LexicalEmbedder
from neonhub.hub import Embedders, NeonHub
from neonhub.ops.bootstrap import Ready
from neonhub.settings import load_settings
from tests.api.accounts import Account, dataset, put_text
from tests.databases import Database
from tests.factories import identity


class Slow(LexicalEmbedder):
    """The offline embedder with the delay of one that is asked over a network."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.most = 0

    async def embed_documents(self, texts: Sequence[str]) -> Any:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.1)
        self.now -= 1
        return await super().embed_documents(texts)


class OnlySlow(Embedders):
    """Embedders of which there is one."""

    def __init__(self, embedder: Slow):
        super().__init__(load_settings(embedder="lexical"))
        self.embedder = embedder

    async def default(self) -> Slow:
        return self.embedder

    async def for_space(self, space: SpaceSpec) -> Slow:
        return self.embedder


@pytest.fixture
async def two_ways(database: Database) -> AsyncIterator[Account]:
    """An account on a hub whose pooled and direct connections can be told apart."""
    pooled, direct = (make_conninfo(database.dsn(), application_name=n) for n in ("pool", "direct"))
    settings = load_settings(database_url=None, direct_database_url=None, embedder="lexical")
    async with NeonHub(settings, ready=Ready(pooled, direct, database.admin_dsn)) as hub:
        with database.admin() as conn:
            user = identity.USER.insert(conn)["id"]
            for table in ("datasets", "documents", "chunks"):
                conn.execute(
                    f"ALTER TABLE {table} ADD written_by text "
                    "DEFAULT current_setting('application_name')"
                )
        made = await hub.organizations.create("Acme", owner_id=user, slug="acme")
        account = Account(hub, create_app(hub), made.organization.id, made.workspace.id, user)
        yield account
        for client in account.clients:
            await client.aclose()


async def test_files_are_written_past_the_pooler(two_ways: Account, database: Database) -> None:
    client = await two_ways.client()
    slug = await dataset(client)

    sent = await client.post(
        f"/api/datasets/{slug}/uploads", files=[("files", ("guide.md", b"# Guide\n\nText.\n"))]
    )
    await put_text(client, slug, "Quiet hours begin at nine.")

    assert sent.json()["stored"] == 1
    with database.admin() as conn:
        ways = {
            table: conn.execute(f"SELECT written_by, count(*) FROM {table} GROUP BY 1").fetchall()
            for table in ("datasets", "documents", "chunks")
        }
    assert ways == {
        "datasets": [("pool", 1)],
        "documents": [("direct", 2)],
        "chunks": [("direct", 2)],
    }


async def test_few_uploads_are_worked_on_at_once_and_all_go_in(two_ways: Account) -> None:
    embedder = Slow()
    two_ways.hub._embedders = OnlySlow(embedder)
    client = await two_ways.client()
    slug = await dataset(client)

    await asyncio.gather(
        *(put_text(client, slug, f"Rule {n} of many.") for n in range(3 * UPLOADS_AT_ONCE))
    )

    assert embedder.most == UPLOADS_AT_ONCE
    assert (await client.get(f"/api/datasets/{slug}")).json()["documents"] == 3 * UPLOADS_AT_ONCE
