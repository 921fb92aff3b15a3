"""Options that several commands take, each written once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neonhub.db.errors import InvalidInput

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Workspace = Annotated[str, typer.Option("--workspace", "-w", help="The workspace: its slug or id.")]
Limit = Annotated[int, typer.Option("--limit", "-n", help="How many at most.", min=1, max=200)]
After = Annotated[
    str | None, typer.Option("--after", help="Go on after this cursor of the page before.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; a script needs it.")]
Identity = Annotated[
    list[Path] | None,
    typer.Option("--identity", "-i", metavar="FILE", help="The age identity that opens it."),
]
Trust = Annotated[bool, typer.Option("--trust", help="It is mine, though not known here.")]
Keep = Annotated[int, typer.Option("--keep", help="Keep so many of the newest.", min=0)]
_LAST = "Keep the last backup of so many {}."
KeepDaily = Annotated[int, typer.Option("--keep-daily", help=_LAST.format("days"), min=0)]
KeepWeekly = Annotated[int, typer.Option("--keep-weekly", help=_LAST.format("weeks"), min=0)]
KeepMonthly = Annotated[int, typer.Option("--keep-monthly", help=_LAST.format("months"), min=0)]
PRIMARY = "primary"
"""The workspace that a fresh database has."""


def key_values(words: list[str], option: str) -> dict[str, str]:
    """``["team=email"]`` as ``{"team": "email"}``. Raises ``InvalidInput``."""
    made: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key.strip():
            raise InvalidInput(field=option, reason=f"{word!r} has not the form key=value")
        if not _is_utf8(word):
            raise InvalidInput(field=option, reason=f"{word!r} is not valid UTF-8")
        made[key.strip()] = value
    return made


def _is_utf8(word: str) -> bool:
    """Whether it is text: bytes of an argument that are not arrive as lone surrogates."""
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True


def confirmed(question: str, *, yes: bool) -> None:
    """Ask before something is taken away; ``Abort`` when the answer is no.

    With ``--yes`` nobody is asked. Without it, where standard input is no terminal and so nobody
    can answer, ``InvalidInput``: a script that means it says so.
    """
    import sys

    if yes:
        return
    if sys.stdin is None or not sys.stdin.isatty():
        raise InvalidInput(
            f"{question} Nobody can answer: standard input is no terminal.",
            hint="Nothing was deleted. If that is what you want, add --yes.",
        )
    typer.confirm(question, abort=True, err=True)
