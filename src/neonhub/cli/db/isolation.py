from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from neonhub.cli.console import emit, message
from neonhub.cli.options import AsJson

if TYPE_CHECKING:
    from neonhub.ops.isolation_proof import Proof


def command(as_json: AsJson = False) -> None:
    """Prove that no tenant reaches another's rows.

    Two tenants are made, one reaches for the other's rows in every way, and all of it is rolled
    back. Ends with 0 where isolation holds, 1 where it does not, 2 where it could not be told.
    """
    from neonhub.cli.errors import asked_by_ci
    from neonhub.ops.isolation_proof import prove
    from neonhub.ops.server import administrator
    from neonhub.settings_quick import read_settings

    with asked_by_ci(), administrator(read_settings(), message) as dsn:
        proof = prove(dsn)
    result = {"attempts": proof.attempts, "holes": proof.holes, "tables": proof.tables}
    emit(result, as_json=as_json, render=lambda _: _text(proof))
    if proof.holes:
        raise typer.Exit(1)


def _text(proof: Proof) -> str:
    width = max((len(each.name) for each in proof.tables), default=0)
    lines = []
    for each in proof.tables:
        verdict = "holds" if not each.holes else f"{len(each.holes)} HOLES"
        lines.append(f"{each.name:<{width}}  {each.attempts:>4} attempts  {verdict}")
        lines += [f"  ! {hole}" for hole in each.holes]
    lines += [f"! {fault}" for fault in proof.faults]
    counted = f"{proof.attempts:,} attempts on {len(proof.tables)} tables"
    found = len(proof.holes)
    lines.append(f"{counted}: {'isolation holds.' if not found else f'{found} holes.'}")
    return "\n".join(lines)
