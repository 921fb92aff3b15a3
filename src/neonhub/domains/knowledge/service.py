"""Use-cases of the knowledge domain: rules, and calls of queries. No select, no commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import orjson

from neonhub.db.errors import InvalidInput, NotFound
from neonhub.db.ids import cuid
from neonhub.db.paging import Page, after_key, bounded, page_of
from neonhub.db.slugs import checked_slug, slugify
from neonhub.domains.knowledge import document_queries as dq
from neonhub.domains.knowledge import queries as q
from neonhub.domains.knowledge import search_queries as sq
from neonhub.domains.knowledge.answering import Answer, Hit, hit_of
from neonhub.domains.knowledge.errors import DatasetExists, DatasetGone, EmptyQuery

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neonhub.db.session import Session
    from neonhub.db.statements import Statement
    from neonhub.db.tenancy import Principal
    from neonhub.embedding.base import Embedder, SpaceSpec

__all__ = ["Answer", "EmbedderSource", "Hit", "Knowledge"]

RowT = TypeVar("RowT")

# How many of the nearest by sign bits are ranked again at full precision, and how deep each of
# the two lists goes before they are fused. Measured in benchmarks/search.
RERANK_WIDTH = 400
FUSION_DEPTH = 100
TEXT_DEPTH = 400
PER_DOCUMENT = 2
MAX_QUERY_CHARS = 4000
# Below this cosine two texts have nothing to do with each other, in any of the spaces: the nearest
# of a question that nothing answers is no answer.
NOISE = 0.05


class EmbedderSource(Protocol):
    """Where embedders come from: made once a space, and kept."""

    async def default(self) -> Embedder:
        """The embedder that the settings name."""

    async def for_space(self, space: SpaceSpec) -> Embedder:
        """The embedder of a recorded space."""


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
        """The live dataset with that id, slug or name, its documents counted."""
        return await self._dataset(q.get_dataset, ref)

    async def find_dataset(self, ref: str) -> q.DatasetKeyRow:
        """The live dataset with that id, slug or name; nothing is counted."""
        return await self._dataset(q.find_dataset, ref)

    async def _dataset(self, statement: Statement[RowT], ref: str) -> RowT:
        row = await self._session.one(statement, ref=ref)
        if row is None and (slug := _slug_or_none(ref)) not in (None, ref):
            row = await self._session.one(statement, ref=slug)
        if row is None:
            raise NotFound(what="dataset", key=ref)
        return row

    async def create_dataset(
        self, name: str, *, kind: str = "documents", description: str | None = None
    ) -> q.DatasetRow:
        """A new dataset; raises ``DatasetExists`` when a live one has the slug.

        Raises ``InvalidInput`` when the name makes no slug, or one that has the form of an id.
        """
        self._principal.require("data:import")
        slug = checked_slug(slugify(name))
        made = await self._insert_dataset(name, slug, kind, description)
        if made is None:
            raise DatasetExists(slug=slug)
        return await self.get_dataset(made)

    async def ensure_dataset(self, name: str) -> q.DatasetKeyRow:
        """The live dataset of that id, slug or name; made when there is none."""
        try:
            return await self.find_dataset(name)
        except NotFound:
            self._principal.require("data:import")
        slug = checked_slug(slugify(name))
        # Somebody else may make it just now: then it is theirs that is found.
        await self._insert_dataset(name, slug, "documents", None)
        return await self.find_dataset(slug)

    async def _insert_dataset(
        self, name: str, slug: str, kind: str, description: str | None
    ) -> str | None:
        return await self._session.one(
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
        dataset = await self.find_dataset(ref)
        # First the dataset: this waits for those who write into it, and they find it gone after.
        await self._session.get(q.delete_dataset, "dataset", ref, id=dataset.id)
        await self._session.all(dq.delete_documents_of_dataset, dataset_id=dataset.id)

    async def space_of(self, dataset: q.DatasetKeyRow) -> q.SpaceRow:
        """The dataset's embedding space; the default embedder's becomes it at first use.

        Raises ``DatasetGone`` where the dataset was deleted before it had one.
        """
        if dataset.embedding_space_id is None:
            spec = await (await self._embedders.default()).prepare()
            space = await self._upsert_space(spec)
            await self._session.all(q.set_dataset_space, id=dataset.id, embedding_space_id=space.id)
            now = await self._session.one(q.find_dataset, ref=dataset.id)
            if now is None:
                raise DatasetGone(dataset=dataset.slug)
            dataset = now
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
    ) -> Page[dq.DocumentRow]:
        """Live documents of a dataset, in the order of their making."""
        found = await self.find_dataset(dataset)
        rows = await self._session.all(
            dq.list_documents,
            dataset_id=found.id,
            after=after_key(cursor),
            limit=bounded(limit) + 1,
        )
        return page_of(rows, limit, lambda row: row.id)

    async def get_document(self, document_id: str) -> dq.DocumentWithChunksRow:
        """A live document with its chunks."""
        return await self._session.get(dq.get_document, "document", document_id, id=document_id)

    async def list_versions(self, document_id: str, *, limit: int = 20) -> list[dq.VersionRow]:
        """What a live document said before, the latest first."""
        await self._session.get(dq.find_document, "document", document_id, id=document_id)
        return await self._session.all(
            dq.list_versions, document_id=document_id, limit=bounded(limit)
        )

    async def delete_document(self, document_id: str) -> None:
        """Hide a document; it is found no more."""
        self._principal.require("data:delete")
        await self._session.get(dq.delete_documents, "document", document_id, ids=[document_id])

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
        answer = await self.answer(
            query, dataset=dataset, limit=limit, filter=filter, per_document=per_document
        )
        return answer.hits

    async def answer(
        self,
        query: str,
        *,
        dataset: str | None = None,
        limit: int = 5,
        filter: Mapping[str, Any] | None = None,  # noqa: A002  (the field's word)
        per_document: int = PER_DOCUMENT,
    ) -> Answer:
        """What ``search`` finds, with the embedding spaces that it looked in."""
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
        for space, dataset_ids in spaces:
            rows = await self._search_space(
                space, dataset_ids, question, limit, filter, max(1, per_document)
            )
            hits += [hit_of(row) for row in rows if _says_something(row)]
        if len(spaces) > 1:
            hits.sort(key=lambda hit: (-hit.score, hit.chunk_id))
        return Answer(hits[:limit], [space for space, _ in spaces])

    async def _spaces_to_search(self, dataset: str | None) -> list[tuple[q.SpaceRow, list[str]]]:
        if dataset is None:
            rows = await self._session.all(q.list_search_spaces)
            return [(q.SpaceRow(*row[:-1]), row.dataset_ids) for row in rows]
        found = await self.find_dataset(dataset)
        if found.embedding_space_id is None:
            return []
        return [(await self.space_of(found), [found.id])]

    async def _search_space(
        self,
        space: q.SpaceRow,
        dataset_ids: list[str],
        query: str,
        limit: int,
        filter: Mapping[str, Any] | None,  # noqa: A002
        per_document: int,
    ) -> list[q.HitRow]:
        from neonhub.db.pipeline import Vector
        from neonhub.embedding.wire import to_pgvector_binary

        embedder = await self._embedders.for_space(spec_of(space))
        vector = await embedder.embed_query(query)
        return await self._session.all(
            sq.search_passages,
            embedding=Vector(to_pgvector_binary(vector[None, :])[0]),
            embedding_space_id=space.id,
            dataset_ids=dataset_ids,
            query=query,
            filter=_filter_json(filter),
            width=max(RERANK_WIDTH, 4 * limit),
            depth=max(FUSION_DEPTH, limit),
            text_depth=max(TEXT_DEPTH, limit),
            per_document=per_document,
            limit=limit,
        )


def _says_something(row: q.HitRow) -> bool:
    return row.text_rank is not None or (row.similarity or 0.0) >= NOISE


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
