from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neonhub.cli.console import emit, message
from neonhub.cli.options import AsJson
from neonhub.cli.text import printable

if TYPE_CHECKING:
    from neonhub.ops.deploy import Report, Step


def command(
    backup_to: Annotated[
        Path | None, typer.Option("--backup-to", metavar="DIR", help="The folder of all backups.")
    ] = None,
    no_backup: Annotated[
        bool, typer.Option("--no-backup", help="Migrate without a backup.")
    ] = False,
    revision: Annotated[
        str, typer.Option("--revision", help="Go no further than this one.")
    ] = "head",
    attempts: Annotated[
        int, typer.Option("--attempts", help="How often a locked table is tried.", min=1)
    ] = 8,
    skip: Annotated[
        list[str] | None, typer.Option("--skip", metavar="RULE", help="Leave out a preflight rule.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Migrate with checks, a backup, and a report.

    Preflight, lint, a backup that is restored and compared, each migration in its transaction,
    and smoke tests; what refuses or fails ends it. Killed, it is run again. Ends with 0 where all
    is well, 1 where it was refused or failed, 2 where it could not be told.
    """
    from neonhub.cli.errors import asked_by_ci
    from neonhub.ops.deploy import Patience, Plan, deploy
    from neonhub.ops.deploy.preflighted import preflighted
    from neonhub.ops.server import administrator
    from neonhub.settings_quick import read_settings

    with asked_by_ci():
        _backup_chosen(backup_to, no_backup)
        settings = read_settings()
        checks = preflighted(settings, skip or ())
        plan = Plan(revision, backup_to, checks, patience=Patience(attempts=attempts))
        with administrator(settings, message) as dsn:
            report = deploy(dsn, plan, message, _progress if as_json else _ended)
    emit(_data(report), as_json=as_json, render=lambda _: _text(report))
    if not report.good:
        raise typer.Exit(1)


def _backup_chosen(backup_to: Path | None, no_backup: bool) -> None:
    from neonhub.db.errors import InvalidInput

    if (backup_to is None) is not no_backup:
        reason = "name the folder of the backup, or say --no-backup; one of the two"
        raise InvalidInput(field="--backup-to", reason=reason)


def _data(report: Report) -> dict[str, object]:
    from dataclasses import asdict

    return asdict(report) | {"good": report.good}


def _progress(step: Step) -> None:
    with contextlib.suppress(OSError):
        message(f"{step.name}: {step.outcome} ({step.seconds:.2f} s)")


def _ended(step: Step) -> None:
    """The step's part of the report, as soon as it is known: the next may take long.

    Who stops reading stops no deploy.
    """
    with contextlib.suppress(OSError):
        print(printable("\n".join(_step(step))), flush=True)


def _text(report: Report) -> str:
    """What the steps, each told as it ended, come to."""
    where = f"the database is at {report.revision or 'no migration'}"
    if report.good:
        from neonhub.ops.migrate import run_in_words

        many = run_in_words(len(report.applied)) if report.applied else "Nothing to migrate"
        return f"{many}: {where} ({report.seconds:.1f} s)."
    last = report.steps[-1]
    lines = [f"The deploy was {last.outcome} at {last.name}: {where}."]
    if report.backup and report.applied:
        lines.append(f"The backup of before: {report.backup}")
    return "\n".join(lines)


def _step(each: Step) -> list[str]:
    tried = f", at attempt {each.attempts}" if each.attempts > 1 else ""
    lines = [f"{each.outcome:<8} {each.name} ({each.seconds:.2f} s{tried})"]
    return lines + [f"         {line}" for said in each.said for line in said.splitlines()]
