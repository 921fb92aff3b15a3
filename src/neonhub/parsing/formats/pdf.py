"""PDF: the text layer, page by page."""

from __future__ import annotations

import re
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import pypdfium2
import pypdfium2.raw as pdfium_c

from neonhub.parsing.builder import Builder, clean
from neonhub.parsing.errors import BrokenFile, NoTextLayer, ProtectedFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neonhub.parsing.builder import Source
    from neonhub.parsing.model import ParsedDocument

__all__ = ["parse"]

# PDFium is not thread-safe: two calls at once corrupt its memory and end the process.
_PDFIUM = threading.Lock()
_MAX_PAGES = 20_000
_METADATA = {
    "Author": "author",
    "Subject": "subject",
    "Keywords": "keywords",
    "CreationDate": "created",
}
# PDFium marks a word broken at a line's end by U+FFFE or U+0002 in place of the hyphen.
_BROKEN_WORD = re.compile("[\ufffe\x02][ \t]*(?:\r\n|\n)?|(?<=[a-z])\xad[ \t]*(?:\r\n|\n)")
_LEADERS = re.compile(r"(?:[ \t]?\.){5,}[ \t]?")  # the dots of a table of contents
_DIGITS = re.compile(r"\d+")
_SHARED = 3
_LINE_END = re.compile(r"\r\n?|\n")
_ENDS = (".", "!", "?", ":", "。", "”", '"', ")")


def parse(source: Source) -> ParsedDocument:
    """The document; metadata: ``page_count``, ``page_starts`` (the offset at which each page
    begins; a page without text begins where the next does), ``author`` and the like.

    Raises:
        ProtectedFile: it needs a password.
        NoTextLayer: pages of images only.
        BrokenFile: PDFium cannot read it, or one of its pages.
    """
    with _PDFIUM:
        document = _open(source)
        try:
            pages, information = _read(document, source)
        finally:
            document.close()
    builder = Builder()
    starts: list[int] = []
    for lines in _without_running_titles([_lines(text) for text in pages]):
        # The separator goes before the first block of the page.
        starts.append(builder.length + (0 if builder.empty else 2))
        for paragraph in _paragraphs(lines):
            builder.add("text", paragraph)
    if builder.empty:
        raise NoTextLayer(name=source.name, pages=len(pages))
    metadata = information | {"page_count": len(pages), "page_starts": starts}
    title = metadata.pop("title", None) or source.stem
    return builder.build(source, title=title, metadata=metadata)


def _open(source: Source) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(source.data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == pdfium_c.FPDF_ERR_PASSWORD:
            raise ProtectedFile(name=source.name) from error
        raise BrokenFile(name=source.name, where="", reason=str(error).rstrip(".")) from error


def _read(document: pypdfium2.PdfDocument, source: Source) -> tuple[list[str], dict[str, Any]]:
    if len(document) > _MAX_PAGES:
        reason = f"it has {len(document):,} pages, and at most {_MAX_PAGES:,} are read"
        raise BrokenFile(name=source.name, where="", reason=reason)
    pages: list[str] = []
    for number in range(len(document)):
        try:
            page = document[number]
            text_page = page.get_textpage()
            pages.append(text_page.get_text_range() if text_page.count_chars() > 0 else "")
            text_page.close()
            page.close()
        except pypdfium2.PdfiumError as error:
            where = f" (page {number + 1})"
            raise BrokenFile(
                name=source.name, where=where, reason=str(error).rstrip(".")
            ) from error
    found = document.get_metadata_dict(skip_empty=True)
    information = {
        ours: clean(found[key])[:1000] for key, ours in _METADATA.items() if key in found
    }
    information["title"] = found.get("Title", "")
    return pages, information


def _lines(text: str) -> list[str]:
    text = _LEADERS.sub(" … ", _BROKEN_WORD.sub("", text))
    return [line.strip() for line in _LINE_END.split(text)]


def _without_running_titles(pages: list[list[str]]) -> list[list[str]]:
    """The pages without the first and last lines that at least three of them share, but for
    their numbers: they would end up in the middle of sentences."""
    seen: Counter[str] = Counter()
    for lines in pages:
        edges = {_DIGITS.sub("#", line) for line in (*lines[:1], *lines[-1:]) if line}
        seen.update(edges)
    kept = []
    for lines in pages:
        start = 1 if lines and seen[_DIGITS.sub("#", lines[0])] >= _SHARED else 0
        end = len(lines)
        if end > start and seen[_DIGITS.sub("#", lines[-1])] >= _SHARED:
            end -= 1
        # A page of nothing else says what it says: a form that repeats, a title by itself.
        kept.append(lines[start:end] if any(lines[start:end]) else lines)
    return kept


def _paragraphs(lines: list[str]) -> Iterator[str]:
    """Lines joined to paragraphs. A PDF knows no paragraphs: one ends at a blank line, or after a
    line that ends a sentence well short of the page's longest."""
    longest = max(map(len, lines), default=0)
    gathered: list[str] = []
    for line in lines:
        if line:
            gathered.append(line)
        if gathered and (not line or (line.endswith(_ENDS) and len(line) < 0.75 * longest)):
            yield " ".join(gathered)
            gathered = []
    if gathered:
        yield " ".join(gathered)
