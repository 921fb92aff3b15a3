"""Passages on the screen: cut around their marked words, wrapped, the marks shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["BOLD_YELLOW", "STARS", "Style", "excerpt", "lines_of"]

EXCERPT_CHARS = 420
_WORD = re.compile(r"\S+")
_ELLIPSIS = "…"
Mark = tuple[int, int]


class Style(NamedTuple):
    """What stands before and after a marked word."""

    before: str
    after: str


STARS = Style("**", "**")
BOLD_YELLOW = Style("\x1b[1;33m", "\x1b[0m")


def excerpt(
    text: str, marks: Sequence[Mark], length: int = EXCERPT_CHARS
) -> tuple[str, list[Mark]]:
    """The part of ``text`` with most marks in it, some ``length`` characters, and its marks.

    It begins and ends between words, with an ellipsis where something was left out.
    """
    if len(text) <= length:
        return text, list(marks)
    begin = _best_begin(marks, len(text), length)
    begin = _between_words(text, begin) if begin else 0
    end = min(len(text), begin + length)
    if end < len(text):
        end = _between_words(text, end)
    head = f"{_ELLIPSIS} " if begin else ""
    tail = f" {_ELLIPSIS}" if end < len(text) else ""
    shift = len(head) - begin
    inside = [(a + shift, b + shift) for a, b in marks if a >= begin and b <= end]
    return f"{head}{text[begin:end].rstrip()}{tail}", inside


def _best_begin(marks: Sequence[Mark], size: int, length: int) -> int:
    """Where the window of ``length`` with most marks begins, with some room before the first."""
    room = length // 6
    best, most = 0, 0
    for start, _ in marks:
        begin = max(0, min(start - room, size - length))
        count = sum(begin <= a and b <= begin + length for a, b in marks)
        if count > most:
            best, most = begin, count
    return best


def _between_words(text: str, at: int) -> int:
    """The end of the last space before ``at``, where there is one not far away."""
    space = max(text.rfind(" ", at - 60, at), text.rfind("\n", at - 60, at))
    return space + 1 if space > 0 else at


def lines_of(text: str, marks: Sequence[Mark], *, width: int | None, style: Style) -> Iterator[str]:
    """The lines of ``text``, none longer than ``width`` characters, its marked words in style.

    Lines stay apart as they are in the text; empty ones are left out.
    """
    for line in re.finditer(r"[^\n]+", text):
        words = [(each.start(), each.end()) for each in _WORD.finditer(text, *line.span())]
        for row in _rows(words, width):
            yield _in_style(text, row[0][0], row[-1][1], marks, style)


def _rows(words: list[Mark], width: int | None) -> Iterator[list[Mark]]:
    """Words, as many to a row as fit; one that is wider than a row is cut."""
    if width is None:
        if words:
            yield words
        return
    row: list[Mark] = []
    for start, end in words:
        if row and end - row[0][0] > width:
            yield row
            row = []
        while end - start > width:
            yield [(start, start + width)]
            start += width  # noqa: PLW2901 - what is left of the word
        if end > start:
            row.append((start, end))
    if row:
        yield row


def _in_style(text: str, begin: int, end: int, marks: Sequence[Mark], style: Style) -> str:
    parts: list[str] = []
    at = begin
    for start, stop in marks:
        first, last = max(start, at), min(stop, end)
        if first >= last:
            continue
        parts += [text[at:first], style.before, text[first:last], style.after]
        at = last
    return "".join(parts) + text[at:end]
