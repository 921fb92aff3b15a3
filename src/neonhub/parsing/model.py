"""The shapes that parsing hands over: a document, its blocks, and the chunks made of them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["Block", "BlockKind", "Chunk", "ParsedDocument", "ParsedRecord"]

BlockKind = Literal["heading", "text", "code", "table", "list"]


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a document: ``document.text[start:end] == text``.

    ``heading`` has a ``level`` from 1; ``table`` is one row a line, cells joined by `` | ``;
    ``list`` is one item (or term with its definition, or record) with all that is nested in it.
    """

    kind: BlockKind
    text: str
    start: int
    end: int
    level: int = 0


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A file as plain text and the blocks that make it up.

    Blocks are in order, do not overlap, and hold everything in ``text`` but the white space
    between them. ``text`` never holds a NUL or a lone surrogate: PostgreSQL stores neither.
    ``metadata`` is JSON-able; its keys depend on the format (``encoding``, ``author``,
    ``page_count``, ``page_starts``: the offset at which each page begins, ...).
    """

    title: str
    text: str
    blocks: tuple[Block, ...]
    mime_type: str
    metadata: dict[str, Any] = field(default_factory=dict)

    def page_at(self, offset: int) -> int | None:
        """The page, counted from 1, that holds the offset; None where there are no pages."""
        starts = self.metadata.get("page_starts")
        return max(1, bisect_right(starts, offset)) if starts else None


@dataclass(frozen=True, slots=True)
class ParsedRecord:
    """One row of a CSV file, or one object of a JSON file: fields in order, as text.

    ``number`` counts records from 1, ``line`` is the line of the file where it ends.
    """

    number: int
    line: int
    fields: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """The record as ``field: value`` lines; empty values are left out."""
        return "\n".join(f"{name}: {value}" for name, value in self.fields if value)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage to embed and to find.

    ``document.text[start:end]`` is what the chunk covers: ranges of successive chunks never
    overlap and leave out only white space. ``text`` is that range without leading headings that
    ``heading_path`` names already, and after an overlap: the last sentences of the chunk before
    it in the same section, or the header row of a table that goes on. ``token_count`` estimates
    ``text`` (see ``tokens.count_tokens``); ``content_hash`` is the SHA-256, in hex, of
    ``embedded_text``.
    """

    idx: int
    text: str
    heading_path: tuple[str, ...]
    start: int
    end: int
    token_count: int
    content_hash: str

    @property
    def embedded_text(self) -> str:
        """What is embedded: the heading path, the title first, then the text."""
        return embedded_text(self.heading_path, self.text)


def embedded_text(heading_path: tuple[str, ...], text: str) -> str:
    """The text that stands for a chunk in an embedding and in its content hash."""
    return f"{' > '.join(heading_path)}\n\n{text}" if heading_path else text
