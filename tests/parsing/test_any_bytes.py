"""Whatever the bytes, the answer is a document or a ParseError."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neonhub.parsing import SUPPORTED, ParseError, chunk, parse_bytes
from tests.parsing.samples import check_document, make_docx, make_pdf

_PIECES = """<p> </p> <table> <tr><td> <li> <dd> <ul> </ul> <pre> <h2> <br> &#0; &#xD800; #~ -~ 1.~
    ```~ >~ ~~~~ text~ *~ ==== :role:`a~<b>` :: " , ; {"a":~ [1] } |a|_~ `x`_~ |~a~|~b~| |---|---|
    ..~note:: ..~foo::~bar ..~class:: ..~table::""".split()
_MARKUP = st.lists(
    st.sampled_from(
        [*(piece.replace("~", " ") for piece in _PIECES), "\n", "\n\n", "\x00", "\x1b"]
    ),
    max_size=40,
).map(lambda parts: "".join(parts).encode())
_ANY = st.binary(max_size=300) | st.text(max_size=200).map(str.encode) | _MARKUP


def read(data: bytes, suffix: str) -> None:
    refusal = None
    try:
        document = parse_bytes(data, name=f"any{suffix}")
    except ParseError as error:
        refusal = error
    else:
        check_document(document)
        assert chunk(document)
    assert refusal is None or (f"any{suffix}" in str(refusal) and refusal.hint)


@pytest.mark.parametrize("suffix", sorted({mime: s for s, mime in SUPPORTED.items()}.values()))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=_ANY)
def test_any_bytes_give_a_document_or_a_parse_error(suffix: str, data: bytes) -> None:
    read(data, suffix)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize(
    ("suffix", "sample"),
    [(".pdf", make_pdf(["Some text on a page."])), (".docx", make_docx())],
    ids=["pdf", "docx"],
)
def test_a_damaged_file_gives_a_document_or_a_parse_error(
    suffix: str, sample: bytes, data: st.DataObject
) -> None:
    damaged = bytearray(sample)
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.none() | st.integers(1, len(damaged)))
    read(bytes(damaged[:cut]), suffix)
