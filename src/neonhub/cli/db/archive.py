from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neonhub.cli.console import emit, message
from neonhub.cli.options import AsJson

if TYPE_CHECKING:
    from neonhub.ops.physical.archive import Archive


class Switch(StrEnum):
    """What to do with the archive."""

    ON = "on"
    OFF = "off"
    STATUS = "status"


def command(
    what: Annotated[Switch, typer.Argument(help="on, off or status.")] = Switch.STATUS,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="DIR", help="The folder of this server.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Archive the server's log, or stop, or tell.

    Every finished piece of the log, and an unfinished one each minute, is copied to DIR/wal,
    brought to the disk, and never written over. The embedded server is restarted for it; another
    one is not. Status ends with 0 where the log is archived, 1 where it is not.
    """
    from neonhub.db.errors import InvalidInput
    from neonhub.ops.physical import archive
    from neonhub.ops.physical.restart import restarting
    from neonhub.settings_quick import read_settings

    if (what is Switch.ON) != (to is not None):
        raise InvalidInput(field="--to", reason="it goes with `archive on`, and that with it")
    with restarting(read_settings(), message) as (dsn, restart, own):
        if to is not None:
            found = archive.archive_on(dsn, own(to), restart)
        elif what is Switch.OFF:
            found = archive.archive_off(dsn)
        else:
            found = archive.archive_status(dsn)
    emit(found, as_json=as_json, render=_text)
    if what is Switch.STATUS and (not found.on or found.failing):
        raise typer.Exit(1)


def _text(found: Archive) -> str:
    if found.restart:
        return "The settings are written. Restart the server, then run this again."
    if not found.on:
        return "The log is not archived."
    lines = [f"The log is archived to {found.to}."]
    if found.last_at is not None:
        lines.append(f"The last piece: {found.last}, at {found.last_at:%Y-%m-%d %H:%M:%S %Z}.")
    if found.failing:
        lines.append(f"! It fails: {found.failed} times, and {found.waiting} pieces wait.")
    return "\n".join(lines)
