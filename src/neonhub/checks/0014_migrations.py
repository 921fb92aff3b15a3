"""The schema is the one that this version of the platform is written for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neonhub.checks import Fault

if TYPE_CHECKING:
    from neonhub.checks import Look

TITLE = "Every migration is applied, as it is here"
SEVERITY = "must"
REMEDY = (
    "Pending: `neonhub db migrate`. Changed since: `neonhub db drift` says what the database has "
    "otherwise. Unknown: install the version of NeonHub that applied it."
)

_FAULTS = {
    "pending": ("it has not been applied", "neonhub db migrate"),
    "changed": ("it has changed since it was applied", "neonhub db drift"),
    "unknown": ("it is not known to this version of NeonHub", None),
}


def faults(look: Look) -> list[Fault]:
    """As `neonhub db status` tells it."""
    from neonhub.ops.migrate import current_of
    from neonhub.ops.status import migrations_of

    return [
        Fault(each.revision, *_FAULTS[each.state])
        for each in migrations_of(look.conn, current_of(look.conn))
        if each.state in _FAULTS
    ]
