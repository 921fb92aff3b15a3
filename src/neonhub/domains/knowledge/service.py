"""Use-cases of the knowledge domain: rules, and calls of queries. No select, no commit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from neonhub.db.errors import InvalidInput, NotFound
from neonhub.db.ids import cuid
from neonhub.db.paging import Page, after_key, bounded, page_of
from neonhub.db.slugs import slugify
from neonhub.domains.knowledge import queries as q
from neonhub.domains.knowledge import search_queries as sq
from neonhub.domains.knowledge.errors import DatasetExists, EmptyQuery

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neonhub.db.session import Session
    from neonhub.db.tenancy import Principal
    from neonhub.embedding.base import Embedder, SpaceSpec

__all__ = ["EmbedderSource", "Hit", "Knowledge"]

# How many of the nearest by sign bits are ranked again at full precision, and how deep each of
# the two lists goes before they are fused. Measured in benchmarks/search.
RERANK_WIDTH = 400
FUSION_DEPTH = 100
TEXT_DEPTH = 400
PER_DOCUMENT = 2
MAX_QUERY_CHARS = 4000


class EmbedderSource(Protocol):
    """Where embedders come from: made once a space, and kept."""

    async def default(self) -> Embedder:
        """The embedder that the settings name."""

    async def for_space(self, space: SpaceSpec) -> Embedder:
        """The embedder of a recorded space."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that answers: where it stands, how it was found, and its words marked.

    ``marks`` are pairs of character offsets into ``passage``. ``score`` is the fused one: higher
    is better, at most 3/61 (by vector, by words, by the words of its document). The ranks count
    from 1 and are ``None`` where the list did not have it. ``source`` is a path or URL.
    """

    score: float
    vector_rank: int | None
    text_rank: int | None
    similarity: float | None
    document_id: str
    chunk_id: str
    title: str
    source: str | None
    heading_path: tuple[str, ...]
    passage: str
    marks: tuple[tuple[int, int], ...]
    start: int | None
    end: int | None
    metadata: dict[str, Any]


class Knowledge:
    """Datasets, documents, search and conversations of one workspace."""

    def __init__(self, session: Session, principal: Principal, embedders: EmbedderSource):
        self._session = session
        self._principal = principal
        self._embedders = embedders

    # -- datasets --------------------------------------------------------------------------

    async def list_datasets(
        self, *, cursor: str | None = None, limit: int = 50
    ) -> Page[q.DatasetRow]:
        """Live datasets, by slug."""
        rows = await self._session.all(
            q.list_datasets, after=after_key(cursor), limit=bounded(limit) + 1
        )
        return page_of(rows, limit, lambda row: row.slug)

    async def get_dataset(self, ref: str) -> q.DatasetRow:
        """The live dataset with that id, slug or name."""
        row = await self._session.one(q.find_dataset, ref=ref)
        if row is None and (slug := _slug_or_none(ref)) not in (None, ref):
            row = await self._session.one(q.find_dataset, ref=slug)
        if row is None:
            raise NotFound(what="dataset", key=ref)
        return row

    async def create_dataset(
        self, name: str, *, kind: str = "documents", description: str | None = None
    ) -> q.DatasetRow:
        """A new dataset; raises ``DatasetExists`` when a live one has the slug."""
        self._principal.require("data:import")
        slug = slugify(name)
        if await self._session.one(q.find_dataset, ref=slug) is not None:
            raise DatasetExists(slug=slug)
        await self._insert_dataset(name, slug, kind, description)
        return await self.get_dataset(slug)

    async def ensure_dataset(self, name: str) -> q.DatasetRow:
        """The live dataset of that id, slug or name; made when there is none."""
        slug = slugify(name)
        for ref in dict.fromkeys((name, slug)):
            if row := await self._session.one(q.find_dataset, ref=ref):
                return row
        self._principal.require("data:import")
        await self._insert_dataset(name, slug, "documents", None)
        return await self.get_dataset(slug)

    async def _insert_dataset(
        self, name: str, slug: str, kind: str, description: str | None
    ) -> None:
        await self._session.all(
            q.insert_dataset,
            id=cuid(),
            name=name,
            slug=slug,
            kind=kind,
            description=description,
            embedding_space_id=None,
        )

    async def delete_dataset(self, ref: str) -> None:
        """Hide a dataset and all that is in it."""
        self._principal.require("data:delete")
        dataset = await self.get_dataset(ref)
        await self._session.get(q.delete_dataset, "dataset", ref, id=dataset.id)

    async def space_of(self, dataset: q.DatasetRow) -> q.SpaceRow:
        """The dataset's embedding space; the default embedder's becomes it at first use."""
        if dataset.embedding_space_id is None:
            spec = await (await self._embedders.default()).prepare()
            space = await self._upsert_space(spec)
            await self._session.all(q.set_dataset_space, id=dataset.id, embedding_space_id=space.id)
            dataset = await self.get_dataset(dataset.id)
        space_id = dataset.embedding_space_id or ""
        return await self._session.get(q.get_space, "embedding space", space_id, id=space_id)

    async def _upsert_space(self, spec: SpaceSpec) -> q.SpaceRow:
        return await self._session.get(
            q.upsert_space,
            "embedding space",
            spec.name,
            id=cuid(),
            name=spec.name,
            provider=spec.provider,
            model=spec.model,
            dimension=spec.dimension,
            metadata=dict(spec.metadata),
        )

    # -- documents -------------------------------------------------------------------------

    async def list_documents(
        self, dataset: str, *, cursor: str | None = None, limit: int = 50
    ) -> Page[q.DocumentRow]:
        """Live documents of a dataset, in the order of their making."""
        found = await self.get_dataset(dataset)
        rows = await self._session.all(
            q.list_documents,
            dataset_id=found.id,
            after=after_key(cursor),
            limit=bounded(limit) + 1,
        )
        return page_of(rows, limit, lambda row: row.id)

    async def get_document(self, document_id: str) -> q.DocumentWithChunksRow:
        """A live document with its chunks."""
        return await self._session.get(q.get_document, "document", document_id, id=document_id)

    async def list_versions(self, document_id: str, *, limit: int = 20) -> list[q.VersionRow]:
        """What a live document said before, the latest first."""
        await self.get_document(document_id)
        return await self._session.all(
            q.list_versions, document_id=document_id, limit=bounded(limit)
        )

    async def delete_document(self, document_id: str) -> None:
        """Hide a document; it is found no more."""
        self._principal.require("data:delete")
        await self._session.get(q.delete_documents, "document", document_id, ids=[document_id])

    # -- search ----------------------------------------------------------------------------

    async def search(
        self,
        query: str,
        *,
        dataset: str | None = None,
        limit: int = 5,
        filter: Mapping[str, Any] | None = None,  # noqa: A002  (the field's word)
        per_document: int = PER_DOCUMENT,
    ) -> list[Hit]:
        """The passages that answer ``query`` best, by vector and by words.

        ``filter``: documents whose metadata contains it (``{"team": "email"}``). Without a
        dataset all of the workspace's are searched, each in the space it was embedded in.
        ``per_document`` passages of a document come before those of others do; more of it only
        when nothing else is left.
        """
        question = query.strip()
        if not question:
            raise EmptyQuery(field="query", reason="it is empty")
        if len(question) > MAX_QUERY_CHARS:
            raise EmptyQuery(
                f"The question has {len(question)} characters; {MAX_QUERY_CHARS} are the most.",
                field="query",
            )
        bounded(limit)
        spaces = await self._spaces_to_search(dataset)
        hits: list[Hit] = []
        for space_id, dataset_ids in spaces.items():
            rows = await self._search_space(
                space_id, dataset_ids, question, limit, filter, max(1, per_document)
            )
            hits += [_hit(row) for row in rows]
        if len(spaces) > 1:
            hits.sort(key=lambda hit: (-hit.score, hit.chunk_id))
        return hits[:limit]

    async def _spaces_to_search(self, dataset: str | None) -> dict[str, list[str]]:
        if dataset is not None:
            chosen = [await self.get_dataset(dataset)]
        else:
            chosen = await self._session.all(q.list_datasets, after="", limit=10_000)
        spaces: dict[str, list[str]] = {}
        for row in chosen:
            if row.embedding_space_id is not None:
                spaces.setdefault(row.embedding_space_id, []).append(row.id)
        return spaces

    async def _search_space(
        self,
        space_id: str,
        dataset_ids: list[str],
        query: str,
        limit: int,
        filter: Mapping[str, Any] | None,  # noqa: A002
        per_document: int,
    ) -> list[q.HitRow]:
        from neonhub.db.pipeline import Vector
        from neonhub.embedding.wire import to_pgvector_binary

        space = await self._session.get(q.get_space, "embedding space", space_id, id=space_id)
        embedder = await self._embedders.for_space(spec_of(space))
        vector = await embedder.embed_query(query)
        return await self._session.all(
            sq.search_passages,
            embedding=Vector(to_pgvector_binary(vector[None, :])[0]),
            embedding_space_id=space_id,
            dataset_ids=dataset_ids,
            query=query,
            filter=_filter_json(filter),
            width=max(RERANK_WIDTH, 4 * limit),
            depth=max(FUSION_DEPTH, limit),
            text_depth=max(TEXT_DEPTH, limit),
            per_document=per_document,
            limit=limit,
        )


def _filter_json(filter: Mapping[str, Any] | None) -> str | None:  # noqa: A002
    if not filter:
        return None
    try:
        return orjson.dumps(dict(filter)).decode()
    except (TypeError, ValueError) as error:
        raise InvalidInput(field="filter", reason=f"it is not JSON: {error}") from error


def spec_of(space: q.SpaceRow) -> SpaceSpec:
    """The embedding package's description of a recorded space."""
    from neonhub.embedding.base import SpaceSpec

    return SpaceSpec(space.provider, space.model, space.dimension, dict(space.metadata or {}))


def _slug_or_none(name: str) -> str | None:
    try:
        return slugify(name)
    except InvalidInput:
        return None


def _unmark(marked: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without its marks, and where they were."""
    plain: list[str] = []
    marks: list[tuple[int, int]] = []
    at = begun = 0
    for piece in re.split(f"([{sq.MARK_START}{sq.MARK_END}])", marked):
        if piece == sq.MARK_START:
            begun = at
        elif piece == sq.MARK_END:
            marks.append((begun, at))
        else:
            plain.append(piece)
            at += len(piece)
    return "".join(plain), marks


def _hit(row: q.HitRow) -> Hit:
    meta = row.metadata or {}
    text, marks = _unmark(row.marked)
    # The stored text begins with its headings, for the words in them; the passage does not.
    cut = min(int(meta.get("body_start", 0)), len(text))
    return Hit(
        score=row.score,
        vector_rank=row.vector_rank,
        text_rank=row.text_rank,
        similarity=row.similarity,
        document_id=row.document_id,
        chunk_id=row.chunk_id,
        title=row.title,
        source=row.source_uri,
        heading_path=tuple(meta.get("heading_path", ())),
        passage=text[cut:],
        marks=tuple((a - cut, b - cut) for a, b in marks if a >= cut),
        start=meta.get("start"),
        end=meta.get("end"),
        metadata=row.document_metadata or {},
    )
