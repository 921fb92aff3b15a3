"""reStructuredText, by docutils: no file is included, no raw output, nothing is fetched."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from docutils import nodes
from docutils.core import publish_doctree

from neonhub.parsing.builder import Builder
from neonhub.parsing.encoding import decode
from neonhub.parsing.lists import ListLines

if TYPE_CHECKING:
    from neonhub.parsing.builder import Source
    from neonhub.parsing.model import ParsedDocument

__all__ = ["parse"]

_ERROR_LEVEL, _NEVER = 3, 5
# Settings of the user's or the machine's docutils.conf must not reach in: _disable_config.
_SETTINGS: dict[str, Any] = {
    "_disable_config": True,
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "report_level": _ERROR_LEVEL,
    "halt_level": _NEVER,
    "warning_stream": False,
    "input_encoding": "unicode",
    "syntax_highlight": "none",
    "smart_quotes": False,
    "doctitle_xform": True,
    "docinfo_xform": True,
    "sectsubtitle_xform": False,
    "line_length_limit": 1_000_000,
}
# :ref:`text <target>` of a role that docutils does not know (Sphinx's) comes out as it went in.
_ROLE = re.compile(
    r"^:[\w:+.-]+:`~?!?([^`<]*?)(?:\s*<[^`>]*>)?`$|^`([^`<]*?)(?:\s*<[^`>]*>)?`:[\w:+.-]+:$"
)
_UNKNOWN_DIRECTIVE = re.compile(r"^\.\.\s+([\w:+.-]+)::[ \t]*(.*)\n?((?:.*\n?)*)")
_OPTION = re.compile(r"^\s*:[\w-]+:.*$")
_NAVIGATION = frozenset({"toctree", "index", "currentmodule", "module", "automodule", "autoclass"})
_BOXES = (
    nodes.attention,
    nodes.caution,
    nodes.danger,
    nodes.error,
    nodes.hint,
    nodes.important,
    nodes.note,
    nodes.tip,
    nodes.warning,
)
_LISTS = (
    nodes.bullet_list,
    nodes.enumerated_list,
    nodes.definition_list,
    nodes.field_list,
    nodes.option_list,
)
_MAX_DIRECTIVES = 4  # unknown directives within unknown directives


def parse(source: Source) -> ParsedDocument:
    """The document; bibliographic fields such as ``author`` are metadata.

    Directives that docutils does not know keep their argument and content, unknown roles their
    text: most of the world's reStructuredText is written for Sphinx.
    """
    text, encoding = decode(source)
    reader = _Reader()
    tree = _tree(text)
    reader.read(tree, 0)
    reader.lists.close_all()
    title = reader.metadata.pop("title", None)
    return reader.builder.build(
        source, title=title, metadata=reader.metadata | {"encoding": encoding}
    )


def _tree(text: str) -> nodes.document:
    return publish_doctree(text, settings_overrides=dict(_SETTINGS))


class _Reader:
    """Walks a document tree with a stack of its own."""

    def __init__(self) -> None:
        self.builder = Builder()
        self.lists = ListLines(self.builder)
        self.metadata: dict[str, str] = {}
        self._level = 0
        self._directives = 0
        self._lead = ""

    def read(self, tree: nodes.Element, level: int) -> None:
        """Add the tree's blocks, its sections below ``level``."""
        self._level = level
        stack: list[tuple[nodes.Node, bool]] = [(tree, False)]
        while stack:
            node, leaving = stack.pop()
            if leaving:
                self._leave(node)
            elif self._enter(node):
                stack.append((node, True))
                stack.extend((child, False) for child in reversed(node.children))

    def _enter(self, node: nodes.Node) -> bool:
        """Begin a node; False: it is done with, children and all."""
        if isinstance(node, nodes.section):
            self._level += 1
        elif isinstance(node, _LISTS):
            numbered = isinstance(node, nodes.enumerated_list)
            self.lists.open(int(node.get("start", 1)) if numbered else None)
        elif isinstance(node, nodes.list_item):
            self.lists.item()
        elif isinstance(node, nodes.definition | nodes.field_body | nodes.description):
            self.lists.definition()
        elif isinstance(node, nodes.admonition):
            pass  # it has a title of its own
        elif isinstance(node, _BOXES):
            self._lead = f"{_name(node).capitalize()}: "
        else:
            return self._take(node)
        return True

    def _take(self, node: nodes.Node) -> bool:
        """Nodes that are blocks of their own. True: something else, look at its children."""
        if isinstance(node, nodes.title | nodes.subtitle | nodes.rubric):
            self._title(node)
        elif isinstance(node, nodes.term | nodes.field_name | nodes.option_group):
            self.lists.term()
            self._text(_plain(node))
        elif isinstance(node, nodes.literal_block | nodes.doctest_block | nodes.math_block):
            self._add("code", node.astext())
        elif isinstance(node, nodes.line_block):
            self._text("\n".join(_plain(line) for line in node.findall(nodes.line)))
        elif isinstance(node, nodes.table):
            self._table(node)
        elif isinstance(node, nodes.system_message):
            self._message(node)
        elif isinstance(node, nodes.docinfo):
            self._docinfo(node)
        elif isinstance(node, nodes.TextElement):
            if not isinstance(node, nodes.Invisible):
                self._text(_plain(node))
        else:
            return not isinstance(node, nodes.Invisible | nodes.Text | nodes.raw)
        return False

    def _leave(self, node: nodes.Node) -> None:
        if isinstance(node, nodes.section):
            self._level -= 1
        elif isinstance(node, _LISTS):
            self.lists.close()

    def _title(self, node: nodes.Element) -> None:
        if isinstance(node.parent, nodes.document):
            self._level += 1  # the document's title is the first heading, its subtitle the second
        if isinstance(node.parent, nodes.document | nodes.section):
            self._add("heading", _plain(node), level=min(self._level, 6))
        elif isinstance(node.parent, nodes.admonition):
            self._lead = f"{_plain(node)}: "
        else:
            self._text(_plain(node))

    def _text(self, text: str) -> None:
        text, self._lead = self._lead + text, ""
        if not self.lists.add(text):
            self.builder.add("text", text)

    def _add(self, kind: Any, text: str, level: int = 0) -> None:
        self.lists.interrupt()
        self.builder.add(kind, text, level=level)

    def _table(self, node: nodes.table) -> None:
        for title in node.findall(nodes.title):
            self._text(_plain(title))
        rows = [
            " | ".join(_plain(entry) for entry in row.findall(nodes.entry))
            for row in node.findall(nodes.row)
        ]
        self._add("table", "\n".join(rows))

    def _docinfo(self, node: nodes.Element) -> None:
        for child in node.children:
            if isinstance(child, nodes.field) and len(child.children) == 2:
                name, value = child.children
                self.metadata[name.astext().lower()[:60]] = value.astext()[:1000]
            else:
                self.metadata[_name(child)] = child.astext()[:1000]

    def _message(self, node: nodes.system_message) -> None:
        """What docutils could not place: the content of an unknown directive is kept."""
        source = next(iter(node.findall(nodes.literal_block)), None)
        match = _UNKNOWN_DIRECTIVE.match(source.astext()) if source is not None else None
        if match is None or "Unknown directive" not in node.astext():
            return
        name, argument, body = match.groups()
        if name in _NAVIGATION or self._directives >= _MAX_DIRECTIVES:
            return
        lines = body.expandtabs().splitlines()
        while lines and _OPTION.match(lines[0]):
            del lines[0]
        indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
        text = "\n".join(line[indent:] for line in lines)
        level = self._level
        self._directives += 1
        if argument:
            self._text(argument)
        self.read(_tree(text), level)
        self._directives -= 1
        self._level = level


def _name(node: nodes.Node) -> str:
    return type(node).__name__


def _plain(node: nodes.Node) -> str:
    """The node's text on one line, roles that were not understood reduced to theirs."""
    parts: list[str] = []
    for text in node.findall(nodes.Text):
        piece = str(text)
        if isinstance(text.parent, nodes.problematic) and (match := _ROLE.match(piece)):
            piece = match.group(1) or match.group(2) or ""
        elif isinstance(text.parent, nodes.system_message):
            continue
        parts.append(piece)
    return " ".join("".join(parts).split())
