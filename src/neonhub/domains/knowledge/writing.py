"""Prepared documents into the database: in bulk, in one unit of work, by content hash."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neonhub.db.bulk import BulkTarget, copy_rows
from neonhub.db.ids import cuid
from neonhub.db.pipeline import Vector
from neonhub.domains.knowledge import document_queries as dq
from neonhub.domains.knowledge import queries as q
from neonhub.domains.knowledge.errors import DatasetGone, DatasetMoved

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from neonhub.db.session import Session
    from neonhub.domains.knowledge.preparation import Prepared
    from neonhub.embedding.base import Embedder

__all__ = ["EMBEDDED_AT_ONCE", "Stored", "embed_missing", "reusable_vectors", "store"]

EMBEDDED_AT_ONCE = 768
"""Texts that are embedded in one go: their matrix is 4.5 MiB, however long a document is."""

_DOCUMENTS = BulkTarget(
    "documents",
    {
        "id": "text",
        "workspace_id": "text",
        "dataset_id": "text",
        "owner_id": "text",
        "embedding_space_id": "text",
        "title": "text",
        "content": "text",
        "status": "text",
        "metadata": "jsonb",
        "source_uri": "text",
        "content_hash": "text",
        "mime_type": "text",
    },
    # What has not changed is not touched: its row does not come back, nor are its chunks made.
    conflict="""(workspace_id, dataset_id, source_uri)
        WHERE source_uri IS NOT NULL AND deleted_at IS NULL
        DO UPDATE SET title = excluded.title, content = excluded.content,
            metadata = excluded.metadata, content_hash = excluded.content_hash,
            mime_type = excluded.mime_type, embedding_space_id = excluded.embedding_space_id,
            status = excluded.status
        WHERE documents.content_hash IS DISTINCT FROM excluded.content_hash
           OR documents.embedding_space_id IS DISTINCT FROM excluded.embedding_space_id""",
    order_by=("source_uri",),
    returning=("id", "source_uri"),
)

_CHUNKS = BulkTarget(
    "chunks",
    {
        "id": "text",
        "workspace_id": "text",
        "dataset_id": "text",
        "document_id": "text",
        "embedding_space_id": "text",
        "idx": "int4",
        "text": "text",
        "embedding": "vector(1536)",
        "metadata": "jsonb",
        "content_hash": "text",
        "token_count": "int4",
    },
)


@dataclass(frozen=True, slots=True)
class Stored:
    """What one unit wrote: ids of documents by source, and how many chunks."""

    documents: dict[str, str]
    chunks: int


async def embed_missing(
    embedder: Embedder, batch: Sequence[Prepared], known: dict[str, bytes]
) -> int:
    """Embed each text of ``batch`` that ``known`` (hash to vector) lacks, into it; how many.

    By ``EMBEDDED_AT_ONCE``, so that others have their turn between. What a document still takes
    at once is its text, its chunks and their vectors as bytes (6 KiB a chunk): it is one unit of
    work, and is there wholly or not at all.
    """
    from neonhub.embedding.wire import to_pgvector_binary

    texts: dict[str, str] = {}
    for document in batch:
        for each in document.chunks:
            if each.content_hash not in known:
                texts.setdefault(each.content_hash, each.text)
    wanted = list(texts.items())
    for at in range(0, len(wanted), EMBEDDED_AT_ONCE):
        part = wanted[at : at + EMBEDDED_AT_ONCE]
        vectors = to_pgvector_binary(await embedder.embed_documents([text for _, text in part]))
        known.update(zip((content_hash for content_hash, _ in part), vectors, strict=True))
    return len(wanted)


async def reusable_vectors(
    session: Session,
    *,
    known: Mapping[str, dq.KnownDocumentRow],
    batch: Sequence[Prepared],
    space_id: str | None,
) -> dict[str, bytes]:
    """The vectors that earlier versions of these documents have in a space, by content hash."""
    ids = [known[each.source_uri].id for each in batch if each.source_uri in known]
    if not ids or space_id is None:
        return {}
    rows = await session.all(dq.list_chunk_vectors, document_ids=ids, embedding_space_id=space_id)
    return {row.content_hash: row.embedding for row in rows}


async def store(
    session: Session,
    *,
    dataset_id: str,
    space_id: str,
    owner_id: str | None,
    batch: Sequence[Prepared],
    vectors: dict[str, bytes],
) -> Stored:
    """Write documents and chunks. Those whose source is there with the same content stay.

    Several may write the same sources at once: each row is written by one, and the others, who
    wait for it, then find nothing changed. Raises ``DatasetGone``, ``DatasetMoved``; from here to
    the end of the unit the dataset can neither be deleted nor moved.
    """
    held = await session.one(q.hold_dataset, id=dataset_id)
    if held is None or not held.live:
        raise DatasetGone(dataset=held.slug if held else dataset_id)
    if held.embedding_space_id not in (None, space_id):
        raise DatasetMoved(dataset=held.slug)
    by_source = {document.source_uri: document for document in batch}
    workspace_id = session.tenant.workspace_id
    rows = (
        (
            *(cuid(), workspace_id, dataset_id, owner_id, space_id, d.title, d.content),
            *("ready", _json(d.metadata), d.source_uri, d.content_hash, d.mime_type),
        )
        for d in by_source.values()
    )
    written = await copy_rows(session, _DOCUMENTS, rows)
    ids = {source: document_id for document_id, source in written.returned}
    if not ids:
        return Stored({}, 0)
    await session.all(dq.delete_chunks, document_ids=list(ids.values()))
    made = await copy_rows(
        session,
        _CHUNKS,
        _chunk_rows(workspace_id, dataset_id, space_id, ids, by_source, vectors),
    )
    return Stored(ids, made.written)


def _chunk_rows(
    workspace_id: str | None,
    dataset_id: str,
    space_id: str,
    ids: dict[str, str],
    by_source: dict[str, Prepared],
    vectors: dict[str, bytes],
) -> Iterator[tuple[Any, ...]]:
    for source, document_id in ids.items():
        for idx, each in enumerate(by_source[source].chunks):
            yield (
                *(cuid(), workspace_id, dataset_id, document_id, space_id, idx, each.text),
                Vector(vectors[each.content_hash]),
                *(_json(each.metadata), each.content_hash, each.token_count),
            )


def _json(value: dict[str, Any]) -> Any:
    from psycopg.types.json import Jsonb

    return Jsonb(value)
