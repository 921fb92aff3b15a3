"""Deploy: migrate a live database, with every check before and after, and a way to begin again.

Each step is written down in the log of operations before it begins, so that a deploy that was
killed is known by its last line. Nothing of a step has to be taken back by hand: a migration is
there or is not, backups and databases for trying have their names only when they are whole.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from neonhub.db.errors import NeonHubError
from neonhub.ops.deploy.apply import Patience
from neonhub.ops.deploy.journal import DeployRunning, Journal, opened
from neonhub.ops.deploy.results import Outcome, Report, Step

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from neonhub.ops.lint import Linted

__all__ = ["DeployRunning", "Patience", "Plan", "Report", "Step", "checks", "deploy"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done. Without ``backup_to`` no backup is taken. ``checks`` are what has to
    hold before: it is given the database's URL and returns what is wrong, a sentence each."""

    revision: str = "head"
    backup_to: Path | None = None
    checks: Callable[[str], list[str]] | None = None
    patience: Patience = field(default_factory=Patience)
    jobs: int = 2


_TABLES = """
SELECT EXISTS (SELECT FROM pg_class c
                WHERE c.relkind IN ('r', 'p', 'm') AND c.relnamespace = 'public'::regnamespace
                  AND NOT EXISTS (SELECT FROM pg_depend d
                                   WHERE d.objid = c.oid AND d.deptype = 'e'))
"""


class _Stop(Exception):
    """The step that has just been reported ends the deploy."""


def deploy(
    dsn: str,
    plan: Plan,
    notify: Callable[[str], None] = lambda _line: None,
    ended: Callable[[Step], None] = lambda _step: None,
) -> Report:
    """Bring the database of ``dsn`` to ``plan.revision``; what was done, step by step.

    ``ended`` is given each step as it ends, ``notify`` what is said meanwhile.

    ``dsn`` is an administrator's. What a check finds, or a migration fails with, is in the report,
    which is then not ``good``. Raises ``DeployRunning``, ``UnknownRevision``, ``DatabaseAhead``,
    ``MayNotAct``, and what connecting does.
    """
    from neonhub.ops import migrate
    from neonhub.ops.prepare import prepare

    target = migrate.head() if plan.revision == "head" else plan.revision
    if target not in migrate.revisions():
        raise migrate.UnknownRevision(revision=target)
    began = time.perf_counter()
    migrate.pending(dsn)  # one of a later version is refused before anything is written
    for line in prepare(dsn):
        notify(f"Prepared: {line}")
    _must_act(dsn)
    with opened(dsn, target) as (journal, killed):
        if killed:
            notify(killed)
        report = Report(migrate.current(dsn), target, before=killed)
        _told(_Deploy(dsn, plan, report, journal, notify, ended), journal)
        report.seconds = round(time.perf_counter() - began, 3)
        report.revision = migrate.current(dsn)
        journal.ended(good=report.good, detail=_detail(report))
    return report


def _must_act(dsn: str) -> None:
    """Raise ``MayNotAct`` for a login that could migrate and not look at what came of it."""
    from neonhub.ops.prepare import connected
    from neonhub.ops.roles import become

    for role in ("neonhub_owner", "neonhub_maintenance"):
        with connected(dsn) as conn:
            become(conn, role)


def _told(running: _Deploy, journal: Journal) -> None:
    """Run it; an end that is no report is written down all the same."""
    try:
        running.all()
    except _Stop:
        pass
    except BaseException as error:
        step = running.step
        journal.ended(good=False, detail={"step": step, "error": type(error).__name__})
        raise


def _detail(report: Report) -> dict[str, object]:
    steps = [asdict(each) | {"said": each.said[:5]} for each in report.steps]
    return {
        **{"applied": report.applied, "revision": report.revision, "backup": report.backup},
        **{"seconds": report.seconds, "before": report.before, "steps": steps},
    }


def checks(dsn: str) -> list[str]:
    """What is wrong before a deploy: with roles and extensions, and migrations that were changed
    since they were applied, or that nobody knows."""
    import asyncio

    from neonhub.ops.readiness import readiness
    from neonhub.ops.status import look

    found = asyncio.run(readiness(dsn)).reasons
    wrong = [
        f"{name}: {found[name]}." for name in ("database", "roles", "extensions") if found[name]
    ]
    return wrong or [each for each in look(dsn).faults if "has not been applied" not in each]


class _Deploy:
    """A deploy that is running: its steps, one after the other."""

    def __init__(
        self,
        dsn: str,
        plan: Plan,
        report: Report,
        journal: Journal,
        notify: Callable[[str], None],
        ended: Callable[[Step], None],
    ):
        self._dsn, self._plan, self._report = dsn, plan, report
        self._journal, self._notify, self._ended = journal, notify, ended
        self._linted: Linted | None = None
        self.step = "its beginning"

    def all(self) -> None:
        """Every step, until one ends it."""
        from neonhub.ops import migrate

        self._do("preflight", self._preflight)
        known = migrate.revisions()
        last = known.index(self._report.target)
        way = [each for each in migrate.pending(self._dsn) if known.index(each) <= last]
        if way and self._holds_nothing():
            self._skip("lint", "The database is empty: nobody waits, and nothing can be lost.")
            self._skip("backup", "The database is empty.")
        elif way:
            self._do("lint", lambda: self._lint(way))
            self._do("backup", self._backup)
        for revision in way:
            self._do(f"migrate {revision}", partial(self._migrate, revision))
        if not way:
            self._do("migrate", self._stay)
        self._do("smoke tests", self._smoke)

    def _holds_nothing(self) -> bool:
        from neonhub.ops.prepare import connected

        with connected(self._dsn) as conn:
            return conn.execute(_TABLES).fetchone() == (False,)

    def _stay(self) -> tuple[Outcome, list[str], int]:
        """Nothing but the partitions of the months to come."""
        from neonhub.ops.migrate import migrate

        at = self._report.start or "head"
        migrate(self._dsn, revision=at, notify=self._notify)
        said = [f"Nothing is pending: the database is at {at}."]
        if self._plan.backup_to is not None:
            said.append("So no backup was taken: `neonhub db backup` takes one.")
        return "skipped", said, 1

    def _do(self, name: str, work: Callable[[], tuple[Outcome, list[str], int]]) -> None:
        self.step = name
        self._journal.at(name)
        began = time.perf_counter()
        attempts = 1
        try:
            outcome, said, attempts = work()
        except NeonHubError as error:
            hint = [error.hint] if error.hint else []
            outcome, said = "failed", [str(error), *hint]
        seconds = round(time.perf_counter() - began, 3)
        self._report.steps.append(Step(name, outcome, seconds, said, attempts))
        self._ended(self._report.steps[-1])
        if outcome in {"failed", "refused"}:
            raise _Stop

    def _skip(self, name: str, why: str) -> None:
        self._report.steps.append(Step(name, "skipped", 0.0, [why]))
        self._ended(self._report.steps[-1])

    def _preflight(self) -> tuple[Outcome, list[str], int]:
        from neonhub.ops.migrate import wait_for_others

        wait_for_others(self._dsn, self._notify)
        wrong = (self._plan.checks or checks)(self._dsn)
        return ("refused" if wrong else "done"), wrong, 1

    def _lint(self, way: list[str]) -> tuple[Outcome, list[str], int]:
        from neonhub.ops.lint import lint

        self._linted = lint(self._dsn, revisions=way)
        said = [
            f"{each.severity}: {each.revision}, line {each.line}: {each.rule}: {each.message}"
            + (f"\n{each.remedy}" if each.severity == "error" and each.remedy else "")
            for each in self._linted.standing
        ]
        return ("refused" if self._linted.errors else "done"), said, 1

    def _backup(self) -> tuple[Outcome, list[str], int]:
        from neonhub.ops.backup.restore import verify
        from neonhub.ops.backup.take import backup

        if self._plan.backup_to is None:
            return "skipped", ["No backup was asked for."], 1
        folder, made = backup(self._dsn, self._plan.backup_to, jobs=self._plan.jobs)
        found = verify(self._dsn, folder, jobs=self._plan.jobs, trust=True)
        if found.faults:
            return "failed", [f"{folder} is not what it should be.", *found.faults], 1
        self._report.backup = str(folder)
        said = f"{folder}: {made.rows:,} rows of {len(made.tables)} tables, restored and compared."
        return "done", [said], 1

    def _migrate(self, revision: str) -> tuple[Outcome, list[str], int]:
        from neonhub.ops.deploy.apply import run

        names = self._linted.concurrently.get(revision, []) if self._linted else []
        told: list[str] = []

        def notify(line: str) -> None:
            told.append(line)
            self._notify(line)

        tried = run(self._dsn, revision, self._plan.patience, names, notify)
        self._report.applied.append(revision)
        return "done", [line for line in told if not line.startswith("Applied ")], tried

    def _smoke(self) -> tuple[Outcome, list[str], int]:
        from neonhub.ops.deploy.smoke import smoke

        faults, notes = smoke(self._dsn)
        return ("failed" if faults else "done"), [*faults, *notes], 1
