"""What rows that had left came to, when such rows come back: nothing is counted twice.

A figure is ``neonhub.rolled_up`` (what has left) plus the rows that are there. Of a group of which
rows were put back, all that the backup has are there again: of what has left since, they are taken
off, and what had left by the backup stays. Rows that were deleted by hand and never counted as
having left are taken off nothing, as the sums do not fall below the backup's. Where in one group
some were deleted by hand and others, newer than the backup, have left, the group may come out too
small by the former.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neonhub.ops.backup.rows import noted
from neonhub.ops.maintain.rollup import ROLLUPS, Rollup, sums_of

if TYPE_CHECKING:
    from collections.abc import Collection

    import psycopg

__all__ = ["uncount"]

# Of a tenant or an agent that was put back its own sums have gone with it: all of them return.
_RETURNED = {
    "agents": "(b.workspace_id, b.key[1]) IN (SELECT p.workspace_id, p.id FROM {noted} p)",
    "workspaces": "b.workspace_id IN (SELECT p.id FROM {noted} p)",
}
_BACKUP = """
SELECT coalesce(p.rollup, b.rollup), coalesce(p.workspace_id, b.workspace_id),
       coalesce(p.key, b.key), p.sums, b.sums
  FROM ({put}) p
  FULL JOIN (SELECT * FROM neonhub.rolled_up b WHERE b.rollup = '{rollup}') b
    ON (b.workspace_id, b.key) = (p.workspace_id, p.key)
 WHERE p.key IS NOT NULL OR {returned}
"""
_LESS = """
INSERT INTO neonhub.rolled_up AS b (rollup, workspace_id, key, sums)
SELECT %(rollup)s, %(workspace)s, %(key)s::text[], coalesce(%(sums)s::numeric[], '{}')
 WHERE %(sums)s::numeric[] IS NOT NULL OR EXISTS (
       SELECT FROM neonhub.rolled_up
        WHERE (rollup, workspace_id, key) = (%(rollup)s, %(workspace)s, %(key)s::text[]))
    ON CONFLICT (rollup, workspace_id, key) DO UPDATE
   SET stale = true,
       -- The first of them counts rows.
       sums = CASE WHEN b.sums[1] - coalesce((%(put)s::numeric[])[1], 0)
                        >= coalesce((%(sums)s::numeric[])[1], 0)
                   THEN ARRAY(SELECT x - coalesce(y, 0)
                                FROM unnest(b.sums, %(put)s::numeric[]) AS u(x, y))
                   ELSE coalesce(%(sums)s, '{}') END
"""
# Only of those whose rows were put: they are made anew for them. Others that come to nothing are
# owed (see ``roll_up``), and forgotten they would never be made.
_NOTHING_LEFT = """
DELETE FROM neonhub.rolled_up
 WHERE (rollup, workspace_id, key) = (%(rollup)s, %(workspace)s, %(key)s::text[])
   AND (sums = '{}' OR sums[1] = 0)
"""


def uncount(
    scratch: psycopg.Connection[Any], live: psycopg.Connection[Any], tables: Collection[str]
) -> None:
    """Take off the sums what came back with the rows of ``tables`` that were noted as put."""
    touched = []
    for rollup in ROLLUPS:
        if {rollup.raw, rollup.parent}.isdisjoint(tables):
            continue
        for of, workspace, key, put, sums in scratch.execute(_query(rollup, tables)).fetchall():
            names = {"rollup": of, "workspace": workspace, "key": key}
            live.execute(_LESS.encode(), names | {"put": put, "sums": sums})
            if put is not None:
                touched.append(names)
    live.cursor().executemany(_NOTHING_LEFT, touched)


def _query(rollup: Rollup, tables: Collection[str]) -> bytes:
    rows = "false"
    if rollup.raw in tables:
        rows = f"EXISTS (SELECT FROM {noted(rollup.raw)} p WHERE (p.workspace_id, p.id) = "
        rows += "(r.workspace_id, r.id))"
    returned = "false"
    if rollup.parent in tables:
        returned = _RETURNED[rollup.parent].replace("{noted}", noted(rollup.parent))
    query = _BACKUP.replace("{put}", sums_of(rollup.raw, rows)).replace("{returned}", returned)
    return query.replace("{rollup}", rollup.name).encode()
