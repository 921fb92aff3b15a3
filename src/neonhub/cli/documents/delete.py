from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from neonhub.cli.console import emit
from neonhub.cli.options import PRIMARY, AsJson, Workspace, Yes, confirmed
from neonhub.cli.work import in_workspace

if TYPE_CHECKING:
    from neonhub.hub import WorkspaceUnit


def command(
    document: Annotated[str, typer.Argument(help="The document's id.")],
    workspace: Workspace = PRIMARY,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Delete a document."""

    async def find(ws: WorkspaceUnit) -> Any:
        return await ws.knowledge.get_document(document)

    async def delete(ws: WorkspaceUnit) -> None:
        await ws.knowledge.delete_document(document)

    found = in_workspace(workspace, find)
    # Between two units of work: nothing is kept waiting for the answer.
    confirmed(f"Delete the document {found.title!r}?", yes=yes)
    in_workspace(workspace, delete)
    emit(
        {"deleted": found.id, "title": found.title, "source": found.source_uri},
        as_json=as_json,
        render="Deleted the document {deleted}: {title}".format_map,
    )
