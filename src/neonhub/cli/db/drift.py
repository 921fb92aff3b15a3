from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neonhub.cli.console import emit, message
from neonhub.cli.options import AsJson

if TYPE_CHECKING:
    from neonhub.ops.drift import Drift, Finding

_LONGEST = 160


def command(
    sql: Annotated[
        Path | None, typer.Option("--sql", metavar="FILE", help="Write the SQL that mends it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare the catalogue with the migrations.

    A database is made from the migrations beside this one, on the same server, compared with it
    object by object, and dropped. What has a comment that begins with "keep:" is left alone. Ends
    with 0 where there is no drift, 1 where there is, 2 where it could not be told.
    """
    from neonhub.cli.errors import asked_by_ci
    from neonhub.ops.drift import drift
    from neonhub.ops.server import administrator
    from neonhub.settings_quick import read_settings

    with asked_by_ci():
        with administrator(read_settings(), message) as dsn:
            found = drift(dsn)
        if sql is not None:
            _write(sql, found)
    emit(_data(found), as_json=as_json, render=lambda _: _text(found))
    if found.findings:
        raise typer.Exit(1)


def _write(path: Path, found: Drift) -> None:
    from neonhub.db.errors import InvalidInput

    head = f"-- What mends the drift from {found.revision}. Read it, then run it as an\n"
    head += "-- administrator: psql -v ON_ERROR_STOP=1 -f FILE. All of it happens, or nothing.\n"
    text = f"{head}BEGIN;\n{found.script}COMMIT;\n" if found.script else "-- Nothing to mend.\n"
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        reason = f"it cannot be written: {error.strerror}"
        raise InvalidInput(field=str(path), reason=reason) from error


def _data(found: Drift) -> dict[str, Any]:
    return {"revision": found.revision, "findings": found.findings, "kept": found.kept}


def _text(found: Drift) -> str:
    lines = [line for each in found.findings for line in _lines(each)]
    lines += [f"kept      {each.object}: {each.reason}" for each in found.kept]
    if not found.findings:
        return "\n".join([*lines, f"No drift: the catalogue is as {found.revision} makes it."])
    count = len(found.findings)
    words = f"{count} difference{'s' if count > 1 else ''}"
    return "\n".join([*lines, f"{words} from what the migrations make, up to {found.revision}."])


def _lines(each: Finding) -> list[str]:
    sides = [("expected", each.expected), ("found", each.found)]
    lines = [f"{each.severity:<9} {each.name}  {each.object}"]
    lines += [f"          {name:<9} {_short(value)}" for name, value in sides if value is not None]
    lines += [f"          mend      {_short(sql)}" for sql in each.sql[:3]]
    if len(each.sql) > 3:
        lines.append(f"          and {len(each.sql) - 3} more statements: --sql writes them")
    lines += [f"          loses     {lost}" for lost in each.loses]
    if not each.sql:
        lines.append("          no statement mends it: write a migration")
    return lines


def _short(value: Any) -> str:
    if isinstance(value, dict):
        value = ", ".join(f"{name} {said}" for name, said in value.items() if said is not None)
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
