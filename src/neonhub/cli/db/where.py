from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from neonhub.cli.console import emit
from neonhub.cli.options import AsJson

if TYPE_CHECKING:
    from neonhub.ops.where import Place


def command(
    name: Annotated[
        str, typer.Argument(help="A table, its class, table.column, an enumeration, a function.")
    ],
    as_json: AsJson = False,
) -> None:
    """Find a table, column or enumeration by its name.

    A part of a name finds all that have it. No database is needed.
    """
    from neonhub.ops.where import where

    emit(where(name), as_json=as_json, render=_text)


def _text(places: list[Place]) -> str:
    if len(places) == 1:
        return _whole(places[0])
    return "\n".join(f"{p.name}  {p.file}:{p.line}\n  {p.about}" for p in places)


def _whole(place: Place) -> str:
    facts = {
        place.kind: place.name,
        "class": place.model,
        "about": place.about,
        "domain": place.domain,
        "scope": place.scope,
        "declared in": f"{place.file}:{place.line}",
        "columns": ", ".join(place.columns),
        "refers to": ", ".join(place.refers_to),
        "referred to by": ", ".join(place.referred_to_by),
    }
    return "\n".join(f"{label:<16}{value}" for label, value in facts.items() if value)
