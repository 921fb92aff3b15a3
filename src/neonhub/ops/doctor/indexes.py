"""Indexes that nothing reads, and those that are missed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from neonhub.ops.doctor.look import Doctor, Finding, Look, quoted, span
from neonhub.ops.doctor.statements import recorded

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["references", "sequential_scans", "unused"]

# What only takes room: it is no constraint's, keeps nothing unique, identifies no row for a
# replica, is no partition of another, is not marked to be kept, and is not a vector's, which
# `neonhub vectors` looks after.
_UNUSED = """
SELECT s.relname::text AS "table", s.indexrelname::text AS index,
       pg_relation_size(s.indexrelid) AS size,
       extract(epoch FROM now() - d.stats_reset)::float8 AS since_s
  FROM pg_stat_user_indexes s
  JOIN pg_index i ON i.indexrelid = s.indexrelid
  JOIN pg_class c ON c.oid = s.indexrelid
  JOIN pg_am m ON m.oid = c.relam
  JOIN pg_stat_database d ON d.datname = current_database()
 WHERE s.schemaname = 'public' AND s.idx_scan = 0
   AND NOT i.indisunique AND NOT i.indisreplident AND i.indisvalid
   AND m.amname NOT IN ('hnsw', 'ivfflat')
   AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = s.indexrelid)
   AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = s.indexrelid)
   AND coalesce(obj_description(s.indexrelid, 'pg_class'), '') !~* '^keep:'
   AND pg_relation_size(s.indexrelid) >= %s
 ORDER BY size DESC
"""
# A reference whose columns are the first of no whole index, in any order.
_REFERENCES = """
SELECT k.conname::text AS name, t.relname::text AS "table", f.relname::text AS target,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS n (num, place)
               JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n.num
              ORDER BY place) AS columns,
       greatest(t.reltuples, pg_stat_get_live_tuples(t.oid), 0)::bigint
           + coalesce((SELECT sum(pg_stat_get_live_tuples(h.inhrelid))::bigint
                         FROM pg_inherits h WHERE h.inhparent = t.oid), 0) AS rows
  FROM pg_constraint k
  JOIN pg_class t ON t.oid = k.conrelid
  JOIN pg_class f ON f.oid = k.confrelid
 WHERE k.contype = 'f' AND k.conparentid = 0 AND NOT t.relispartition
   AND t.relnamespace = 'public'::regnamespace
   AND NOT EXISTS (
       SELECT FROM pg_index i
        WHERE i.indrelid = k.conrelid AND i.indisvalid
          AND (i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) ~ '^\\(\\w+ IS NOT NULL\\)$')
          AND k.conkey @> (string_to_array(i.indkey::text, ' ')::int2[])[1:cardinality(k.conkey)]
          AND (string_to_array(i.indkey::text, ' ')::int2[])[1:cardinality(k.conkey)] @> k.conkey)
 ORDER BY rows DESC, 1
"""
_SCANS = """
SELECT s.relid, s.relname::text AS "table", s.seq_scan AS scans, s.seq_tup_read AS read,
       s.n_live_tup AS rows,
       ARRAY(SELECT a.attname::text FROM pg_attribute a
              WHERE a.attrelid = s.relid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
       ARRAY(SELECT DISTINCT a.attname::text FROM pg_index i, pg_attribute a
              WHERE i.indrelid = s.relid AND a.attrelid = s.relid AND i.indisvalid
                AND (a.attnum = i.indkey[0]
                     OR a.attnum = i.indkey[1] AND EXISTS (
                         SELECT FROM pg_attribute w WHERE w.attrelid = s.relid
                            AND w.attnum = i.indkey[0]
                            AND w.attname IN ('workspace_id', 'organization_id')))) AS indexed
  FROM pg_stat_user_tables s
 WHERE s.schemaname = 'public' AND s.n_live_tup >= %s AND s.seq_scan >= %s
   AND s.seq_tup_read >= s.seq_scan * s.n_live_tup / 4
 ORDER BY s.seq_tup_read DESC
"""


def unused(look: Look, found: Doctor) -> None:
    """Indexes that no query has read since the statistics began."""
    declared = _declared()
    for row in look.rows(_UNUSED, [look.limits.index_size]):
        if row["index"] in declared:
            continue
        since = row["since_s"]
        young = since is not None and since < look.limits.statistics_days * 86_400
        age = "since the server was made" if since is None else f"for {span(since)}"
        what = f"no query has read it {age}; {row['size'] / 1024 / 1024:,.1f} MB on {row['table']}"
        what += ": too short to be sure" if young else ""
        remedy = [f"DROP INDEX CONCURRENTLY public.{quoted(row['index'])}"]
        severity = "advice" if young else "slow"
        found.findings.append(
            Finding(
                "unused-index",
                row["index"],
                severity,  # type: ignore[arg-type]
                what,
                remedy,
                {"size": row["size"], "statistics_age_s": since},
            )
        )


def _declared() -> set[str]:
    from neonhub.schema import metadata

    return {str(each.name) for table in metadata().tables.values() for each in table.indexes}


def references(look: Look, found: Doctor) -> None:
    """References without an index behind: to delete or join what they refer to reads it all."""
    for row in look.rows(_REFERENCES):
        if row["rows"] < look.limits.referring_rows:
            continue
        remedy = [_making(row["table"], row["columns"])]
        what = (
            f"{row['name']} to {row['target']} has no index on ({', '.join(row['columns'])}); "
            f"{row['rows']:,} rows are read for each row deleted there"
        )
        found.findings.append(
            Finding("reference-without-index", row["table"], "slow", what, remedy)
        )


def _making(table: str, columns: list[str]) -> str:
    """The statement that makes such an index: the declared one, so that it leaves no drift."""
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.schema import CreateIndex

    from neonhub.schema import metadata

    known = metadata().tables.get(table)
    for each in sorted(known.indexes, key=lambda i: str(i.name)) if known is not None else ():
        names = [str(getattr(column, "name", None)) for column in each.expressions]
        if not each.unique and sorted(names[: len(columns)]) == sorted(columns):
            text = str(CreateIndex(each).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
            return text.replace("CREATE INDEX", "CREATE INDEX CONCURRENTLY", 1)
    name, listed = f"ix_{table}__{'_'.join(columns)}"[:63], ", ".join(map(quoted, columns))
    return f"CREATE INDEX CONCURRENTLY {quoted(name)} ON public.{quoted(table)} ({listed})"


def sequential_scans(look: Look, found: Doctor) -> None:
    """Large tables that are read whole, again and again, and what their statements filter by."""
    limits = look.limits
    rows = look.rows(_SCANS, [limits.large_rows, limits.sequential_scans])
    if not rows:
        return
    texts = [row["query"] for row in recorded(look) or []]
    for row in rows:
        columns = filtered(texts, row["table"], row["columns"])
        tenant = next((c for c in ("workspace_id", "organization_id") if c in row["columns"]), None)
        missed = [each for each in columns if each not in {*row["indexed"], tenant}]
        found.findings.append(_scanned(row, missed, tenant))


def _scanned(row: dict[str, Any], missed: list[str], tenant: str | None) -> Finding:
    table = row["table"]
    remedy = [
        f"CREATE INDEX CONCURRENTLY ON public.{quoted(table)} "
        f"({', '.join(quoted(c) for c in dict.fromkeys((tenant, each)) if c)})"
        for each in missed[:3]
    ]
    what = (
        f"read whole {row['scans']:,} times, {row['read'] // max(row['scans'], 1):,} rows each "
        f"of {row['rows']:,}"
    )
    if missed:
        what += f"; statements filter by {', '.join(missed[:3])}, which no index begins with"
    else:
        remedy = [f"look for it among the statements: EXPLAIN those that name {table}"]
    return Finding("sequential-scans", table, "slow", what, remedy, {"scans": row["scans"]})


def filtered(texts: Iterable[str], table: str, columns: list[str]) -> list[str]:
    """The columns of ``table`` that recorded statements compare with a value, most often first.

    Statements are not parsed: a column of the name in another table of the same statement counts
    too, which an EXPLAIN of the remedy shows.
    """
    counts: dict[str, int] = {}
    for text in texts:
        _, where, condition = text.partition("WHERE")
        if not where or not re.search(rf"\b{re.escape(table)}\b", text):
            continue
        for column in columns:
            if re.search(rf'\b{re.escape(column)}"?\s*(=|<|>|~|IN\b|LIKE\b|BETWEEN\b)', condition):
                counts[column] = counts.get(column, 0) + 1
    return sorted(counts, key=lambda column: -counts[column])
