from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neonhub.cli.console import emit, message, progress
from neonhub.cli.options import PRIMARY, AsJson, Workspace, key_values
from neonhub.cli.work import in_workspace

if TYPE_CHECKING:
    from neonhub.cli._watch import Watch
    from neonhub.hub import WorkspaceUnit

SOME_REFUSED = 3
_MEGABYTE = 1_000_000
_MOST_MB = 1_000_000
_GO_ON = "What was written stays; run the same again to go on."


def command(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders.")],
    *,
    dataset: Annotated[
        str, typer.Option("--dataset", "-d", help="The dataset; made when there is none.")
    ],
    meta: Annotated[
        list[str] | None,
        typer.Option("--meta", "-m", help="Metadata for every document: key=value."),
    ] = None,
    prune: Annotated[
        bool, typer.Option("--prune/--no-prune", help="Retire documents whose file is gone.")
    ] = True,
    max_mb: Annotated[
        float,
        typer.Option(
            "--max-mb", help="Refuse files above so many megabytes.", min=0.001, max=_MOST_MB
        ),
    ] = 50,
    workspace: Workspace = PRIMARY,
    as_json: AsJson = False,
) -> None:
    """Read files and folders into a dataset.

    Exit code 0: all went in. 3: some files were refused, the others went in. 130: interrupted;
    what was written stays, and another run goes on from there.
    """
    from neonhub.cli._watch import Watch, in_words
    from neonhub.db.errors import ConnectionFailed

    metadata = key_values(meta or [], "--meta")
    with progress() if sys.stderr and sys.stderr.isatty() else nullcontext() as bar:
        watch = Watch({str(path.absolute()) for path in paths}, bar)

        async def work(ws: WorkspaceUnit) -> Any:
            return await ws.knowledge.ingest(
                *paths,
                dataset=dataset,
                metadata=metadata,
                progress=watch,
                prune=prune,
                max_bytes=int(max_mb * _MEGABYTE),
            )

        try:
            report = in_workspace(workspace, work)
        except (KeyboardInterrupt, SystemExit):
            message(f"Stopped. {_GO_ON}")
            raise
        except ConnectionFailed as error:
            if watch.begun:
                error.hint = _GO_ON
            raise
    emit(
        _data(report, watch) if as_json else report,
        as_json=as_json,
        render=lambda made: in_words(made, watch, dataset),
    )
    raise typer.Exit(SOME_REFUSED if watch.refused else 0)


def _data(report: Any, watch: Watch) -> dict[str, Any]:
    data = asdict(report)
    del data["failures"]
    data["refused"] = [asdict(each) for each in watch.refused]
    return data | {"passed_over": dict(watch.passed_over)}
