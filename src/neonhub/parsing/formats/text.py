"""Plain text: paragraphs between blank lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from neonhub.parsing.builder import Builder
from neonhub.parsing.encoding import decode

if TYPE_CHECKING:
    from neonhub.parsing.builder import Source
    from neonhub.parsing.model import ParsedDocument

__all__ = ["parse"]

_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n)+|\f")


def parse(source: Source) -> ParsedDocument:
    """One block a paragraph; the file's name is the title."""
    text, encoding = decode(source)
    builder = Builder()
    for paragraph in _BLANK_LINES.split(text.replace("\r\n", "\n").replace("\r", "\n")):
        builder.add("text", paragraph)
    return builder.build(source, title=source.stem, metadata={"encoding": encoding})
