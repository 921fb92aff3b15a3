from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from neonhub.cli.console import emit
from neonhub.cli.datasets._near import find_dataset
from neonhub.cli.options import PRIMARY, AsJson, Workspace, Yes, confirmed
from neonhub.cli.work import in_workspace

if TYPE_CHECKING:
    from neonhub.domains.knowledge.queries import DatasetRow
    from neonhub.hub import WorkspaceUnit


def command(
    dataset: Annotated[str, typer.Argument(help="The dataset: its slug, name or id.")],
    workspace: Workspace = PRIMARY,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Delete a dataset and its documents."""

    async def find(ws: WorkspaceUnit) -> DatasetRow:
        return await find_dataset(ws, dataset)

    async def delete(ws: WorkspaceUnit) -> None:
        await ws.knowledge.delete_dataset(found.id)

    found = in_workspace(workspace, find)
    documents = f"{found.documents:,} document{'' if found.documents == 1 else 's'}"
    # Between two units of work: nothing is kept waiting for the answer.
    confirmed(f"Delete the dataset {found.slug!r} with {documents}?", yes=yes)
    in_workspace(workspace, delete)
    emit(
        {"deleted": found.slug, "id": found.id, "documents": found.documents},
        as_json=as_json,
        render="Deleted the dataset {deleted} with its documents: {documents:,}.".format_map,
    )
