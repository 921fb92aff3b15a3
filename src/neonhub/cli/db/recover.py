from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neonhub.cli.console import emit
from neonhub.cli.options import AsJson

if TYPE_CHECKING:
    from neonhub.ops.physical.recover import Recovered


def command(
    of: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of base backups and log.")],
    to_time: Annotated[
        str,
        typer.Option("--to-time", metavar="TIME", help="As 2026-11-21T03:00:00+00:00; or latest."),
    ],
    into: Annotated[Path, typer.Option("--into", metavar="FOLDER", help="A new folder.")],
    as_json: AsJson = False,
) -> None:
    """Recover the whole server to a time.

    The server that runs is not touched. FOLDER becomes a home of the embedded server, which
    NEONHUB_HOME names; its `data` is a data directory of PostgreSQL like any other.
    """
    import datetime as dt

    from neonhub.db.errors import InvalidInput
    from neonhub.ops.physical.recover import recover

    if to_time == "latest":
        emit(recover(of, None, into), as_json=as_json, render=_text)
        return
    try:
        moment = dt.datetime.fromisoformat(to_time)
    except ValueError as error:
        reason = f"{to_time!r} is no time: write 2026-11-21T03:00:00+00:00"
        raise InvalidInput(field="--to-time", reason=reason) from error
    if moment.tzinfo is None:
        raise InvalidInput(field="--to-time", reason="it needs its offset, +00:00 for UTC")
    emit(recover(of, moment, into), as_json=as_json, render=_text)


def _text(done: Recovered) -> str:
    last = f"{done.last:%Y-%m-%d %H:%M:%S.%f %Z}" if done.last else "none after the base backup"
    return (
        f"Recovered into {done.home} from {done.base}, in {done.seconds:.1f} s. The last "
        f"transaction in it: {last}.\nLook at it: NEONHUB_HOME={done.home} neonhub db psql"
    )
