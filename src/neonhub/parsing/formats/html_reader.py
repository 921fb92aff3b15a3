"""Walks an HTML tree once, without recursion, and hands its blocks to a builder."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from neonhub.parsing.lists import ListLines

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

    from neonhub.parsing.builder import Builder
    from neonhub.parsing.model import BlockKind

__all__ = ["HtmlReader"]

_SKIPPED = frozenset(
    "audio button canvas datalist head iframe math nav noscript object script select style "
    "svg template textarea title video aside footer -comment".split()
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_CELLS = frozenset({"td", "th"})
_LISTS = frozenset({"dl", "menu", "ol", "ul"})
_ITEMS = frozenset({"li", "dt", "dd"})
_ARTICLES = frozenset({"article", "main"})
_PLAIN = frozenset(
    "address blockquote body caption center details dialog div fieldset figcaption figure "
    "form header hgroup hr legend optgroup p search section summary tbody tfoot thead".split()
)
# Every tag with an effect of its own; all others are part of a line of text.
_EVENTS = frozenset(
    {*_PLAIN, *_HEADINGS, *_CELLS, *_LISTS, *_ITEMS, *_ARTICLES, "br", "pre", "table", "tr"}
)
_WITH_CLASS = frozenset({"div", "dl", "ul", "ol", "section", "table"})
# Boxes are titled with a heading element, which heads no section: it leads their first paragraph.
_BOXES = frozenset(
    {"note", "tip", "important", "warning", "caution", "danger", "hint", "attention"}
)
_FURNITURE = frozenset({"navheader", "navfooter", "sphinxsidebar", "related", "breadcrumbs"})
_CONTENTS = frozenset({"toc"})
# Stand for <br>, and for the border of a block inside a cell, while white space is collapsed: no
# text that the parser returns holds a control character of these.
_BREAK, _BORDER = "\x00", "\x01"
_AROUND_BREAK = re.compile(f" ?{_BREAK} ?")
# No data lies this deep; and each look into a table costs all that is in it.
_MAX_TABLES = 8
# A table with any of these in a cell lays out a page; rows of 'cell | cell' would garble it.
_LAYOUT = "td table, th table, td h1, td h2, td h3, td h4, tr:only-child td pre"


def _is_layout(table: LexborNode) -> bool:
    """Whether a table lays out the page. Selecting within a table finds the table itself too."""
    found = table.css_first(_LAYOUT)
    if found is not None and found.mem_id == table.mem_id:
        return len(table.css(_LAYOUT)) > 1
    return found is not None


class HtmlReader:
    """The state of one walk. Text gathers in ``_inline`` until a block begins or ends."""

    def __init__(self, builder: Builder, *, keep_contents: bool = False) -> None:
        self._builder = builder
        self._dropped = _FURNITURE if keep_contents else _FURNITURE | _CONTENTS
        self._inline: list[str] = []
        self._captured = ""  # the heading, pre or cell whose whole text is being gathered
        self._captured_depth = 0
        self._articles = 0
        self._tables: list[list[str] | None] = []  # rows; None where the table is only layout
        self._row: list[str] = []
        self._lists = ListLines(builder)
        self._lead = ""

    def read(self, root: LexborNode) -> None:
        """Walk the tree below ``root``."""
        node, open_tags, inline = root, list[str](), self._inline
        while True:
            tag = node.tag or ""
            if tag == "-text":
                inline.append(node.text_content or "")
            elif tag not in _SKIPPED and (tag not in _EVENTS or self._enter(tag, node)):
                child = node.first_child
                if child is not None:
                    open_tags.append(tag)
                    node = child
                    continue
                if tag in _EVENTS:
                    self._leave(tag)
            # Depth, not ``node == root``, tells the end: comparing nodes serializes both.
            following = node.next if open_tags else None
            while following is None and open_tags and (parent := node.parent) is not None:
                if (tag := open_tags.pop()) in _EVENTS:
                    self._leave(tag)
                node = parent
                following = node.next if open_tags else None
            if following is None:
                break
            node = following
        self._flush()
        self._lists.close_all()

    def _enter(self, tag: str, node: LexborNode) -> bool:
        """Begin an element; False: pass over it and all that is in it."""
        if tag == "br":
            self._inline.append("\n" if self._captured == "pre" else _BREAK)
        elif tag in _WITH_CLASS and self._is_furniture(node):
            return False
        elif self._captured:
            self._captured_depth += 1
            self._border()
        elif tag == "header" and not self._articles:
            return False
        else:
            self._flush()
            self._begin(tag, node)
        return True

    def _begin(self, tag: str, node: LexborNode) -> None:
        if tag in _HEADINGS or tag == "pre" or (tag in _CELLS and self._rows is not None):
            self._captured, self._captured_depth = tag, 1
        elif tag == "table":
            deep = len(self._tables) > _MAX_TABLES
            self._tables.append(None if deep or _is_layout(node) else [])
        elif tag in _ARTICLES:
            self._articles += 1
        elif tag in _LISTS:
            self._lists.open(1 if tag == "ol" else None)
        elif tag == "li":
            self._lists.item()
        elif tag == "dt":
            self._lists.term()
        elif tag == "dd":
            self._lists.definition()

    def _leave(self, tag: str) -> None:
        """End an element that was entered."""
        if tag == "br":
            return
        if self._captured:
            self._captured_depth -= 1
            if self._captured_depth:
                self._border()
            else:
                self._release()
            return
        self._flush()
        if tag == "tr" and self._rows is not None:
            self._rows.append(" | ".join(self._row))
            self._row = []
        elif tag == "table" and self._tables:
            self._add("table", "\n".join(self._tables.pop() or ()))
        elif tag in _ARTICLES:
            self._articles -= 1
        elif tag in _LISTS:
            self._lists.close()

    def _is_furniture(self, node: LexborNode) -> bool:
        attributes = node.attrs
        if attributes.get("role") == "navigation":
            return True
        names = attributes.get("class")
        return names is not None and not self._dropped.isdisjoint(names.split())

    @property
    def _rows(self) -> list[str] | None:
        return self._tables[-1] if self._tables else None

    def _border(self) -> None:
        """The border of a block inside what is being captured."""
        if self._captured != "pre":
            self._inline.append(_BORDER if self._captured in _CELLS else " ")
        elif self._inline and not self._inline[-1].endswith("\n"):
            self._inline.append("\n")

    def _release(self) -> None:
        """The captured element has ended."""
        tag, self._captured = self._captured, ""
        raw = "".join(self._inline)
        self._inline.clear()
        if tag == "pre":
            self._add("code", raw.replace("\xa0", " "))
        elif tag in _HEADINGS:
            title = " ".join(raw.replace(_BREAK, " ").split()).rstrip("¶ ")
            if title.lower().rstrip(":") in _BOXES:
                self._lead = f"{title.rstrip(':')}: "
            else:
                self._add("heading", title, level=_HEADINGS[tag])
        else:
            lines = (" ".join(line.split()) for line in re.split(f"[{_BREAK}{_BORDER}]", raw))
            self._row.append(" — ".join(line for line in lines if line))

    def _flush(self) -> None:
        """The gathered text is a paragraph, or a line of a list item."""
        if not self._inline:
            return
        text = " ".join("".join(self._inline).split())
        self._inline.clear()
        if _BREAK in text:
            text = _AROUND_BREAK.sub("\n", text).strip()
        if not text:
            return
        if self._lead:
            text, self._lead = self._lead + text, ""
        if not self._lists.add(text):
            self._add("text", text)

    def _add(self, kind: BlockKind, text: str, *, level: int = 0) -> None:
        self._lists.interrupt()
        self._builder.add(kind, text, level=level)
