from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from neonhub.cli.console import emit, message, table
from neonhub.cli.options import AsJson
from neonhub.cli.text import size

if TYPE_CHECKING:
    from neonhub.ops.tables import TableSize


def command(
    domain: Annotated[str | None, typer.Option("--domain", help="Of this domain only.")] = None,
    count: Annotated[bool, typer.Option("--count", help="Count the rows, reading all.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the tables with their rows and sizes.

    The largest first. Rows are those of PostgreSQL's statistics unless they are counted.
    """
    from neonhub.ops.server import administrator
    from neonhub.ops.tables import tables
    from neonhub.settings_quick import read_settings

    with administrator(read_settings(), message) as dsn:
        found = tables(dsn, domain=domain, count=count)
    emit(found, as_json=as_json, render=_table)


def _table(found: list[TableSize]) -> Any:
    rows: list[tuple[object, ...]] = [
        (
            each.name,
            each.domain,
            each.scope,
            f"{each.rows:,}",
            size(each.heap),
            size(each.toast),
            size(each.indexes),
            each.partitions or None,
        )
        for each in found
    ]
    rows.append(
        (
            f"{len(found)} tables",
            None,
            None,
            f"{sum(each.rows for each in found):,}",
            size(sum(each.heap for each in found)),
            size(sum(each.toast for each in found)),
            size(sum(each.indexes for each in found)),
            None,
        )
    )
    columns = ("table", "domain", "scope", "rows", "size", "of it toast", "indexes", "partitions")
    return table(columns, rows)
