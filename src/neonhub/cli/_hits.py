"""What ``neonhub search`` takes as a filter, and how it shows what it found."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

from neonhub.cli.options import key_values
from neonhub.cli.passages import BOLD_YELLOW, STARS, Style, excerpt, lines_of
from neonhub.cli.text import printable
from neonhub.db.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neonhub.domains.knowledge.service import Hit

_WIDEST = 100
_INDENT = "   "


def filter_of(words: list[str]) -> dict[str, Any] | None:
    """The metadata asked for: ``key=value`` is text, JSON objects say numbers and lists too.

    Raises ``InvalidInput``.
    """
    made: dict[str, Any] = {}
    for word in words:
        made |= _object(word) if word.lstrip().startswith("{") else key_values([word], "--filter")
    return made or None


def _object(word: str) -> dict[str, Any]:
    import orjson

    try:
        made: dict[str, Any] = orjson.loads(word)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(field="--filter", reason=f"it is not JSON: {error}") from error
    return made


def as_data(hits: list[Hit]) -> list[dict[str, Any]]:
    """The hits for JSON, all of each."""
    return [
        {"rank": rank} | {name: getattr(hit, name) for name in type(hit).__slots__}
        for rank, hit in enumerate(hits, start=1)
    ]


def as_text(hits: list[Hit], full: bool) -> str:
    """The hits for reading: wrapped and coloured on a terminal, plain lines elsewhere."""
    terminal = sys.stdout.isatty()
    width = min(shutil.get_terminal_size().columns, _WIDEST) if terminal else None
    plain = not terminal or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    style = STARS if plain else BOLD_YELLOW
    blocks = (
        "\n".join(_lines(rank, hit, full, width, style)) for rank, hit in enumerate(hits, start=1)
    )
    return "\n\n".join(blocks)


def _lines(rank: int, hit: Hit, full: bool, width: int | None, style: Style) -> Iterator[str]:
    ranks = f"vector {_rank(hit.vector_rank)}, words {_rank(hit.text_rank)}"
    yield f"{rank}. {printable(hit.title)}  [{hit.score:.4f}: {ranks}]"
    if hit.source:
        yield f"{_INDENT}{printable(hit.source)}"
    if hit.heading_path:
        yield f"{_INDENT}{printable(' › '.join(hit.heading_path))}"
    # Made printable before it is wrapped and styled: that keeps every offset.
    text, marks = printable(hit.passage), list(hit.marks)
    if not full:
        text, marks = excerpt(text, marks)
    inner = None if width is None else max(width - len(_INDENT) - 2, 20)
    for line in lines_of(text, marks, width=inner, style=style):
        yield f"{_INDENT}| {line}"


def _rank(rank: int | None) -> str:
    return "-" if rank is None else f"#{rank}"
