from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neonhub.cli.console import emit, message
from neonhub.cli.options import AsJson
from neonhub.cli.text import size

if TYPE_CHECKING:
    from neonhub.ops.lint import Finding, Linted, Lock


def command(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="SQL, instead of migrations.")
    ] = None,
    revision: Annotated[
        list[str] | None, typer.Option("--revision", help="This migration; more than once.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All migrations there are.")] = False,
    at_least_rows: Annotated[
        int, typer.Option("--at-least-rows", help="Take tables to have so many rows.", min=0)
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Show what migrations lock, rewrite and lose.

    Each is run in a database beside this one and looked on at; the sizes are this one's. Pending
    ones, unless others are named. Ends with 0 where nothing stands against them, 1 where an error
    or a warning does, 2 where it could not be told.
    """
    from neonhub.cli.errors import asked_by_ci
    from neonhub.ops.lint import lint, lint_files
    from neonhub.ops.migrate import revisions
    from neonhub.ops.server import administrator
    from neonhub.settings_quick import read_settings

    with asked_by_ci():
        _one_kind(files, revision, every)
        chosen = list(revisions()) if every else revision or None
        with administrator(read_settings(), message) as dsn:
            if files:
                found = lint_files(dsn, files, at_least_rows=at_least_rows)
            else:
                found = lint(dsn, revisions=chosen, at_least_rows=at_least_rows)
    emit(found, as_json=as_json, render=_text)
    if found.standing:
        raise typer.Exit(1)


def _one_kind(files: list[Path] | None, revision: list[str] | None, every: bool) -> None:
    from neonhub.db.errors import InvalidInput

    if sum(map(bool, (files, revision, every))) > 1:
        raise InvalidInput(field="--all, --revision, FILE", reason="one of them, not several")


def _text(found: Linted) -> str:
    from neonhub.ops.migrate import revisions

    if not found.what:
        return "Nothing is pending: there is nothing to look at."
    lines = [line for each in found.locks if each.work for line in _lock(each)]
    lines += [line for each in found.findings if each.stands for line in _lines(each)]
    noted = [each for each in found.findings if not each.stands]
    for each in noted:
        lines += _lines(each)[:1]
    many = len(found.what)
    kind = "migration" if found.what[0] in revisions() else "file"
    what = f"{many} {kind}{'s' if many > 1 else ''}"
    standing = len(found.standing)
    verdict = "nothing stands against them"
    if standing:
        verdict = "1 finding stands" if standing == 1 else f"{standing} findings stand"
    plain = sum(not each.work for each in found.locks)
    if plain:
        lines.append(f"{plain} more locks with no work of size under them: --json lists them.")
    return "\n".join([*lines, f"{what} looked at: {verdict} ({len(noted)} accepted or noted)."])


def _lock(each: Lock) -> list[str]:
    where = f"{_short(each.file)}:{each.line}"
    held = f"held some {each.seconds:.1f} s" if each.seconds >= 0.05 else "held an instant"
    amount = f"{each.rows:,} rows, {size(each.bytes)}"
    work = ", ".join(dict.fromkeys(each.work))
    return [f"lock     {where}  {each.mode} on {each.table} ({amount}): {held}; {work}"]


def _lines(each: Finding) -> list[str]:
    word = each.severity if each.accepted is None else "accepted"
    where = f"{_short(each.file)}:{each.line}"
    lines = [f"{word:<8} {where}  {each.rule}: {each.message}"]
    if each.accepted is not None:
        lines[0] += f" ({each.accepted})"
    return lines + [f"         {line}" for line in each.remedy.splitlines()]


def _short(file: str) -> str:
    with contextlib.suppress(ValueError):
        return str(Path(file).relative_to(Path.cwd()))
    return Path(file).name
