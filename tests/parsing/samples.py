"""Small real files, made in memory, and what to expect of any document."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import docx

if TYPE_CHECKING:
    from collections.abc import Iterable

    from docx.document import Document

    from neonhub.parsing import ParsedDocument

DOCX_SUFFIX = ".docx"


def make_pdf(pages: Iterable[str | None], *, title: str = "", encrypt: bool = False) -> bytes:
    """A PDF of pages of text lines; None makes a page with a drawing and no text."""
    objects: list[bytes] = [b"", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for page in pages:
        content = b"0 0 100 100 re f" if page is None else _text_operators(page)
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        kids.append(len(objects) + 1)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    references = b" ".join(b"%d 0 R" % kid for kid in kids)
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (references, len(kids))
    objects.append(b"<< /Title (%s) /Author (A. Writer) >>" % title.encode("ascii"))
    trailer = b"/Root 1 0 R /Info %d 0 R" % len(objects)
    if encrypt:
        key = b"<" + b"41" * 32 + b">"
        objects.append(b"<< /Filter /Standard /V 1 /R 2 /P -4 /O %s /U %s >>" % (key, key))
        trailer += b" /Encrypt %d 0 R /ID [<41> <41>]" % len(objects)
    return _with_table(objects, trailer)


def _text_operators(page: str) -> bytes:
    lines = [line.encode("latin-1") for line in page.split("\n")]
    escaped = (line.replace(b"(", b"\\(").replace(b")", b"\\)") for line in lines)
    shown = b" T* ".join(b"(%s) Tj" % line for line in escaped)
    return b"BT /F1 11 Tf 14 TL 72 720 Td %s ET" % shown


def _with_table(objects: list[bytes], trailer: bytes) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer << /Size %d %s >>\n" % (len(objects) + 1, trailer)
    out += b"startxref\n%d\n%%%%EOF\n" % start
    return bytes(out)


def docx_bytes(document: Document) -> bytes:
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def make_docx() -> bytes:
    document = docx.Document()
    document.core_properties.author = "A. Writer"
    document.add_heading("Campaign handbook", 0)
    document.add_heading("Quiet hours", 1)
    document.add_paragraph("No messages are sent at night.")
    document.add_paragraph("Email", style="List Bullet")
    document.add_paragraph("SMS", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        (c for row in table.rows for c in row.cells),
        ("Channel", "From", "SMS", "21:00"),
        strict=True,
    ):
        cell.text = text
    document.add_heading("Exceptions", 2)
    document.add_paragraph("A recipient may opt out of quiet hours.")
    return docx_bytes(document)


def zip_bytes(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def shape(document: ParsedDocument) -> list[tuple[str, int, str]]:
    """The blocks without their offsets."""
    return [(block.kind, block.level, block.text) for block in document.blocks]


def check_document(document: ParsedDocument) -> None:
    """What holds for every document, whatever the file."""
    position = 0
    for block in document.blocks:
        assert block.text
        assert position <= block.start < block.end <= len(document.text)
        assert document.text[block.start : block.end] == block.text
        assert not document.text[position : block.start].strip()
        assert (block.level > 0) == (block.kind == "heading")
        position = block.end
    assert not document.text[position:].strip()
    assert "\x00" not in document.text
    document.text.encode("utf-8")  # raises where a lone surrogate is left
    assert document.title.strip()
    assert "\x00" not in document.title
    document.title.encode("utf-8")
