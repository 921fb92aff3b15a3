"""From the rows of a search to its answer: passages, their marked words, the spaces searched."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neonhub.domains.knowledge import search_queries as sq

if TYPE_CHECKING:
    from neonhub.domains.knowledge import queries as q

__all__ = ["Answer", "Hit", "hit_of"]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that answers: where it stands, how it was found, and its words marked.

    ``marks`` are pairs of character offsets into ``passage``. ``score`` is the fused one: higher
    is better, at most 3/61 (by vector, by words, by the words of its document). The ranks count
    from 1 and are ``None`` where the list did not have it. ``source`` is a path or URL.
    """

    score: float
    vector_rank: int | None
    text_rank: int | None
    similarity: float | None
    document_id: str
    chunk_id: str
    title: str
    source: str | None
    heading_path: tuple[str, ...]
    passage: str
    marks: tuple[tuple[int, int], ...]
    start: int | None
    end: int | None
    metadata: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """The passages found, and the spaces that were searched: none before any document."""

    hits: list[Hit]
    spaces: list[q.SpaceRow]


def _unmark(marked: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without its marks, and where they were."""
    plain: list[str] = []
    marks: list[tuple[int, int]] = []
    at = begun = 0
    for piece in re.split(f"([{sq.MARK_START}{sq.MARK_END}])", marked):
        if piece == sq.MARK_START:
            begun = at
        elif piece == sq.MARK_END:
            marks.append((begun, at))
        else:
            plain.append(piece)
            at += len(piece)
    return "".join(plain), marks


def hit_of(row: q.HitRow) -> Hit:
    """The passage of a row."""
    meta = row.metadata or {}
    text, marks = _unmark(row.marked)
    # The stored text begins with its headings, for the words in them; the passage does not.
    cut = min(int(meta.get("body_start", 0)), len(text))
    return Hit(
        score=row.score,
        vector_rank=row.vector_rank,
        text_rank=row.text_rank,
        similarity=row.similarity,
        document_id=row.document_id,
        chunk_id=row.chunk_id,
        title=row.title,
        source=row.source_uri,
        heading_path=tuple(meta.get("heading_path", ())),
        passage=text[cut:],
        marks=tuple((a - cut, b - cut) for a, b in marks if a >= cut),
        start=meta.get("start"),
        end=meta.get("end"),
        metadata=row.document_metadata or {},
    )
