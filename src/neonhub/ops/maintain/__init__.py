"""Maintenance: partitions ahead, roll-ups, retention with an archive, VACUUM and ANALYZE.

One run at a time holds an advisory lock. All that it does is short transactions, each of which
leaves the database in order: whenever it is killed, the next run goes on from there.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import InvalidInput, NeonHubError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import psycopg

    from neonhub.ops.maintain.rules import Rule
    from neonhub.ops.maintain.work import Work

__all__ = ["STEPS", "MaintenanceBusy", "Report", "Step", "maintain"]

LOCK = 7_236_023
STEPS = ("partitions", "rollups", "expire", "vacuum")
MINUTES = 60.0


class MaintenanceBusy(NeonHubError):
    """Another process is maintaining this database: process {pid} of the server, since {since}."""

    hint = "Nothing was done. That one does the work; the lock goes with its connection."
    http_status = 503
    exit_code = 75


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the report. ``state`` is ``done``, ``nothing`` (to do), ``unfinished`` (the
    time was over; the next run goes on) or ``failed`` with its ``error``."""

    name: str
    state: str
    did: dict[str, int]
    told: list[str]
    seconds: float
    error: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did, or with ``dry_run`` would do, step by step."""

    dry_run: bool
    seconds: float
    steps: list[Step] = field(default_factory=list)

    @property
    def failed(self) -> list[Step]:
        """The steps that failed; the others were done all the same."""
        return [step for step in self.steps if step.state == "failed"]


def maintain(
    dsn: str,
    *,
    archive_to: Path | None = None,
    rules: Mapping[str, str] | None = None,
    only: tuple[str, ...] = (),
    minutes: float = MINUTES,
    dry_run: bool = False,
    now: dt.datetime | None = None,
    notify: Callable[[str], None] = lambda _line: None,
) -> Report:
    """Do what is due in the database of ``dsn``, which is an administrator's.

    ``rules`` are periods that count instead of the declared ones, ``now`` is the moment that ages
    are told from. A step that fails leaves the others to be done. Raises ``MaintenanceBusy``,
    ``NotMigrated``, ``MayNotAct``, ``InvalidInput``.
    """
    from neonhub.ops.maintain.periods import parse_overrides
    from neonhub.ops.maintain.work import Work
    from neonhub.ops.records import record

    if strange := [name for name in only if name not in STEPS]:
        known = ", ".join(STEPS)
        raise InvalidInput(field="--only", reason=f"{strange[0]!r} is no step; they are {known}")
    overrides = parse_overrides(rules or {}, field="--rule")
    began = time.monotonic()
    with _alone(dsn) as conn:
        work = Work(
            conn,
            now or dt.datetime.now(dt.UTC),
            began + minutes * 60,
            dry_run=dry_run,
            archive_to=archive_to,
            overrides=overrides,
        )
        if not dry_run:
            record(conn, "maintain", "started", {"steps": list(only or STEPS)})
        steps = []
        for name, do in _plan(only or STEPS):
            notify(name)
            steps.append(_step(work, name, do))
        report = Report(dry_run, round(time.monotonic() - began, 3), steps)
        if not dry_run:
            detail = asdict(report) | {"marks": work.marks}
            record(conn, "maintain", "failed" if report.failed else "good", detail)
    return report


def _plan(only: tuple[str, ...]) -> Iterator[tuple[str, Callable[[Work], None]]]:
    from neonhub.ops.maintain.partitions import keep_partitions
    from neonhub.ops.maintain.rollup import ROLLUPS, roll_up
    from neonhub.ops.maintain.rules import RULES
    from neonhub.ops.maintain.vacuum import vacuum

    if "partitions" in only:
        yield "partitions", keep_partitions
    if "rollups" in only:
        for rollup in ROLLUPS:
            yield f"roll up {rollup.name}", partial(roll_up, rollup=rollup)
    if "expire" in only:
        for rule in RULES:
            yield f"expire {rule.name}", partial(_expire, rule=rule)
    if "vacuum" in only:
        yield "vacuum", vacuum


def _expire(work: Work, rule: Rule) -> None:
    from neonhub.ops.maintain.deleted import expire_deleted
    from neonhub.ops.maintain.months import expire_months
    from neonhub.ops.maintain.rows import expire_rows
    from neonhub.ops.maintain.rules import Way

    if rule.archive and not work.dry_run:
        from neonhub.ops.maintain.archive.columns import arrow

        arrow()
    ways = {Way.ROWS: expire_rows, Way.MONTHS: expire_months, Way.DELETED: expire_deleted}
    ways[rule.way](work, rule)


def _step(work: Work, name: str, do: Callable[[Work], None]) -> Step:
    """Do one step; what it raises is in its line, and what it did until then as well."""
    import psycopg

    from neonhub.db.errors import translate

    work.did, work.told, work.unfinished = {}, [], False
    began = time.monotonic()
    failure: NeonHubError | None = None
    try:
        do(work)
    except NeonHubError as error:
        failure = error
    except psycopg.Error as error:
        if work.conn.closed:
            raise  # there is no going on without the connection, nor is the lock ours any more
        failure = translate(error)
    state = "done" if work.did else "nothing"
    if work.unfinished:
        state = "unfinished"
    if failure is not None:
        return Step(
            name,
            "failed",
            work.did,
            work.told,
            round(time.monotonic() - began, 3),
            str(failure),
            failure.hint,
        )
    return Step(name, state, work.did, work.told, round(time.monotonic() - began, 3))


@contextlib.contextmanager
def _alone(dsn: str) -> Iterator[psycopg.Connection[Any]]:
    """The one connection, which holds the lock as long as it lasts."""
    from psycopg.conninfo import make_conninfo

    from neonhub.ops.books import ROLLED_UP_TABLE, VERSION_SCHEMA, keep_books
    from neonhub.ops.locks import only
    from neonhub.ops.maintain.work import MAINTENANCE, OWNER, acting
    from neonhub.ops.migrate import require_head
    from neonhub.ops.prepare import connected

    with connected(make_conninfo(dsn)) as conn:
        conn.execute(
            "SELECT set_config('application_name', 'neonhub maintain', false), "
            "set_config('timezone', 'UTC', false), set_config('datestyle', 'ISO, YMD', false), "
            "set_config('extra_float_digits', '1', false), "
            "set_config('client_encoding', 'UTF8', false), "
            "set_config('intervalstyle', 'postgres', false)"
        )
        require_head(conn)
        with acting(conn, MAINTENANCE):
            pass  # nothing is begun by who could end none of it
        there = f"SELECT to_regclass('{VERSION_SCHEMA}.{ROLLED_UP_TABLE}') IS NOT NULL"
        if conn.execute(there.encode()).fetchone() != (True,):
            with acting(conn, OWNER):
                keep_books(conn)
        with only(conn, LOCK, busy=lambda: _busy(conn)):
            yield conn


def _busy(conn: psycopg.Connection[Any]) -> MaintenanceBusy:
    from neonhub.ops.locks import holder

    found = holder(conn, LOCK)
    since = f"{found.since:%Y-%m-%d %H:%M:%S %Z}" if found and found.since else "just now"
    return MaintenanceBusy(pid=found.pid if found else "unknown", since=since)
