from __future__ import annotations

from typing import Annotated, Any

import typer

from neonhub.cli.console import emit, message, table
from neonhub.cli.options import AsJson
from neonhub.cli.text import size


def command(
    ahead: Annotated[
        int | None,
        typer.Option("--ahead", help="Make those of so many months to come.", min=0, max=120),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the monthly partitions, or make those to come.

    Rows that came before their month had a partition are moved out of the default one.
    """
    from neonhub.ops.server import administrator
    from neonhub.ops.tables import ensure_partitions, partitions
    from neonhub.settings_quick import read_settings

    with administrator(read_settings(), message) as dsn:
        made = ensure_partitions(dsn, ahead=ahead) if ahead is not None else []
        found = partitions(dsn)
    for name in made:
        message(f"Made {name}")
    emit({"made": made, "partitions": found}, as_json=as_json, render=_table)


def _table(result: dict[str, Any]) -> Any:
    rows = [
        (each.name, each.bounds, f"{each.rows:,}", size(each.size)) for each in result["partitions"]
    ]
    return table(("partition", "holds", "rows", "size"), rows)
