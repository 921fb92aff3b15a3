from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neonhub.cli.console import emit, message
from neonhub.cli.options import AsJson

if TYPE_CHECKING:
    from neonhub.ops.diff import Difference, Pending, Side

_SIDE = "models, migrations, migrations@REVISION, live, or a postgresql:// URL"


def command(
    start: Annotated[str | None, typer.Option("--from", metavar="SIDE", help=f"{_SIDE}.")] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="SIDE", help="The other side.")] = None,
    sql: Annotated[
        Path | None, typer.Option("--sql", metavar="FILE", help="Write the SQL there.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the SQL between two schemas.

    Without sides: the SQL of the migrations that the database lacks. With them: what takes --from
    to --to. Databases made for it are dropped again. Ends with 0 where there is nothing to do, 1
    where there is, 2 where it could not be told.
    """
    from neonhub.cli.errors import asked_by_ci
    from neonhub.ops import diff
    from neonhub.ops.server import administrator
    from neonhub.settings_quick import read_settings

    with asked_by_ci():
        sides = _sides(start, to)
        with administrator(read_settings(), message) as dsn:
            found = diff.pending(dsn) if sides is None else diff.diff(dsn, *sides)
        text = _pending(found) if isinstance(found, list) else _script(found)
        if sql is not None:
            _write(sql, text)
    data = {"pending": found} if isinstance(found, list) else found
    emit(data, as_json=as_json, render=lambda _: _shown(found, text, sql))
    if found if isinstance(found, list) else found.findings:
        raise typer.Exit(1)


def _sides(start: str | None, to: str | None) -> tuple[Side, Side] | None:
    from neonhub.db.errors import InvalidInput
    from neonhub.ops.diff import side

    if start is None and to is None:
        return None
    if start is None or to is None:
        missing = "--from" if start is None else "--to"
        raise InvalidInput(field=missing, reason="two sides are compared, and it names the other")
    return side(start), side(to)


def _pending(found: list[Pending]) -> str:
    return "\n".join(f"-- {each.revision}\n{each.sql}" for each in found)


def _script(found: Difference) -> str:
    head = f"-- Takes {found.start} to {found.to}. Read it, then run it as an administrator:\n"
    head += "-- psql -v ON_ERROR_STOP=1 -f FILE. All of it happens, or nothing.\n"
    unable = "".join(
        f"-- No statement makes {each} as it should be: write a migration.\n"
        for each in found.unmendable
    )
    return f"{head}{unable}BEGIN;\n{found.script}COMMIT;\n" if found.findings else ""


def _shown(found: Difference | list[Pending], text: str, sql: Path | None) -> str:
    if not text:
        if isinstance(found, list):
            return "Nothing is pending: the database has every migration."
        return f"No difference: {found.start} and {found.to} are the same."
    if sql is None:
        return text.rstrip("\n")
    count = len(found) if isinstance(found, list) else len(found.findings)
    what = "migration" if isinstance(found, list) else "difference"
    return f"{count} {what}{'s' if count > 1 else ''}: the SQL is in {sql}."


def _write(path: Path, text: str) -> None:
    from neonhub.db.errors import InvalidInput

    try:
        path.write_text(text or "-- Nothing to do.\n", "utf-8")
    except OSError as error:
        reason = f"it cannot be written: {error.strerror}"
        raise InvalidInput(field=str(path), reason=reason) from error
