"""Markdown, reStructuredText, plain text, PDF and DOCX as documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import docx
import pytest

from neonhub.parsing import chunk, parse_bytes
from tests.parsing.samples import check_document, docx_bytes, make_docx, make_pdf, shape

if TYPE_CHECKING:
    from neonhub.parsing import ParsedDocument

MARKDOWN = b"""---
title: "The handbook"
author: A. Writer
tags: [a, b]
---
# Guide

Read `this`, see [that](http://example.org/x) and
![a picture](p.png).

- one
- two
  - nested **bold**

```python
if night:
    wait()
```

| Channel | Limit |
|---------|-------|
| SMS     | 3     |

<details><summary>More</summary><p>Hidden <b>text</b></p></details>

Setext
------
"""

RST = b"""\
=======
 Guide
=======

:Author: A. Writer

Read :ref:`the rest <rest>`, ``this`` and `that <http://example.org>`_.

.. toctree::

   other

Channels
--------

.. note:: Mind the gap.

.. versionadded:: 2.0

   With *emphasis*.

SMS
  Short.

#. one
#. two

   * nested

.. code-block:: python

   if night:
       wait()

=======  =====
Channel  Limit
=======  =====
SMS      3
=======  =====

.. include:: /etc/passwd

.. raw:: html

   <b>raw</b>

.. this is a comment
"""


def read(data: bytes, name: str) -> ParsedDocument:
    document = parse_bytes(data, name=name)
    check_document(document)
    return document


def test_markdown() -> None:
    document = read(MARKDOWN, "a.md")
    assert document.title == "The handbook"
    assert document.metadata == {"author": "A. Writer", "tags": "[a, b]", "encoding": "utf-8"}
    assert shape(document) == [
        ("heading", 1, "Guide"),
        ("text", 0, "Read this, see that and a picture."),
        ("list", 0, "- one"),
        ("list", 0, "- two\n  - nested bold"),
        ("code", 0, "if night:\n    wait()"),
        ("table", 0, "Channel | Limit\nSMS | 3"),
        ("text", 0, "More"),
        ("text", 0, "Hidden text"),
        ("heading", 2, "Setext"),
    ]


def test_restructuredtext() -> None:
    document = read(RST, "a.rst")
    assert document.title == "Guide"
    assert document.metadata == {"author": "A. Writer", "encoding": "utf-8"}
    assert shape(document) == [
        ("heading", 1, "Guide"),
        ("text", 0, "Read the rest, this and that."),
        ("heading", 2, "Channels"),
        ("text", 0, "Note: Mind the gap."),
        ("text", 0, "2.0"),
        ("text", 0, "With emphasis."),
        ("list", 0, "SMS\n  Short."),
        ("list", 0, "1. one"),
        ("list", 0, "2. two\n  - nested"),
        ("code", 0, "if night:\n    wait()"),
        ("table", 0, "Channel | Limit\nSMS | 3"),
    ]


def test_plain_text_is_paragraphs() -> None:
    document = read(b"First\r\nline.\r\n\r\n \r\nSecond.\n\f\nThird.", "docs/Read me.txt")
    assert [block.text for block in document.blocks] == ["First\nline.", "Second.", "Third."]
    assert document.title == "Read me"


def test_pdf() -> None:
    pages = ["Quiet hours (nightly)\nNo messages are sent.", None, "The last page has\nits text."]
    document = read(make_pdf(pages, title="Handbook"), "a.pdf")
    assert document.title == "Handbook"
    assert document.metadata["author"] == "A. Writer"
    assert document.metadata["page_count"] == 3
    assert "Quiet hours (nightly) No messages are sent." in document.text
    assert document.text.endswith("The last page has its text.")
    assert document.page_at(0) == 1
    assert document.page_at(document.text.index("The last")) == 3
    assert [document.page_at(piece.start) for piece in chunk(document)] == [1]


def test_running_titles_and_page_numbers_of_a_pdf_are_left_out() -> None:
    pages = [f"Handbook {n}\nA sentence that begins on page {n} and\nends there." for n in range(4)]
    document = read(make_pdf(pages), "a.pdf")
    assert "Handbook" not in document.text
    assert document.text.count("A sentence that begins on page") == 4


def test_docx() -> None:
    document = read(make_docx(), "a.docx")
    assert document.title == "Campaign handbook"
    assert document.metadata["author"] == "A. Writer"
    assert shape(document) == [
        ("heading", 1, "Campaign handbook"),
        ("heading", 1, "Quiet hours"),
        ("text", 0, "No messages are sent at night."),
        ("list", 0, "- Email"),
        ("list", 0, "- SMS"),
        ("table", 0, "Channel | From\nSMS | 21:00"),
        ("heading", 2, "Exceptions"),
        ("text", 0, "A recipient may opt out of quiet hours."),
    ]


def test_docx_styles_based_on_headings_and_merged_cells() -> None:
    document = docx.Document()
    style = document.styles.add_style("Kapitel", 1)
    style.base_style = document.styles["Heading 2"]
    document.add_paragraph("Chapter", style="Kapitel")
    table = document.add_table(rows=1, cols=3)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "wide"
    table.cell(0, 2).text = "narrow"
    read_back = read(docx_bytes(document), "a.docx")
    assert shape(read_back) == [("heading", 2, "Chapter"), ("table", 0, "wide | narrow")]


def test_docx_tables_are_found_under_their_heading() -> None:
    paths = [piece.heading_path for piece in chunk(read(make_docx(), "a.docx"), target_tokens=31)]
    assert ("Campaign handbook", "Quiet hours") in paths


@pytest.mark.parametrize(
    ("name", "mime_type", "kind"),
    [
        ("upload", "text/markdown", "heading"),
        ("upload", "text/markdown; charset=utf-8", "heading"),
        ("upload.md", "application/octet-stream", "heading"),
        ("upload.md", "text/plain", "heading"),
        ("upload.MD", None, "heading"),
        ("upload.txt", None, "text"),
        ("upload.txt", "Text/Markdown", "heading"),
    ],
)
def test_the_type_is_the_stated_one_unless_the_name_knows_better(
    name: str, mime_type: str | None, kind: str
) -> None:
    document = parse_bytes(b"# Guide", name=name, mime_type=mime_type)
    assert document.blocks[0].kind == kind
