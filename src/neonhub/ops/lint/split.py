"""A file of SQL as its statements, each with the line that it begins in."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Statement", "split", "without_comments"]

# What a semicolon within ends no statement: comments, quoted text and names, dollar quotes.
_WHOLE = re.compile(
    r"""--[^\n]*
      | \b[eE]'(?:[^'\\]|\\.|'')*'
      | '(?:[^']|'')*'
      | "(?:[^"]|"")*"
      | (?<![\w$])\$(?P<tag>[A-Za-z_]\w*)?\$.*?\$(?(tag)(?P=tag))\$
      | (?P<open>/\*)
      | (?P<word>\b(?:BEGIN\s+ATOMIC|CASE|END)\b)
      | (?P<stop>;)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_COMMENT_PART = re.compile(r"/\*|\*/")


class Statement(NamedTuple):
    """``line`` counts from 1."""

    sql: str
    line: int


def split(text: str) -> list[Statement]:
    """Every statement of ``text``, comments before it left out."""
    made: list[Statement] = []
    start = place = depth = 0
    while (found := _WHOLE.search(text, place)) is not None:
        place = found.end()
        if found["open"]:
            place = _after_comment(text, found.end())
        elif found["word"]:
            depth = _depth(depth, found["word"].upper())
        elif found["stop"] and not depth:
            made += _statement(text, start, found.start())
            start = place
    return [*made, *_statement(text, start, len(text))]


def _depth(depth: int, word: str) -> int:
    """How deep in the body of a function in standard SQL: there, CASE has an END of its own."""
    if word.startswith("BEGIN"):
        return 1
    if not depth:
        return 0
    return depth + 1 if word == "CASE" else depth - 1


def _after_comment(text: str, place: int) -> int:
    """Where a comment ends, those within it included."""
    depth = 1
    while depth and (found := _COMMENT_PART.search(text, place)) is not None:
        depth += 1 if found[0] == "/*" else -1
        place = found.end()
    return len(text) if depth else place


_LEADING = re.compile(r"(?:\s+|--[^\n]*(?:\n|$))+")


def _statement(text: str, start: int, end: int) -> list[Statement]:
    while start < end:
        if found := _LEADING.match(text, start, end):
            start = found.end()
        elif text.startswith("/*", start):
            start = _after_comment(text, start + 2)
        else:
            sql = text[start:end].rstrip()
            return [Statement(sql, text.count("\n", 0, start) + 1)]
    return []


def without_comments(sql: str) -> str:
    """``sql`` without comments, its quoted text kept: what a rule may look for words in."""
    made, start, place = [], 0, 0
    while (found := _WHOLE.search(sql, place)) is not None:
        place = found.end()
        if found["open"] or found[0].startswith("--"):
            made.append(sql[start : found.start()])
            start = place = _after_comment(sql, place) if found["open"] else place
    return " ".join([*made, sql[start:]])
