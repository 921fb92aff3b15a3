"""Sections of a document: a heading and what stands under it, up to the next heading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from neonhub.parsing.tokens import count_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neonhub.parsing.model import Block, ParsedDocument

__all__ = ["Section", "merge_tiny", "sections_of"]

# A longer "heading" is a paragraph in a heading's clothes: it would swamp every chunk below it.
MAX_HEADING_CHARS = 200


@dataclass(frozen=True, slots=True)
class Section:
    """Blocks that belong together, each with its tokens. ``path`` is the title and the headings
    above, outermost first; ``tokens`` is the sum."""

    path: tuple[str, ...]
    blocks: tuple[tuple[Block, int], ...]
    tokens: int

    @property
    def start(self) -> int:
        """Where the section begins, its headings included."""
        return self.blocks[0][0].start

    @property
    def body(self) -> tuple[tuple[Block, int], ...]:
        """The blocks without the leading headings that the path names; never empty."""
        skipped = 0
        for block, _ in self.blocks[:-1]:
            if block.kind != "heading" or block.text not in self.path:
                break
            skipped += 1
        return self.blocks[skipped:]


def sections_of(document: ParsedDocument) -> list[Section]:
    """The sections in order. A heading with nothing under it joins the sub-section after it."""
    title = _shorten(document.title)
    sections: list[Section] = []
    above: list[tuple[int, str]] = []
    blocks: list[Block] = []
    path: tuple[str, ...] = (title,)
    for block in document.blocks:
        if block.kind == "heading" and len(block.text) <= MAX_HEADING_CHARS:
            while above and above[-1][0] >= block.level:
                above.pop()
            above.append((block.level, block.text))
            below = _path(title, above)
            bare = blocks and all(b.kind == "heading" for b in blocks)
            if blocks and not (bare and below[: len(path)] == path):
                sections.append(_section(path, blocks))
                blocks = []
            path = below
        blocks.append(block)
    if blocks:
        sections.append(_section(path, blocks))
    return sections


def _shorten(title: str) -> str:
    return title if len(title) <= MAX_HEADING_CHARS else title[: MAX_HEADING_CHARS - 1] + "…"


def _path(title: str, above: list[tuple[int, str]]) -> tuple[str, ...]:
    """The title and the headings; one that only repeats the one above it is left out."""
    path = [title]
    for _, heading in above:
        if heading != path[-1]:
            path.append(heading)
    return tuple(path)


def _section(path: tuple[str, ...], blocks: Iterable[Block]) -> Section:
    counted = tuple((block, count_tokens(block.text)) for block in blocks)
    return Section(path, counted, sum(tokens for _, tokens in counted))


def merge_tiny(sections: list[Section], *, minimum: int, target: int) -> list[Section]:
    """Join a section below the minimum with the one after it, or else the one before it, where
    both stand under the same parent and fit the target together."""
    merged: list[Section] = []
    for section in sections:
        last = merged[-1] if merged else None
        if last is not None and min(last.tokens, section.tokens) < minimum:
            path = _common(last.path, section.path)
            # At most one step up: an aunt's text says nothing about her niece's.
            near = len(path) >= max(1, len(last.path) - 1, len(section.path) - 2)
            if near and last.tokens + section.tokens <= target:
                tokens = last.tokens + section.tokens
                merged[-1] = Section(path, last.blocks + section.blocks, tokens)
                continue
        merged.append(section)
    return merged


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    return one[:length]
