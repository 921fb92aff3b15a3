"""From a file's bytes to rows: parsed, cut into chunks, not yet embedded. Knows no database."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from neonhub.parsing.chunk import chunk
from neonhub.parsing.errors import EmptyFile
from neonhub.parsing.model import embedded_text
from neonhub.parsing.parse import DEFAULT_MAX_BYTES, parse_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neonhub.parsing.model import Block, Chunk, ParsedDocument

__all__ = ["Prepared", "PreparedChunk", "fingerprint", "prepare"]

_PIPELINE = b"neonhub-ingest-2\0"
"""Changes whenever parsing or cutting does, so that what was made before is made anew."""


_MARKS = re.compile("[\ue000\ue001]")
"""Those of ``search_queries``: in a passage of their own they would be taken for marks."""


@dataclass(frozen=True, slots=True)
class PreparedChunk:
    """A chunk's row but for its vector. ``text`` begins with its headings."""

    text: str
    content_hash: str
    token_count: int
    metadata: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document's row and those of its chunks."""

    source_uri: str
    title: str
    content: str
    content_hash: str
    mime_type: str
    metadata: dict[str, Any] = field(repr=False)
    chunks: list[PreparedChunk] = field(repr=False)
    size: int = 0


def fingerprint(data: bytes, metadata: Mapping[str, Any] | None = None) -> str:
    """The content hash: of the bytes, of what is said about them, and of how they are read."""
    digest = hashlib.sha256(_PIPELINE)
    if metadata:
        digest.update(repr(sorted(metadata.items())).encode())
    digest.update(data)
    return digest.hexdigest()


def prepare(
    data: bytes,
    *,
    name: str,
    source_uri: str,
    mime_type: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> Prepared:
    """Parse and cut; raises ``ParseError``. ``metadata`` is added to what the file says."""
    parsed = _without_marks(
        parse_bytes(data, name=name, mime_type=mime_type, max_bytes=max_bytes), name
    )
    return Prepared(
        source_uri=source_uri,
        title=parsed.title,
        content=parsed.text,
        content_hash=fingerprint(data, metadata),
        mime_type=parsed.mime_type,
        metadata={**parsed.metadata, **(metadata or {})},
        chunks=[_chunk_row(parsed, each) for each in chunk(parsed)],
        size=len(data),
    )


def _without_marks(parsed: ParsedDocument, name: str) -> ParsedDocument:
    """The document without the characters that searches put around words; ``EmptyFile`` if bare.

    Offsets move with the text. Icons of some fonts are such characters: they say nothing.
    """
    if not (_MARKS.search(parsed.text) or _MARKS.search(parsed.title)):
        return parsed
    text = _MARKS.sub("", parsed.text)
    if not text.strip():
        raise EmptyFile(name=name)
    gone = [found.start() for found in _MARKS.finditer(parsed.text)]
    blocks = [_moved(block, text, gone) for block in parsed.blocks]
    metadata = dict(parsed.metadata)
    if starts := metadata.get("page_starts"):
        metadata["page_starts"] = [start - bisect_left(gone, start) for start in starts]
    return replace(
        parsed,
        title=_MARKS.sub("", parsed.title).strip() or name,
        text=text,
        blocks=tuple(block for block in blocks if block.text),
        metadata=metadata,
    )


def _moved(block: Block, text: str, gone: list[int]) -> Block:
    start, end = (at - bisect_left(gone, at) for at in (block.start, block.end))
    if end - start < block.end - block.start:
        # What stood around a mark at its edge: a block neither begins nor ends with a blank.
        body = text[start:end]
        start += 0 if block.kind == "code" else len(body) - len(body.lstrip())
        end = max(start, end - (len(body) - len(body.rstrip())))
    return replace(block, text=text[start:end], start=start, end=end)


def _chunk_row(parsed: ParsedDocument, each: Chunk) -> PreparedChunk:
    text = embedded_text(each.heading_path, each.text)
    metadata: dict[str, Any] = {
        "heading_path": list(each.heading_path),
        "start": each.start,
        "end": each.end,
        "body_start": len(text) - len(each.text),
    }
    page = parsed.page_at(each.start)
    if page is not None:
        metadata["page"] = page
    return PreparedChunk(text, each.content_hash, each.token_count, metadata)
