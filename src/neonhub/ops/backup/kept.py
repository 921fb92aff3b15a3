"""Databases that restores keep: what was there before, until somebody drops it."""

from __future__ import annotations

import contextlib
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import NeonHubError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg

__all__ = ["Kept", "KeptUnknown", "drop_kept", "kept"]


class KeptUnknown(NeonHubError):
    """A restore of {database} has kept no database {name}."""

    hint = "`neonhub db kept` lists them. Others are dropped by SQL alone."
    exit_code = 66


@dataclass(frozen=True, slots=True)
class Kept:
    """A database as a restore has left it: ``since`` is when that was; ``size`` is in bytes."""

    name: str
    since: dt.datetime
    size: int
    clients: int


_KEPT = r"""
SELECT d.datname::text, right(d.datname, 14),
       CASE WHEN has_database_privilege(d.oid, 'CONNECT') THEN pg_database_size(d.oid) ELSE 0 END,
       (SELECT count(*) FROM pg_stat_activity a WHERE a.datid = d.oid)
  FROM pg_database d
 WHERE starts_with(d.datname, current_database() || '_before_')
   AND length(d.datname) = length(current_database()) + 22 ORDER BY 2, 1
"""


def kept(conn: psycopg.Connection[Any]) -> list[Kept]:
    """Those of the database of ``conn``, the oldest first."""
    found = []
    for name, stamp, size, clients in conn.execute(_KEPT):
        with contextlib.suppress(ValueError):  # a database of somebody's, with such a name
            since = dt.datetime.strptime(f"{stamp}+0000", "%Y%m%d%H%M%S%z")
            found.append(Kept(name, since, size, clients))
    return found


def drop_kept(
    dsn: str, names: Sequence[str] = (), *, older_than: dt.timedelta | None = None
) -> list[Kept]:
    """Drop those that are named, and those that are older; which. No other database is touched.

    Raises ``KeptUnknown`` before anything is dropped, and ``TransactionFailed`` where somebody is
    connected to one.
    """
    from psycopg import sql

    from neonhub.ops.prepare import connected

    with connected(dsn) as conn:
        there = {each.name: each for each in kept(conn)}
        for name in names:
            if name not in there:
                raise KeptUnknown(database=conn.info.dbname, name=name)
        now = dt.datetime.now(dt.UTC)
        gone = [
            each
            for each in there.values()
            if each.name in names or (older_than is not None and now - each.since > older_than)
        ]
        for each in gone:
            conn.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(each.name)))
    return gone
