"""From a guide's text to its passages. Knows no database."""

from __future__ import annotations

from typing import NamedTuple

from neonhub.parsing.chunk import chunk
from neonhub.parsing.parse import parse_bytes

__all__ = ["Passage", "passages"]


class Passage(NamedTuple):
    """What is embedded, headings first, and its SHA-256."""

    text: str
    content_hash: str


def passages(name: str, content: str) -> list[Passage]:
    """The passages of a guide, which is read as Markdown; none where it is blank."""
    if not content.strip():
        return []
    parsed = parse_bytes(content.encode(), name=f"{name}.md", mime_type="text/markdown")
    return [Passage(each.embedded_text, each.content_hash) for each in chunk(parsed)]
