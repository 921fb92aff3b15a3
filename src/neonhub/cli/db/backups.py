from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neonhub.cli.console import emit, message, table
from neonhub.cli.options import AsJson
from neonhub.cli.text import age, size

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.table import Table

    from neonhub.ops.backup.listing import Listed
    from neonhub.ops.physical.base import Physical


@dataclass(frozen=True, slots=True)
class Found:
    """What lies in a place: backups of a database, and base backups and log of a ``server``."""

    backups: list[Listed]
    server: Physical | None


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
    is where the last good backup went, as the database remembers. Of base backups in a folder it
    lists those too, and what there is of the log. As JSON: backups, and server (or null).
    """
    from neonhub.ops.backup.listing import last_place, listed
    from neonhub.ops.physical.base import physical
    from neonhub.ops.server import administrator
    from neonhub.settings_quick import read_settings

    if place is None:
        with administrator(read_settings(), message) as dsn:
            place = last_place(dsn)
    server = None if "://" in place else physical(Path(place))
    emit(Found(listed(place, message), server), as_json=as_json, render=_shown)


def _shown(found: Found) -> RenderableType:
    from rich.console import Group

    if found.server is None:
        return _table(found.backups)
    server = _physical(found.server)
    return Group(_table(found.backups), "", server) if found.backups else server


def _table(found: list[Listed]) -> Table | str:
    if not found:
        return "There is no backup there."
    now = dt.datetime.now(dt.UTC)
    rows = [
        [
            each.where,
            age(now - each.moment) if each.moment else None,
            None if each.size is None else size(each.size),
            each.revision,
            "yes" if each.encrypted else "no",
            _proven(each, now),
        ]
        for each in found
    ]
    return table(["backup", "age", "size", "revision", "encrypted", "verified"], rows)


def _physical(found: Physical) -> Group:
    from rich.console import Group

    now = dt.datetime.now(dt.UTC)
    rows = [
        [each.name, age(now - each.until), size(each.size), each.parent]
        for each in reversed(found.bases)
    ]
    log = f"The log: {found.pieces} pieces, {size(found.log_size)}"
    log += f", the newest of {age(now - found.last)} ago." if found.last else "."
    shown = table(["base backup", "age", "size", "on top of"], rows) if rows else "No base backup."
    return Group(shown, log)


def _proven(each: Listed, now: dt.datetime) -> str:
    proven = f"{age(now - each.verified)} ago" if each.verified else "never"
    if each.failed is not None and each.tried is not None:
        proven += f"; the drill {age(now - each.tried)} ago failed: {each.failed}"
    return f"! {each.fault}" if each.fault else proven
