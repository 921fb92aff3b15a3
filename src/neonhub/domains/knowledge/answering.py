"""Which embedding spaces a search goes to: an answer says which embedder gave it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neonhub.domains.knowledge import queries as q

if TYPE_CHECKING:
    from neonhub.db.session import Session
    from neonhub.domains.knowledge.service import Knowledge

__all__ = ["spaces_of"]

_MOST_DATASETS = 10_000


async def spaces_of(
    session: Session, knowledge: Knowledge, dataset: str | None
) -> list[q.SpaceRow]:
    """The spaces of a dataset, or of all datasets of the workspace; none before any document."""
    if dataset is not None:
        datasets = [await knowledge.get_dataset(dataset)]
    else:
        datasets = await session.all(q.list_datasets, after="", limit=_MOST_DATASETS)
    ids = dict.fromkeys(row.embedding_space_id for row in datasets if row.embedding_space_id)
    return [
        await session.get(q.get_space, "embedding space", space_id, id=space_id) for space_id in ids
    ]
