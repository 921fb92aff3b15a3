"""HTML: what a reader came for, without the page's furniture."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from neonhub.parsing.builder import Builder
from neonhub.parsing.encoding import decode
from neonhub.parsing.errors import BrokenFile
from neonhub.parsing.formats.html_reader import HtmlReader

if TYPE_CHECKING:
    from neonhub.parsing.builder import Source
    from neonhub.parsing.model import ParsedDocument

__all__ = ["parse", "read_fragment"]

_DECLARED = re.compile(
    rb"""<\?xml[^>]{0,100}?encoding=["']([\w.:-]{1,40})|<meta[^>]{0,200}?charset=["']?([\w.:-]{1,40})""",
    re.IGNORECASE,
)
# The parser walks up its stack of open elements at many a tag, and compares every attribute of a
# tag with all before it: nesting and attributes by the ten thousand take minutes. Real pages stay
# below a hundred of either.
_MAX_DEPTH = 3_000
_MAX_ATTRIBUTES = 2_000
_SUSPICIOUS_TAGS, _SUSPICIOUS_CHARS = 20_000, 200_000
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)([^>]*)>?")
_NEVER_DEEP = frozenset(
    "area base body br col colgroup dd dt embed head hr html img input li link meta option p param "
    "rp rt source tbody td tfoot th thead tr track wbr".split()
)
_METADATA = {"author", "description", "keywords", "date"}


def parse(source: Source) -> ParsedDocument:
    """The document; metadata: ``encoding``, ``language`` and the usual ``<meta>`` names."""
    declared = _DECLARED.search(source.data, 0, 4096)
    charset = (declared.group(1) or declared.group(2)).decode("ascii") if declared else None
    text, encoding = decode(source, charset)
    _refuse_traps(text, source.name)
    tree = LexborHTMLParser(text)
    builder = Builder()
    _read(tree, builder)
    if not builder.has_body:
        # Nothing but headings: then the table of contents is what the page has to say.
        builder = Builder()
        _read(tree, builder, keep_contents=True)
    title, metadata = _head(tree)
    return builder.build(source, title=title, metadata={"encoding": encoding} | metadata)


def read_fragment(html: str, builder: Builder, name: str) -> None:
    """Add the blocks of a piece of HTML, as Markdown may hold, to a document."""
    _refuse_traps(html, name)
    _read(LexborHTMLParser(html), builder)


def _read(tree: LexborHTMLParser, builder: Builder, *, keep_contents: bool = False) -> None:
    root = tree.body or tree.root
    if root is not None:
        HtmlReader(builder, keep_contents=keep_contents).read(root)


def _head(tree: LexborHTMLParser) -> tuple[str | None, dict[str, str]]:
    """The title and the metadata. Walked, not selected: a selector looks at the whole page."""
    title: str | None = None
    found: dict[str, str] = {}
    head = tree.head
    if head is None:
        return None, {}
    if head.parent is not None and (language := head.parent.attrs.get("lang")):
        found["language"] = language[:35]
    for node in head.iter():
        if node.tag == "title" and title is None:
            title = node.text()
        elif node.tag == "meta" and (name := (node.attrs.get("name") or "").lower()) in _METADATA:
            found[name] = " ".join((node.attrs.get("content") or "").split())[:1000]
    return title, found


def _refuse_traps(html: str, name: str) -> None:
    if len(html) < _SUSPICIOUS_CHARS and html.count("<") < _SUSPICIOUS_TAGS:
        return
    depth = 0
    for match in _TAG.finditer(html):
        closing, tag, attributes = match.groups()
        if len(attributes) > _MAX_ATTRIBUTES and len(attributes.split()) > _MAX_ATTRIBUTES:
            reason = f"a <{tag}> has more than {_MAX_ATTRIBUTES:,} attributes"
            raise BrokenFile(name=name, where=_line(html, match.start()), reason=reason)
        if attributes.endswith("/") or tag.lower() in _NEVER_DEEP:
            continue
        depth = max(0, depth - 1) if closing else depth + 1
        if depth > _MAX_DEPTH:
            reason = f"its elements are nested more than {_MAX_DEPTH:,} deep"
            raise BrokenFile(name=name, where=_line(html, match.start()), reason=reason)


def _line(html: str, offset: int) -> str:
    return f" (line {html.count(chr(10), 0, offset) + 1})"
