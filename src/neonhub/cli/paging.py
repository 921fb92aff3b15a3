"""Pages on the screen and as JSON."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from neonhub.cli.console import emit, message, table
from neonhub.cli.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rich.console import RenderableType

    from neonhub.db.paging import Page


def emit_page(
    page: Page[Any],
    *,
    as_json: bool,
    columns: Sequence[str],
    cells: Callable[[Any], Sequence[object]],
    empty: str,
) -> None:
    """Print a page: as a table, or as ``{"items", "next_cursor"}``."""
    data = {"items": [row._asdict() for row in page.items], "next_cursor": page.next_cursor}
    if as_json or page.items:
        emit(data, as_json=as_json, render=lambda _: _table(columns, map(cells, page.items)))
    else:
        message(empty)
    if page.next_cursor is not None and not as_json:
        message(f"There are more: --after {page.next_cursor}")


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> RenderableType:
    """A table; for another program plain columns, which need no Rich."""
    if sys.stdout.isatty():
        return table(columns, rows)
    # A line a row, whatever is in it.
    texts = [columns, *([" ".join(_text(cell).split()) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    return "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in texts
    )


def _text(cell: object) -> str:
    return "" if cell is None else printable(str(cell))
