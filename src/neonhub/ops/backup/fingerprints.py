"""What a table holds, as a number: equal for equal rows, in whatever order they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from neonhub.db.errors import NeonHubError

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

__all__ = ["Fingerprint", "RowsHidden", "fingerprints", "freeze", "is_under_policies"]


class RowsHidden(NeonHubError):
    """Row security may keep rows of {tables} from the login {user}: a backup of some rows is
    none."""

    hint = "Connect as neonhub_backup, whom a policy lets read everything, or as a superuser."
    http_status = 503
    exit_code = 77


class Fingerprint(NamedTuple):
    """How many rows a table has, and the sum of their hashes."""

    rows: int
    checksum: str


# Values are hashed as text, written alike whatever the server's settings are. A vector's text
# takes a hundred times as long as its bytes. Generated columns follow from the others.
_SETTINGS = (
    "SET LOCAL search_path = ''; SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, YMD'; "
    "SET LOCAL intervalstyle = 'iso_8601'; SET LOCAL bytea_output = 'hex'; "
    "SET LOCAL extra_float_digits = 1; SET LOCAL row_security = "
)
_TABLES = """
SELECT c.oid::regclass::text,
       string_agg(CASE WHEN t.typname IN ('vector', 'halfvec')
                       THEN format('md5(%1$s.%2$I_send(r.%3$I))', t.typnamespace::regnamespace,
                                   t.typname, a.attname)
                       ELSE format('r.%I::text', a.attname) END, ', ' ORDER BY a.attname)
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
   AND a.attgenerated = ''
  JOIN pg_type t ON t.oid = a.atttypid
 WHERE c.relnamespace IN ('public'::regnamespace, 'neonhub'::regnamespace)
   AND c.relkind IN ('r', 'p') AND NOT c.relispartition
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
 GROUP BY c.oid ORDER BY 1
"""
# 64 bits of a row's MD5, summed without a carry: rows that are there twice count twice.
_SUM = """
SELECT count(*), coalesce(sum(('x' || substr(md5(ROW({values})::text), 1, 16))::bit(64)::bigint
                              ::numeric), 0)::text
  FROM {table} r WHERE {rows}
"""
# Tables of which this login need not see every row: no policy lets it read all, or one restricts
# what the others let through. Partitions count by themselves: a dump reads each on its own.
_HIDDEN = """
WITH policed AS (
    SELECT c.oid FROM pg_class c
     WHERE c.relnamespace IN ('public'::regnamespace, 'neonhub'::regnamespace)
       AND c.relkind IN ('r', 'p') AND row_security_active(c.oid)
), mine AS (
    SELECT p.polrelid, p.polpermissive, pg_get_expr(p.polqual, p.polrelid) = 'true' AS everything
      FROM pg_policy p
     WHERE p.polcmd IN ('r', '*') AND EXISTS (
        SELECT FROM unnest(p.polroles) AS role
         WHERE CASE role WHEN 0 THEN true ELSE pg_has_role(role, 'USAGE') END)
)
SELECT (SELECT count(*) FROM policed), ARRAY(
    SELECT oid::regclass::text FROM policed
     WHERE NOT EXISTS (SELECT FROM mine WHERE polrelid = oid AND polpermissive AND everything)
        OR EXISTS (SELECT FROM mine WHERE polrelid = oid AND NOT polpermissive AND NOT everything)
     ORDER BY 1)
"""


def is_under_policies(conn: psycopg.Connection[Any]) -> bool:
    """Whether policies decide what this login reads; they let it read every row.

    Raises ``RowsHidden`` where they need not.
    """
    row = conn.execute(_HIDDEN).fetchone()
    assert row is not None  # noqa: S101
    policed, hidden = row
    if hidden:
        more = f" and {len(hidden) - 3} more" if len(hidden) > 3 else ""
        raise RowsHidden(tables=", ".join(hidden[:3]) + more, user=conn.info.user)
    return bool(policed)


def freeze(conn: psycopg.Connection[Any], snapshot: str | None = None) -> None:
    """Begin a transaction that sees one moment: that of ``snapshot``, or this one."""
    conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    if snapshot is not None:
        conn.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'".encode())


def fingerprints(
    conn: psycopg.Connection[Any], of: Callable[[str], str | None] = lambda _table: "true"
) -> dict[str, Fingerprint]:
    """Every table's, by its qualified name; within a transaction of the caller's.

    ``of`` says of each table which of its rows ``r`` count, and ``None`` of one that does not.
    Raises ``RowsHidden`` for a role that row security may keep from a row.
    """
    conn.execute(f"{_SETTINGS}{'on' if is_under_policies(conn) else 'off'}".encode())
    made = {}
    for table, values in conn.execute(_TABLES).fetchall():
        rows = of(table)
        if rows is None:
            continue
        query = _SUM.format(values=values, table=table, rows=rows)
        row = conn.execute(query.encode()).fetchone()
        assert row is not None  # noqa: S101
        made[table] = Fingerprint(*row)
    return made
