"""From a file's bytes to rows: parsed, cut into chunks, not yet embedded. Knows no database."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from neonhub.parsing.chunk import chunk
from neonhub.parsing.model import embedded_text
from neonhub.parsing.parse import DEFAULT_MAX_BYTES, parse_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neonhub.parsing.model import Chunk, ParsedDocument

__all__ = ["Prepared", "PreparedChunk", "fingerprint", "prepare"]

_PIPELINE = b"neonhub-ingest-1\0"
"""Changes whenever parsing or cutting does, so that what was made before is made anew."""


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
    parsed = parse_bytes(data, name=name, mime_type=mime_type, max_bytes=max_bytes)
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
