"""Passages for reading: cut around their marks, wrapped, and nothing lost on the way."""

import re

from hypothesis import given
from hypothesis import strategies as st

from neonhub.cli.passages import BOLD_YELLOW, STARS, excerpt, lines_of

TEXT = f"{'before ' * 100}quiet hours {'between ' * 20}quiet end {'after ' * 100}".strip()
MARKS = [(each.start(), each.end()) for each in re.finditer("quiet|hours", TEXT)]


def test_a_long_passage_is_cut_where_most_marks_are() -> None:
    text, marks = excerpt(TEXT, MARKS, 300)
    assert text.startswith("… before")
    assert text.endswith("after …")
    assert len(text) <= 304
    assert [text[a:b] for a, b in marks] == ["quiet", "hours", "quiet"]


def test_a_short_one_is_left_whole_and_one_without_marks_begins_at_the_beginning() -> None:
    assert excerpt("short", [(0, 5)]) == ("short", [(0, 5)])
    text, marks = excerpt(TEXT, [], 100)
    assert text.startswith("before before")
    assert marks == []


def test_marks_are_shown_in_every_style() -> None:
    marks = [(0, 4), (15, 19)]
    plain = list(lines_of("Send at night, send", marks, width=None, style=STARS))
    assert plain == ["**Send** at night, **send**"]
    (coloured,) = lines_of("Send", marks[:1], width=80, style=BOLD_YELLOW)
    assert coloured == "\x1b[1;33mSend\x1b[0m"


@given(
    text=st.text(alphabet="ab \n", max_size=200),
    cuts=st.lists(st.integers(0, 200), max_size=8),
    width=st.integers(1, 40),
)
def test_wrapping_loses_no_word_and_keeps_the_width(text: str, cuts: list[int], width: int) -> None:
    cuts = sorted({cut for cut in cuts if cut <= len(text)})
    marks = list(zip(cuts[::2], cuts[1::2], strict=False))
    lines = list(lines_of(text, marks, width=width, style=STARS))
    bare = [line.replace("**", "") for line in lines]
    assert "".join("".join(bare).split()) == "".join(text.split())
    assert all(len(line) <= width for line in bare)
    shown = "".join(re.findall(r"\*\*(.*?)\*\*", "".join(lines)))
    assert "".join(shown.split()) == "".join("".join(text[a:b] for a, b in marks).split())
