from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from neonhub.cli.console import emit, message
from neonhub.cli.options import AsJson

if TYPE_CHECKING:
    from neonhub.ops.preflight import Preflight, Verdict

_MARKS = {"holds": "holds", "broken": "BROKEN", "unknown": "unknown", "skipped": "skipped"}
_SHOWN = 5


def command(
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="RULE", help="Judge this rule only.")
    ] = None,
    skip: Annotated[
        list[str] | None, typer.Option("--skip", metavar="RULE", help="Leave this rule out.")
    ] = None,
    thorough: Annotated[
        bool, typer.Option("--thorough", help="Read large tables to their end, however long.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Judge whether the database is ready for production.

    A rule is named by its number or its name; --only and --skip may be given more than once.
    Nothing is changed. Ends with 0 where every rule that must hold does, 1 where one is broken,
    2 where one could not be judged.
    """
    from neonhub.cli.errors import COULD_NOT_TELL, asked_by_ci
    from neonhub.ops.preflight import preflight
    from neonhub.ops.server import administrator
    from neonhub.settings_quick import read_settings

    settings = read_settings()
    with asked_by_ci(), administrator(settings, message) as dsn:
        found = preflight(dsn, settings, only=only or (), skip=skip or (), thorough=thorough)
    emit(_data(found), as_json=as_json, render=lambda _: _text(found))
    if found.broken:
        raise typer.Exit(1)
    if found.untold:
        raise typer.Exit(COULD_NOT_TELL)


def _data(found: Preflight) -> dict[str, Any]:
    return {
        "database": found.database,
        "user": found.user,
        "ready": not found.broken and not found.untold,
        "broken": [each.rule for each in found.broken],
        "unknown": [each.rule for each in found.untold],
        "rules": found.verdicts,
    }


def _text(found: Preflight) -> str:
    lines = [line for each in found.verdicts for line in _lines(each)]
    return "\n".join([*lines, "", _summary(found)])


def _lines(each: Verdict) -> list[str]:
    lesser = each.state == "broken" and all(f.severity == "should" for f in each.found)
    mark = "should" if lesser else _MARKS[each.state]
    lines = [f"{mark:<8} {each.rule}  {each.title}"]
    if each.reason:
        lines.append(f"         {each.reason}")
    lines += [f"         {fault.object}: {fault.what}" for fault in each.found[:_SHOWN]]
    if len(each.found) > _SHOWN:
        lines.append(f"         and {len(each.found) - _SHOWN} more: --json has them all")
    mends = dict.fromkeys(fault.mend for fault in each.found if fault.mend)
    lines += [f"           {mend}" for mend in list(mends)[:_SHOWN]]
    if each.found:
        lines += [f"         {each.remedy}", f"         {each.page}"]
    return lines


def _summary(found: Preflight) -> str:
    states = [each.state for each in found.verdicts]
    lesser = states.count("broken") - len(found.broken)
    counts = [
        "1 rule holds" if states.count("holds") == 1 else f"{states.count('holds')} rules hold",
        f"{len(found.broken)} broken",
        *([f"{lesser} should be mended"] if lesser else []),
        *([f"{states.count('unknown')} could not be judged"] if "unknown" in states else []),
        *([f"{states.count('skipped')} skipped"] if "skipped" in states else []),
    ]
    return f"{', '.join(counts)}: {_judgement(found)}"


def _judgement(found: Preflight) -> str:
    from neonhub.ops.preflight import rules

    if found.broken:
        return f"{found.database} is not ready for production."
    if found.untold:
        return f"{found.database} cannot be called ready for production."
    if len(found.verdicts) < len(rules()):
        return "what was asked holds; the other rules were not."
    skipped = any(each.state == "skipped" for each in found.verdicts)
    but = ", as far as was judged" if skipped else ""
    return f"{found.database} is ready for production{but}."
