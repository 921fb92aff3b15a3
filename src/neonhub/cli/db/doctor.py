from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from neonhub.cli.console import emit, message
from neonhub.cli.options import AsJson
from neonhub.cli.text import size

if TYPE_CHECKING:
    from neonhub.ops.doctor import Doctor, Finding

_SHOWN = 5
_LONGEST = 100


def command(
    enable: Annotated[
        bool, typer.Option("--enable", help="First make the extensions that it looks with.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say what is slow, and why, each with its remedy.

    Statements, indexes, dead rows, open transactions, locks, connections, replication, settings.
    Nothing is changed but by --enable. Ends with 0 where there is nothing but advice, 1 where
    something is slow or about to stop, 2 where some of it could not be judged.
    """
    from neonhub.cli.errors import COULD_NOT_TELL, asked_by_ci
    from neonhub.ops.doctor import doctor
    from neonhub.ops.doctor import enable as make_extensions
    from neonhub.ops.server import administrator
    from neonhub.settings_quick import read_settings

    settings = read_settings()
    with asked_by_ci(), administrator(settings, message) as dsn:
        if enable:
            for name in make_extensions(dsn):
                message(f"Made the extension {name}.")
        found = doctor(dsn, settings)
    emit(found, as_json=as_json, render=_text)
    if found.ill:
        raise typer.Exit(1)
    if found.untold:
        raise typer.Exit(COULD_NOT_TELL)


def _text(found: Doctor) -> str:
    parts = [
        *(_finding(each) for each in found.findings),
        _tree(found),
        _statements("most time in all", found.by_total),
        _statements("most time a call", found.by_mean),
        _unjudged(found),
        _figures(found),
    ]
    return "\n\n".join(part for part in parts if part)


def _finding(each: Finding) -> str:
    lines = [f"{each.severity:<7} {each.name}  {each.object}", f"        {each.what}"]
    return "\n".join([*lines, *(f"          {line}" for line in each.remedy)])


def _tree(found: Doctor) -> str:
    lines = [line for tree in found.waiting for line in _branch(tree, 1)]
    return "\n".join(["who waits on whom", *lines]) if lines else ""


def _branch(node: dict[str, Any], depth: int) -> list[str]:
    waits = f", waits for {node['waits_for']}" if node.get("waits_for") else ""
    text = f"process {node['pid']} ({node['role']}, {node['state']}{waits}): {node['query']}"
    lines = [f"{'  ' * depth}{_short(text)}"]
    return lines + [line for each in node["held_up"] for line in _branch(each, depth + 1)]


def _statements(title: str, rows: list[dict[str, Any]]) -> str:
    if not rows:
        return ""
    lines = [f"{title:<18} {'mean ms':>9} {'calls':>9} {'rows':>9} {'cache':>6}  statement"]
    for row in rows[:_SHOWN]:
        cache = "" if row["cache_hit"] is None else f"{row['cache_hit']:.0%}"
        lines.append(
            f"{row['total_ms']:>15,.0f} ms {row['mean_ms']:>9,.1f} {row['calls']:>9,} "
            f"{row['rows']:>9,} {cache:>6}  {_short(row['query'])}"
        )
    return "\n".join(lines)


def _unjudged(found: Doctor) -> str:
    lines = []
    for each in found.unjudged:
        lines.append(f"unjudged {each.what}: {each.why}")
        lines += [f"          {each.remedy}"] if each.remedy else []
    return "\n".join(lines)


def _figures(found: Doctor) -> str:
    figures = found.figures
    facts = [f"{size(figures['database_size'])}"] if "database_size" in figures else []
    if figures.get("cache_hit") is not None:
        facts.append(f"{figures['cache_hit']:.1%} of pages from memory")
    if "connections" in figures:
        used = figures["connections"]
        facts.append(f"{used['used']} of {used['room']} connections, {used['idle']} idle")
    count = len(found.ill)
    verdict = f"{count} findings" if count else "nothing is slow"
    if found.untold:
        verdict += ", as far as was judged"
    return f"{found.database}: {', '.join([verdict, *facts])}."


def _short(text: str) -> str:
    text = " ".join(str(text).split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
