"""References that a migration validates as the owner, from whom row security hides the rows.

PostgreSQL checks the rows of a reference with a query, as the owner of the tables; where row
security is forced, that sees none without a tenant, and the reference is called valid.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from neonhub.ops.lint.split import without_comments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neonhub.ops.lint.observe import Reference, Run, Seen

__all__ = ["blind", "instead"]


def blind(run: Run) -> Iterator[tuple[Seen, Reference]]:
    """Every such reference with the statement after which it was called valid."""
    for place, seen in enumerate(run.seen):
        for reference in seen.blind:
            if not _empty(run, reference, run.seen[: place + 1]):
                yield seen, reference


def _empty(run: Run, reference: Reference, until: list[Seen]) -> bool:
    """Whether a column of it is new and nothing has filled it: then it refers to nothing."""
    new = [each for each in reference.columns if each not in run.before.columns]
    words = re.compile(rf"\bUPDATE\b.*\b{re.escape(reference.table)}\b", re.IGNORECASE | re.DOTALL)
    return bool(new) and not any(words.search(without_comments(seen.sql)) for seen in until)


def instead(reference: Reference) -> str:
    """What to write."""
    tables = list(dict.fromkeys([reference.table, reference.target]))
    off, on = (
        "; ".join(f"ALTER TABLE {table} {word} ROW LEVEL SECURITY" for table in tables)
        for word in ("NO FORCE", "FORCE")
    )
    return (
        f"Before it, in the same transaction: {off}. After it: {on}. Or add it NOT VALID, and an "
        "administrator validates it."
    )
