"""Is this database ready for production: every rule of ``neonhub.checks``, judged on its own.

Each rule gets a read-only transaction with a time limit. One that cannot be judged (for want of
rights, say) is told as such and never counts as kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import neonhub.checks
from neonhub.checks import CannotTell, Fault, Look
from neonhub.db.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Collection

    import psycopg

    from neonhub.settings import Settings

__all__ = ["Found", "Preflight", "Rule", "Verdict", "preflight", "rules"]

FOLDER = Path(neonhub.checks.__file__).parent
_LIMITS = "SET LOCAL statement_timeout = '30s'; SET LOCAL lock_timeout = '2s'"

State = Literal["holds", "broken", "unknown", "skipped"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its name is that of its file. ``sql`` is empty where a module judges it."""

    name: str
    title: str
    severity: str
    remedy: str
    sql: str = ""

    @property
    def page(self) -> str:
        """Where it is explained."""
        return f"docs/checks/{self.name}.md"


@dataclass(frozen=True, slots=True)
class Found:
    """One fault; ``mend`` is the SQL or the command that takes it away, where one does."""

    object: str
    what: str
    mend: str | None
    severity: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule as it was judged. ``reason`` says why it could not be, or was not."""

    rule: str
    title: str
    severity: str
    state: State
    remedy: str
    page: str
    found: list[Found] = field(default_factory=list)
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Preflight:
    """Every verdict, in the order of the rules."""

    database: str
    user: str
    verdicts: list[Verdict]

    @property
    def broken(self) -> list[Verdict]:
        """The rules that production stands or falls with and that are broken."""
        return [v for v in self.verdicts if any(f.severity == "must" for f in v.found)]

    @property
    def untold(self) -> list[Verdict]:
        """Those that it stands or falls with and that could not be judged."""
        return [v for v in self.verdicts if v.state == "unknown" and v.severity == "must"]


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule, by number."""
    paths = [p for p in FOLDER.iterdir() if re.fullmatch(r"\d{4}_\w+\.(sql|py)", p.name)]
    return tuple(_rule(path) for path in sorted(paths, key=lambda path: path.name))


def _rule(path: Path) -> Rule:
    if path.suffix == ".py":
        module = import_module(f"neonhub.checks.{path.stem}")
        return Rule(path.stem, module.TITLE, module.SEVERITY, module.REMEDY)
    sql = path.read_text("utf-8")
    head = _head(sql)
    return Rule(path.stem, head["title"], head["severity"], head["remedy"], sql)


def _head(sql: str) -> dict[str, str]:
    """The facts in the comments on top; a line that is set in goes on with the one before."""
    found: dict[str, str] = {}
    name = ""
    for line in sql.splitlines():
        if match := re.match(r"-- (title|severity|remedy): (.+)", line):
            name = match[1]
            found[name] = match[2]
        elif name and line.startswith("--   "):
            found[name] += " " + line[5:].strip()
        else:
            name = ""
    return found


def preflight(
    dsn: str,
    settings: Settings,
    *,
    only: Collection[str] = (),
    skip: Collection[str] = (),
    thorough: bool = False,
) -> Preflight:
    """Judge the database of ``dsn``, an administrator's or neonhub_migrate's.

    ``only`` and ``skip`` name rules by name, by number, or by the name without its number;
    ``thorough`` takes the limit of time from those that read whole tables. Raises
    ``InvalidInput`` for a rule that is none, and ``ConnectionFailed``.
    """
    from neonhub.ops.prepare import connected

    wanted, left_out = _named("--only", only), _named("--skip", skip)
    verdicts = []
    with connected(dsn) as conn:
        look = Look(conn, dsn, settings, thorough)
        for rule in rules():
            if rule.name in left_out:
                verdicts.append(_verdict(rule, "skipped", reason="left out by --skip"))
            elif not only or rule.name in wanted:
                verdicts.append(_judge(rule, look))
        return Preflight(conn.info.dbname, conn.info.user, verdicts)


def _named(option: str, names: Collection[str]) -> set[str]:
    found = set()
    for name in names:
        known = [
            r.name for r in rules() if name in {r.name, r.name[5:]} or name.zfill(4) == r.name[:4]
        ]
        if not known:
            reason = f"there is no rule {name!r}; `neonhub db preflight --json` lists them"
            raise InvalidInput(field=option, reason=reason)
        found |= set(known)
    return found


def _verdict(rule: Rule, state: State, **more: Any) -> Verdict:
    return Verdict(rule.name, rule.title, rule.severity, state, rule.remedy, rule.page, **more)


def _judge(rule: Rule, look: Look) -> Verdict:
    import psycopg

    try:
        with look.conn.transaction(force_rollback=True):
            look.conn.execute(f"SET TRANSACTION READ ONLY; {_LIMITS}".encode())
            faults = _run(rule, look)
    except CannotTell as error:
        return _verdict(rule, "unknown", reason=str(error))
    except psycopg.Error as error:
        if look.conn.closed:
            raise
        return _verdict(rule, "unknown", reason=_reason(error, look.conn))
    found = [Found(f.object, f.what, f.mend, f.severity or rule.severity) for f in faults]
    return _verdict(rule, "broken" if found else "holds", found=found)


def _run(rule: Rule, look: Look) -> list[Fault]:
    if not rule.sql:
        made: list[Fault] = import_module(f"neonhub.checks.{rule.name}").faults(look)
        return made
    settings = look.settings
    look.conn.execute(
        "SELECT set_config('preflight.backup_hours', %s, true), "
        "set_config('preflight.drill_days', %s, true), "
        "set_config('preflight.basebackup_days', %s, true), "
        "set_config('preflight.months_ahead', %s, true)",
        [
            str(settings.preflight_backup_hours),
            str(settings.preflight_drill_days),
            str(settings.preflight_basebackup_days),
            str(settings.preflight_months_ahead),
        ],
    )
    return [Fault(*row) for row in look.conn.execute(rule.sql.encode()).fetchall()]


def _reason(error: psycopg.Error, conn: psycopg.Connection[Any]) -> str:
    import psycopg

    first = error.diag.message_primary or str(error).partition("\n")[0]
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return f"{conn.info.user} may not see it ({first})"
    if isinstance(error, psycopg.errors.QueryCanceled | psycopg.errors.LockNotAvailable):
        return f"it took too long ({first})"
    missing = psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName
    if isinstance(error, missing):
        return f"the database has not been migrated that far ({first})"
    return first
