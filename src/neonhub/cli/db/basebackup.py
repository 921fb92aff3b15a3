from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neonhub.cli.console import emit, message
from neonhub.cli.options import AsJson, Keep, KeepDaily, KeepMonthly, KeepWeekly
from neonhub.cli.text import size

if TYPE_CHECKING:
    from neonhub.ops.physical.base import Base


def command(
    *,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="The folder of this server.")],
    incremental: Annotated[
        bool, typer.Option("--incremental", help="Only what has changed since the newest there.")
    ] = False,
    keep: Keep = 0,
    keep_daily: KeepDaily = 0,
    keep_weekly: KeepWeekly = 0,
    keep_monthly: KeepMonthly = 0,
    as_json: AsJson = False,
) -> None:
    """Copy the files of the whole server.

    With the archive of its log (`neonhub db archive on`) it can be recovered to any time from
    then on. An incremental copy takes PostgreSQL 17 or later, and all that it was made from. Of
    those that are there only what a --keep option names stays, with what it was made from and
    the log that it needs; without such an option all stay.
    """
    from neonhub.ops.backup.rotation import Rule
    from neonhub.ops.physical.base import basebackup
    from neonhub.ops.server import administrator
    from neonhub.settings_quick import read_settings

    rule = Rule(keep, keep_daily, keep_weekly, keep_monthly)
    with administrator(read_settings(), message) as dsn:
        made = basebackup(dsn, to, incremental=incremental, keep=rule, notify=message)
    emit(made, as_json=as_json, render=_text)


def _text(made: Base) -> str:
    after = f", on top of {made.parent}" if made.parent else ""
    return f"{made.name}: {size(made.size)} in {made.seconds:.1f} s{after}."
