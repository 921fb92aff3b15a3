"""The server: cache, temporary files, checkpoints, transaction ids, replication, settings."""

from __future__ import annotations

from typing import Any

from neonhub.ops.doctor.look import MB, Doctor, Finding, Look, span

__all__ = [
    "cache",
    "checkpoints",
    "replication",
    "settings",
    "slots",
    "temporary_files",
    "transaction_ids",
]

_DATABASE = """
SELECT d.blks_hit AS hit, d.blks_read AS read, d.temp_files, d.temp_bytes, d.deadlocks,
       d.stats_reset AS since, pg_database_size(current_database()) AS size,
       (SELECT setting::bigint * 8192 FROM pg_settings WHERE name = 'shared_buffers') AS buffers,
       current_setting('work_mem') AS work_mem
  FROM pg_stat_database d WHERE d.datname = current_database()
"""
_CHECKPOINTS_17 = "SELECT num_timed AS timed, num_requested AS asked FROM pg_stat_checkpointer"
_CHECKPOINTS = "SELECT checkpoints_timed AS timed, checkpoints_req AS asked FROM pg_stat_bgwriter"
_LOG = """
SELECT (SELECT wal_bytes FROM pg_stat_wal) AS written,
       (SELECT setting::numeric * 1048576 FROM pg_settings WHERE name = 'max_wal_size') AS room
"""
_AGES = """
SELECT c.oid::regclass::text AS "table", age(c.relfrozenxid) AS age
  FROM pg_class c
 WHERE c.relkind IN ('r', 't', 'm') AND age(c.relfrozenxid) >= %s
 ORDER BY age DESC LIMIT 5
"""
_REPLICAS = """
SELECT coalesce(nullif(application_name, ''), client_addr::text, 'local') AS name, state,
       pg_wal_lsn_diff(pg_current_wal_lsn(), coalesce(replay_lsn, flush_lsn, sent_lsn))::bigint
           AS bytes,
       extract(epoch FROM replay_lag)::float8 AS lag_s
  FROM pg_stat_replication
"""
_SLOTS = """
SELECT slot_name::text AS name, active, wal_status,
       pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint AS kept
  FROM pg_replication_slots
"""
_SETTINGS = """
SELECT name, setting, unit, source FROM pg_settings
 WHERE name IN ('random_page_cost', 'shared_buffers', 'effective_cache_size')
"""
# Not among pg_settings until a session has used a vector; unset it is off.
_ITERATIVE = """
SELECT coalesce(nullif(current_setting('hnsw.iterative_scan', true), ''), 'off') AS scan
  FROM pg_extension WHERE extname = 'vector'
"""


def cache(look: Look, found: Doctor) -> None:
    """How many pages were in PostgreSQL's own memory when they were wanted."""
    row = look.row(_DATABASE)
    pages = row["hit"] + row["read"]
    ratio = row["hit"] / pages if pages else None
    found.figures |= {
        "cache_hit": None if ratio is None else round(ratio, 4),
        "statistics_since": row["since"],
        "database_size": row["size"],
        "deadlocks": row["deadlocks"],
    }
    if ratio is None or pages < look.limits.cache_blocks or ratio >= look.limits.cache_hit:
        return
    what = (
        f"{ratio:.1%} of {pages:,} pages were in memory; shared_buffers is {_size(row['buffers'])}"
    )
    remedy = [
        f"ALTER SYSTEM SET shared_buffers = '{_more(row['buffers'])}'  -- takes a restart; a "
        "quarter of the memory is usual"
    ]
    found.findings.append(Finding("cache-misses", "shared_buffers", "slow", what, remedy))


def temporary_files(look: Look, found: Doctor) -> None:
    """Sorts and hashes that did not fit into work_mem went to the disk."""
    row = look.row(_DATABASE)
    found.figures |= {"temp_files": row["temp_files"], "temp_bytes": row["temp_bytes"]}
    if row["temp_bytes"] < look.limits.temp_bytes:
        return
    each = row["temp_bytes"] / max(row["temp_files"], 1)
    needed = max(int(each * 2 / MB) + 1, 8)
    what = f"{row['temp_files']:,} files of {_size(each)} on average; work_mem is {row['work_mem']}"
    remedy = [
        f"ALTER DATABASE {_name(look)} SET work_mem = '{needed}MB'  -- for each sort of each "
        "session: mind the memory"
    ]
    found.findings.append(Finding("temporary-files", "work_mem", "slow", what, remedy))


def checkpoints(look: Look, found: Doctor) -> None:
    """Checkpoints that came because the log was full, and not by the clock.

    A shutdown and a new database ask for one too. How many the log asked for follows from its
    length: one comes when about half of ``max_wal_size`` is written.
    """
    row = look.row(_CHECKPOINTS_17 if look.version >= 170000 else _CHECKPOINTS)
    log = look.row(_LOG)
    full = min(row["asked"], int(log["written"] // (log["room"] / 2)))
    found.figures["checkpoints"] = row | {"by_full_log": full}
    if full < look.limits.checkpoints or full <= row["timed"]:
        return
    what = (
        f"{full} came because the log was full, and {row['timed']} by the clock; "
        f"max_wal_size is {_size(log['room'])}"
    )
    remedy = [f"ALTER SYSTEM SET max_wal_size = '{_more(log['room'])}'; SELECT pg_reload_conf()"]
    found.findings.append(Finding("checkpoints-too-frequent", "max_wal_size", "slow", what, remedy))


def transaction_ids(look: Look, found: Doctor) -> None:
    """Tables whose oldest rows autovacuum should have frozen long ago."""
    for row in look.rows(_AGES, [look.limits.transaction_age]):
        severity = "urgent" if row["age"] > 1_000_000_000 else "slow"
        what = f"its oldest rows are {row['age']:,} transactions old, of some 2,100 million"
        remedy = [f"VACUUM (FREEZE) {row['table']}"]
        found.findings.append(Finding("wraparound", row["table"], severity, what, remedy))  # type: ignore[arg-type]


def replication(look: Look, found: Doctor) -> None:
    """How far replicas are behind."""
    for row in look.rows(_REPLICAS):
        found.figures.setdefault("replicas", []).append(row)
        bytes_, lag = row["bytes"] or 0, row["lag_s"] or 0.0
        if bytes_ >= look.limits.lag_bytes or lag >= look.limits.lag_s:
            what = f"{_size(bytes_)} behind" + (f", {span(lag)}" if lag else "")
            remedy = [
                "look at the replica: is it up, is its disk busy, does a long query there hold it "
                "(max_standby_streaming_delay)?"
            ]
            found.findings.append(Finding("replica-behind", row["name"], "slow", what, remedy))


def slots(look: Look, found: Doctor) -> None:
    """Slots that nobody reads keep the log, until the disk is full."""
    for row in look.rows(_SLOTS):
        kept, lost = row["kept"] or 0, row["wal_status"] == "lost"
        if row["active"] or (kept < look.limits.slot_bytes and not lost):
            continue
        what = (
            "what it needs is gone: its replica must be made anew"
            if lost
            else (f"nobody reads it, and it keeps {_size(kept)} of the log")
        )
        name = str(row["name"]).replace("'", "''")
        remedy = [f"SELECT pg_drop_replication_slot('{name}')"]
        severity = "slow" if lost else "urgent"
        found.findings.append(Finding("slot-unread", row["name"], severity, what, remedy))  # type: ignore[arg-type]


def settings(look: Look, found: Doctor) -> None:
    """Settings that plans rely on, and those that are still as PostgreSQL comes."""
    have = {row["name"]: row for row in look.rows(_SETTINGS)}
    size = look.row("SELECT pg_database_size(current_database()) AS n")["n"]
    database = _name(look)
    if float(have["random_page_cost"]["setting"]) > 2:
        what = f"it is {have['random_page_cost']['setting']}: vectors lie out of line, which is "
        what += "not costed, and the planner scans where an index is a hundred times faster"
        _advise(
            found, "random_page_cost", what, f"ALTER DATABASE {database} SET random_page_cost = 1.1"
        )
    if look.rows(_ITERATIVE) == [{"scan": "off"}]:
        what = "it is off: an HNSW scan that filters gives fewer rows than are asked for"
        sql = f"ALTER DATABASE {database} SET hnsw.iterative_scan = 'relaxed_order'"
        _advise(found, "hnsw.iterative_scan", what, sql)
    buffers = int(have["shared_buffers"]["setting"]) * 8192
    if buffers <= 128 * MB and size > 8 * buffers:
        what = f"it is {_size(buffers)}, and the database {_size(size)}"
        _advise(
            found,
            "shared_buffers",
            what,
            f"ALTER SYSTEM SET shared_buffers = '{_more(buffers)}'  -- takes a restart",
        )
    cached = int(have["effective_cache_size"]["setting"]) * 8192
    if cached < buffers:
        what = f"it is {_size(cached)}, less than shared_buffers: plans avoid indexes"
        sql = f"ALTER SYSTEM SET effective_cache_size = '{_more(buffers)}'; SELECT pg_reload_conf()"
        _advise(found, "effective_cache_size", what, sql)


def _advise(found: Doctor, name: str, what: str, remedy: str) -> None:
    found.findings.append(Finding("setting", name, "advice", what, [remedy]))


def _name(look: Look) -> str:
    return '"' + look.conn.info.dbname.replace('"', '""') + '"'


def _more(size: Any) -> str:
    return f"{max(int(size) // MB, 1) * 4}MB"


def _size(size: float) -> str:
    return f"{size / MB:,.0f} MB" if size >= MB else f"{size / 1024:,.0f} kB"
