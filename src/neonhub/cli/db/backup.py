from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from neonhub.cli.console import emit, message
from neonhub.cli.options import AsJson
from neonhub.cli.text import size


def command(
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="The folder of all backups.")],
    keep: Annotated[
        int | None, typer.Option("--keep", help="Keep so many; older ones are deleted.", min=1)
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", help="Tables at a time.", min=1)] = 2,
    as_json: AsJson = False,
) -> None:
    """Take a backup into a folder.

    It gets a folder of its own in DIR: the dump, and a manifest with the rows and a checksum of
    every table at the same moment. The folder has its name only when the backup is whole.
    """
    from neonhub.ops.backup.take import backup
    from neonhub.ops.server import administrator
    from neonhub.settings_quick import read_settings

    with administrator(read_settings(), message) as dsn:
        folder, made = backup(dsn, to, jobs=jobs, keep=keep)
    result = {
        **{"folder": str(folder), "revision": made.revision, "moment": made.moment},
        **{"tables": len(made.tables), "rows": made.rows, "size": made.size},
        "seconds": made.seconds,
    }
    emit(result, as_json=as_json, render=_text)


def _text(done: dict[str, Any]) -> str:
    what = f"{done['rows']:,} rows of {done['tables']} tables, {size(done['size'])}"
    return f"{done['folder']}\n{what}, in {done['seconds']:.1f} s."
