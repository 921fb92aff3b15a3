from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neonhub.cli.options import PRIMARY, After, AsJson, Limit, Workspace
from neonhub.cli.paging import emit_page
from neonhub.cli.work import in_workspace

if TYPE_CHECKING:
    from neonhub.hub import WorkspaceUnit

_COLUMNS = ("Dataset", "Documents", "Vectors of", "Updated")


def command(
    workspace: Workspace = PRIMARY,
    limit: Limit = 50,
    after: After = None,
    as_json: AsJson = False,
) -> None:
    """List the datasets."""

    async def work(ws: WorkspaceUnit) -> Any:
        return await ws.knowledge.list_datasets(cursor=after, limit=limit)

    emit_page(
        in_workspace(workspace, work),
        as_json=as_json,
        columns=_COLUMNS,
        cells=lambda d: (d.slug, d.documents, d.space_name, f"{d.updated_at:%Y-%m-%d %H:%M}"),
        empty="There is no dataset yet: `neonhub ingest PATH --dataset NAME` makes one.",
    )
