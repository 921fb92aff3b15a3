"""Collects the blocks of a document and keeps their offsets right."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from neonhub.parsing.model import Block, BlockKind, ParsedDocument

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Builder", "Source", "clean"]

# What PostgreSQL refuses (NUL, lone surrogates), what no one sees (soft hyphen, zero-width
# space, byte order mark: they hide inside words and break every search), and control characters.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f\x80-\x84\x86-\x9f\xad\u200b\ufeff\ud800-\udfff\ufffe\uffff]"
)
_LINE_ENDS = re.compile("\r\n?|[\x0c\x85\u2028\u2029]")
_LEADING_BLANK_LINES = re.compile(r"(?:[^\S\n]*\n)+")


@dataclass(frozen=True, slots=True)
class Source:
    """A file's bytes with its name (for messages), its type, and the charset it claims."""

    data: bytes
    name: str
    mime_type: str
    charset: str | None = None

    @property
    def stem(self) -> str:
        """The file name without folders and suffix: the title where there is no better one."""
        return clean(PurePath(self.name).stem).strip() or "Untitled"


def clean(text: str) -> str:
    """The text without characters that cannot be stored or seen."""
    return _UNWANTED.sub("", text) if _UNWANTED.search(text) else text


class Builder:
    """Joins blocks into one text, a blank line between them (a line end between list items)."""

    __slots__ = ("_blocks", "_length", "_parts")

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._blocks: list[Block] = []
        self._length = 0

    @property
    def length(self) -> int:
        """Characters so far."""
        return self._length

    @property
    def empty(self) -> bool:
        """Whether no block has been added."""
        return not self._blocks

    @property
    def has_body(self) -> bool:
        """Whether there is a block that is no heading."""
        return any(block.kind != "heading" for block in self._blocks)

    def add(self, kind: BlockKind, text: str, *, level: int = 0, tight: bool = False) -> None:
        """Append a block; blank ones are dropped. ``tight`` puts it on the line right below."""
        text = self._tidy(kind, text)
        if not text:
            return
        if self._blocks:
            separator = "\n" if tight else "\n\n"
            self._parts.append(separator)
            self._length += len(separator)
        start = self._length
        self._length += len(text)
        self._parts.append(text)
        self._blocks.append(Block(kind, text, start, self._length, level))

    @staticmethod
    def _tidy(kind: BlockKind, text: str) -> str:
        text = clean(text)
        if _LINE_ENDS.search(text):
            text = _LINE_ENDS.sub("\n", text)
        text = text.rstrip()
        if kind == "heading":
            return " ".join(text.split())
        if kind != "code":
            return text.lstrip()
        blank = _LEADING_BLANK_LINES.match(text)
        return text[blank.end() :] if blank else text

    def first_heading(self, level: int | None = None) -> str | None:
        """The text of the first heading, of that level where one is given."""
        return next(
            (b.text for b in self._blocks if b.kind == "heading" and level in (None, b.level)), None
        )

    def build(
        self, source: Source, *, title: str | None = None, metadata: Mapping[str, Any] | None = None
    ) -> ParsedDocument:
        """The document. Title: the one given, else the first h1, the first heading, the name."""
        title = " ".join(clean(title or "").split())
        title = title or self.first_heading(1) or self.first_heading() or source.stem
        return ParsedDocument(
            title=title,
            text="".join(self._parts),
            blocks=tuple(self._blocks),
            mime_type=source.mime_type,
            metadata={k: v for k, v in (metadata or {}).items() if v not in (None, "", [])},
        )
