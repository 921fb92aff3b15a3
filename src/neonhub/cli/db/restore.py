from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from neonhub.cli.console import emit, message
from neonhub.cli.options import AsJson, Identity, Trust, Yes, confirmed
from neonhub.db.errors import InvalidInput

if TYPE_CHECKING:
    from neonhub.ops.backup.parts import Mended, Partly
    from neonhub.ops.backup.restore import Restored


def command(  # noqa: PLR0913 - each is an option of its own
    backup: Annotated[
        str, typer.Argument(metavar="BACKUP", help="Its folder, or s3://bucket/prefix/NAME.")
    ],
    *,
    into: Annotated[
        str | None, typer.Option("--into", metavar="NAME", help="The new database's name.")
    ] = None,
    in_place: Annotated[
        bool, typer.Option("--in-place", help="Put it into the live database's place.")
    ] = False,
    table: Annotated[
        list[str] | None,
        typer.Option("--table", "-t", metavar="NAME", help="This table only; repeatable."),
    ] = None,
    only: Annotated[
        bool, typer.Option("--only", help="With --table: not what was deleted along with its rows.")
    ] = False,
    workspace: Annotated[
        str | None,
        typer.Option("--workspace", "-w", help="This workspace only: its slug or id."),
    ] = None,
    identity: Identity = None,
    trust: Trust = False,
    yes: Yes = False,
    jobs: Annotated[int, typer.Option("--jobs", "-j", help="Tables at a time.", min=1)] = 2,
    as_json: AsJson = False,
) -> None:
    """Restore a backup, or a part of one.

    Into a new database, which is held against the backup's checksums. With --in-place it takes
    the live database's name, which is kept under another. With --table and --in-place the rows
    that the live table lacks are put back, with what was deleted along with them; with --workspace
    and --in-place a workspace becomes as it was, and nobody else's rows are touched. What was
    there before is kept each time.
    """
    from neonhub.ops.server import administrator
    from neonhub.settings_quick import read_settings

    _check(into, in_place, table, workspace)
    if only and not (table and in_place):
        raise InvalidInput(field="--only", reason="it goes with --table and --in-place")
    if in_place:
        confirmed(_question(table, workspace, only=only), yes=yes)
    how: dict[str, Any] = {"jobs": jobs, "identity": identity or (), "trust": trust}
    how["notify"] = message
    with administrator(read_settings(), message) as dsn:
        if workspace is not None:
            from neonhub.ops.backup.workspaces import restore_workspace

            emit(restore_workspace(dsn, backup, workspace, **how), as_json=as_json, render=_part)
        elif table and in_place:
            from neonhub.ops.backup.tables import put_back

            done = put_back(dsn, backup, table, only=only, **how)
            emit(done, as_json=as_json, render=lambda made: _part(made, backup))
        else:
            from neonhub.ops.backup.restore import restore

            how |= {"into": into, "in_place": in_place, "tables": table or ()}
            emit(restore(dsn, backup, **how), as_json=as_json, render=_text)


def _check(into: str | None, in_place: bool, table: list[str] | None, ws: str | None) -> None:
    if in_place and into is not None:
        raise InvalidInput(field="--into", reason="with --in-place it has the live one's name")
    if ws is not None and table:
        raise InvalidInput(field="--table", reason="it does not go with --workspace")
    if ws is not None and not in_place:
        reason = "it goes with --in-place; a new database has the whole backup"
        raise InvalidInput(field="--workspace", reason=reason)


def _question(table: list[str] | None, workspace: str | None, *, only: bool) -> str:
    if workspace is not None:
        return f"Replace every row of the workspace {workspace} by the backup's?"
    if table:
        along = "" if only else ", and what was deleted along with them,"
        return f"Put the missing rows of {', '.join(table)}{along} back?"
    return "Put the backup in the place of the live database?"


def _part(done: Partly, backup: str = "BACKUP") -> str:
    lines = [f"Put back {done.rows:,} rows of {done.what}."]
    many = len(done.tables) > 10
    shown = [each for each in done.tables if not many or each.left_out or each.cleared]
    width = max((len(each.table) for each in shown), default=0)
    for each in shown:
        words = f"  {each.table:<{width}}  {each.put:>10,}"
        if each.left_out:
            words += f"  {each.left_out:,} left out: erased, what they belong to is gone, or what "
            words += "is unique of them is another row's by now"
        words += f"  {each.cleared:,} references cleared" * bool(each.cleared)
        lines.append(words)
    if done.erased:
        lines.append(f"{done.erased:,} rows were erased since the backup, and stay so.")
    if done.mended:
        lines.append(f"References that point to their rows again: {_counted(done.mended)}.")
    lines += _left(done, backup)
    return "\n".join([*lines, f"What was there before is kept in the database {done.kept}."])


def _counted(references: list[Mended]) -> str:
    return ", ".join(f"{each.count:,} of {each.table}.{each.column}" for each in references)


def _left(done: Partly, backup: str) -> list[str]:
    """What went along with the rows and is still missing, and what brings it back."""
    lines = []
    if done.missing:
        told = ", ".join(f"{each.put:,} of {each.table}" for each in done.missing)
        named = " ".join(f"--table {each.table}" for each in done.missing)
        lines.append(f"! Still missing, as they were deleted along with these rows: {told}.")
        lines.append(f"  Put them back: neonhub db restore {backup} {named} --in-place")
    if done.unmended:
        named = " ".join(f"--table {name}" for name in sorted({m.table for m in done.unmended}))
        lines.append(f"! References that are still empty: {_counted(done.unmended)}.")
        lines.append(f"  Look them up: neonhub db restore {backup} {named}")
    return lines


def _text(done: Restored) -> str:
    found = done.verified
    lines = [
        f"Restored into the database {done.database}: {found.rows:,} rows of {found.tables} "
        f"tables, as they were, in {found.seconds:.1f} s."
    ]
    if done.erased:
        lines.append(f"{done.erased:,} rows whose erasure came after the backup were erased again.")
    if done.carried:
        lines.append(f"{done.carried:,} rows of audit log and consents that came since are kept.")
    if done.before is not None:
        lines.append(f"What was there before is kept as {done.before}.")
    return "\n".join(lines)
