from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neonhub.cli.console import emit, message
from neonhub.cli.options import AsJson, Yes, confirmed

if TYPE_CHECKING:
    from neonhub.ops.backup.restore import Restored


def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The backup's folder.")],
    into: Annotated[
        str | None, typer.Option("--into", metavar="NAME", help="The new database's name.")
    ] = None,
    in_place: Annotated[
        bool, typer.Option("--in-place", help="Take the place of the live database.")
    ] = False,
    yes: Yes = False,
    jobs: Annotated[int, typer.Option("--jobs", "-j", help="Tables at a time.", min=1)] = 2,
    as_json: AsJson = False,
) -> None:
    """Restore a backup into a new database.

    It is held against the backup's checksums, and dropped again where they differ. With
    --in-place it then takes the live database's name, which is kept under another; whoever is
    connected is cut off.
    """
    from neonhub.db.errors import InvalidInput
    from neonhub.ops.backup.restore import restore
    from neonhub.ops.server import administrator
    from neonhub.settings_quick import read_settings

    if in_place:
        if into is not None:
            raise InvalidInput(field="--into", reason="with --in-place it has the live one's name")
        confirmed("Put the backup in the place of the live database?", yes=yes)
    with administrator(read_settings(), message) as dsn:
        done = restore(dsn, folder, into=into, in_place=in_place, jobs=jobs)
    emit(done, as_json=as_json, render=_text)


def _text(done: Restored) -> str:
    found = done.verified
    lines = [
        f"Restored into the database {done.database}: {found.rows:,} rows of {found.tables} "
        f"tables, as they were, in {found.seconds:.1f} s."
    ]
    if done.before is not None:
        lines.append(f"What was there before is kept as {done.before}.")
    return "\n".join(lines)
