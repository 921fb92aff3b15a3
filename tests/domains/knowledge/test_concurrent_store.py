"""Many who write the same documents at once: each document is wholly of one of them."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass

import numpy as np
import pytest

from neonhub.db.pools import Database
from neonhub.db.session import Session
from neonhub.db.tenancy import Tenant
from neonhub.domains.knowledge.preparation import Prepared, PreparedChunk
from neonhub.domains.knowledge.writing import Stored, store
from neonhub.embedding.wire import to_pgvector_binary
from tests import databases
from tests.conftest import Tenants
from tests.factories import brands, knowledge

TASKS = 32
SOURCES = [f"/manual/{n:02}.md" for n in range(12)]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def prepared(source: str, variant: int) -> Prepared:
    """A document as writer ``variant`` has it: as many chunks as the variant's number and two."""
    texts = [f"{source} by {variant}, passage {n}" for n in range(variant % 5 + 2)]
    content = "\n\n".join(texts)
    chunks = [PreparedChunk(text, _hash(text), 5, {"start": 0}) for text in texts]
    return Prepared(source, source, content, _hash(content), "text/markdown", {}, chunks)


def vectors_of(batch: list[Prepared]) -> dict[str, bytes]:
    hashes = sorted({each.content_hash for document in batch for each in document.chunks})
    numbers = np.random.default_rng(len(hashes)).normal(size=(len(hashes), 1536))
    return dict(zip(hashes, to_pgvector_binary(numbers.astype(np.float32)), strict=True))


@dataclass
class Place:
    """A dataset, its space, and the way to write there."""

    pools: Database
    database: databases.Database
    tenant: Tenant
    dataset_id: str
    space_id: str

    async def store(self, batch: list[Prepared]) -> Stored:
        async with Session(self.pools.pooled, self.tenant) as session:
            return await store(
                session,
                dataset_id=self.dataset_id,
                space_id=self.space_id,
                owner_id=None,
                batch=batch,
                vectors=vectors_of(batch),
            )

    def documents(self) -> dict[str, tuple[str, str, list[str]]]:
        """By source: id, content, and its chunks' texts in their order."""
        statement = (
            "SELECT d.source_uri, d.id, d.content, array_agg(c.text ORDER BY c.idx) "
            "FROM documents d JOIN chunks c ON c.workspace_id = d.workspace_id "
            "AND c.document_id = d.id WHERE d.dataset_id = %s GROUP BY 1, 2, 3"
        )
        with self.database.admin() as conn:
            rows = conn.execute(statement, [self.dataset_id]).fetchall()
        found = {str(row[0]): (str(row[1]), str(row[2]), row[3]) for row in rows}
        assert len(found) == len(rows), "a source is there twice"
        return found  # type: ignore[return-value]

    def versions(self, document_id: str) -> list[tuple[int, str]]:
        with self.database.admin() as conn:
            rows = conn.execute(
                "SELECT version, content FROM document_versions WHERE document_id = %s "
                "ORDER BY version",
                [document_id],
            ).fetchall()
        return [(int(str(version)), str(content)) for version, content in rows]


@pytest.fixture
async def place(shared_database: databases.Database, fresh: Tenants) -> AsyncIterator[Place]:
    with shared_database.admin() as conn:
        space = brands.EMBEDDING_SPACE.insert(conn, workspace_id=fresh.workspace)["id"]
        dataset = knowledge.DATASET.insert(
            conn, workspace_id=fresh.workspace, embedding_space_id=space
        )["id"]
    async with Database(shared_database.dsn(), size=8) as pools:
        tenant = Tenant(fresh.workspace, fresh.organization, fresh.user)
        yield Place(pools, shared_database, tenant, dataset, space)


def _whole(place: Place, variants: range) -> None:
    """Each document's content is one writer's, and its chunks are that content's, no other's."""
    found = place.documents()
    assert set(found) == set(SOURCES)
    for source, (_, content, chunks) in found.items():
        candidates = {p.content: p for p in (prepared(source, v) for v in variants)}
        assert content in candidates
        assert chunks == [each.text for each in candidates[content].chunks]


async def test_the_same_content_at_once_is_written_once(place: Place) -> None:
    async def write(n: int) -> Stored:
        batch = [prepared(source, 0) for source in SOURCES]
        random.Random(n).shuffle(batch)
        return await place.store(batch)

    stored = await asyncio.gather(*(write(n) for n in range(TASKS)))
    _whole(place, range(1))
    writers = Counter(source for each in stored for source in each.documents)
    assert writers == Counter(SOURCES)
    for document_id, _, _ in place.documents().values():
        assert place.versions(document_id) == []


async def test_different_contents_at_once_in_different_orders(place: Place) -> None:
    """Batches that overlap, shuffled: no deadlock, one winner a document, every loser a version."""

    async def write(n: int) -> Stored:
        lot = random.Random(n)
        batch = [prepared(source, n) for source in lot.sample(SOURCES, 9)]
        return await place.store(batch)

    await place.store([prepared(source, 0) for source in SOURCES])
    stored = await asyncio.gather(*(write(n) for n in range(1, TASKS + 1)))
    _whole(place, range(TASKS + 1))
    writes = Counter(source for each in stored for source in each.documents)
    assert writes.total() == TASKS * 9
    for source, (document_id, content, _) in place.documents().items():
        versions = place.versions(document_id)
        assert [number for number, _ in versions] == list(range(1, writes[source] + 1))
        kept = {text for _, text in versions}
        assert len(kept) == len(versions)
        assert content not in kept
        assert prepared(source, 0).content in kept


async def test_two_who_replace_one_document_again_and_again(place: Place) -> None:
    """A reader beside them sees, at every moment, the chunks of one content."""
    await place.store([prepared(source, 0) for source in SOURCES])
    done = asyncio.Event()

    async def replace(variants: list[int]) -> None:
        for variant in variants:
            await place.store([prepared(SOURCES[0], variant)])

    async def read() -> int:
        looks = 0
        while not done.is_set():
            await asyncio.to_thread(_whole, place, range(41))
            looks += 1
        return looks

    reader = asyncio.create_task(read())
    try:
        await asyncio.gather(replace([*range(1, 21)]), replace([*range(21, 41)]))
    finally:
        done.set()
    assert await reader > 2
    document_id, content, _ = place.documents()[SOURCES[0]]
    versions = place.versions(document_id)
    assert [number for number, _ in versions] == list(range(1, 41))
    assert {text for _, text in versions} | {content} == {
        prepared(SOURCES[0], variant).content for variant in range(41)
    }


async def test_the_last_to_write_wins_and_unchanged_is_left_alone(place: Place) -> None:
    """The control: one after the other, so that what is expected above is seen to hold here."""
    written = []
    for variant in (0, 1, 1, 2):
        stored = await place.store([prepared(source, variant) for source in SOURCES])
        written.append(len(stored.documents))
    assert written == [len(SOURCES), len(SOURCES), 0, len(SOURCES)]
    for source, (document_id, content, _) in place.documents().items():
        assert content == prepared(source, 2).content
        assert [text for _, text in place.versions(document_id)] == [
            prepared(source, variant).content for variant in (0, 1)
        ]
