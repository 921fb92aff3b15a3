"""Policies and grants are those that the models declare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neonhub.checks import Fault

if TYPE_CHECKING:
    from typing import Any

    from neonhub.checks import Look

TITLE = "Policies and grants are those that are declared"
SEVERITY = "must"
REMEDY = "Read what `neonhub db drift` says of it; --sql FILE writes what puts it right."

_WATCHED = {"policy", "grant"}
_MEND = "neonhub db drift --sql mend.sql"


def faults(look: Look) -> list[Fault]:
    """Compare the live catalogue with the models."""
    from neonhub.db.catalogue_read import normalised, read_entities
    from neonhub.schema import entities

    def run(statement: str) -> Any:
        return look.conn.execute(statement.encode())

    declared = {normalised(each) for each in entities() if each.kind in _WATCHED}
    live = {normalised(each) for each in read_entities(run) if each.kind in _WATCHED}
    wrong: dict[tuple[str, ...], str] = {}
    for each in declared - live:
        wrong[each.key] = "is missing"
    for each in live - declared:
        wrong[each.key] = "is not as declared" if each.key in wrong else "is declared nowhere"
    return [
        Fault(key[1], f"the {key[0]} {' '.join(key[2:])} {what}", _MEND)
        for key, what in sorted(wrong.items())
    ]
