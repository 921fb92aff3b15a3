"""Word documents: headings, paragraphs, lists and tables in their order."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import docx
from docx.oxml.ns import qn
from docx.table import Table

from neonhub.parsing.builder import Builder
from neonhub.parsing.errors import BrokenFile, ProtectedFile, TooLarge
from neonhub.parsing.lists import ListLines

if TYPE_CHECKING:
    from docx.document import Document
    from docx.styles.style import BaseStyle
    from docx.text.paragraph import Paragraph

    from neonhub.parsing.builder import Source
    from neonhub.parsing.model import ParsedDocument

__all__ = ["parse"]

# A ZIP of a few kilobytes can unpack to gigabytes. Real documents unpack to some ten times
# their size, and their text is a small part of that.
MAX_UNPACKED = 256 * 1024 * 1024
_OLE = b"\xd0\xcf\x11\xe0"
_MAX_LEVEL = 6


def parse(source: Source) -> ParsedDocument:
    """The document; metadata: ``author``, ``created``, ``modified``, ``subject``, ``keywords``.

    Raises:
        BrokenFile: no ZIP, or none with a Word document in it.
        ProtectedFile: encrypted.
        TooLarge: unpacked, it would exceed ``MAX_UNPACKED`` bytes.
    """
    _check_archive(source)
    try:
        document = docx.Document(io.BytesIO(source.data))
    except (KeyError, ValueError) as error:
        reason = f"it has no Word document in it ({error})"
        raise BrokenFile(name=source.name, where="", reason=reason) from error
    reader = _Reader()
    for part in document.iter_inner_content():
        reader.take(part)
    reader.lists.close_all()
    metadata = _metadata(document)
    title = metadata.pop("title", None) or reader.title
    return reader.builder.build(source, title=title, metadata=metadata)


def _check_archive(source: Source) -> None:
    if source.data.startswith(_OLE):
        # Word wraps an encrypted .docx, and nothing else of that name, in its old container.
        raise ProtectedFile(name=source.name)
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
            # The sizes may lie, but reading stops at what they say.
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as error:
        raise BrokenFile(name=source.name, where="", reason=str(error)) from error
    if unpacked > MAX_UNPACKED:
        raise TooLarge(name=source.name, what="unpacked content", size=unpacked, limit=MAX_UNPACKED)


def _metadata(document: Document) -> dict[str, Any]:
    core = document.core_properties
    found: dict[str, Any] = {
        name: getattr(core, name) for name in ("title", "author", "subject", "keywords", "language")
    }
    for name in ("created", "modified"):
        moment = getattr(core, name)
        found[name] = moment.isoformat() if moment is not None else None
    return {name: value for name, value in found.items() if value}


class _Reader:
    def __init__(self) -> None:
        self.builder = Builder()
        self.lists = ListLines(self.builder)
        self.title: str | None = None
        self._open = 0
        self._levels: dict[str, tuple[int, bool]] = {}

    def take(self, part: Paragraph | Table) -> None:
        """Add a paragraph or table of the body."""
        if isinstance(part, Table):
            self._end_list()
            self.builder.add("table", "\n".join(_rows(part)))
            return
        text = part.text.strip()
        if not text:
            return
        level, listed = self._role(part)
        depth = _list_depth(part, listed)
        if level:
            self._end_list()
            self.builder.add("heading", text, level=level)
        elif depth:
            while self._open > depth:
                self._close()
            while self._open < depth:
                self.lists.open()
                self._open += 1
            self.lists.item()
            self.lists.add(text)
        else:
            self._end_list()
            self.builder.add("text", text)
        if self.title is None and level == 1:
            self.title = text

    def _role(self, paragraph: Paragraph) -> tuple[int, bool]:
        """The heading level, 0 for none, and whether the style is a list's."""
        own = _outline_level(paragraph._p.pPr)
        if own is not None:
            return own, False
        style = paragraph.style
        if style is None:
            return 0, False
        if style.style_id not in self._levels:
            self._levels[style.style_id] = _style_role(style)
        return self._levels[style.style_id]

    def _close(self) -> None:
        self.lists.close()
        self._open -= 1

    def _end_list(self) -> None:
        while self._open:
            self._close()


def _style_role(style: BaseStyle) -> tuple[int, bool]:
    """From the style's name or outline level, or those of the styles that it is based on."""
    seen = 0
    current: Any = style
    while current is not None and seen < 20:
        name = (current.name or "").lower()
        if name == "title":
            return 1, False
        if name.startswith("heading ") and name[8:].isdigit():
            return min(int(name[8:]), _MAX_LEVEL), False
        if name.startswith("list") and not name.startswith("list of"):
            return 0, True
        level = _outline_level(current.element.find(qn("w:pPr")))
        if level is not None:
            return level, False
        current, seen = current.base_style, seen + 1
    return 0, False


def _outline_level(properties: Any) -> int | None:
    """Word counts outline levels from 0; 9 is body text."""
    found = properties.find(qn("w:outlineLvl")) if properties is not None else None
    value = found.get(qn("w:val")) if found is not None else None
    if value is None or not value.isdigit() or int(value) > 8:
        return None
    return min(int(value) + 1, _MAX_LEVEL)


def _list_depth(paragraph: Paragraph, listed: bool) -> int:
    """How deep in a list the paragraph is; 0 for none."""
    properties: Any = paragraph._p.pPr
    numbering = properties.numPr if properties is not None else None
    if numbering is None:
        return 1 if listed else 0
    if numbering.numId is not None and numbering.numId.val == 0:
        return 0  # the style's numbering taken away
    return min(numbering.ilvl.val if numbering.ilvl is not None else 0, 8) + 1


def _rows(table: Table) -> list[str]:
    """Rows as lines; a merged cell, which Word repeats in every column it spans, once."""
    rows: list[str] = []
    for row in table.rows:
        cells: list[str] = []
        last = None
        for cell in row.cells:
            if cell._tc is not last:
                cells.append(" ".join(cell.text.split()))
            last = cell._tc
        rows.append(" | ".join(cells))
    return rows
