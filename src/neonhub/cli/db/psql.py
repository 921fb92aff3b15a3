from __future__ import annotations

from typing import Annotated

import typer

from neonhub.cli.console import message
from neonhub.db.errors import InvalidInput

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
    admin: Annotated[
        bool,
        typer.Option("--admin", help="As the embedded server's administrator, bound by no policy."),
    ] = False,
) -> None:
    """Open psql on the database.

    As the owner, unless --role or --admin says else; with DATABASE_URL set, as its login. Options
    of psql follow after ours.
    """
    from neonhub.ops.psql import ADMINISTRATOR, psql
    from neonhub.ops.server import login_of
    from neonhub.settings_quick import read_settings

    if admin and role is not None:
        raise InvalidInput(field="--admin", reason="it is one role or the other: leave out --role")
    who = ADMINISTRATOR if admin else role and login_of(role)
    raise typer.Exit(psql(read_settings(), arguments or [], role=who, notify=message))
