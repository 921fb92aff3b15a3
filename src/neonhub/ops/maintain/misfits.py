"""Values that no archive has room for: their rows stay where they are, and all others go.

A tenant may write a date before Christ, or infinity, or NaN as a cost. Found in SQL before
anything is fetched, it costs nobody else's rows their way to the archive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neonhub.db.errors import NeonHubError

if TYPE_CHECKING:
    import psycopg

    from neonhub.ops.maintain.rules import Rule
    from neonhub.ops.maintain.scopes import Span

__all__ = ["RowsStay", "check_fit", "misfits"]

# A date is read as ISO 8601 with four digits of the year; a decimal of Arrow's is a number.
_NO_ROOM = {
    "date": "NOT BETWEEN '0001-01-01' AND '9999-12-31'",
    "timestamp": "NOT BETWEEN '0001-01-01 00:00:00' AND '9999-12-31 23:59:59.999999'",
    "timestamptz": "NOT BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00'",
    "numeric": "= 'NaN'",
}
_COLUMNS = """
SELECT a.attname, t.typname FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
 WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
   AND t.typname = ANY(%s) ORDER BY a.attnum
"""
_TOLD = 3


class RowsStay(NeonHubError):
    """{rows} rows of {table} are past and stay, as a value of theirs fits no archive: {which}."""

    hint = (
        "All others went. Correct the values (years from 1 to 9999, costs that are numbers), or "
        "keep the rows with --rule NAME=never."
    )
    exit_code = 65


def misfits(conn: psycopg.Connection[Any], rule: Rule) -> dict[str, str]:
    """Conditions on a row ``r`` of the rule's table that keep it, by the column that is at fault.

    A root stays for a value of its parts too: they go together.
    """
    made = {
        f"{rule.table}.{name}": f"coalesce({condition}, false)"
        for name, condition in _conditions(conn, rule.table, "r")
    }
    for part in rule.parts:
        for name, condition in _conditions(conn, part.table, "p"):
            made[f"{part.table}.{name}"] = (
                f"EXISTS (SELECT FROM {part.table} p WHERE p.{rule.tenant} = r.{rule.tenant} "
                f"AND p.{part.column} = r.id AND {condition})"
            )
    return made


def _conditions(conn: psycopg.Connection[Any], table: str, row: str) -> list[tuple[str, str]]:
    found = conn.execute(_COLUMNS, [table, list(_NO_ROOM)])
    return [(name, f'{row}."{name}" {_NO_ROOM[kind]}') for name, kind in found]


def check_fit(conn: psycopg.Connection[Any], rule: Rule, span: Span, unfit: dict[str, str]) -> None:
    """Raise ``RowsStay`` where rows that are past have such values."""
    if not unfit:
        return
    columns = ", ".join(f"CASE WHEN {each} THEN '{name}' END" for name, each in unfit.items())
    query = (
        f"SELECT r.{rule.tenant}, count(*), min(r.id || ' (' || concat_ws(', ', {columns}) || ')') "
        f"FROM {rule.table} r WHERE {span.condition} AND ({' OR '.join(unfit.values())}) "
        "GROUP BY 1 ORDER BY 1"
    )
    found = conn.execute(query.encode(), span.values).fetchall()
    if not found:
        return
    scope = (rule.tenant or "tenant").removesuffix("_id")
    which = [f"{rows:,} of {scope} {tenant}, row {first}" for tenant, rows, first in found[:_TOLD]]
    if len(found) > _TOLD:
        which.append(f"and those of {len(found) - _TOLD:,} others")
    rows = f"{sum(number for _, number, _ in found):,}"
    raise RowsStay(rows=rows, table=rule.table, which="; ".join(which))
