"""Where a command's words go: results to standard output, progress and messages to standard error.

Rich costs 0.1 s to import, so it loads with the first table, styled text or progress bar, and a
command that prints a line or JSON never pays for it. It honours ``NO_COLOR``; where the output is
no terminal there are no colours, no bars, and nothing is cut to a width.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from neonhub.cli.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rich.console import Console, RenderableType
    from rich.progress import Progress
    from rich.table import Table

Data = TypeVar("Data")


@cache
def out() -> Console:
    """The console of results: standard output."""
    from neonhub.cli.display import make_console

    return make_console(stderr=False)


@cache
def err() -> Console:
    """The console of progress and messages: standard error."""
    from neonhub.cli.display import make_console

    return make_console(stderr=True)


def message(text: str) -> None:
    """Say something that is not a result, on standard error."""
    print(printable(text), file=sys.stderr)


def emit(data: Data, *, as_json: bool, render: Callable[[Data], RenderableType]) -> None:
    """Print a command's result: as one JSON document, or as ``render`` shows it.

    ``render`` returns text, which is printed as it stands, or something that Rich can render.
    """
    if as_json:
        print(to_json(data, indent=sys.stdout.isatty()))
        return
    shown = render(data)
    if isinstance(shown, str):
        print(printable(shown))
    else:
        out().print(shown)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A table for :func:`emit`. ``None`` is an empty cell; no cell is ever cut short."""
    from neonhub.cli.display import make_table

    return make_table(columns, rows, framed=out().is_terminal, width=out().width)


def progress() -> Progress:
    """A progress bar with count, rate and time left; silent where nobody watches."""
    from neonhub.cli.display import make_progress

    return make_progress(err())


def to_json(data: Any, *, indent: bool = False) -> str:
    """JSON text: times as RFC 3339, money and other decimals as text, durations in milliseconds."""
    import orjson

    from neonhub.cli.jsonable import default, without_surrogates

    options = orjson.OPT_NON_STR_KEYS | orjson.OPT_NAIVE_UTC
    options |= orjson.OPT_INDENT_2 if indent else 0
    try:
        return orjson.dumps(data, default=default, option=options).decode()
    except orjson.JSONEncodeError as error:
        if "surrogates" not in str(error):
            raise
        # A file name that is not UTF-8: rare, so only then is the data walked.
        return orjson.dumps(without_surrogates(data), default=default, option=options).decode()
