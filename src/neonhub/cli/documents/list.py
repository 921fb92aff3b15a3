from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from neonhub.cli.datasets._near import find_dataset
from neonhub.cli.options import PRIMARY, After, AsJson, Limit, Workspace
from neonhub.cli.paging import emit_page
from neonhub.cli.work import in_workspace

if TYPE_CHECKING:
    from neonhub.hub import WorkspaceUnit

_COLUMNS = ("Document", "Title", "Source", "Updated")


def command(
    dataset: Annotated[str, typer.Option("--dataset", "-d", help="The dataset.")],
    workspace: Workspace = PRIMARY,
    limit: Limit = 50,
    after: After = None,
    as_json: AsJson = False,
) -> None:
    """List the documents."""

    async def work(ws: WorkspaceUnit) -> Any:
        found = await find_dataset(ws, dataset)
        return await ws.knowledge.list_documents(found.id, cursor=after, limit=limit)

    emit_page(
        in_workspace(workspace, work),
        as_json=as_json,
        columns=_COLUMNS,
        cells=lambda d: (d.id, d.title, d.source_uri, f"{d.updated_at:%Y-%m-%d %H:%M}"),
        empty="The dataset is empty: `neonhub ingest PATH --dataset NAME` fills it.",
    )
