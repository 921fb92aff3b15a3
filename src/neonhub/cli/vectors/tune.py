from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from neonhub.cli.console import emit, message
from neonhub.cli.options import AsJson
from neonhub.cli.vectors._options import OfSpace, OfTable, OfWorkspace, Questions

if TYPE_CHECKING:
    from neonhub.ops.vectors.recall import Tuned


def command(  # noqa: PLR0917  (options, each by its name)
    table: OfTable = None,
    workspace: OfWorkspace = None,
    space: OfSpace = None,
    target: Annotated[
        float, typer.Option("--target", help="The recall to reach.", min=0, max=1)
    ] = 0.99,
    questions: Questions = 50,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Measure, and change nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Choose how many rows are ranked again, to a recall.

    The narrowest width that reaches the target on live data is recorded for each table, workspace
    and space. Ends with 1 where the widest does not reach it.
    """
    from neonhub.ops.prepare import connected
    from neonhub.ops.server import administrator
    from neonhub.ops.vectors.parts import Chosen
    from neonhub.ops.vectors.recall import tune
    from neonhub.settings_quick import read_settings

    chosen = Chosen(table, workspace, space)
    with administrator(read_settings(), message) as dsn, connected(dsn) as conn:
        done = tune(conn, chosen, target=target, questions=questions, dry_run=dry_run)
    emit(done, as_json=as_json, render=_text)
    if any(each.tried[-1].recall < target for each in done):
        raise typer.Exit(1)


def _text(done: list[Tuned]) -> str:
    lines = []
    for each in done:
        tried = ", ".join(f"{one.width}: {one.recall:.3f}" for one in each.tried)
        changed = "" if each.before == each.width else f" (was {each.before or 'not set'})"
        lines.append(
            f"{each.table}, {each.workspace}, {each.space}: {each.width}{changed}  [{tried}]"
        )
    return "\n".join(lines) or "No vectors yet."
