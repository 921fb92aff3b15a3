"""What holds for the chunks of any document at any sizes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from neonhub.parsing import chunk
from neonhub.parsing.builder import Builder, Source
from neonhub.parsing.tokens import count_tokens

if TYPE_CHECKING:
    from neonhub.parsing import Chunk, ParsedDocument

_WORDS = st.sampled_from(
    [
        "send", "campaign", "a", "quiet-hours", "x" * 90, "日本語です。", "e.g.", "Stop!", "End.",
        "Why?", "\n", "\n\n", "  ", "(see", "1.5)", "café", "don't", "a | b", "\t", "– “so” –",
    ]
)  # fmt: skip
_TEXT = st.lists(_WORDS, min_size=1, max_size=60).map(" ".join) | st.text(max_size=80)
_BLOCK = st.tuples(
    st.sampled_from(["heading", "text", "text", "code", "table", "list"]), _TEXT, st.integers(1, 6)
)


@st.composite
def documents(draw: st.DrawFn) -> ParsedDocument:
    builder = Builder()
    for kind, text, level in draw(st.lists(_BLOCK, max_size=25)):
        level = level if kind == "heading" else 0  # noqa: PLW2901
        builder.add(kind, text, level=level, tight=draw(st.booleans()))  # type: ignore[arg-type]
    return builder.build(Source(b"", "any.txt", "text/plain"), title=draw(st.text(max_size=300)))


@st.composite
def sizes(draw: st.DrawFn) -> dict[str, int]:
    target = draw(st.integers(1, 120))
    return {
        "target_tokens": target,
        "overlap_tokens": draw(st.integers(0, target - 1)),
        "max_tokens": draw(st.integers(target, 2 * target)),
    }


def own_text(document: ParsedDocument, piece: Chunk) -> str:
    """The end of the chunk's text that is found in its range."""
    covered = document.text[piece.start : piece.end]
    length = min(len(covered), len(piece.text))
    while not covered.endswith(piece.text[len(piece.text) - length :]):
        length -= 1
    return piece.text[len(piece.text) - length :]


@given(documents(), sizes())
def test_ranges_are_ordered_and_leave_out_only_white_space(
    document: ParsedDocument, limits: dict[str, int]
) -> None:
    chunks = chunk(document, **limits)
    position = 0
    for index, piece in enumerate(chunks):
        assert piece.idx == index
        assert position <= piece.start < piece.end <= len(document.text)
        assert not document.text[position : piece.start].strip()
        position = piece.end
    assert not document.text[position:].strip()


@given(documents(), sizes())
def test_no_chunk_is_larger_than_the_maximum(
    document: ParsedDocument, limits: dict[str, int]
) -> None:
    for piece in chunk(document, **limits):
        assert piece.text.strip()
        assert 0 < piece.token_count <= limits["max_tokens"]
        assert piece.token_count == count_tokens(piece.text)


@given(documents(), sizes())
def test_text_lost_from_a_range_is_only_headings_of_the_path(
    document: ParsedDocument, limits: dict[str, int]
) -> None:
    for piece in chunk(document, **limits):
        own = own_text(document, piece)
        left_out = document.text[piece.start : piece.end - len(own)]
        for line in filter(None, map(str.strip, left_out.splitlines())):
            assert line in piece.heading_path


@given(documents(), sizes())
def test_without_overlap_every_text_is_a_part_of_its_range(
    document: ParsedDocument, limits: dict[str, int]
) -> None:
    for piece in chunk(document, **limits | {"overlap_tokens": 0}):
        assert document.text[piece.start : piece.end].endswith(piece.text)


@given(documents())
def test_the_hash_is_of_what_is_embedded_and_the_path_begins_with_the_title(
    document: ParsedDocument,
) -> None:
    for piece in chunk(document):
        assert piece.content_hash == hashlib.sha256(piece.embedded_text.encode()).hexdigest()
        assert piece.embedded_text == " > ".join(piece.heading_path) + "\n\n" + piece.text
        assert piece.heading_path[0].rstrip("…") == document.title[:199] or (
            piece.heading_path[0] == document.title
        )


@given(documents(), sizes())
def test_the_same_document_gives_the_same_chunks(
    document: ParsedDocument, limits: dict[str, int]
) -> None:
    assert chunk(document, **limits) == chunk(document, **limits)


@given(_TEXT, st.integers(0, 200))
def test_token_counts_add_up_at_white_space(text: str, cut: int) -> None:
    left, right = text[:cut], text[cut:]
    assert count_tokens(f"{left} {right}") == count_tokens(left) + count_tokens(right)
