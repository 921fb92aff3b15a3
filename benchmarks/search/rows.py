"""Tenants full of passages, put there by COPY as the superuser: what is measured is the search."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.corpus import Matrix
from benchmarks.tenants import Admin, make_dataset, make_space
from neonhub.db.ids import cuid
from neonhub.embedding.wire import to_pgvector_binary

if TYPE_CHECKING:
    from neonhub.db.tenancy import Tenant

CHUNKS_A_DOCUMENT = 20
_BLOCK = 2000
_DOCUMENTS = "COPY documents (id, workspace_id, dataset_id, embedding_space_id, title, content, \
source_uri, status) FROM STDIN"
_CHUNKS = "COPY chunks (id, workspace_id, dataset_id, document_id, embedding_space_id, idx, text, \
content_hash, embedding) FROM STDIN (FORMAT binary)"
_TYPES = ["text"] * 5 + ["int4", "text", "text", "bytea"]


@dataclass(frozen=True)
class Place:
    """Where a tenant's passages lie."""

    tenant: Tenant
    space: str
    dataset: str


def skewed(tenants: int, total: int) -> list[int]:
    """Sizes that fall off as 1/rank (Zipf), ``total`` together, none below ten."""
    shares = 1 / np.arange(1, tenants + 1)
    return [max(10, int(total * share)) for share in shares / shares.sum()]


@dataclass(frozen=True)
class Filler:
    """Fills tenants with stretches of one corpus, in one embedding space."""

    admin: Admin
    space_name: str
    texts: Sequence[str]
    vectors: Matrix

    def empty(self) -> None:
        """No passages at all."""
        self.admin.execute("TRUNCATE documents, chunks CASCADE")

    def settle(self) -> None:
        """Statistics and visibility as they are some time after a load."""
        self.admin.execute("VACUUM (ANALYZE) documents, chunks")
        self.admin.execute("CHECKPOINT")

    def neighbours(self, tenants: Sequence[Tenant], total: int) -> int:
        """Other tenants beside the one that is measured, of very different sizes; their chunks."""
        dice = np.random.default_rng(2)
        sizes = [min(size, len(self.texts)) for size in skewed(len(tenants), total)]
        for tenant, size in zip(tenants, sizes, strict=True):
            self.tenant(tenant, int(dice.integers(0, len(self.texts) - size + 1)), size)
        return sum(sizes)

    def tenant(self, tenant: Tenant, first: int, size: int) -> Place:
        """Put ``size`` passages into a dataset of the tenant, twenty to a document."""
        space = make_space(self.admin, tenant, self.space_name)
        place = Place(tenant, space, make_dataset(self.admin, tenant, space))
        documents = [cuid() for _ in range(0, size, CHUNKS_A_DOCUMENT)]
        with self.admin.transaction(), self.admin.cursor() as cursor:
            with cursor.copy(_DOCUMENTS) as copy:
                for n, document in enumerate(documents):
                    row = (document, tenant.workspace_id, place.dataset, space)
                    copy.write_row((*row, f"Document {n}", "", f"/bench/{n}", "ready"))
            with cursor.copy(_CHUNKS) as copy:
                copy.set_types(_TYPES)
                for row in self._chunks(place, documents, first, size):
                    copy.write_row(row)
        return place

    def _chunks(
        self, place: Place, documents: Sequence[str], first: int, size: int
    ) -> Iterator[tuple[Any, ...]]:
        where = (place.tenant.workspace_id, place.dataset)
        for start in range(0, size, _BLOCK):
            stop = min(start + _BLOCK, size)
            wire = to_pgvector_binary(self.vectors[first + start : first + stop])
            for n, vector in enumerate(wire, start):
                document, idx = documents[n // CHUNKS_A_DOCUMENT], n % CHUNKS_A_DOCUMENT
                row = (cuid(), *where, document, place.space, idx)
                yield (*row, self.texts[first + n], f"{first + n:064x}", vector)
