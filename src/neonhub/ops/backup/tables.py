"""Rows of some tables put back into the live database where they are missing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import NeonHubError
from neonhub.ops.backup.belonging import Putting
from neonhub.ops.backup.log import logged, silent
from neonhub.ops.backup.parts import Mended, Partly, in_order, keep_aside, kept_name, source
from neonhub.ops.backup.rows import Put, ReferenceLost
from neonhub.ops.backup.since import erasures_since
from neonhub.ops.backup.sums import uncount

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    import psycopg

    from neonhub.ops.backup.erasures import Erasure
    from neonhub.ops.backup.log import Notify
    from neonhub.ops.backup.parts import Source

__all__ = ["TableMissing", "put_back"]


class TableMissing(NeonHubError):
    """The table {name} is not in the database any more."""

    hint = (
        "Make it again, empty: `neonhub db drift --sql mend.sql`, then run that file. Then put its "
        "rows back with this command."
    )
    exit_code = 65


def put_back(
    dsn: str,
    where: Path | str,
    tables: Collection[str],
    *,
    only: bool = False,
    jobs: int = 2,
    identity: Sequence[Path] = (),
    trust: bool = False,
    notify: Notify = silent,
) -> Partly:
    """Put the rows of ``tables`` that the live database lacks back into it, in one transaction.

    Rows of other tables that were deleted along with them come too, and references that the
    deletion emptied are mended; with ``only`` neither is done, and both are told. Rows that are
    there stay as they are. What each table held before is kept in a database of its own. Rows
    whose erasure came after the backup are left out, and what had left by retention is not counted
    twice. Raises as ``restore``, and ``TableMissing``, ``ReferenceLost``.
    """
    from neonhub.ops.prepare import connected

    ordered = in_order(tables)
    about = {"from": str(where), "tables": ordered, "only": only}
    how: Any = {"jobs": jobs, "identity": identity, "trust": trust, "notify": notify}
    with logged(dsn, "restore", about, notify) as detail:
        with connected(dsn) as live:
            _check(live, ordered)
        with source(dsn, where, **how) as backup:
            erasures = erasures_since(dsn, backup.backup, notify)
            name = kept_name(dsn)
            with connected(dsn) as live, live.transaction():
                made = _put(backup, live, ordered, erasures, only=only)
                touched = [*made.done, *(each.table for each in made.mended)]
                with connected(dsn) as beside:  # sees what was there: we have not committed
                    keep_aside(beside, backup.dsn, dict.fromkeys(touched, "true"), name)
        told = ", ".join(ordered)
        result = Partly(told, name, list(made.done.values()), len(erasures), backup.verified)
        result = replace(result, mended=made.mended, **made.left)
        detail.update(rows=result.rows, kept=name, seconds=backup.verified.seconds)
    return result


def _check(live: psycopg.Connection[Any], tables: Iterable[str]) -> None:
    for name in tables:
        row = live.execute("SELECT to_regclass(%s) IS NULL", [f"public.{name}"]).fetchone()
        if row == (True,):
            raise TableMissing(name=name)


@dataclass(slots=True)
class _Made:
    done: dict[str, Put]
    mended: list[Mended] = field(default_factory=list)
    left: dict[str, Any] = field(default_factory=dict)


def _put(
    backup: Source,
    live: psycopg.Connection[Any],
    tables: Sequence[str],
    erasures: Sequence[Erasure],
    *,
    only: bool,
) -> _Made:
    from neonhub.ops.prepare import connected

    with connected(backup.dsn) as scratch, scratch.transaction():
        for conn in (scratch, live):
            conn.execute("SET LOCAL ROLE neonhub_maintenance")
            conn.execute("SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, YMD'")
        putting = Putting(scratch, live, erasures)
        putting.rows(tables, along=not only)
        uncount(scratch, live, putting.done)
        made = _Made({name: each for name, each in putting.done.items() if _said(each, tables)})
        if only:
            made.left = _left(putting, live)
        else:
            made.mended = putting.mend()
    return made


def _said(put: Put, named: Collection[str]) -> bool:
    return put.table in named or bool(put.put or put.left_out)


def _left(putting: Putting, live: psycopg.Connection[Any]) -> dict[str, Any]:
    """What went along with the rows that were put: found by putting it, and taking that back."""
    import psycopg

    before = dict(putting.done)
    stuck: list[Put] = []
    with live.transaction(force_rollback=True):
        for table in in_order():
            try:
                with live.transaction():
                    putting.belonging(table)
            except (ReferenceLost, psycopg.DatabaseError):
                if live.broken:
                    raise
                stuck.append(Put(table, putting.count(table)))
        unmended = putting.mend()
    more = [
        replace(each, put=each.put - (before[name].put if name in before else 0))
        for name, each in putting.done.items()
    ]
    return {"missing": [each for each in [*more, *stuck] if each.put], "unmended": unmended}
