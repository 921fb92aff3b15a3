"""Bad input: each kind with a message that says what, where and what to do."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from neonhub.db.errors import NeonHubError
from neonhub.parsing import ParseError, parse_bytes, parse_file
from neonhub.parsing.errors import (
    BinaryFile,
    BrokenFile,
    EmptyFile,
    NoTextLayer,
    ProtectedFile,
    TooLarge,
    UndecodableText,
    UnreadableFile,
    UnsupportedType,
)
from neonhub.parsing.formats import docx as docx_format
from tests.parsing.samples import make_docx, make_pdf, zip_bytes

if TYPE_CHECKING:
    from pathlib import Path

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600

CASES = {
    "nothing": (b"", "a.txt", EmptyFile, "a.txt is empty"),
    "white space": (b" \n\t\n", "a.md", EmptyFile, "a.md is empty"),
    "markup only": (b"<html><body><p> </p></body></html>", "a.html", EmptyFile, "a.html is empty"),
    "header row only": (b"a,b\n", "a.csv", EmptyFile, "a.csv is empty"),
    "NUL bytes": (b"one\ntwo \x00\x01\x02\n", "a.txt", BinaryFile, r"NUL byte \(line 2, byte 9\)"),
    "a PNG": (b"\x89PNG\r\n\x1a\n" + bytes(50), "a.md", BinaryFile, "begins like a PNG image"),
    "a PDF": (b"%PDF-1.7 etc", "a.txt", BinaryFile, "begins like a PDF"),
    "control characters": (b"\x01\x02\x03 text " * 9, "a.txt", BinaryFile, "control characters"),
    "half UTF-16": (b"\xff\xfea\x00\n\x00b", "a.txt", UndecodableText, "utf-16 .*byte order mark"),
    "no encoding": (bytes(range(128, 256)) * 4, "a.txt", UndecodableText, "tried utf-8, and"),
    "no PDF": (b"not a pdf at all", "a.pdf", BrokenFile, "a.pdf is damaged"),
    "cut PDF": (make_pdf(["Text"])[:120], "a.pdf", BrokenFile, "a.pdf is damaged"),
    "locked PDF": (make_pdf(["Text"], encrypt=True), "a.pdf", ProtectedFile, "needs a password"),
    "scanned PDF": (make_pdf([None, None]), "a.pdf", NoTextLayer, "none of its 2 pages has text"),
    "no ZIP": (b"not a document", "a.docx", BrokenFile, "not a zip file"),
    "cut DOCX": (make_docx()[:2000], "a.docx", BrokenFile, "not a zip file"),
    "another ZIP": (zip_bytes({"a.txt": b"x"}), "a.docx", BrokenFile, "no Word document"),
    "locked DOCX": (OLE, "a.docx", ProtectedFile, "needs a password"),
    "JSON line": (b'{"a": 1}\n{"a": \n', "a.jsonl", BrokenFile, r"\(line 2, column \d+\)"),
    "JSON": (b'[{"a": 1},\n{"a" 1}]', "a.json", BrokenFile, r"\(line 2, column \d+\)"),
    "CSV quote": (b'a,b\n1,2\n3,"4\n', "a.csv", BrokenFile, r"\(row 2, line \d\)"),
    "unknown suffix": (b"text", "a.odt", UnsupportedType, r"\.odt.*\.docx"),
    "no suffix": (b"text", "README", UnsupportedType, "no suffix"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "name", "kind", "message"), CASES.values(), ids=CASES)
def test_bad_content_is_named(data: bytes, name: str, kind: type[ParseError], message: str) -> None:
    with pytest.raises(ParseError, match=message) as caught:
        parse_bytes(data, name=name)
    assert type(caught.value) is kind
    assert isinstance(caught.value, NeonHubError)
    assert caught.value.hint
    assert caught.value.to_dict()["details"]["name"] == name


def test_content_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "big.txt"
    file.write_bytes(b"word " * 300)
    with pytest.raises(TooLarge, match=r"1,500 bytes.*at most 1,000"):
        parse_file(file, max_bytes=1000)
    assert parse_file(file, max_bytes=1500).text.startswith("word word")
    with pytest.raises(TooLarge):
        parse_bytes(b"word", name="a.txt", max_bytes=3)


def test_a_docx_that_unpacks_to_too_much_is_refused_before_unpacking(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bomb = zip_bytes({"word/document.xml": b"0" * 5_000_000})
    assert len(bomb) < 10_000
    monkeypatch.setattr(docx_format, "MAX_UNPACKED", 4_000_000)
    with pytest.raises(TooLarge, match=r"5,000,000 bytes of unpacked content"):
        parse_bytes(bomb, name="bomb.docx")


def test_what_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="No such file"):
        parse_file(tmp_path / "gone.txt", max_bytes=100)
    (tmp_path / "folder.txt").mkdir()
    with pytest.raises(UnreadableFile, match="not a regular file"):
        parse_file(tmp_path / "folder.txt", max_bytes=100)
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(UnreadableFile, match="not a regular file"):
        parse_file(tmp_path / "pipe.txt", max_bytes=100)


def test_rst_problems_are_not_printed(capfd: pytest.CaptureFixture[str]) -> None:
    document = parse_bytes(b"Title\n==\n\n`open *x\n\n.. nonsense::\n\n|a|_\n", name="a.rst")
    assert "Title" in document.text
    assert capfd.readouterr() == ("", "")
