from __future__ import annotations

from typing import Annotated

import typer

from neonhub.cli.console import emit, message
from neonhub.cli.options import AsJson


def command(
    role: Annotated[
        str | None,
        typer.Option(
            "--role", help="owner (default), app, auth, readonly, maintenance, backup, migrate."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the connection string.

    The embedded server's has a password in it and goes by the loopback port. The server is then
    kept for other clients until there has been none for ten minutes, or until `neonhub db stop`.
    With DATABASE_URL set it is that one's (DIRECT_DATABASE_URL's where there is one); a role is
    then what the sessions of its login act as, which must be a member of it.
    """
    from neonhub.ops.server import connection_url
    from neonhub.settings_quick import read_settings

    url = connection_url(read_settings(), role, message)
    emit({"url": url}, as_json=as_json, render="{url}".format_map)
