from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neonhub.cli.console import emit, to_json
from neonhub.cli.options import AsJson


def command(
    path: Annotated[Path, typer.Argument(help="A Parquet file of the archive, or a folder of it.")],
    check: Annotated[
        bool, typer.Option("--check", help="Only hold the files against their manifests.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print archived rows, one JSON object a line.

    Each file is held against its manifest first: one that was altered is not printed. With
    --check (and --json) what is printed is the files with their rows instead.
    """
    from neonhub.ops.maintain.archive.show import check as checked
    from neonhub.ops.maintain.archive.show import rows_of

    if check:
        emit(
            checked(path),
            as_json=as_json,
            render=lambda found: "\n".join(f"{each.path}  {each.rows:,} rows" for each in found),
        )
        return
    for row in rows_of(path):
        print(to_json(row))
