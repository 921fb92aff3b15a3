from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from neonhub.cli.console import emit, message
from neonhub.cli.options import PRIMARY, AsJson, Limit, Workspace
from neonhub.cli.work import in_workspace

if TYPE_CHECKING:
    from neonhub.domains.knowledge.service import Hit
    from neonhub.hub import WorkspaceUnit


def command(
    query: Annotated[str, typer.Argument(help="The question, in plain words.")],
    *,
    dataset: Annotated[
        str | None, typer.Option("--dataset", "-d", help="Only this one; else all are searched.")
    ] = None,
    limit: Limit = 5,
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--filter", "-f", help="Only documents with this metadata: key=value, or JSON."
        ),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Show passages whole.")] = False,
    workspace: Workspace = PRIMARY,
    as_json: AsJson = False,
) -> None:
    """Find passages by meaning and by words."""
    from neonhub.cli._hits import as_data, as_text, filter_of

    # NumPy's linear algebra would start a thread a processor: 0.08 s for a single short vector.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    wanted = filter_of(where or [])

    async def work(ws: WorkspaceUnit) -> list[Hit]:
        from neonhub.cli.datasets._near import find_dataset

        within = None if dataset is None else (await find_dataset(ws, dataset)).id
        hits: list[Hit] = await ws.knowledge.search(
            query, dataset=within, limit=limit, filter=wanted
        )
        return hits

    hits = in_workspace(workspace, work)
    if as_json:
        emit(as_data(hits), as_json=True, render=str)
    elif hits:
        print(as_text(hits, full))  # printable, but for the colours of its own
    if not hits:
        message("Nothing was found.")
