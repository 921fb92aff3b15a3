"""Ingest: files into a dataset, interruptible at any time.

Three stages run side by side: reading and parsing in a thread, embedding, writing. A batch is one
unit of work, so what was written stays whatever comes after; a second run compares content hashes
and goes on where the first one stopped.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import NotFound
from neonhub.domains.knowledge import document_queries as dq
from neonhub.domains.knowledge import queries as q
from neonhub.domains.knowledge.errors import NothingToIngest, SpaceMismatch
from neonhub.domains.knowledge.preparation import Prepared, fingerprint, prepare
from neonhub.domains.knowledge.progress import Failure, IngestReport, Silent
from neonhub.domains.knowledge.service import Knowledge, spec_of
from neonhub.domains.knowledge.writing import (
    EMBEDDED_AT_ONCE,
    embed_missing,
    reusable_vectors,
    store,
)
from neonhub.parsing.discover import FoundFile, Rejected, discover
from neonhub.parsing.errors import ParseError
from neonhub.parsing.parse import DEFAULT_MAX_BYTES

if TYPE_CHECKING:
    from neonhub.db.session import Session
    from neonhub.db.tenancy import Principal
    from neonhub.domains.knowledge.progress import Progress
    from neonhub.domains.knowledge.service import EmbedderSource
    from neonhub.embedding.base import Embedder

__all__ = ["ingest_files"]

OpenUnit = Callable[[], AbstractAsyncContextManager["Session"]]

BATCH_CHUNKS = EMBEDDED_AT_ONCE
BATCH_FILES = 256
_PAGE = 5000


@dataclass(slots=True)
class _Run:
    """The state of one run. A new dataset has no space until the first batch is written."""

    dataset: q.DatasetKeyRow
    space_id: str | None
    embedders: EmbedderSource
    embedder: Embedder
    known: dict[str, dq.KnownDocumentRow]
    report: IngestReport
    progress: Progress
    metadata: Mapping[str, Any]
    max_bytes: int


async def ingest_files(  # noqa: PLR0913  (what an ingest is asked, each by name)
    open_unit: OpenUnit,
    principal: Principal,
    embedders: EmbedderSource,
    *,
    paths: Sequence[Path],
    dataset: str,
    metadata: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
    prune: bool = True,
) -> IngestReport:
    """Bring ``dataset`` up to date with the files at and below ``paths``.

    New files are added, changed ones versioned; unless ``prune`` is off, those gone from a folder
    are retired, and so is a file that is named itself. A folder that is not there may only be out
    of reach, so its documents stay. A file that cannot be read is reported and the rest goes in.
    ``metadata`` is put on every document.

    Raises ``NothingToIngest`` where there is neither a file nor a document to retire, and
    ``DatasetGone`` where the dataset is deleted meanwhile.
    """
    began = time.monotonic()
    principal.require("data:import")
    watch = progress or Silent()
    found = await asyncio.to_thread(lambda: list(discover(paths)))
    files = [each for each in found if isinstance(each, FoundFile)]
    known = await _known_documents(open_unit, principal, embedders, dataset)
    absent = await asyncio.to_thread(_look_for, paths, known, {each.source_uri for each in files})
    rejected = [each for each in found if isinstance(each, Rejected)]
    if not files and not absent.gone and all(each.code == "missing" for each in rejected):
        raise _nothing(paths, absent)
    run = await _prepare_run(open_unit, principal, embedders, dataset, known, watch)
    run.metadata, run.max_bytes = metadata or {}, max_bytes
    for failure in _failures(rejected, absent, prune=prune):
        _fail(run, failure)
    watch.started(len(files), sum(each.size for each in files))
    await _run_stages(open_unit, principal, run, files)
    if prune:
        await _retire(open_unit, run, absent)
    run.report.seconds = time.monotonic() - began
    return run.report


async def _known_documents(
    open_unit: OpenUnit, principal: Principal, embedders: EmbedderSource, dataset: str
) -> dict[str, dq.KnownDocumentRow]:
    """What the dataset holds, by source; nothing where there is none yet."""
    known: dict[str, dq.KnownDocumentRow] = {}
    async with open_unit() as session:
        try:
            row = await Knowledge(session, principal, embedders).find_dataset(dataset)
        except NotFound:
            return known
        after = ""
        while rows := await session.all(
            dq.list_known_documents, dataset_id=row.id, after=after, limit=_PAGE
        ):
            known.update((each.source_uri, each) for each in rows)
            after = rows[-1].id
    return known


async def _prepare_run(
    open_unit: OpenUnit,
    principal: Principal,
    embedders: EmbedderSource,
    dataset: str,
    known: dict[str, dq.KnownDocumentRow],
    progress: Progress,
) -> _Run:
    async with open_unit() as session:
        row = await Knowledge(session, principal, embedders).ensure_dataset(dataset)
        space_id = row.embedding_space_id
        if space_id is None:
            embedder = await embedders.default()
        else:
            space = await session.get(q.get_space, "embedding space", space_id, id=space_id)
            embedder = await embedders.for_space(spec_of(space))
    report = IngestReport(dataset=row.slug, space=(await embedder.prepare()).name)
    return _Run(row, space_id, embedders, embedder, known, report, progress, {}, 0)


async def _run_stages(
    open_unit: OpenUnit, principal: Principal, run: _Run, files: Sequence[FoundFile]
) -> None:
    embedded: asyncio.Queue[tuple[list[Prepared], dict[str, bytes]] | None] = asyncio.Queue(2)

    async def embed() -> None:
        async for batch in _batches(run, files):
            async with open_unit() as session:
                vectors = await reusable_vectors(
                    session, known=run.known, batch=batch, space_id=run.space_id
                )
            reusable = len(vectors)
            made = await embed_missing(run.embedder, batch, vectors)
            run.report.embedded += made
            run.report.reused += min(reusable, sum(len(d.chunks) for d in batch) - made)
            await embedded.put((batch, vectors))
        await embedded.put(None)

    async def write() -> None:
        while (item := await embedded.get()) is not None:
            await _write(open_unit, principal, run, *item)

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(embed())
            group.create_task(write())
    except BaseExceptionGroup as failed:
        # The first stage that failed took the other down: its error is the one to tell.
        raise failed.exceptions[0] from None


async def _batches(run: _Run, files: Sequence[FoundFile]) -> AsyncIterator[list[Prepared]]:
    """Batches of prepared documents; the next is parsed in a thread while one is worked on."""
    source = _batched(_prepared(run, files))
    ahead = asyncio.create_task(asyncio.to_thread(next, source, None))
    try:
        while (batch := await ahead) is not None:
            ahead = asyncio.create_task(asyncio.to_thread(next, source, None))
            yield batch
    finally:
        ahead.cancel()


def _batched(documents: Iterable[Prepared]) -> Iterator[list[Prepared]]:
    batch: list[Prepared] = []
    chunks = 0
    for document in documents:
        batch.append(document)
        chunks += len(document.chunks)
        if chunks >= BATCH_CHUNKS or len(batch) >= BATCH_FILES:
            yield batch
            batch, chunks = [], 0
    if batch:
        yield batch


def _prepared(run: _Run, files: Sequence[FoundFile]) -> Iterator[Prepared]:
    """What is new or changed among ``files``, parsed. Runs in a thread."""
    for file in files:
        document = _prepare_file(run, file)
        if document is not None:
            yield document
        else:
            run.progress.advanced(file.source_uri, file.size)


def _prepare_file(run: _Run, file: FoundFile) -> Prepared | None:
    try:
        # A file that is too large is refused by its size below, without being read.
        data = b"" if file.size > run.max_bytes else file.path.read_bytes()
        known = run.known.get(file.source_uri)
        if (
            known is not None
            and known.embedding_space_id == run.space_id
            and known.content_hash == fingerprint(data, run.metadata)
        ):
            run.report.unchanged += 1
            return None
        return _parse(run, file, data)
    except (ParseError, OSError) as error:
        code = error.code if isinstance(error, ParseError) else "unreadable"
        _fail(run, Failure(str(file.path), code, str(error)))
        return None


def _parse(run: _Run, file: FoundFile, data: bytes) -> Prepared:
    if file.size > run.max_bytes:
        from neonhub.parsing.errors import TooLarge

        raise TooLarge(name=str(file.path), what="content", size=file.size, limit=run.max_bytes)
    metadata = {"modified_at": file.mtime.isoformat(timespec="seconds"), **run.metadata}
    document = prepare(
        data,
        name=str(file.path),
        source_uri=file.source_uri,
        metadata=metadata,
        max_bytes=run.max_bytes,
    )
    # The time of the file is told, but a file that was only touched has not changed.
    return replace(document, content_hash=fingerprint(data, run.metadata))


def _fail(run: _Run, failure: Failure) -> None:
    run.report.failures.append(failure)
    run.progress.failed(failure)


async def _write(
    open_unit: OpenUnit,
    principal: Principal,
    run: _Run,
    batch: list[Prepared],
    vectors: dict[str, bytes],
) -> None:
    async with open_unit() as session:
        space_id = run.space_id or await _take_space(session, principal, run)
        stored = await store(
            session,
            dataset_id=run.dataset.id,
            space_id=space_id,
            owner_id=principal.user_id,
            batch=batch,
            vectors=vectors,
        )
    run.space_id = space_id
    changed = sum(source in run.known for source in stored.documents)
    run.report.changed += changed
    run.report.added += len(stored.documents) - changed
    run.report.unchanged += len(batch) - len(stored.documents)
    run.report.chunks += stored.chunks
    for document in batch:
        run.progress.advanced(document.source_uri, document.size)


async def _take_space(session: Session, principal: Principal, run: _Run) -> str:
    """Bind the dataset to the space of what is to be written, unless another run was first."""
    space = await Knowledge(session, principal, run.embedders).space_of(run.dataset)
    if spec_of(space) != run.embedder.space:
        raise SpaceMismatch(
            dataset=run.dataset.slug, theirs=space.name, ours=run.embedder.space.name
        )
    return space.id


async def _retire(open_unit: OpenUnit, run: _Run, absent: _Absent) -> None:
    """Hide documents whose file is gone."""
    if absent.gone:
        async with open_unit() as session:
            hidden = await session.all(dq.delete_documents, ids=list(absent.gone.values()))
        run.report.retired = len(hidden)


@dataclass(frozen=True, slots=True)
class _Absent:
    """What is known and not there: ids by source, and for a folder that is not there how many."""

    gone: dict[str, str]
    out_of_reach: dict[str, int]


def _look_for(
    paths: Sequence[Path], known: Mapping[str, dq.KnownDocumentRow], found: set[str]
) -> _Absent:
    named = {Path(os.path.abspath(path)).as_posix() for path in paths}  # noqa: PTH100  (no links)
    missing = {path for path in named if _is_gone(path)}
    below = tuple(f"{path.rstrip('/')}/" for path in named - missing if os.path.isdir(path))  # noqa: PTH112
    gone = {
        source: row.id
        for source, row in known.items()
        if source in missing
        or (source not in found and source.startswith(below) and _is_gone(source))
    }
    counts = {path: sum(source.startswith(f"{path}/") for source in known) for path in missing}
    return _Absent(gone, {path: count for path, count in counts.items() if count})


def _is_gone(path: str) -> bool:
    """Whether there is no such file. One that may not be looked at is there."""
    try:
        os.stat(path)  # noqa: PTH116  (a source may be no path at all)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    return False


def _failures(rejected: Iterable[Rejected], absent: _Absent, *, prune: bool) -> Iterator[Failure]:
    """What to tell of paths that were not read; one that is retired is no failure."""
    for each in rejected:
        path = each.path.as_posix()
        if each.code == "missing" and prune and path in absent.gone:
            continue
        kept = absent.out_of_reach.get(path)
        stay = f"; {_counted(kept)} from below it" if kept else ""
        yield Failure(str(each.path), each.code, each.reason + stay)


def _nothing(paths: Sequence[Path], absent: _Absent) -> NothingToIngest:
    error = NothingToIngest(paths=", ".join(str(path) for path in paths))
    if absent.out_of_reach:
        error.hint = (
            f"{_counted(sum(absent.out_of_reach.values()))} from below it. To retire them, "
            "give a folder that is there and held them, such as the one above."
        )
    return error


def _counted(kept: int) -> str:
    return "1 document stays" if kept == 1 else f"{kept:,} documents stay"
