"""Rich, as the command line uses it. Import it from :mod:`neonhub.cli.console`, on use."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from neonhub.cli.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Wide enough for any row: lines that go to a file or another program are never wrapped.
_UNBOUNDED = 100_000
_ID_LENGTH = 25
_LEAST = 8  # columns that a column of free text gets at least
_GAP = 3
_WRAPPED = frozenset({"Name", "Title", "Workspace"})  # free text, however short


class _Console(Console):
    def on_broken_pipe(self) -> NoReturn:
        """Leave a closed pipe to the entry point, which ends the program quietly."""
        raise  # noqa: PLE0704 - Rich calls this while it handles the BrokenPipeError


def make_console(*, stderr: bool) -> Console:
    """A console that prints data as it is: no markup, no emoji names, no guessed highlighting."""
    console = _Console(stderr=stderr, markup=False, emoji=False, highlight=False)
    if not console.is_terminal:
        console.width = _UNBOUNDED
    return console


def make_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, framed: bool, width: int
) -> Table:
    """A table; without a frame its rows are plain lines, two spaces between columns.

    Columns of short words, such as ids and dates, are not wrapped as long as they fit.
    """
    cells = [["" if cell is None else printable(str(cell)) for cell in row] for row in rows]
    wholes = _wholes(columns, cells)
    # Beside what may not be wrapped, the others need room for a few letters, and all for a gap.
    least = sum(wholes.values()) + _LEAST * (len(columns) - len(wholes)) + _GAP * len(columns)
    if least > width:
        wholes = {}
    made = Table(
        box=box.SIMPLE_HEAD if framed else None,
        header_style="bold",
        pad_edge=False,
        padding=(0, 1 if framed else 2, 0, 0),  # the frame's own gap is one more
    )
    for number, name in enumerate(columns):
        # Folded, not cut: an id with an ellipsis is no use to copy.
        made.add_column(name, overflow="fold", no_wrap=number in wholes)
    for row in cells:
        made.add_row(*row)
    return made


def _wholes(columns: Sequence[str], cells: list[list[str]]) -> dict[int, int]:
    """The columns that are better not wrapped, by number, and how wide each is."""
    widths: dict[int, int] = {}
    for number, name in enumerate(columns):
        texts = [name, *(row[number] for row in cells)]
        widest = max(map(cell_len, texts))
        if widest <= _ID_LENGTH and name not in _WRAPPED and "\n" not in "".join(texts):
            widths[number] = widest
    return widths


class _RateColumn(ProgressColumn):
    def render(self, task: Task) -> Text:
        """How many a second, or a dash before there is a figure."""
        return Text(f"{task.speed:,.1f}/s" if task.speed else "-/s")


def make_progress(console: Console) -> Progress:
    """A bar on ``console``; nothing at all where that is no terminal."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        _RateColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_interactive,
    )
