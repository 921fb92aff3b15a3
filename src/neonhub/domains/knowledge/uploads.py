"""Files sent one request at a time: parsed, embedded and written in one unit of work.

A file that cannot be read is reported with its reason, and the others go in.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from neonhub.db.errors import InvalidInput
from neonhub.domains.knowledge import document_queries as dq
from neonhub.domains.knowledge import queries as q
from neonhub.domains.knowledge import upload_queries as uq
from neonhub.domains.knowledge.preparation import Prepared, fingerprint, prepare
from neonhub.domains.knowledge.service import Knowledge, spec_of
from neonhub.domains.knowledge.writing import Stored, embed_missing, reusable_vectors, store
from neonhub.parsing.errors import ParseError
from neonhub.parsing.parse import DEFAULT_MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from neonhub.db.session import Session
    from neonhub.db.tenancy import Principal
    from neonhub.domains.knowledge.service import EmbedderSource
    from neonhub.embedding.base import Embedder

__all__ = ["Outcome", "Upload", "upload"]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent. ``read`` gives its bytes; it is called in a thread.

    ``source_uri`` names the document from then on: the same one again replaces it.
    """

    name: str
    source_uri: str
    read: Callable[[], bytes]
    mime_type: str | None = None
    title: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file: stored, unchanged, or an error with its reason."""

    name: str
    source_uri: str
    status: Literal["stored", "unchanged", "error"]
    document_id: str | None = None
    title: str | None = None
    chunks: int | None = None
    error: ParseError | InvalidInput | None = None


async def upload(
    session: Session,
    principal: Principal,
    embedders: EmbedderSource,
    *,
    dataset: str,
    files: Sequence[Upload],
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> list[Outcome]:
    """Put ``files`` into ``dataset``, within the unit of ``session``; an outcome each, in order.

    Embeds only what changed. Raises ``NotFound`` for the dataset and ``PermissionDenied``; what is
    wrong with one file is in its outcome.
    """
    principal.require("data:import")
    knowledge = Knowledge(session, principal, embedders)
    found = await knowledge.find_dataset(dataset)
    known = await _known(session, found.id, files)
    # Nothing is written until all is parsed and embedded: no transaction stands open meanwhile.
    prepared = await asyncio.to_thread(_prepare_all, files, known, found, max_bytes)
    batch = [each for each in prepared if isinstance(each, Prepared)]
    stored = Stored({}, 0)
    if batch:
        target = _Target(session, knowledge, embedders, found, principal.user_id)
        stored = await _write(target, known, batch)
        # Somebody else may have written the same meanwhile: then it is theirs that is there.
        known |= await _known(session, found.id, files)
    return [_outcome(file, each, known, stored) for file, each in zip(files, prepared, strict=True)]


async def _known(
    session: Session, dataset_id: str, files: Sequence[Upload]
) -> dict[str, dq.KnownDocumentRow]:
    rows = await session.all(
        uq.find_known_documents,
        dataset_id=dataset_id,
        sources=sorted({file.source_uri for file in files}),
    )
    return {row.source_uri: row for row in rows}


def _prepare_all(
    files: Sequence[Upload],
    known: Mapping[str, dq.KnownDocumentRow],
    dataset: q.DatasetKeyRow,
    max_bytes: int,
) -> list[Prepared | ParseError | InvalidInput | None]:
    """Each file parsed, or why not; ``None`` for one that has not changed. Runs in a thread."""
    made: list[Prepared | ParseError | InvalidInput | None] = []
    seen: set[str] = set()
    for file in files:
        if file.source_uri in seen:
            made.append(
                InvalidInput(field="source_uri", reason="another file of this request has the same")
            )
            continue
        seen.add(file.source_uri)
        made.append(_prepare(file, known.get(file.source_uri), dataset, max_bytes))
    return made


def _prepare(
    file: Upload, known: dq.KnownDocumentRow | None, dataset: q.DatasetKeyRow, max_bytes: int
) -> Prepared | ParseError | None:
    data = file.read()
    said = dict(file.metadata) | ({"title": file.title} if file.title else {})
    content_hash = fingerprint(data, said)
    if (
        known is not None
        and known.content_hash == content_hash
        and known.embedding_space_id == dataset.embedding_space_id
    ):
        return None
    try:
        document = prepare(
            data,
            name=file.name,
            source_uri=file.source_uri,
            mime_type=file.mime_type,
            metadata=file.metadata,
            max_bytes=max_bytes,
        )
    except ParseError as error:
        return error
    return replace(document, title=file.title or document.title, content_hash=content_hash)


@dataclass(frozen=True, slots=True)
class _Target:
    """Where files go."""

    session: Session
    knowledge: Knowledge
    embedders: EmbedderSource
    dataset: q.DatasetKeyRow
    owner_id: str | None


async def _write(
    target: _Target, known: Mapping[str, dq.KnownDocumentRow], batch: list[Prepared]
) -> Stored:
    embedder = await _embedder_of(target)
    vectors = await reusable_vectors(
        target.session, known=known, batch=batch, space_id=target.dataset.embedding_space_id
    )
    await embed_missing(embedder, batch, vectors)
    space = await target.knowledge.space_of(target.dataset)
    if spec_of(space) != embedder.space:
        # The dataset had no space yet, and somebody else has just given it another.
        vectors = {}
        await embed_missing(await target.embedders.for_space(spec_of(space)), batch, vectors)
    return await store(
        target.session,
        dataset_id=target.dataset.id,
        space_id=space.id,
        owner_id=target.owner_id,
        batch=batch,
        vectors=vectors,
    )


async def _embedder_of(target: _Target) -> Embedder:
    if target.dataset.embedding_space_id is not None:
        space = await target.knowledge.space_of(target.dataset)
        return await target.embedders.for_space(spec_of(space))
    embedder = await target.embedders.default()
    await embedder.prepare()
    return embedder


def _outcome(
    file: Upload,
    prepared: Prepared | ParseError | InvalidInput | None,
    known: Mapping[str, dq.KnownDocumentRow],
    stored: Stored,
) -> Outcome:
    if isinstance(prepared, ParseError | InvalidInput):
        return Outcome(file.name, file.source_uri, "error", error=prepared)
    there = known.get(file.source_uri)
    document_id = stored.documents.get(file.source_uri) or (there.id if there else None)
    if prepared is None or file.source_uri not in stored.documents:
        return Outcome(file.name, file.source_uri, "unchanged", document_id)
    return Outcome(
        file.name,
        file.source_uri,
        "stored",
        document_id,
        title=prepared.title,
        chunks=len(prepared.chunks),
    )
