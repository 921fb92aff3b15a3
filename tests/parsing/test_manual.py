"""PostgreSQL's own manual, where Debian's package of it is installed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from neonhub.parsing import chunk, parse_file
from tests.parsing.samples import check_document

MANUAL = Path("/usr/share/doc/postgresql-doc-15/html")

pytestmark = pytest.mark.skipif(not MANUAL.is_dir(), reason="postgresql-doc-15 is not installed")


def test_a_reference_page_is_cut_into_its_sections() -> None:
    document = parse_file(MANUAL / "sql-createindex.html", max_bytes=10**7)
    check_document(document)
    assert document.title == "CREATE INDEX"
    chunks = chunk(document)
    paths = {piece.heading_path for piece in chunks}
    assert ("CREATE INDEX", "Parameters", "Index Storage Parameters") in paths
    assert ("CREATE INDEX", "Examples") in paths
    synopsis = chunks[0].text
    assert synopsis.startswith("CREATE INDEX — define a new index")
    assert (
        "CREATE [ UNIQUE ] INDEX [ CONCURRENTLY ] [ [ IF NOT EXISTS ] name ] ON [ ONLY ]"
        in synopsis
    )
    assert "\n    [ INCLUDE ( column_name [, ...] ) ]\n" in synopsis


@pytest.mark.parametrize("name", ["runtime-config-resource", "functions-string", "app-psql"])
def test_no_navigation_and_no_glued_words(name: str) -> None:
    document = parse_file(MANUAL / f"{name}.html", max_bytes=10**7)
    check_document(document)
    for piece in chunk(document):
        assert "Prev" not in piece.text
        assert piece.token_count <= 400
        # A sentence's end glued to the next one's first word: the mark of a lost block border.
        assert not re.search(r"[a-z]{3}[.;][A-Z][a-z]{2}", piece.text)


def test_a_parameter_is_found_with_what_it_does() -> None:
    document = parse_file(MANUAL / "runtime-config-resource.html", max_bytes=10**7)
    (piece,) = (
        p for p in chunk(document, overlap_tokens=0) if "shared_buffers (integer)" in p.text
    )
    assert "Sets the amount of memory the database server uses for shared memory" in piece.text
    assert piece.heading_path[-1] == "20.4.1. Memory"
