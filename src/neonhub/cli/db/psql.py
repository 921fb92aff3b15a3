from __future__ import annotations

from typing import Annotated

import typer

from neonhub.cli.console import message

CONTEXT = {"ignore_unknown_options": True, "allow_interspersed_args": False}


def command(
    arguments: Annotated[
        list[str] | None, typer.Argument(help="What psql takes, such as -c 'SELECT 1'.")
    ] = None,
    role: Annotated[
        str | None,
        typer.Option(
            "--role", help="owner (default), app, auth, readonly, maintenance, backup, migrate."
        ),
    ] = None,
) -> None:
    """Open psql on the database.

    As the owner, unless --role says else; with DATABASE_URL set, as its login. Options of psql
    follow after ours.
    """
    from neonhub.ops.psql import psql
    from neonhub.settings_quick import read_settings

    raise typer.Exit(psql(read_settings(), arguments or [], role=role, notify=message))
