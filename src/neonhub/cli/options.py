"""Options that several commands take, each written once."""

from __future__ import annotations

from typing import Annotated

import typer

from neonhub.db.errors import InvalidInput

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Workspace = Annotated[str, typer.Option("--workspace", "-w", help="The workspace: its slug or id.")]
Limit = Annotated[int, typer.Option("--limit", "-n", help="How many at most.", min=1, max=200)]
After = Annotated[
    str | None, typer.Option("--after", help="Go on after this cursor of the page before.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
PRIMARY = "primary"
"""The workspace that a fresh database has."""


def key_values(words: list[str], option: str) -> dict[str, str]:
    """``["team=email"]`` as ``{"team": "email"}``. Raises ``InvalidInput``."""
    made: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key.strip():
            raise InvalidInput(field=option, reason=f"{word!r} has not the form key=value")
        made[key.strip()] = value
    return made


def confirmed(question: str, *, yes: bool) -> None:
    """Ask before something is taken away; ``Abort`` when the answer is no.

    Nobody is asked with ``--yes``, or where nobody can answer: a script means what it says.
    """
    import sys

    if not yes and sys.stdin is not None and sys.stdin.isatty():
        typer.confirm(question, abort=True, err=True)
