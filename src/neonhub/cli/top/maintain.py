from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neonhub.cli.console import emit, message
from neonhub.cli.options import AsJson, key_values

if TYPE_CHECKING:
    from neonhub.ops.maintain import Report, Step


def command(
    *,
    archive_to: Annotated[
        Path | None, typer.Option("--archive-to", metavar="DIR", help="Archive rows to DIR.")
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="STEP", help="partitions, rollups, expire or vacuum."),
    ] = None,
    rule: Annotated[
        list[str] | None,
        typer.Option("--rule", metavar="NAME=PERIOD", help="Keep for 90d, 13m, 7y, or never."),
    ] = None,
    minutes: Annotated[
        float, typer.Option("--minutes", help="Stop after so long.", min=0.1, max=1440)
    ] = 60,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Keep the database in shape: once a night, from cron.

    Makes partitions ahead, rolls up, archives and deletes what is past its period, vacuums. Ends
    with 0 where all of it was done or the time was over, 1 where a step failed (the others were
    done), 75 where another process is at it. Killed at any moment, the next run goes on.
    """
    from neonhub.ops.maintain import maintain
    from neonhub.ops.server import administrator
    from neonhub.settings_quick import read_settings

    settings = read_settings()
    periods = key_values(
        [each for each in settings.retention.split(",") if each], "NEONHUB_RETENTION"
    )
    with administrator(settings, message) as dsn:
        report = maintain(
            dsn,
            archive_to=archive_to or settings.archive_to,
            rules=periods | key_values(rule or [], "--rule"),
            only=tuple(only or ()),
            minutes=minutes,
            dry_run=dry_run,
        )
    emit(report, as_json=as_json, render=_text)
    if report.failed:
        raise typer.Exit(1)


def _text(report: Report) -> str:
    width = max(len(step.name) for step in report.steps)
    lines = []
    for step in report.steps:
        lines.append(f"{step.name:<{width}}  {_said(step, dry_run=report.dry_run)}")
        lines += [f"{'':<{width}}  {line}" for line in step.told]
        if step.error:
            lines.append(f"{'':<{width}}  {step.error}")
        if step.hint:
            lines.append(f"{'':<{width}}  {step.hint}")
    failed = len(report.failed)
    ended = f"{failed} step{'s' if failed > 1 else ''} failed" if failed else "All done"
    if any(step.state == "unfinished" for step in report.steps) and not report.failed:
        ended = "The time was over: the next run goes on"
    if report.dry_run and not report.failed:
        ended = "A dry run: nothing was changed"
    return "\n".join([*lines, f"{ended}, in {report.seconds:.1f} s."])


def _said(step: Step, *, dry_run: bool) -> str:
    did = ", ".join(f"{number:,} {what}" for what, number in step.did.items())
    if step.state == "failed":
        return f"FAILED{f' after {did}' if did else ''}"
    if step.state == "unfinished":
        return f"{did or 'nothing yet'}; unfinished"
    return f"{did}  ({step.seconds:.1f} s)" if did and not dry_run else did or "nothing to do"
