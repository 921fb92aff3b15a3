"""No stored secret hangs on a key that is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neonhub.checks import CannotTell, Fault

if TYPE_CHECKING:
    from neonhub.checks import Look

TITLE = "Every stored secret has its key"
SEVERITY = "should"
REMEDY = (
    "Put the key that is missing back behind the first in ENCRYPTION_KEYS; where it is lost, "
    "those connections must be made anew."
)

_MAY = """
SELECT rolsuper OR rolbypassrls,
       to_regrole('neonhub_maintenance') IS NOT NULL
           AND pg_has_role(current_user, to_regrole('neonhub_maintenance'), 'MEMBER')
  FROM pg_roles WHERE rolname = current_user
"""


def faults(look: Look) -> list[Fault]:
    """The key's id stands in the value; only that is read."""
    from psycopg import sql

    row = look.conn.execute(_MAY).fetchone()
    unbound, may_maintain = row or (False, False)
    if not unbound and not may_maintain:
        raise CannotTell(f"row security hides them from {look.conn.info.user}")
    if not unbound:
        look.conn.execute("SET LOCAL ROLE neonhub_maintenance")
    known = {key.key_id for key in look.settings.encryption_keys}
    found = []
    for table, column in sealed_columns():
        query = sql.SQL(
            "SELECT split_part({c}, '.', 2), count(*) FROM {t} WHERE {c} LIKE 'nh1.%' GROUP BY 1"
        ).format(t=sql.Identifier(table), c=sql.Identifier(column))
        for key, count in look.conn.execute(query).fetchall():
            if key not in known:
                what = f"{count} values are sealed with the key {key!r}, which is not set"
                found.append(Fault(f"{table}.{column}", what))
    return found


def sealed_columns() -> list[tuple[str, str]]:
    """Every column that holds encrypted values."""
    from neonhub.schema import catalogue

    return [
        (entry.name, column.name)
        for entry in catalogue()
        for column in entry.table.columns
        if column.info.get("sealed")
    ]
