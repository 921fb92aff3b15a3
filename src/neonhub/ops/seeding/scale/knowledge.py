"""Knowledge with vectors: documents and chunks, conversations, memories.

Vectors lie in clusters, as those of real texts do: a row's is the sum of a topic's and of two of
a pool of directions, different for every row. They come from the raw bits of a generator and from
additions, which are the same on every machine.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING

from neonhub.embedding.base import STORED_DIMENSION
from neonhub.ops.seeding.scale.people import PEOPLE
from neonhub.ops.seeding.scale.stream import Clock, Stream, binary_row, mix, sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from neonhub.ops.seeding.scale.tenants import Tenant

__all__ = ["SPACE", "STREAMS"]

SPACE = "scale/clusters/1536"
"""The embedding space: no embedder makes its vectors, so no question can be put to it by text."""

DOCUMENTS, CHUNKS, TALKS, TURNS, MEMORIES = 40, 10, 80, 6, 60
_TOPICS, _POOL, _BATCH = 64, 2048, 256
_HEADER = STORED_DIMENSION.to_bytes(2) + bytes(2)


@cache
def _directions() -> NDArray[np.float32]:
    """The topics and, after them, the pool: shape ``(2112, 1536)``, lengths close to one."""
    import numpy as np

    count = (_TOPICS + _POOL) * STORED_DIMENSION
    raw = np.random.PCG64(20251118).random_raw((count + 3) // 4)
    # 16 bits each, from -1 to 1; of that spread, 1536 of them have the length 22.6.
    spread = raw.view(np.uint16)[:count].astype(np.float32) - np.float32(32767.5)
    spread *= np.float32(1 / 32767.5 / 22.6)
    return spread.reshape(_TOPICS + _POOL, STORED_DIMENSION)


def _vectors(first: int, many: int) -> Iterator[bytes]:
    """The vectors of ``many`` rows in pgvector's binary form; ``first`` is the first's number."""
    import numpy as np

    pool = _directions()
    for start in range(0, many, _BATCH):
        numbers = range(first + start, first + min(start + _BATCH, many))
        topic = [mix(n // CHUNKS, 1) % _TOPICS for n in numbers]
        one = [_TOPICS + mix(n, 2) % _POOL for n in numbers]
        other = [_TOPICS + mix(n, 3) % _POOL for n in numbers]
        rows = pool[one] + pool[other]
        rows *= np.float32(0.75)
        rows += pool[topic]
        raw = memoryview(rows.astype(">f4").tobytes())
        width = 4 * STORED_DIMENSION
        for at in range(0, len(raw), width):
            yield _HEADER + raw[at : at + width]


def _first(tenant: Tenant) -> int:
    """Where the numbers of a tenant's vectors begin, so that no two tenants share any."""
    return tenant.number * 1_000_003


def _space_id(tenant: Tenant) -> str:
    return f"{tenant.prefix('es')}{0:011d}"


def _dataset_id(tenant: Tenant) -> str:
    return f"{tenant.prefix('ds')}{0:011d}"


def _spaces(tenant: Tenant, _clock: Clock) -> Iterator[str]:
    provider, model, dimension = SPACE.split("/")
    named = f"{SPACE}\t{provider}\t{model}\t{dimension}"
    yield f"{_space_id(tenant)}\t{tenant.workspace_id}\t{named}\tt"


def _datasets(tenant: Tenant, _clock: Clock) -> Iterator[str]:
    key = f"{_dataset_id(tenant)}\t{tenant.workspace_id}\t{_space_id(tenant)}"
    yield f"{key}\tScale\tscale\tdocuments"


def _text(number: int) -> str:
    """Six sentences: a chunk of some fifty words."""
    known = sentences()
    return " ".join(known[mix(6 * number + at, at & 3) % len(known)] for at in range(6))


def _documents(tenant: Tenant, _clock: Clock) -> Iterator[str]:
    ids, here, first = tenant.prefix("do"), tenant.workspace_id, _first(tenant)
    about = f"{_dataset_id(tenant)}\t{tenant.user_id}\t{_space_id(tenant)}"
    for n in range(tenant.many(DOCUMENTS)):
        text = " ".join(_text(first + CHUNKS * n + at) for at in range(CHUNKS))
        digest = hashlib.sha256(text.encode()).hexdigest()
        source = f"https://t{tenant.number}.example/d/{n}\t{digest}\ttext/plain"
        yield f'{ids}{n:011d}\t{here}\t{about}\tDocument {n}\t{text}\tready\t{{"n": {n}}}\t{source}'


def _chunks(tenant: Tenant, _clock: Clock) -> Iterator[bytes]:
    ids, here, documents = tenant.prefix("ch"), tenant.workspace_id, tenant.prefix("do")
    dataset, space, first = _dataset_id(tenant), _space_id(tenant), _first(tenant)
    many = CHUNKS * tenant.many(DOCUMENTS)
    for n, vector in enumerate(_vectors(first, many)):
        text = _text(first + n)
        digest = hashlib.sha256(text.encode()).hexdigest()
        document = f"{documents}{n // CHUNKS:011d}"
        key = (f"{ids}{n:011d}", here, dataset, document, space)
        yield binary_row(*key, n % CHUNKS, text, vector, digest, len(text) // 4)


def _talks(tenant: Tenant, clock: Clock) -> Iterator[str]:
    ids, here, agents = tenant.prefix("cv"), tenant.workspace_id, tenant.prefix("ag")
    people, many = tenant.prefix("pe"), tenant.many(PEOPLE)
    for n in range(tenant.many(TALKS)):
        when, person = clock.at(_minute(n)), f"{people}{mix(n, 1) % many:011d}"
        who = f"{tenant.user_id}\t{agents}{0:011d}\t{person}"
        yield f"{ids}{n:011d}\t{here}\tsupport\tTalk {n}\t{who}\t{when}\t{when}"


def _minute(talk: int) -> int:
    return mix(talk, 2) % (29 * 1440)


def _messages(tenant: Tenant, clock: Clock) -> Iterator[bytes]:
    """The first of each conversation has a vector."""
    ids, here, talks = tenant.prefix("ms"), tenant.workspace_id, tenant.prefix("cv")
    space, known, many = _space_id(tenant), sentences(), tenant.many(TALKS)
    began = clock.first_minute_2000
    for n, vector in enumerate(_vectors(_first(tenant) + 500_000, many)):
        for turn in range(TURNS):
            number = TURNS * n + turn
            content = b'\x01{"text": "%b"}' % known[mix(number) % len(known)].encode()
            when = ((began + _minute(n) + turn) * 60_000_000).to_bytes(8, signed=True)
            asked, first = turn % 2 == 0, turn == 0
            yield binary_row(
                *(f"{ids}{number:011d}", here, f"{talks}{n:011d}"),
                tenant.user_id if asked else None,
                *("user" if asked else "assistant", content, when, 10),
                *((space, vector) if first else (None, None)),
            )


def _memories(tenant: Tenant, _clock: Clock) -> Iterator[bytes]:
    ids, here, people = tenant.prefix("mm"), tenant.workspace_id, tenant.prefix("pe")
    space, known, persons = _space_id(tenant), sentences(), tenant.many(PEOPLE)
    many = tenant.many(MEMORIES)
    for n, vector in enumerate(_vectors(_first(tenant) + 800_000, many)):
        person, kind = f"{people}{n % persons:011d}", ("fact", "intent", "objection")[n % 3]
        key = (f"{ids}{n:011d}", here, person, kind)
        yield binary_row(*key, known[mix(n, 3) % len(known)], space, vector)


STREAMS = (
    Stream(
        "embedding_spaces",
        ("id", "workspace_id", "name", "provider", "model", "dimension", "is_default"),
        _spaces,
    ),
    Stream(
        "datasets", ("id", "workspace_id", "embedding_space_id", "name", "slug", "kind"), _datasets
    ),
    Stream(
        "documents",
        (
            "id",
            "workspace_id",
            "dataset_id",
            "owner_id",
            "embedding_space_id",
            "title",
            "content",
            "status",
            "metadata",
            "source_uri",
            "content_hash",
            "mime_type",
        ),
        _documents,
    ),
    Stream(
        "chunks",
        (
            "id",
            "workspace_id",
            "dataset_id",
            "document_id",
            "embedding_space_id",
            "idx",
            "text",
            "embedding",
            "content_hash",
            "token_count",
        ),
        _chunks,
        binary=True,
    ),
    Stream(
        "conversations",
        (
            "id",
            "workspace_id",
            "kind",
            "title",
            "created_by_id",
            "agent_id",
            "person_id",
            "created_at",
            "updated_at",
        ),
        _talks,
    ),
    Stream(
        "messages",
        (
            "id",
            "workspace_id",
            "conversation_id",
            "author_id",
            "role",
            "content_json",
            "created_at",
            "token_count",
            "embedding_space_id",
            "embedding",
        ),
        _messages,
        binary=True,
    ),
    Stream(
        "mem_embeddings",
        ("id", "workspace_id", "person_id", "kind", "text", "embedding_space_id", "embedding"),
        _memories,
        binary=True,
    ),
)
