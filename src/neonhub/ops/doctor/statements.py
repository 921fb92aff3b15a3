"""The statements that take most time, from pg_stat_statements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neonhub.ops.doctor.look import Doctor, Finding, Look, Unjudged

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["recorded", "statements"]

_WHERE = """
SELECT (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
         WHERE e.extname = 'pg_stat_statements') AS schema,
       -- Hidden from ordinary logins: then the view itself says whether it works.
       coalesce((SELECT 'pg_stat_statements' = ANY (regexp_split_to_array(setting, '\\s*,\\s*'))
                   FROM pg_settings WHERE name = 'shared_preload_libraries'), true) AS loaded,
       EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_stat_statements') AS offered
"""
# Those of this database; what the doctor and other tools ask the catalogue is nobody's slowness.
_STATEMENTS = """
SELECT s.query, s.calls, s.rows, pg_get_userbyid(s.userid)::text AS role,
       round(s.total_exec_time::numeric, 3)::float8 AS total_ms,
       round(s.mean_exec_time::numeric, 3)::float8 AS mean_ms,
       round(s.max_exec_time::numeric, 3)::float8 AS max_ms,
       round((s.shared_blks_hit::numeric
              / nullif(s.shared_blks_hit + s.shared_blks_read, 0)), 4)::float8 AS cache_hit,
       s.temp_blks_written * 8192 AS temp_bytes,
       (s.total_exec_time / nullif(sum(s.total_exec_time) OVER (), 0))::float8 AS share
  FROM {schema}.pg_stat_statements s
 WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND s.query !~* '\\mpg_(stat|catalog|class|locks|blocking|extension|available|roles|database'
                   '|attribute|index|constraint|namespace|settings|inherits|prepared|wal_lsn)'
   AND s.query !~* '^\\s*(begin|commit|rollback|set|show|reset|savepoint|release|discard|vacuum'
                   '|analyze|create|alter|drop|copy|explain|do)\\M'
 ORDER BY s.total_exec_time DESC
 LIMIT 2000
"""
_HIDDEN = "<insufficient privilege>"


def recorded(look: Look) -> list[dict[str, Any]] | None:
    """Every recorded statement, the one with most time first; ``None`` where none is kept."""
    there = look.row(_WHERE)
    if there["schema"] is None or not there["loaded"]:
        return None
    schema = '"' + str(there["schema"]).replace('"', '""') + '"'
    return look.rows(_STATEMENTS.replace("{schema}", schema))


def statements(look: Look, found: Doctor) -> None:
    """Those with most time in all and those with most a call."""
    rows = recorded(look)
    if rows is None:
        look.unjudged.append(_missing(look.row(_WHERE)))
        return
    shown = look.limits.statements
    found.by_total = rows[:shown]
    found.by_mean = sorted(rows, key=lambda row: -row["mean_ms"])[:shown]
    found.findings += _slow(look, rows)


def _slow(look: Look, rows: Iterable[dict[str, Any]]) -> list[Finding]:
    limits = look.limits
    return [
        Finding(
            "slow-statement",
            " ".join(row["query"].split())[:200],
            "slow",
            f"{row['mean_ms']:,.0f} ms a call, {row['calls']:,} calls, "
            f"{row['share']:.0%} of all time in statements",
            [f"EXPLAIN (ANALYZE, BUFFERS) {' '.join(row['query'].split())[:400]}"],
            {key: row[key] for key in ("calls", "mean_ms", "total_ms", "cache_hit", "role")},
        )
        for row in rows
        if row["mean_ms"] >= limits.statement_mean_ms
        and row["total_ms"] >= limits.statement_total_ms
        and row["share"] >= limits.statement_share
        and row["query"] != _HIDDEN
    ]


def _missing(there: dict[str, Any]) -> Unjudged:
    if there["loaded"]:
        why, remedy = "the extension is not in this database", "neonhub db doctor --enable"
    elif there["offered"]:
        why = "the server does not record them: pg_stat_statements is not loaded"
        remedy = (
            "add pg_stat_statements to shared_preload_libraries, restart the server, then "
            "neonhub db doctor --enable"
        )
    else:
        why = "the server does not have pg_stat_statements"
        remedy = "install its package (postgresql-contrib)"
    return Unjudged("statements", why, remedy)
