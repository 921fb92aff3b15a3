"""Making, rebuilding and dropping the index of each tenant that is large enough to want one.

The thresholds are measured (``make bench ARGS=routes``; docs/adr/0025). Every step is made
beside the live searches: an index concurrently, its route only once it is valid; and the route is
taken back before its index is dropped. Killed at any moment, the next run goes on.
"""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import InvalidInput, NeonHubError
from neonhub.ops.roles import MayNotAct, become
from neonhub.ops.vectors.judge import judged, stale, tuned
from neonhub.ops.vectors.parts import (
    KINDS,
    PREFIX,
    Chosen,
    Index,
    Part,
    indexes,
    parts,
    record_route,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import psycopg

__all__ = ["BUILD_AT", "DROP_BELOW", "KINDS", "Step", "VectorsBusy", "maintain"]

BUILD_AT = 5_000
"""From so many rows of one part on, an index of its own is faster than the scan, and worth its
upkeep: measured, the scan passes 5 milliseconds there with what comes after it."""
DROP_BELOW = 2_500
"""Half of it, so that a tenant that breathes about the threshold does not build and drop."""
LOCK = 7_236_031

_ROW_SIZE = {"bits": 520, "halfvec": 4100, "ivfflat": 6300}
"""Bytes of index a row, fresh: three times as much is a rebuild's worth of dead rows."""
_SLACK = 4 << 20
_DENSE = 200_000
"""From so many rows on a graph is built twice as carefully: it takes twice as long, and no room."""
_MEMORY = (64 << 20, 1 << 30)
_HNSW_LISTS_TO_SQRT = 1_000_000


class VectorsBusy(NeonHubError):
    """Another process is maintaining this database's vector indexes."""

    hint = "Let it end; what it has made stays."
    http_status = 503
    exit_code = 75


@dataclass(frozen=True, slots=True)
class Step:
    """What was done (or is to be) with a part: ``built``, ``rebuilt``, ``dropped``, ``recorded``,
    ``failed``; why, and how long it took in seconds."""

    action: str
    table: str
    workspace: str
    space: str
    index: str
    rows: int
    why: str
    size: int = 0
    seconds: float = 0.0


def maintain(
    dsn: str,
    chosen: Chosen,
    *,
    kind: str = "bits",
    build_at: int = BUILD_AT,
    dry_run: bool = False,
    notify: Callable[[str], None] = lambda _line: None,
) -> list[Step]:
    """Give each chosen part the route that its size asks for; what was done.

    ``dsn`` is an administrator's, or of a login that may become the owner,
    ``neonhub_maintenance`` and ``neonhub_app``. A part that fails is a step ``failed``, and the
    others go on. Raises ``VectorsBusy``, ``NotMigrated``, ``MayNotAct``, ``InvalidInput``.
    """
    from neonhub.ops.locks import only
    from neonhub.ops.migrate import require_head
    from neonhub.ops.prepare import connected
    from neonhub.ops.vectors.reembed import forget_the_gone

    if kind not in KINDS:
        raise InvalidInput(field="--kind", reason=f"it is one of {', '.join(KINDS)}")
    if build_at < 1:
        raise InvalidInput(field="--build-at", reason="it is a number of rows, at least 1")
    with connected(dsn) as conn, only(conn, LOCK, busy=VectorsBusy):
        require_head(conn)
        become(conn, "neonhub_app")
        conn.execute("RESET ROLE")
        there = indexes(conn)
        planned = [
            (part, _plan(part, there.get(part.index), kind, build_at))
            for part in parts(conn, chosen)
        ]
        done = []
        for part, (action, why) in planned:
            if action == "keep":
                continue
            notify(f"{action}: {part.index}, {part.workspace}, {part.rows:,} rows ({why})")
            step = Step(action, part.table, part.workspace, part.space, part.index, part.rows, why)
            done.append(step if dry_run else _tried(conn, dsn, part, step, kind, notify))
        if not chosen.all:
            return done
        if not dry_run:
            forget_the_gone(conn)
        return done + _drop_orphans(conn, there, dry_run=dry_run)


def _tried(
    conn: psycopg.Connection[Any],
    dsn: str,
    part: Part,
    step: Step,
    kind: str,
    notify: Callable[[str], None],
) -> Step:
    """Carry it out; a failure is one of this part, where the connection outlives it."""
    import psycopg

    try:
        return _carry_out(conn, dsn, part, step, kind, notify)
    except (NeonHubError, psycopg.Error) as error:
        if conn.closed or isinstance(error, MayNotAct):
            raise
        conn.execute("RESET ROLE")
        notify(f"  failed: {error}")
        return replace(step, action="failed", why=" ".join(str(error).split()))


def _plan(part: Part, index: Index | None, kind: str, build_at: int) -> tuple[str, str]:
    """What to do with a part, and why. ``keep`` is nothing."""
    routed = "index" in part.route
    if part.rows < (min(DROP_BELOW, build_at) if routed or index else build_at):
        if index is None and not routed:
            return "keep", "it is scanned"
        return "drop", f"{part.rows:,} rows are scanned as fast"
    if index is None:
        return "build", "the index is gone" if routed else f"{build_at:,} rows and more"
    if not index.valid:
        return "rebuild", "its making was interrupted"
    if part.route.get("kind", kind) != kind:
        return "rebuild", f"it was {part.route['kind']}, and is to be {kind}"
    if index.size > 3 * (part.rows * _ROW_SIZE[kind] + _SLACK):
        return "rebuild", "most of it is dead rows"
    if not routed or part.route.get("groups") != part.groups:
        return "record", "its rows have changed"
    return ("record", "how far it holds is not known") if stale(part) else ("keep", "")


def _carry_out(
    conn: psycopg.Connection[Any],
    dsn: str,
    part: Part,
    step: Step,
    kind: str,
    notify: Callable[[str], None],
) -> Step:
    began = time.perf_counter()
    if step.action in ("drop", "rebuild"):
        width = tuned(part.route)
        kept = {"width": width, "tuned": width, "ef": part.route.get("ef")}
        record_route(conn, part, {name: value for name, value in kept.items() if value})
        _drop(conn, part.index)
    if step.action in ("build", "rebuild"):
        with _progress(dsn, part.index, notify):
            _build(conn, part, kind)
    why = step.why
    if step.action != "drop":
        route = _route(part, kind)
        if step.action != "record" or stale(part):
            search = next(each for each in Chosen(part.table).searches)
            verdict = judged(conn, search, part, route)
            route, why = verdict.onto(route), f"{why}; {verdict}"
            notify(f"  {verdict}")
        record_route(conn, part, route)
    made = indexes(conn).get(part.index)
    took = round(time.perf_counter() - began, 3)
    named = {"build": "built", "rebuild": "rebuilt", "drop": "dropped", "record": "recorded"}
    return Step(
        *(named[step.action], step.table, step.workspace, step.space, step.index, step.rows),
        *(why, made.size if made else 0, took),
    )


def _route(part: Part, kind: str) -> Mapping[str, Any]:
    names = ("width", "tuned", "ef", "near", "scan_width", "judged", "first", "enough")
    kept = {name: part.route[name] for name in names if name in part.route}
    route = {"index": part.index, "kind": kind, "rows": part.rows, "groups": part.groups, **kept}
    if kind == "ivfflat":
        # A tenth of the lists finds nearly all of the nearest.
        route["probes"] = max(1, _lists(part.rows) // 10)
    return route


def _lists(rows: int) -> int:
    """As pgvector advises: a thousandth of the rows, above a million their square root."""
    return max(1, rows // 1000 if rows <= _HNSW_LISTS_TO_SQRT else int(rows**0.5))


def _build(conn: psycopg.Connection[Any], part: Part, kind: str) -> None:
    from psycopg import sql

    thorough = 128 if part.rows >= _DENSE else 64
    what = {
        "bits": f"hnsw (embedding_bits bit_hamming_ops) WITH (ef_construction = {thorough})",
        "halfvec": "hnsw ((embedding::halfvec(1536)) halfvec_cosine_ops)",
        "ivfflat": f"ivfflat (embedding vector_cosine_ops) WITH (lists = {_lists(part.rows)})",
    }[kind]
    name = sql.Identifier(part.index)
    memory = min(max(_MEMORY[0], 2 * part.rows * _ROW_SIZE[kind]), _MEMORY[1])
    become(conn, "neonhub_owner")
    conn.execute(f"SET maintenance_work_mem = '{memory >> 10}kB'".encode())
    conn.execute(
        sql.SQL(
            "CREATE INDEX CONCURRENTLY {} ON {} USING " + what + " "
            "WHERE workspace_id = {} AND embedding_space_id = {}"
        ).format(
            *(name, sql.Identifier(part.table)),
            *(sql.Literal(part.workspace_id), sql.Literal(part.space_id)),
        )
    )
    said = f"keep: one tenant's vectors, kept by `neonhub vectors maintain` ({kind})"
    conn.execute(sql.SQL("COMMENT ON INDEX {} IS {}").format(name, sql.Literal(said)))
    conn.execute("RESET maintenance_work_mem")
    conn.execute("RESET ROLE")


def _drop(conn: psycopg.Connection[Any], index: str) -> None:
    from psycopg import sql

    become(conn, "neonhub_owner")
    conn.execute(sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(sql.Identifier(index)))
    conn.execute("RESET ROLE")


def _drop_orphans(
    conn: psycopg.Connection[Any], there: Mapping[str, Index], *, dry_run: bool
) -> list[Step]:
    """Drop the indexes of workspaces and spaces that are no more."""
    wanted = {part.index for part in parts(conn, Chosen())}
    done = []
    for name in sorted(set(there) - wanted):
        assert name.startswith(PREFIX)  # noqa: S101
        if not dry_run:
            _drop(conn, name)
        step = Step("drop" if dry_run else "dropped", there[name].table, "", "", name, 0, "")
        done.append(step)
    return done


@contextlib.contextmanager
def _progress(dsn: str, index: str, notify: Callable[[str], None]) -> Iterator[None]:
    """Tell every few seconds how far the making of ``index`` is, by a connection of its own."""
    ended = threading.Event()

    def watch() -> None:
        from neonhub.ops.prepare import connected

        query = (
            "SELECT phase, tuples_done, blocks_done, blocks_total "
            "FROM pg_stat_progress_create_index WHERE index_relid = to_regclass(%s)"
        )
        with contextlib.suppress(NeonHubError), connected(dsn) as conn:
            while not ended.wait(3):
                row = conn.execute(query, [index]).fetchone()
                if row is not None:
                    phase, rows, blocks, total = row
                    share = f", {blocks / total:.0%} of the table" if total else ""
                    notify(f"  {phase}: {rows:,} rows{share}")

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
