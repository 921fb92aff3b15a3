from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer

from neonhub.cli.console import emit, message, table
from neonhub.cli.options import AsJson
from neonhub.cli.text import size

if TYPE_CHECKING:
    from rich.table import Table

    from neonhub.ops.backup.listing import Listed


def command(
    place: Annotated[
        str | None,
        typer.Argument(
            metavar="[PLACE]", help="A folder, or s3://bucket/prefix.", show_default=False
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the backups of a folder or a bucket.

    The newest first: age, size, revision, and when a drill has last proven it. Without PLACE it
    is where the last good backup went, as the database remembers.
    """
    from neonhub.ops.backup.listing import last_place, listed
    from neonhub.ops.server import administrator
    from neonhub.settings_quick import read_settings

    if place is None:
        with administrator(read_settings(), message) as dsn:
            place = last_place(dsn)
    emit(listed(place), as_json=as_json, render=_table)


def _table(found: list[Listed]) -> Table | str:
    if not found:
        return "There is no backup there."
    now = dt.datetime.now(dt.UTC)
    rows = [
        [
            each.where,
            _age(now - each.moment) if each.moment else None,
            None if each.size is None else size(each.size),
            each.revision,
            "yes" if each.encrypted else "no",
            each.fault or (f"{_age(now - each.verified)} ago" if each.verified else "never"),
        ]
        for each in found
    ]
    return table(["backup", "age", "size", "revision", "encrypted", "verified"], rows)


def _age(span: dt.timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 72 * 60 else f"{minutes // 1440} days"
