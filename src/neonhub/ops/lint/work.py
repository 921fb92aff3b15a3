"""How long what was seen keeps whom waiting, at the sizes of the live database."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from neonhub.ops.lint.observe import MODES
from neonhub.ops.lint.results import Lock
from neonhub.ops.lint.sizes import (
    EMPTY,
    Size,
    build_seconds,
    rewrite_seconds,
    scan_seconds,
    write_seconds,
)
from neonhub.ops.lint.split import without_comments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from neonhub.ops.lint.observe import Seen

__all__ = ["blocking_locks", "held_by", "seconds_of", "words_of"]

# From the weakest that lets somebody wait who reads or writes rows.
_BLOCKING = MODES.index("Share")
_WRITES = re.compile(r"(UPDATE|DELETE|INSERT|MERGE|WITH)\b", re.IGNORECASE)


def seconds_of(seen: Seen, sizes: Mapping[str, Size], table: str | None = None) -> float:
    """What a statement takes, on one table or on all."""
    return sum(
        _seconds(kind, method, sizes.get(name, EMPTY))
        for kind, name, method in _works(seen)
        if table in {None, name}
    )


def _seconds(kind: str, method: str, size: Size) -> float:
    if kind == "rewrite":
        return rewrite_seconds(size)
    if kind == "build":
        return build_seconds(size, method)
    return scan_seconds(size) + (write_seconds(size) if kind == "write" else 0.0)


def _works(seen: Seen) -> list[tuple[str, str, str]]:
    """Kind of work, table, method of an index. Work that is part of a larger one is left out."""
    made = [("rewrite", name, "") for name in seen.rewritten]
    made += [("build", each.table, each.method) for each in seen.built]
    done = {name for _kind, name, _method in made}
    rest = [name for name in seen.scanned if name not in done]
    kind = "write" if _WRITES.match(without_comments(seen.sql).lstrip()) else "scan"
    return made + [(kind, name, "") for name in rest]


def words_of(seen: Seen, table: str) -> list[str]:
    """What a statement does to a table, in words."""
    words = {"rewrite": "rewrites it", "scan": "reads all of it", "write": "reads or writes rows"}
    return [
        words.get(kind, f"builds an index ({method})")
        for kind, name, method in _works(seen)
        if name == table
    ]


def held_by(seen: Sequence[Seen], sizes: Mapping[str, Size], place: int) -> float:
    """From the statement at ``place`` to the end of its transaction."""
    block = seen[place].block
    rest = (each for each in seen[place:] if each.block == block and not each.outside)
    return sum(seconds_of(each, sizes) for each in rest)


def blocking_locks(
    seen: Sequence[Seen], sizes: Mapping[str, Size], file: str, revision: str | None
) -> list[Lock]:
    """Each lock that somebody waits for: of each table and transaction the strongest, from where
    the first such was taken."""
    made: dict[tuple[str, int], Lock] = {}
    for place, each in enumerate(seen):
        for table, mode in each.locks.items():
            if MODES.index(mode) < _BLOCKING:
                continue
            size, known = sizes.get(table, EMPTY), made.get((table, each.block))
            rest = [s for s in seen[place:] if s.block == each.block and not s.outside]
            made[table, each.block] = Lock(
                table=table,
                mode=mode,
                blocks="reads and writes" if mode == "AccessExclusive" else "writes",
                file=file,
                line=known.line if known else each.line,
                rows=size.rows,
                bytes=size.heap + size.indexes,
                work=known.work if known else [w for s in rest for w in words_of(s, table)],
                seconds=known.seconds if known else round(held_by(seen, sizes, place), 3),
                revision=revision,
            )
    return sorted(made.values(), key=lambda lock: (-lock.seconds, lock.line))
