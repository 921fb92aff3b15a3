"""Sessions: who waits on whom, transactions that stay open, and how many connections there are."""

from __future__ import annotations

from typing import Any

from neonhub.ops.doctor.look import Doctor, Finding, Look, Unjudged, span

__all__ = ["connections", "pools", "transactions", "waiting"]

_BLOCKED = """
SELECT a.pid, a.usename::text AS role, a.application_name AS application, a.state,
       left(regexp_replace(a.query, '\\s+', ' ', 'g'), 200) AS query,
       pg_blocking_pids(a.pid) AS behind,
       extract(epoch FROM now() - a.xact_start)::float8 AS open_s,
       (SELECT extract(epoch FROM clock_timestamp() - min(l.waitstart))::float8
          FROM pg_locks l WHERE l.pid = a.pid AND NOT l.granted) AS waits_s,
       (SELECT string_agg(DISTINCT coalesce(l.relation::regclass::text, l.locktype), ', ')
          FROM pg_locks l WHERE l.pid = a.pid AND NOT l.granted) AS waits_for
  FROM pg_stat_activity a
 WHERE a.pid <> pg_backend_pid() AND (a.datname = current_database() OR a.datname IS NULL)
"""
_OPEN = """
SELECT pid, usename::text AS role, application_name AS application, state,
       left(regexp_replace(query, '\\s+', ' ', 'g'), 200) AS query,
       extract(epoch FROM clock_timestamp() - xact_start)::float8 AS open_s,
       extract(epoch FROM clock_timestamp() - state_change)::float8 AS since_s,
       greatest(age(backend_xid), age(backend_xmin)) AS holds
  FROM pg_stat_activity
 WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'
   AND datname = current_database() AND xact_start IS NOT NULL
 ORDER BY xact_start
"""
_PREPARED = """
SELECT gid, owner::text AS role,
       extract(epoch FROM clock_timestamp() - prepared)::float8 AS open_s
  FROM pg_prepared_xacts WHERE database = current_database() ORDER BY prepared
"""
_CONNECTIONS = """
SELECT greatest(count(*), (SELECT sum(numbackends) FROM pg_stat_database)::int8) AS used,
       count(*) FILTER (WHERE state = 'idle') AS idle,
       current_setting('max_connections')::int
           - current_setting('superuser_reserved_connections')::int AS room,
       (SELECT json_object_agg(role, n) FROM (
           SELECT coalesce(usename, '-')::text AS role, count(*) AS n FROM pg_stat_activity
            WHERE backend_type = 'client backend' GROUP BY 1) AS by_role) AS by_role
  FROM pg_stat_activity WHERE backend_type = 'client backend'
"""


def waiting(look: Look, found: Doctor) -> None:
    """The tree of who waits on whom; a finding for each who holds others up and waits for none."""
    sessions = {row["pid"]: row for row in look.rows(_BLOCKED)}
    blocked = {pid: row for pid, row in sessions.items() if row["behind"]}
    roots = {pid for row in blocked.values() for pid in row["behind"]} - blocked.keys()
    for root in sorted(roots):
        tree = _tree(root, sessions, blocked, seen=set())
        found.waiting.append(tree)
        waits = [row["waits_s"] or 0.0 for row in _below(tree)]
        if max(waits, default=0.0) >= look.limits.blocked_s:
            found.findings.append(_holding_up(tree, waits))


def _tree(
    pid: int, sessions: dict[int, Any], blocked: dict[int, Any], seen: set[int]
) -> dict[str, Any]:
    """``pid`` with those who wait for it; prepared transactions have the number 0."""
    seen.add(pid)
    own = sessions.get(pid, {"pid": pid, "role": None, "query": None, "state": "prepared"})
    after = [p for p, row in blocked.items() if pid in row["behind"] and p not in seen]
    node = {key: value for key, value in own.items() if key != "behind"}
    return node | {"held_up": [_tree(p, sessions, blocked, seen) for p in after]}


def _below(tree: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for node in tree["held_up"] for row in (node, *_below(node))]


def _holding_up(tree: dict[str, Any], waits: list[float]) -> Finding:
    pid, idle = tree["pid"], str(tree["state"]).startswith("idle in transaction")
    who = f"process {pid}" + (f" ({tree['role']})" if tree["role"] else "")
    does = "which is idle in a transaction" if idle else "which is at work"
    remedy = [f"SELECT pg_{'terminate' if idle else 'cancel'}_backend({pid})"]
    if tree["state"] == "prepared":
        does, remedy = "a prepared transaction", ["SELECT * FROM pg_prepared_xacts"]
    what = f"{len(waits)} wait for it, {does}; the longest for {span(max(waits))}"
    return Finding("blocked", who, "urgent", what, remedy, {"last_query": tree["query"]})


def transactions(look: Look, found: Doctor) -> None:
    """Transactions that stay open: what they see cannot be vacuumed away, in any table."""
    for row in look.rows(_OPEN):
        idle = str(row["state"]).startswith("idle in transaction")
        about = {"query": row["query"], "application": row["application"], "holds": row["holds"]}
        who = f"process {row['pid']} ({row['role']})"
        end = f"SELECT pg_terminate_backend({row['pid']})"
        if idle and row["since_s"] >= look.limits.idle_transaction_s:
            what = f"idle in a transaction for {span(row['since_s'])}"
            always = f"ALTER ROLE {row['role']} SET idle_in_transaction_session_timeout = '60s'"
            found.findings.append(
                Finding("idle-in-transaction", who, "slow", what, [end, always], about)
            )
        elif row["open_s"] >= look.limits.long_transaction_s:
            what = f"its transaction has been open for {span(row['open_s'])}"
            found.findings.append(Finding("long-transaction", who, "slow", what, [end], about))
    for row in look.rows(_PREPARED):
        if row["open_s"] >= look.limits.long_transaction_s:
            what = f"prepared {span(row['open_s'])} ago and never ended"
            name = str(row["gid"]).replace("'", "''")
            remedy = [f"ROLLBACK PREPARED '{name}'"]
            found.findings.append(Finding("prepared-transaction", row["gid"], "slow", what, remedy))


def connections(look: Look, found: Doctor) -> None:
    """How many there are against how many there may be."""
    row = look.row(_CONNECTIONS)
    pool = look.settings.database_pool_size
    found.figures["connections"] = row | {"pool_size": pool}
    if row["used"] < row["room"] * look.limits.connections_share:
        return
    what = f"{row['used']} of {row['room']} are in use, {row['idle']} of them idle"
    remedy = [
        f"put a pooler before the server, or lower DATABASE_POOL_SIZE ({pool} a process)",
        f"ALTER SYSTEM SET max_connections = {2 * row['room']}  -- takes a restart",
    ]
    found.findings.append(
        Finding("connections-used-up", "max_connections", "urgent", what, remedy, row["by_role"])
    )


def pools(look: Look, found: Doctor) -> None:
    """What PgBouncer says of its pools, where PGBOUNCER_URL leads to its own database."""
    import psycopg
    from psycopg.rows import dict_row

    url = look.settings.pgbouncer_url
    if url is None:
        return
    try:
        with (
            psycopg.connect(
                url.get_secret_value(), autocommit=True, connect_timeout=5, prepare_threshold=None
            ) as conn,
            # Its own database speaks the simple protocol only.
            psycopg.ClientCursor(conn, row_factory=dict_row) as cursor,
        ):
            found.pools = cursor.execute("SHOW POOLS").fetchall()
    except psycopg.Error as error:
        why = " ".join(str(error).split())
        look.unjudged.append(Unjudged("the pooler", why, "correct PGBOUNCER_URL"))
        return
    for row in found.pools:
        waits = float(row.get("maxwait", 0)) + float(row.get("maxwait_us", 0)) / 1e6
        if int(row["cl_waiting"]) and waits >= look.limits.blocked_s:
            name = f"{row['database']}/{row['user']}"
            what = f"{row['cl_waiting']} clients wait for a connection, the longest {span(waits)}"
            remedy = ["raise default_pool_size in pgbouncer.ini, then RELOAD on its own database"]
            found.findings.append(Finding("pool-exhausted", name, "urgent", what, remedy))
