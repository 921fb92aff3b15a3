"""Clustered vectors, and the tenants that hold them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmarks.search.rows import Place, skewed
from benchmarks.tenants import Admin, make_dataset, make_space
from neonhub.db.ids import cuid
from neonhub.embedding.wire import to_pgvector_binary

if TYPE_CHECKING:
    from neonhub.db.tenancy import Tenant

Vectors = NDArray[np.float32]

_INNER, _CENTRES, _BLOCK = 96, 400, 5000
_COPY = "COPY chunks (id, workspace_id, dataset_id, document_id, embedding_space_id, idx, text, \
content_hash, embedding) FROM STDIN (FORMAT binary)"
_TYPES = ["text"] * 5 + ["int4", "text", "text", "bytea"]
_fixed = np.random.default_rng(7)
_SPREAD = (_fixed.standard_normal((_INNER, 1536)) / np.sqrt(_INNER)).astype(np.float32)
_MIDDLES = _fixed.standard_normal((_CENTRES, _INNER)).astype(np.float32)


def about(centres: range, n: int, dice: np.random.Generator) -> Vectors:
    """``n`` unit vectors, each near to one of the centres: shape ``(n, 1536)``."""
    inner = _MIDDLES[dice.choice(list(centres), n)]
    inner = inner + 0.6 * dice.standard_normal((n, _INNER), np.float32)
    made = inner @ _SPREAD + 0.15 * dice.standard_normal((n, 1536), np.float32)
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


def questions(kind: str, n: int) -> Vectors:
    """``near``: about what the tenants write of. ``apart``: about what none of them does."""
    centres = range(_CENTRES // 2) if kind == "near" else range(_CENTRES // 2, _CENTRES)
    return about(centres, n, np.random.default_rng(99))


def fill(
    admin: Admin, tenants: Sequence[Tenant], sizes: Sequence[int], others_rows: int
) -> list[Place]:
    """The measured tenants by size, and the others, of which half write of everything."""
    others = skewed(len(tenants) - len(sizes), others_rows)
    places = []
    for number, (tenant, size) in enumerate(zip(tenants, [*sizes, *others], strict=True)):
        everything = number >= len(sizes) and number % 2 == 0
        centres = range(_CENTRES if everything else _CENTRES // 2)
        places.append(_tenant(admin, tenant, size, centres, number))
    admin.execute("VACUUM (ANALYZE) chunks")
    admin.execute("CHECKPOINT")
    return places[: len(sizes)]


def _tenant(admin: Admin, tenant: Tenant, size: int, centres: range, seed: int) -> Place:
    space = make_space(admin, tenant)
    place = Place(tenant, space, make_dataset(admin, tenant, space))
    document = cuid()
    admin.execute(
        "INSERT INTO documents (id, workspace_id, dataset_id, embedding_space_id, title, content, "
        "status) VALUES (%s, %s, %s, %s, 'Bench', '', 'ready')",
        [document, tenant.workspace_id, place.dataset, space],
    )
    where = (tenant.workspace_id, place.dataset, document, space)
    with admin.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(_TYPES)
        for n, wire in enumerate(_wires(size, centres, seed)):
            copy.write_row((cuid(), *where, n, f"passage {n}", f"{n:x}", wire))
    return place


def _wires(size: int, centres: range, seed: int) -> Iterator[bytes]:
    dice = np.random.default_rng([11, seed])
    for start in range(0, size, _BLOCK):
        yield from to_pgvector_binary(about(centres, min(_BLOCK, size - start), dice))
