from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from neonhub.cli.console import emit, message
from neonhub.cli.options import AsJson

if TYPE_CHECKING:
    from neonhub.ops.validate import Validated


def command(as_json: AsJson = False) -> None:
    """Hold models, migrations and policies against each other.

    On the embedded server, in databases made for it and dropped again: no database that is there
    is looked at. Ends with 0 where all agree, 1 where something does not, 2 where it could not be
    told.
    """
    from neonhub.cli.errors import asked_by_ci
    from neonhub.ops.server import scratch_server
    from neonhub.ops.validate import validate
    from neonhub.settings_quick import read_settings

    with asked_by_ci(), scratch_server(read_settings(), message) as dsn:
        found = validate(dsn, message)
    emit(found, as_json=as_json, render=_text)
    if found.faults:
        raise typer.Exit(1)


def _text(found: Validated) -> str:
    lines = []
    for each in found.faults:
        lines += [f"! {each.check}: {each.what}", f"    {each.mend}"]
    if found.left_out:
        lines.append(f"Not looked at, until that is mended: {', '.join(found.left_out)}.")
    if not found.faults:
        return f"{found.migrations} migrations, the models and the policies agree."
    count = len(found.faults)
    return "\n".join([*lines, f"{count} fault{'s' if count > 1 else ''}."])
