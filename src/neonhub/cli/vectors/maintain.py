from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from neonhub.cli.console import emit, message
from neonhub.cli.options import AsJson
from neonhub.cli.text import size
from neonhub.cli.vectors._options import OfSpace, OfTable, OfWorkspace

if TYPE_CHECKING:
    from neonhub.ops.vectors.maintain import Step


def command(  # noqa: PLR0917  (options, each by its name)
    table: OfTable = None,
    workspace: OfWorkspace = None,
    space: OfSpace = None,
    kind: Annotated[
        str, typer.Option("--kind", help="Of what kind: bits, halfvec or ivfflat.")
    ] = "bits",
    build_at: Annotated[
        int | None,
        typer.Option("--build-at", help="From how many rows on; measured by default.", min=1),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make, rebuild or drop the index of each large tenant.

    Beside live searches, which go by an index only when it is whole. Safe to run from cron, and
    again after it was killed.
    """
    from neonhub.ops.server import administrator
    from neonhub.ops.vectors import maintain as ops
    from neonhub.ops.vectors.parts import Chosen
    from neonhub.settings_quick import read_settings

    rows = ops.BUILD_AT if build_at is None else build_at
    with administrator(read_settings(), message) as dsn:
        done = ops.maintain(
            *(dsn, Chosen(table, workspace, space)),
            kind=kind, build_at=rows, dry_run=dry_run, notify=message,
        )  # fmt: skip
    emit(done, as_json=as_json, render=_text)
    if any(each.action == "failed" for each in done):
        raise typer.Exit(1)


def _text(done: list[Step]) -> str:
    if not done:
        return "Every tenant's vectors have the route that their number asks for."
    return "\n".join(
        f"{each.action:<9} {each.index}  {each.table}, {each.workspace or 'gone'}, "
        f"{each.rows:,} rows, {size(each.size)}, {each.seconds:.1f} s"
        for each in done
    )
