"""Documents into chunks that follow their structure.

A heading begins a section; a chunk stays within one. Sections too small to stand alone are
joined with a neighbour under the same parent, their headings kept in the text. What is too long
is cut between blocks, else between lines or sentences, at the very last between words.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neonhub.parsing.model import Chunk, embedded_text
from neonhub.parsing.sections import Section, merge_tiny, sections_of
from neonhub.parsing.split import Unit, sentence_starts, units_of
from neonhub.parsing.tokens import count_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neonhub.parsing.model import ParsedDocument

__all__ = ["chunk"]

MIN_TOKENS = 60
# A header row longer than this is rather a row of text: repeating it would drown the rest.
MAX_HEADER_TOKENS = 40


@dataclass(frozen=True, slots=True)
class _Limits:
    target: int
    overlap: int
    maximum: int

    @property
    def minimum(self) -> int:
        return min(MIN_TOKENS, self.target // 3)


def chunk(
    document: ParsedDocument,
    *,
    target_tokens: int = 220,
    overlap_tokens: int = 30,
    max_tokens: int = 400,
) -> list[Chunk]:
    """Cut a document into chunks, in order.

    Args:
        document: what ``parse_bytes`` or ``parse_file`` returned.
        target_tokens: the size to fill a chunk up to, in estimated tokens.
        overlap_tokens: the most that a chunk repeats of the one before it, in whole sentences.
        max_tokens: no chunk's text is larger, overlap included.

    Raises:
        ValueError: the sizes are not ``0 <= overlap_tokens < target_tokens <= max_tokens``.
    """
    if not 0 <= overlap_tokens < target_tokens <= max_tokens:
        raise ValueError(
            "chunk sizes must be 0 <= overlap_tokens < target_tokens <= max_tokens, not "
            f"{overlap_tokens}, {target_tokens}, {max_tokens}"
        )
    limits = _Limits(target_tokens, overlap_tokens, max_tokens)
    sections = merge_tiny(sections_of(document), minimum=limits.minimum, target=limits.target)
    chunks: list[Chunk] = []
    for section in sections:
        for start, text, end, tokens in _passages(document.text, section, limits):
            body = embedded_text(section.path, text)
            digest = hashlib.sha256(body.encode()).hexdigest()
            chunks.append(Chunk(len(chunks), text, section.path, start, end, tokens, digest))
    return chunks


def _passages(text: str, section: Section, limits: _Limits) -> Iterator[tuple[int, str, int, int]]:
    """Start, passage, end and tokens of each chunk of a section."""
    start = section.start
    before: list[Unit] = []
    for units in _pack(text, section, limits):
        body = sum(unit.tokens for unit in units)
        room = min(limits.overlap, limits.maximum - body)
        overlap, extra = _overlap(text, before, units[0], room)
        yield start, overlap + text[units[0].start : units[-1].end], units[-1].end, body + extra
        before, start = units, units[-1].end


def _pack(text: str, section: Section, limits: _Limits) -> list[list[Unit]]:
    """Fill chunks up to the target; never leave a crumb where the limit has room for it."""
    packs: list[list[Unit]] = []
    size = 0
    for block, tokens in section.body:
        for unit in units_of(block, tokens, limits.target, limits.maximum):
            limit = limits.maximum if size < limits.minimum else limits.target
            if packs and size + unit.tokens <= limit:
                packs[-1].append(unit)
                size += unit.tokens
                continue
            led = packs and _leads(text, packs[-1], unit, limits.maximum)
            packs.append([packs[-1].pop(), unit] if led else [unit])
            size = sum(u.tokens for u in packs[-1])
    if len(packs) > 1 and size < limits.minimum:
        before = sum(unit.tokens for unit in packs[-2])
        if before + size <= limits.maximum:
            packs[-2:] = [packs[-2] + packs[-1]]
    return packs


def _leads(text: str, units: list[Unit], following: Unit, maximum: int) -> bool:
    """Whether the last unit announces the following ("For example:") and can go with it."""
    last = units[-1]
    return (
        len(units) > 1
        and text[last.end - 1] == ":"
        and last.tokens < MIN_TOKENS
        and last.tokens + following.tokens <= maximum
    )


def _overlap(text: str, before: list[Unit], first: Unit, room: int) -> tuple[str, int]:
    """What is repeated in front of a chunk, and its tokens."""
    if not before or room <= 0:
        return "", 0
    if first.header is not None:
        header = text[first.header[0] : first.header[1]]
        tokens = count_tokens(header)
        return (f"{header}\n", tokens) if tokens <= min(room, MAX_HEADER_TOKENS) else ("", 0)
    last = before[-1]
    if last.kind not in ("text", "list"):
        return "", 0
    oldest = next(unit.start for unit in before if unit.block_start == last.block_start)
    begin, tokens = last.end, 0
    # A token has at most seven characters: further back no sentence can begin that still fits.
    for start in sentence_starts(text, max(oldest, last.end - 12 * room), last.end, oldest):
        grown = tokens + count_tokens(text[start:begin])
        if grown > room:
            break
        begin, tokens = start, grown
    return (text[begin : first.start], tokens) if tokens else ("", 0)
