"""Rows of some tables put back into the live database where they are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neonhub.db.errors import NeonHubError
from neonhub.ops.backup.log import logged, silent
from neonhub.ops.backup.parts import Partly, in_order, keep_aside, kept_name, source
from neonhub.ops.backup.rows import Put, put_rows
from neonhub.ops.backup.since import erasures_since

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    import psycopg

    from neonhub.ops.backup.erasures import Erasure
    from neonhub.ops.backup.log import Notify

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
    jobs: int = 2,
    identity: Sequence[Path] = (),
    trust: bool = False,
    notify: Notify = silent,
) -> Partly:
    """Put the rows of ``tables`` that the live database lacks back into it, in one transaction.

    Rows that are there stay as they are. What each table held before is kept in a database of its
    own. Rows whose erasure came after the backup are left out. Raises as ``restore``, and
    ``TableMissing``, ``ReferenceLost``.
    """
    from neonhub.ops.prepare import connected

    ordered = in_order(tables)
    about = {"from": str(where), "tables": ordered}
    with logged(dsn, "restore", about, notify) as detail:
        with connected(dsn) as live:
            _check(live, ordered)
        with source(dsn, where, jobs=jobs, identity=identity, trust=trust) as backup:
            erasures = erasures_since(dsn, backup.backup, notify)
            name = kept_name(dsn)
            with connected(dsn) as live, live.transaction():
                live.execute("SET LOCAL ROLE neonhub_maintenance")
                with connected(backup.dsn) as scratch:
                    done = _put(scratch, live, ordered, erasures)
                with connected(dsn) as beside:  # sees what was there: we have not committed
                    keep_aside(beside, backup.dsn, dict.fromkeys(ordered, "true"), name)
        made = Partly(", ".join(ordered), name, done, len(erasures), backup.verified)
        detail.update(rows=made.rows, kept=name, seconds=backup.verified.seconds)
    return made


def _check(live: psycopg.Connection[Any], tables: Iterable[str]) -> None:
    for name in tables:
        row = live.execute("SELECT to_regclass(%s) IS NULL", [f"public.{name}"]).fetchone()
        if row == (True,):
            raise TableMissing(name=name)


def _put(
    scratch: psycopg.Connection[Any],
    live: psycopg.Connection[Any],
    tables: Sequence[str],
    erasures: Sequence[Erasure],
) -> list[Put]:
    done = []
    for table in tables:
        gone = [each for each in erasures if each[0] == table]
        without = ([each[1] for each in gone], [each[2] for each in gone]) if gone else None
        done.append(put_rows(scratch, live, table, "true", missing=True, without=without))
    return done
