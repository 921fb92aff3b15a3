"""Which parts a command is about."""

from __future__ import annotations

from typing import Annotated

import typer

OfTable = Annotated[
    str | None, typer.Option("--table", metavar="TABLE", help="Of one table: chunks, say.")
]
OfWorkspace = Annotated[
    str | None, typer.Option("--workspace", "-w", help="Of one workspace: its slug or id.")
]
OfSpace = Annotated[
    str | None, typer.Option("--space", help="Of one embedding space: provider/model/dimension.")
]
Questions = Annotated[
    int, typer.Option("--questions", help="How many to ask of each.", min=1, max=10_000)
]
