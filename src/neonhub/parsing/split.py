"""Blocks into units that fit a chunk: lines of code, rows of a table, sentences, words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neonhub.parsing.tokens import TOKEN, count_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neonhub.parsing.model import Block, BlockKind

__all__ = ["Unit", "sentence_starts", "units_of"]

# A mark that ends a sentence, what closes after it, white space, and something that can begin
# one: so that "e.g. this" and "version 1. x" do not split. Scripts without spaces need no space.
_SENTENCE = re.compile(
    r"""(?:[.!?…]["'”’)\]]{0,4}\s+(?=[^\sa-z.,;:)\]])|[。！？]["'”’」』）]{0,4}\s*|\n\s*)"""
)
# The indentation of the line after it says where that line belongs: it is not part of the border.
_LINE = re.compile(r"\n(?:[^\S\n]*\n)*")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Unit:
    """A span of the text that is not cut any more. ``header`` is the span of a table's header
    row, for every piece of the table but the first."""

    start: int
    end: int
    tokens: int
    kind: BlockKind
    block_start: int
    header: tuple[int, int] | None = None


def units_of(block: Block, tokens: int, target: int, maximum: int) -> list[Unit]:
    """The block, of that many tokens, whole where it fits; else in pieces up to the target.

    Prose is cut as soon as it exceeds the target; code, tables and list items lose sense by
    cutting, and are kept whole up to the maximum.
    """
    whole = target if block.kind == "text" else maximum
    if tokens <= whole:
        return [Unit(block.start, block.end, tokens, block.kind, block.start)]
    header = _header(block)
    return [
        Unit(
            block.start + start,
            block.start + end,
            size,
            block.kind,
            block.start,
            header if start else None,
        )
        for start, end, size in _cut(block, target)
    ]


def _header(block: Block) -> tuple[int, int] | None:
    if block.kind != "table":
        return None
    end = block.text.find("\n")
    return (block.start, block.start + end) if end > 0 else None


def _cut(block: Block, limit: int) -> Iterator[tuple[int, int, int]]:
    """Start, end and tokens of pieces of at most ``limit`` tokens, offsets within the block."""
    steps = (_SENTENCE,) if block.kind == "text" else (_LINE, _SENTENCE)
    pending = [(0, len(block.text), 0)]
    while pending:
        start, end, step = pending.pop()
        tokens = count_tokens(block.text[start:end])
        if tokens <= limit:
            yield start, end, tokens
        elif step == len(steps):
            yield from _cut_words(block.text, start, end, limit)
        else:
            pieces = _pieces(block.text, start, end, steps[step])
            pending.extend((s, e, step + 1) for s, e in reversed(pieces))


def _pieces(text: str, start: int, end: int, border: re.Pattern[str]) -> list[tuple[int, int]]:
    """The spans between the borders. White space at a border belongs to no span; marks do."""
    spans: list[tuple[int, int]] = []
    begin = start
    for match in border.finditer(text, start, end):
        stop = match.start() + len(match.group().rstrip())
        if stop > begin:
            spans.append((begin, stop))
        begin = match.end()
    if begin < end:
        spans.append((begin, end))
    return spans


def _cut_words(text: str, start: int, end: int, limit: int) -> Iterator[tuple[int, int, int]]:
    """Cut after ``limit`` tokens, at the last white space among them, else within the word."""
    begin, space, size, since = start, -1, 0, 0
    last = start
    for match in TOKEN.finditer(text, start, end):
        if match.start() > last and size:
            space, since = last, 0
        if size == limit:
            if space > begin:
                yield begin, space, size - since
                begin, size = _skip_space(text, space), since
            else:
                yield begin, last, size
                begin, size = match.start(), 0
            space = -1
        size += 1
        since += 1
        last = match.end()
    if size:
        yield begin, end, size


def _skip_space(text: str, offset: int) -> int:
    match = _SPACE.match(text, offset)
    return match.end() if match else offset


def sentence_starts(text: str, start: int, end: int, oldest: int) -> Iterator[int]:
    """Where sentences of ``text[start:end]`` begin, the last first.

    ``start`` itself counts only where it is the beginning of its block, ``oldest``.
    """
    starts = [m.end() for m in _SENTENCE.finditer(text, start, end) if m.end() < end]
    yield from reversed(starts)
    if start == oldest:
        yield start
