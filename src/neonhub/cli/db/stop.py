from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from neonhub.cli.console import emit, message
from neonhub.cli.options import AsJson

if TYPE_CHECKING:
    from neonhub.ops.server import Stopped


def command(
    force: Annotated[bool, typer.Option("--force", help="Though others use it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Stop the embedded server.

    It is refused as long as other commands of NeonHub use it, such as `neonhub up`. Other clients
    are cut off: what they had committed is kept.
    """
    from neonhub.ops.server import stop
    from neonhub.settings_quick import read_settings

    emit(stop(read_settings(), message, force=force), as_json=as_json, render=_text)


def _text(done: Stopped) -> str:
    if not done.ran:
        return "The embedded server does not run."
    cut_off = f" Cut off: {', '.join(done.users)}." if done.users else ""
    return f"Stopped the embedded server.{cut_off}"
