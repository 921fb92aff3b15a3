from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from neonhub.cli.console import emit, message
from neonhub.cli.options import AsJson

if TYPE_CHECKING:
    from neonhub.ops.passwords import NewPassword
    from neonhub.ops.role_proof import Separation
    from neonhub.ops.role_view import RoleView
    from neonhub.settings import Settings

_VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")


def command(
    rotate: Annotated[
        list[str] | None,
        typer.Option("--rotate", metavar="ROLE", help="Set a new password: app, …, or all."),
    ] = None,
    prove: Annotated[
        bool, typer.Option("--prove", help="Let each role try what it should not.")
    ] = False,
    role: Annotated[
        str | None, typer.Option("--role", help="Show every table of this role.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the roles, rotate passwords, or prove them apart.

    A new password is printed here once, in a URL that is ready to paste, and the server gets
    only its SCRAM verifier. --rotate may be given more than once. --prove changes nothing; it
    ends with 0 where the roles are apart, 1 where they are not, 2 where it could not be told.
    """
    from neonhub.db.errors import InvalidInput
    from neonhub.settings_quick import read_settings

    if sum((bool(rotate), prove, role is not None)) > 1:
        raise InvalidInput(field="--rotate", reason="it goes with neither --prove nor --role")
    settings = read_settings()
    if rotate:
        from neonhub.ops.passwords import rotate_here

        made = rotate_here(settings, rotate, message)
        emit(made, as_json=as_json, render=_rotated)
    elif prove:
        _prove(settings, as_json=as_json)
    else:
        _show(settings, role, as_json=as_json)


def _show(settings: Settings, role: str | None, *, as_json: bool) -> None:
    from neonhub.db.errors import InvalidInput
    from neonhub.ops.role_view import view
    from neonhub.ops.server import administrator

    with administrator(settings, message) as dsn:
        views = view(dsn)
    if role is not None:
        name = f"neonhub_{role.removeprefix('neonhub_')}"
        views = [each for each in views if each.role == name]
        if not views:
            raise InvalidInput(field="--role", reason=f"there is no role {name}")
    emit(views, as_json=as_json, render=_one if role is not None else _all)


def _prove(settings: Settings, *, as_json: bool) -> None:
    from neonhub.cli.errors import COULD_NOT_TELL, asked_by_ci
    from neonhub.ops.role_proof import prove_roles
    from neonhub.ops.server import administrator

    with asked_by_ci(), administrator(settings, message) as dsn:
        found = prove_roles(dsn)
    result = {
        "attempts": found.attempts,
        "broken": found.broken,
        "untried": found.untried,
        "roles": found.roles,
    }
    emit(result, as_json=as_json, render=lambda _: _proof(found))
    if found.broken:
        raise typer.Exit(1)
    if found.untried:
        raise typer.Exit(COULD_NOT_TELL)


def _rotated(made: list[NewPassword]) -> str:
    lines = ["Shown once; sessions that are open stay open."]
    for each in made:
        lines += ["", each.role, f"  {each.url}"]
        if each.refused:
            lines.append(f"  ! the server has it, and a login was refused: {each.refused}")
    return "\n".join(lines)


def _all(views: list[RoleView]) -> str:
    return "\n\n".join(_about(each) for each in views)


def _about(each: RoleView) -> str:
    if not each.there:
        return f"{each.role}\n  missing: run `neonhub db migrate` as an administrator"
    facts = {
        "login": _login(each),
        "powers": ", ".join(each.powers),
        "may become": ", ".join(each.member_of),
        "may be become by": ", ".join(each.members),
        "begins with": ", ".join(each.settings),
        "tables": _tables(each),
        "columns of": ", ".join(sorted(each.columns)),
        "policies": ", ".join(f"{name} on {len(on)}" for name, on in sorted(each.policies.items())),
        "functions": f"{each.functions} of the platform's" if each.functions else "",
    }
    return "\n".join([each.role, *(f"  {name:<17} {said}" for name, said in facts.items() if said)])


def _login(each: RoleView) -> str:
    if not each.login:
        return "no"
    more = [f"until {each.valid_until:%Y-%m-%d}"] if each.valid_until else []
    more += [f"{each.connection_limit} at most"] if each.connection_limit is not None else []
    more += [f"{each.sessions} sessions now"] if each.sessions else []
    return ", ".join(["yes", *more])


def _tables(each: RoleView) -> str:
    if each.owns_tables:
        return f"owns all {each.tables_in_all}"
    counts = {verb: sum(verb in verbs for verbs in each.tables.values()) for verb in _VERBS}
    said = ", ".join(f"{verb.lower()} {count}" for verb, count in counts.items() if count)
    return f"{said} of {each.tables_in_all}" if said else "none"


def _one(views: list[RoleView]) -> str:
    (each,) = views
    lines = [_about(each), ""]
    width = max(map(len, [*each.tables, *each.columns, ""]))
    for table in sorted({*each.tables, *each.columns}):
        whole = [verb.lower() for verb in each.tables.get(table, [])]
        part = [
            f"{verb.lower()} ({', '.join(names)})"
            for verb, names in each.columns.get(table, {}).items()
        ]
        lines.append(f"  {table:<{width}}  {', '.join([*whole, *part])}")
    return "\n".join(lines).rstrip()


def _proof(found: Separation) -> str:
    lines = []
    for each in found.roles:
        verdict = "holds" if not each.holes + each.lacks else f"{len(each.holes)} HOLES"
        verdict = f"not tried: {each.untried}" if each.untried else verdict
        lines.append(f"{each.role:<20} {each.attempts:>5} attempts  {verdict}")
        lines += [f"  ! {each.role} {hole}" for hole in each.holes]
        lines += [f"  ! {each.role} may not {lack}, and should" for lack in each.lacks]
    lines += [f"! {fault}" for fault in found.faults]
    count = len(found.broken)
    verdict = f"{count} faults." if count else "the roles are apart."
    if found.untried and not count:
        verdict = f"{', '.join(found.untried)} could not be tried."
    return "\n".join([*lines, f"{found.attempts:,} attempts: {verdict}"])
