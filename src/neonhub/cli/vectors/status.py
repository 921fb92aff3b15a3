from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neonhub.cli.console import emit, message, table
from neonhub.cli.options import AsJson
from neonhub.cli.text import size
from neonhub.cli.vectors._options import OfSpace, OfTable, OfWorkspace

if TYPE_CHECKING:
    from neonhub.ops.vectors.status import Searched, VectorStatus


def command(
    table: OfTable = None,
    workspace: OfWorkspace = None,
    space: OfSpace = None,
    as_json: AsJson = False,
) -> None:
    """Show how each tenant's vectors are searched.

    A line for each table, workspace and embedding space: its rows, its route (a scan of the sign
    bits, or an index of its own), the index and its size, the memory that a search reads, how
    often the index was used, how many rows are ranked again, and how near the tenth has to be for
    the index to be taken at its word.
    """
    from neonhub.ops.prepare import connected
    from neonhub.ops.server import administrator
    from neonhub.ops.vectors.parts import Chosen
    from neonhub.ops.vectors.status import status
    from neonhub.settings_quick import read_settings

    chosen = Chosen(table, workspace, space)
    with administrator(read_settings(), message) as dsn, connected(dsn) as conn:
        found = status(conn, chosen)
    emit(found, as_json=as_json, render=_table)


def _widths(part: Searched) -> str:
    return ", ".join(str(each) for each in (part.first, part.width) if each)


def _table(found: VectorStatus) -> Any:
    heads = ("table", "workspace", "space", "rows", "route", "index", "memory", "scans", "width",
             "near")  # fmt: skip
    rows = [
        (
            *(each.table, each.workspace, each.space, f"{each.rows:,}", each.route),
            *(size(each.size) if each.index else "", size(each.memory)),
            *(f"{each.scans:,}" if each.index else "", _widths(each)),
            *("" if each.near is None else f"{each.near:.2f}", each.note),
        )
        for each in found.parts
    ]
    if not rows:
        return "No vectors yet."
    return (
        table((*heads, "note"), rows)
        if any(each.note for each in found.parts)
        else table(heads, [row[:-1] for row in rows])
    )
