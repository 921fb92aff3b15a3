from __future__ import annotations

import platform
from pathlib import Path
from typing import Annotated

import typer

import neonhub
from neonhub.cli.console import emit


def command(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the versions of NeonHub and of Python."""
    versions = {
        "version": neonhub.__version__,
        "python": platform.python_version(),
        "package": str(Path(neonhub.__file__).parent),
    }
    emit(versions, as_json=as_json, render=_lines)


def _lines(versions: dict[str, str]) -> str:
    return "neonhub {version}\npython  {python}\npackage {package}".format_map(versions)
