from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from neonhub.cli.console import emit, message, table
from neonhub.cli.options import AsJson
from neonhub.cli.vectors._options import OfSpace, OfTable, OfWorkspace, Questions

if TYPE_CHECKING:
    from neonhub.ops.vectors.recall import Recall


def command(  # noqa: PLR0917  (options, each by its name)
    table: OfTable = None,
    workspace: OfWorkspace = None,
    space: OfSpace = None,
    questions: Questions = 50,
    limit: Annotated[
        int, typer.Option("--limit", "-n", help="Recall at how many.", min=1, max=200)
    ] = 10,
    at_least: Annotated[
        float | None,
        typer.Option("--at-least", help="End with 1 where one is below it.", min=0, max=1),
    ] = None,
    apart: Annotated[
        bool, typer.Option("--apart", help="Ask what the tenant has nothing near to.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Measure what searches find beside an exact scan.

    Of each table, workspace and space that is chosen, as the application role within the tenant,
    with the interval that the figure lies in. A result with fewer rows than there are counts as
    short, and ends with 1, as does a recall below ``--at-least``.
    """
    from neonhub.cli.errors import asked_by_ci
    from neonhub.ops.prepare import connected
    from neonhub.ops.server import administrator
    from neonhub.ops.vectors.parts import Chosen
    from neonhub.ops.vectors.recall import recall
    from neonhub.settings_quick import read_settings

    with asked_by_ci():
        chosen = Chosen(table, workspace, space)
        with administrator(read_settings(), message) as dsn, connected(dsn) as conn:
            found = recall(conn, chosen, questions=questions, limit=limit, apart=apart)
    emit(found, as_json=as_json, render=lambda rows: recalls(rows, limit))
    low = [each for each in found if at_least is not None and each.recall < at_least]
    if low or any(each.short for each in found):
        raise typer.Exit(1)


def recalls(found: list[Recall], limit: int) -> Any:
    """As a table: a line for each part."""
    if not found:
        return "No vectors yet."
    heads = ("table", "workspace", "space", "rows", "route", "width", f"recall at {limit}")
    rows = [
        (
            *(each.table, each.workspace, each.space, f"{each.rows:,}", each.route),
            *(each.width, f"{each.recall:.3f} ({each.low:.3f} to {each.high:.3f})"),
            *(each.short or "", f"{each.questions} {each.asked}"),
            *(f"{each.seconds * 1000:.1f} ms", f"{each.exact_seconds * 1000:.1f} ms"),
        )
        for each in found
    ]
    return table((*heads, "short", "asked", "search", "exact"), rows)
