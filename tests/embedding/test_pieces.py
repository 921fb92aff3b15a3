"""Long texts in pieces: nothing lost, no piece too long, no character torn."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from neonhub.embedding.pieces import batches, cut


@given(st.text(max_size=300), st.integers(8, 60))
def test_pieces_fit_and_lose_nothing(text: str, limit: int) -> None:
    pieces = cut(text, limit)
    assert all(len(piece.encode()) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_pieces_part_at_white_space() -> None:
    assert cut("aaaa bbbb cccc dddd", 10) == ["aaaa bbbb ", "cccc dddd"]
    assert cut("ääääää", 5) == ["ää", "ää", "ää"]
    assert cut("a\ud800", 100) == ["a?"]


@given(st.lists(st.text(min_size=1, max_size=5), max_size=40), st.integers(1, 7))
def test_batches_keep_the_order(texts: list[str], most: int) -> None:
    found = list(batches(texts, most=most))
    assert [text for batch in found for text in batch] == texts
    assert all(0 < len(batch) <= most for batch in found)
