"""Markdown: CommonMark with tables, front matter, and the HTML that may stand in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from neonhub.parsing.builder import Builder
from neonhub.parsing.encoding import decode
from neonhub.parsing.lists import ListLines

if TYPE_CHECKING:
    from markdown_it.token import Token

    from neonhub.parsing.builder import Source
    from neonhub.parsing.model import ParsedDocument

__all__ = ["parse"]

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_SCALAR = re.compile(
    r"""^([A-Za-z][\w -]{0,60}):[ \t]+(?:"([^"\n]*)"|'([^'\n]*)'|(\S.*))[ \t]*$""", re.MULTILINE
)
_PARSER = MarkdownIt("commonmark").enable("table")


def parse(source: Source) -> ParsedDocument:
    """The document. Plain ``key: value`` lines of front matter are metadata."""
    text, encoding = decode(source)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    front: dict[str, str] = {}
    if match := _FRONT_MATTER.match(text):
        pairs = _SCALAR.findall(match.group(1))
        front = {key.strip().lower(): "".join(value).strip()[:1000] for key, *value in pairs}
        text = text[match.end() :]
    reader = _Reader(source.name)
    for token in _PARSER.parse(text):
        reader.take(token)
    reader.lists.close_all()
    title = front.pop("title", None)
    return reader.builder.build(source, title=title, metadata=front | {"encoding": encoding})


class _Reader:
    """Takes the flat token stream; what is open is kept in a few fields, no recursion."""

    def __init__(self, name: str) -> None:
        self.builder = Builder()
        self.lists = ListLines(self.builder)
        self._name = name
        self._heading = 0
        self._rows: list[str] | None = None
        self._row: list[str] = []

    def take(self, token: Token) -> None:
        kind = token.type
        if kind == "inline":
            self._text(_plain(token))
        elif kind in ("fence", "code_block"):
            self._add_code(token.content)
        elif kind == "html_block":
            self._add_html(token.content)
        elif kind == "heading_open":
            self._heading = int(token.tag[1:])
        elif kind in ("bullet_list_open", "ordered_list_open"):
            start = token.attrGet("start")
            number = int(start) if start is not None else 1
            self.lists.open(number if kind == "ordered_list_open" else None)
        elif kind in ("bullet_list_close", "ordered_list_close"):
            self.lists.close()
        elif kind == "list_item_open":
            self.lists.item()
        else:
            self._take_table(kind)

    def _take_table(self, kind: str) -> None:
        if kind == "table_open":
            self._rows = []
        elif kind == "tr_open":
            self._row = []
        elif kind == "tr_close" and self._rows is not None:
            self._rows.append(" | ".join(self._row))
        elif kind == "table_close" and self._rows is not None:
            self.lists.interrupt()
            self.builder.add("table", "\n".join(self._rows))
            self._rows = None

    def _text(self, text: str) -> None:
        if self._heading:
            self.lists.interrupt()
            self.builder.add("heading", text, level=self._heading)
            self._heading = 0
        elif self._rows is not None:
            self._row.append(" ".join(text.split()))
        elif not self.lists.add(text):
            self.builder.add("text", text)

    def _add_code(self, code: str) -> None:
        self.lists.interrupt()
        self.builder.add("code", code)

    def _add_html(self, html: str) -> None:
        from neonhub.parsing.formats.html import read_fragment

        self.lists.interrupt()
        read_fragment(html, self.builder, self._name)


def _plain(token: Token) -> str:
    """The text that a reader sees: links without targets, images as their alternative text."""
    parts: list[str] = []
    for child in token.children or ():
        if child.type in ("text", "code_inline", "image"):
            parts.append(child.content)
        elif child.type == "softbreak":
            parts.append(" ")
        elif child.type == "hardbreak" or child.content.lower().startswith("<br"):
            parts.append("\n")
    return "".join(parts)
