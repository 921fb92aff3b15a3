"""The tables of a live database: how many rows, how large; and the monthly partitions."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import InvalidInput, NeonHubError
from neonhub.ops.migrate import require_head
from neonhub.ops.prepare import connected
from neonhub.ops.roles import become

if TYPE_CHECKING:
    import psycopg

__all__ = ["Partition", "RowsHidden", "TableSize", "ensure_partitions", "partitions", "tables"]

# A partitioned table is the sum of its partitions; it holds nothing itself.
_SIZES = """
WITH part AS (
    SELECT coalesce(i.inhparent, c.oid) AS of, c.oid
      FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
     WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
)
SELECT t.relname, sum(pg_stat_get_live_tuples(p.oid))::bigint,
       sum(pg_table_size(p.oid))::bigint, sum(pg_indexes_size(p.oid))::bigint,
       sum(coalesce(pg_total_relation_size(nullif(c.reltoastrelid, 0)), 0))::bigint,
       count(*) FILTER (WHERE p.oid <> t.oid)
  FROM part p JOIN pg_class t ON t.oid = p.of JOIN pg_class c ON c.oid = p.oid
 GROUP BY t.relname
"""
_PARTITIONS = """
SELECT t.relname, c.relname, pg_get_expr(c.relpartbound, c.oid),
       pg_stat_get_live_tuples(c.oid), pg_total_relation_size(c.oid)
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class t ON t.oid = i.inhparent
 WHERE c.relispartition AND c.relkind = 'r' AND t.relnamespace = 'public'::regnamespace
 ORDER BY 1, 2
"""


class RowsHidden(NeonHubError):
    """The role {user} does not see every tenant's rows of {table}, so it cannot count them."""

    hint = "Leave out --count, or connect as an administrator or neonhub_maintenance."
    exit_code = 77


@dataclass(frozen=True, slots=True)
class TableSize:
    """A table: sizes in bytes; ``rows`` as the statistics have them, or counted where asked.

    ``heap`` holds rows and what lies out of line (``toast`` of it), ``indexes`` all indexes.
    """

    name: str
    domain: str
    scope: str
    rows: int
    counted: bool
    heap: int
    indexes: int
    toast: int
    partitions: int

    @property
    def total(self) -> int:
        """Rows and indexes together."""
        return self.heap + self.indexes


@dataclass(frozen=True, slots=True)
class Partition:
    """A month of a table. ``rows`` are those of the statistics, ``size`` is in bytes."""

    table: str
    name: str
    bounds: str
    rows: int
    size: int


def tables(dsn: str, *, domain: str | None = None, count: bool = False) -> list[TableSize]:
    """Every table of the catalogue that is there, the largest first.

    ``count`` reads every row. Raises ``InvalidInput`` for a domain that is none, ``NotMigrated``
    before the first migration, and ``RowsHidden`` where the login of ``dsn`` can count only some.
    """
    from neonhub.schema import DOMAINS, catalogue

    if domain is not None and domain not in DOMAINS:
        raise InvalidInput(field="--domain", reason=f"it is one of {', '.join(DOMAINS)}")
    with connected(dsn) as conn:
        require_head(conn)
        sizes = {name: rest for name, *rest in conn.execute(_SIZES)}
        if count and not _become(conn, "neonhub_maintenance", "neonhub_backup"):
            # Past these two whose policies let all rows through, only who is held by no policy
            # sees all: for others a count is now an error, where it would be too small.
            conn.execute("SET row_security = off")
        made = []
        for entry in catalogue():
            if entry.name not in sizes or domain not in (None, entry.domain):
                continue
            rows, heap, indexes, toast, parts = sizes[entry.name]
            counted = _count(conn, entry.name) if count else rows
            made.append(
                TableSize(
                    name=entry.name,
                    domain=entry.domain,
                    scope=str(entry.scope),
                    rows=counted,
                    counted=count,
                    heap=heap,
                    indexes=indexes,
                    toast=toast,
                    partitions=parts,
                )
            )
    return sorted(made, key=lambda each: (-each.total, each.name))


def _count(conn: psycopg.Connection[Any], table: str) -> int:
    import psycopg
    from psycopg import sql

    query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
    try:
        row = conn.execute(query).fetchone()
    except psycopg.errors.InsufficientPrivilege as error:
        raise RowsHidden(user=conn.info.user, table=table) from error
    return int(row[0]) if row else 0


def _become(conn: psycopg.Connection[Any], *roles: str) -> bool:
    """Act as the first of ``roles`` that this login may become, else go on as it is."""
    import psycopg
    from psycopg import sql

    for role in roles:
        with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
            conn.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
            return True
    return False


def partitions(dsn: str) -> list[Partition]:
    """Every partition, by table and month. Raises ``NotMigrated``."""
    with connected(dsn) as conn:
        require_head(conn)
        return [Partition(*row) for row in conn.execute(_PARTITIONS)]


def ensure_partitions(dsn: str, *, ahead: int) -> list[str]:
    """Make the partitions of so many months to come; return the names of those made.

    ``dsn`` is an administrator's, or of a login that may become neonhub_maintenance or the owner.
    Raises ``InvalidInput``, ``NotMigrated``, ``MayNotAct``.
    """
    if not 0 <= ahead <= 120:
        raise InvalidInput(field="--ahead", reason="months to come, from 0 to 120")
    with connected(dsn) as conn:
        require_head(conn)
        if not _become(conn, "neonhub_maintenance", "neonhub_owner"):
            become(conn, "neonhub_maintenance")
        return [row[0] for row in conn.execute("SELECT neonhub.ensure_partitions(%s)", [ahead])]
