"""Text arrives whole whatever it was saved as."""

from __future__ import annotations

import codecs

import pytest

from neonhub.parsing import parse_bytes

FRENCH = "Les campagnes d'été ont très bien marché à Orléans, grâce à l'équipe.\n"
RUSSIAN = "Кампания началась вчера и уже приносит первые результаты нашей команде.\n"
JAPANESE = "新しいキャンペーンは昨日始まりました。\n"


@pytest.mark.parametrize(
    ("text", "encoding", "reported"),
    [
        (FRENCH, "utf-8", "utf-8"),
        (FRENCH, "utf-8-sig", "utf-8"),
        (FRENCH, "utf-16", "utf-16"),
        (FRENCH, "utf-16-le", "utf-16-le"),
        (FRENCH, "utf-16-be", "utf-16-be"),
        (FRENCH, "utf-32", "utf-32"),
        (FRENCH, "latin-1", "iso8859-1"),
        ("“Déjà vu” – " + FRENCH, "cp1252", "cp1252"),
        (RUSSIAN * 5, "cp1251", "cp1251"),
        (JAPANESE * 5, "shift_jis", "cp932"),
    ],
)
def test_text_is_read_rightly_and_the_encoding_reported(
    text: str, encoding: str, reported: str
) -> None:
    document = parse_bytes(text.encode(encoding), name="a.txt")
    assert document.text == text.strip()
    assert document.metadata["encoding"] == reported


def test_one_accent_in_a_long_text_is_enough() -> None:
    text = "Plain words come first. " * 9000 + "Voilà."
    assert parse_bytes(text.encode("latin-1"), name="a.txt").text == text


def test_a_page_is_read_as_it_declares_itself() -> None:
    page = f'<meta charset="koi8-r"><title>x</title><p>{RUSSIAN}</p>'
    assert parse_bytes(page.encode("koi8-r"), name="a.html").text == RUSSIAN.strip()
    xhtml = f'<?xml version="1.0" encoding="ISO-8859-5"?><html><p>{RUSSIAN}</p></html>'
    document = parse_bytes(xhtml.encode("iso8859-5"), name="a.xhtml")
    assert document.text == RUSSIAN.strip()


def test_the_charset_of_the_transport_is_heeded() -> None:
    data = RUSSIAN.encode("koi8-r")
    document = parse_bytes(data, name="a", mime_type="text/plain; charset=KOI8-R")
    assert document.text == RUSSIAN.strip()
    # One that does not exist, and one that is no text encoding, are passed over.
    for charset in ("martian", "hex", "idna"):
        mime = f"text/plain; charset={charset}"
        assert parse_bytes(b"caf\xe9 noir", name="a", mime_type=mime).text == "café noir"


def test_a_wrong_declaration_does_not_garble_utf8() -> None:
    page = f'<meta charset="iso-8859-1"><p>{RUSSIAN}</p>'.encode()
    assert parse_bytes(page, name="a.html").text == RUSSIAN.strip()


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.rst", "a.html", "a.csv", "a.jsonl"])
def test_a_byte_order_mark_is_no_text(name: str) -> None:
    body = b'{"a": "word"}\n' if name == "a.jsonl" else b"word,word\n\n1,2\n"
    document = parse_bytes(codecs.BOM_UTF8 + body, name=name)
    assert "\ufeff" not in document.text


def test_invisible_characters_do_not_hide_in_words() -> None:
    document = parse_bytes("cam\u00adpaign pg_\u200bstat \x1b[1mbold".encode(), name="a.txt")
    assert document.text == "campaign pg_stat [1mbold"
