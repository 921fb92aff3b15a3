from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer

from neonhub.cli.console import emit, message, table
from neonhub.cli.options import AsJson, Yes, confirmed
from neonhub.cli.text import age, size

if TYPE_CHECKING:
    from rich.table import Table

    from neonhub.ops.backup.kept import Kept


def command(
    drop: Annotated[
        list[str] | None,
        typer.Option("--drop", metavar="NAME", help="Drop this one; repeatable."),
    ] = None,
    drop_older_than: Annotated[
        int | None,
        typer.Option("--drop-older-than", metavar="DAYS", help="Drop those that are older.", min=0),
    ] = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """List the databases that restores have kept, or drop them.

    Every restore in place keeps what was there before, as DATABASE_before_… on the same server,
    until it is dropped. No other database is touched.
    """
    from neonhub.ops.backup.kept import drop_kept, kept
    from neonhub.ops.prepare import connected
    from neonhub.ops.server import administrator
    from neonhub.settings_quick import read_settings

    with administrator(read_settings(), message) as dsn:
        if not drop and drop_older_than is None:
            with connected(dsn) as conn:
                emit(kept(conn), as_json=as_json, render=_table)
            return
        older = None if drop_older_than is None else dt.timedelta(days=drop_older_than)
        named = [*(drop or ()), *([] if older is None else [f"those over {older.days} days"])]
        confirmed(f"Drop {', '.join(named)} for good?", yes=yes)
        emit(drop_kept(dsn, drop or (), older_than=older), as_json=as_json, render=_dropped)


def _table(found: list[Kept]) -> Table | str:
    if not found:
        return "No restore has kept a database."
    now = dt.datetime.now(dt.UTC)
    rows = [[each.name, age(now - each.since), size(each.size), each.clients] for each in found]
    return table(["database", "age", "size", "clients"], rows)


def _dropped(gone: list[Kept]) -> str:
    if not gone:
        return "None is that old."
    return "\n".join(f"Dropped {each.name}, {size(each.size)}." for each in gone)
