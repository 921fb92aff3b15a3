"""Finding a dataset, and saying which there are where there is none of that name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neonhub.db.errors import NotFound
from neonhub.db.paging import MAX_PAGE

if TYPE_CHECKING:
    from neonhub.domains.knowledge.queries import DatasetRow
    from neonhub.hub import WorkspaceUnit

_SHOWN = 10


async def find_dataset(ws: WorkspaceUnit, ref: str) -> DatasetRow:
    """The dataset ``ref``. Raises ``NotFound``, its hint naming those that are like it."""
    try:
        found: DatasetRow = await ws.knowledge.get_dataset(ref)
    except NotFound as error:
        page = await ws.knowledge.list_datasets(limit=MAX_PAGE)
        error.hint = _hint(ref, [row.slug for row in page.items])
        raise
    return found


def _hint(ref: str, slugs: list[str]) -> str:
    from difflib import get_close_matches

    if not slugs:
        return "There is none yet: `neonhub ingest PATH --dataset NAME` makes one."
    if near := get_close_matches(ref.lower(), slugs, n=3, cutoff=0.5):
        return f"Did you mean {' or '.join(map(repr, near))}?"
    more = " and others" if len(slugs) > _SHOWN else ""
    return f"There are: {', '.join(slugs[:_SHOWN])}{more}."
