"""Tables: dead rows, room that is not used, statistics that are missing or old."""

from __future__ import annotations

from typing import Any

from neonhub.ops.doctor.look import Doctor, Finding, Look, Unjudged

__all__ = ["bloat", "dead_rows", "statistics"]

_DEAD = """
SELECT relid::regclass::text AS "table", n_live_tup AS live, n_dead_tup AS dead,
       coalesce(last_vacuum, last_autovacuum) AS vacuumed
  FROM pg_stat_user_tables
 WHERE schemaname IN ('public', 'neonhub') AND n_dead_tup >= %s
   AND n_dead_tup >= %s * (n_live_tup + n_dead_tup)
 ORDER BY n_dead_tup DESC
"""
_STALE = """
SELECT relid::regclass::text AS "table", n_live_tup AS rows, n_mod_since_analyze AS changed,
       coalesce(last_analyze, last_autoanalyze) IS NULL AS never
  FROM pg_stat_user_tables
 WHERE schemaname IN ('public', 'neonhub') AND n_live_tup >= %s
   AND (coalesce(last_analyze, last_autoanalyze) IS NULL
        OR n_mod_since_analyze > greatest(n_live_tup / 2, %s))
 ORDER BY n_live_tup DESC
"""
_LARGE = """
SELECT c.oid::regclass::text AS "table", pg_relation_size(c.oid) AS size, c.oid::int8 AS oid
  FROM pg_class c
 WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
   AND pg_relation_size(c.oid) >= %s
 ORDER BY size DESC LIMIT 20
"""
_TUPLES = """
SELECT (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
         WHERE e.extname = 'pgstattuple') AS schema
"""
# Rows as the statistics count them, each as wide as they say, with its header, its pointer and
# eight bytes of padding, on pages with theirs; the rest of the pages is room that nothing uses.
_ESTIMATE = """
SELECT c.reltuples AS rows, sum(s.stawidth * (1 - s.stanullfrac)) AS width,
       coalesce((SELECT o.option_value::numeric FROM pg_options_to_table(c.reloptions) o
                  WHERE o.option_name = 'fillfactor'), 100) / 100 AS fill
  FROM pg_class c LEFT JOIN pg_statistic s ON s.starelid = c.oid
 WHERE c.oid = %s GROUP BY c.oid
"""
_PAGE, _PAGE_HEAD, _ROW_HEAD = 8192, 24, 24 + 4 + 8


def dead_rows(look: Look, found: Doctor) -> None:
    """Rows that are deleted or replaced and not vacuumed away: every scan still reads them."""
    limits = look.limits
    for row in look.rows(_DEAD, [limits.dead_rows, limits.dead_share]):
        when = f"last vacuumed {row['vacuumed']:%Y-%m-%d %H:%M}" if row["vacuumed"] else "never "
        when += "" if row["vacuumed"] else "vacuumed"
        what = f"{row['dead']:,} dead rows beside {row['live']:,} live ones, {when}"
        remedy = [f"VACUUM (ANALYZE) {row['table']}"]
        found.findings.append(Finding("dead-rows", row["table"], "slow", what, remedy))


def bloat(look: Look, found: Doctor) -> None:
    """Room inside tables that holds no row: measured by pgstattuple, else estimated."""
    import psycopg

    large = look.rows(_LARGE, [look.limits.bloat_size])
    schema = look.row(_TUPLES)["schema"]
    for row in large:
        try:
            with look.conn.transaction():
                free = _measured(look, row, schema) if schema else _estimated(look, row)
        except psycopg.errors.InsufficientPrivilege:
            look.unjudged.append(
                Unjudged("bloat", "an estimate needs an administrator", "run it as one")
            )
            return
        if free is not None and free >= look.limits.bloat_share * row["size"]:
            found.findings.append(_bloated(row, free, measured=bool(schema)))


def _measured(look: Look, row: dict[str, Any], schema: str) -> float:
    name = '"' + schema.replace('"', '""') + '"'
    measured = look.row(
        f"SELECT approx_free_space + dead_tuple_len AS free FROM {name}.pgstattuple_approx(%s)",
        [row["oid"]],
    )
    return float(measured["free"])


def _estimated(look: Look, row: dict[str, Any]) -> float | None:
    seen = look.row(_ESTIMATE, [row["oid"]])
    if seen["width"] is None or seen["rows"] <= 0:
        return None
    a_page = (_PAGE - _PAGE_HEAD) * float(seen["fill"])
    rows_a_page = max(a_page // (float(seen["width"]) + _ROW_HEAD), 1)
    return float(row["size"] - seen["rows"] / rows_a_page * _PAGE)


def _bloated(row: dict[str, Any], free: float, *, measured: bool) -> Finding:
    how = "measured by pgstattuple" if measured else "an estimate from the statistics"
    what = (
        f"{free / row['size']:.0%} of its {row['size'] / 1024 / 1024:,.0f} MB holds no row ({how})"
    )
    remedy = [f"VACUUM (FULL, ANALYZE) {row['table']}  -- nobody reads or writes it meanwhile"]
    if not measured:
        remedy.insert(0, "neonhub db doctor --enable  -- and look again: then it is measured")
    return Finding("bloat", row["table"], "advice", what, remedy, {"free": int(free)})


def statistics(look: Look, found: Doctor) -> None:
    """Tables that were never analysed, or not since half of their rows changed."""
    least = look.limits.unanalysed_rows
    for row in look.rows(_STALE, [least, least]):
        what = f"{row['rows']:,} rows that were never analysed: plans for it are guesses"
        if not row["never"]:
            what = f"{row['changed']:,} changes since it was analysed, of {row['rows']:,} rows"
        remedy = [f"ANALYZE {row['table']}"]
        name = "never-analysed" if row["never"] else "statistics-old"
        found.findings.append(Finding(name, row["table"], "slow", what, remedy))
