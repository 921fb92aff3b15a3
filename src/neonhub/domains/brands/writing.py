"""A guide's passages into the database, with their vectors, by content hash."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from neonhub.db.bulk import BulkTarget, copy_rows
from neonhub.db.ids import cuid
from neonhub.db.pipeline import Vector
from neonhub.domains.brands import queries as q

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neonhub.db.session import Session
    from neonhub.domains.brands.preparation import Passage
    from neonhub.embedding.base import Embedder, SpaceSpec

__all__ = ["Embedded", "upsert_space", "write_passages"]

_PASSAGES = BulkTarget(
    "brand_voice_embeddings",
    {
        "id": "text",
        "workspace_id": "text",
        "guide_id": "text",
        "embedding_space_id": "text",
        "idx": "int4",
        "chunk": "text",
        "content_hash": "text",
        "embedding": "vector(1536)",
    },
)


class Embedded(NamedTuple):
    """How many passages a guide has, and how many of them had to be embedded."""

    passages: int
    embedded: int


async def upsert_space(session: Session, spec: SpaceSpec) -> str:
    """The id of an embedding space, made where the workspace lacks it."""
    return await session.get(
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


async def write_passages(
    session: Session, embedder: Embedder, *, guide_id: str, space_id: str, made: Sequence[Passage]
) -> Embedded:
    """Bring a guide's passages up to date; those whose text is unchanged keep their vectors.

    Where none has changed, nothing is written.
    """
    there = await session.all(q.list_passage_hashes, guide_id=guide_id)
    wanted = [(idx, each.content_hash, space_id) for idx, each in enumerate(made)]
    if wanted == there:
        return Embedded(len(made), 0)
    kept = await session.all(q.list_passage_vectors, guide_id=guide_id, embedding_space_id=space_id)
    vectors = {row.content_hash: row.embedding for row in kept}
    embedded = await _embed(embedder, made, vectors)
    await session.all(q.delete_passages, guide_id=guide_id)
    workspace_id = session.tenant.workspace_id
    rows = (
        (
            *(cuid(), workspace_id, guide_id, space_id, idx, each.text, each.content_hash),
            Vector(vectors[each.content_hash]),
        )
        for idx, each in enumerate(made)
    )
    await copy_rows(session, _PASSAGES, rows)
    return Embedded(len(made), embedded)


async def _embed(embedder: Embedder, made: Sequence[Passage], vectors: dict[str, bytes]) -> int:
    """Put the vectors that are missing into ``vectors``; how many."""
    from neonhub.embedding.wire import to_pgvector_binary

    missing = {each.content_hash: each.text for each in made if each.content_hash not in vectors}
    if missing:
        matrix = await embedder.embed_documents(list(missing.values()))
        vectors.update(zip(missing, to_pgvector_binary(matrix), strict=True))
    return len(missing)
