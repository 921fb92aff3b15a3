"""Every reference holds in the rows that are there, however it came to be."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neonhub.checks import CannotTell, Fault

if TYPE_CHECKING:
    from neonhub.checks import Look

TITLE = "Every row refers to rows that are there"
SEVERITY = "should"
REMEDY = (
    "Look at the rows before anything goes: their other halves may be in a backup, and "
    "`neonhub db restore` puts back lost rows of single tables."
)
# Of all references together, so that a night's look and a deploy are not held up by large tables.
BUDGET_S = 20.0

_MAY = """
SELECT rolsuper OR rolbypassrls,
       to_regrole('neonhub_backup') IS NOT NULL
           AND pg_has_role(current_user, to_regrole('neonhub_backup'), 'MEMBER')
  FROM pg_roles WHERE rolname = current_user
"""
# A partition's references are its table's. Small tables come first: the time goes round.
_REFERENCES = """
SELECT k.conname, k.conrelid::regclass::text, k.confrelid::regclass::text, k.confdeltype::text,
       ARRAY(SELECT quote_ident(a.attname)
               FROM unnest(k.conkey) WITH ORDINALITY AS u(number, place)
               JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number
              ORDER BY place),
       ARRAY(SELECT quote_ident(a.attname)
               FROM unnest(k.confkey) WITH ORDINALITY AS u(number, place)
               JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number
              ORDER BY place),
       ARRAY(SELECT quote_ident(a.attname) FROM pg_attribute a
              WHERE a.attrelid = k.conrelid
                AND a.attnum = ANY(coalesce(nullif(k.confdelsetcols, '{}'), k.conkey)))
  FROM pg_constraint k
 WHERE k.contype = 'f' AND k.conparentid = 0
   AND k.connamespace IN (to_regnamespace('public'), to_regnamespace('neonhub'))
 ORDER BY (SELECT sum(c.reltuples) FROM pg_partition_tree(k.conrelid) t
             JOIN pg_class c ON c.oid = t.relid WHERE t.isleaf), 2, 1
"""


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key, its names quoted as SQL takes them."""

    name: str
    table: str
    target: str
    on_delete: str
    columns: list[str]
    keys: list[str]
    emptied: list[str]

    @property
    def orphaned(self) -> str:
        """The condition on a row ``r`` that refers to none. One part empty refers to nothing."""
        full = " AND ".join(f"r.{column} IS NOT NULL" for column in self.columns)
        pairs = zip(self.keys, self.columns, strict=True)
        same = " AND ".join(f"t.{key} = r.{column}" for key, column in pairs)
        return f"{full} AND NOT EXISTS (SELECT FROM {self.target} t WHERE {same})"

    @property
    def mend(self) -> str | None:
        """What the reference itself would have done as its target went, where it may."""
        if self.on_delete == "c":
            return f"DELETE FROM {self.table} r WHERE {self.orphaned}"
        if self.on_delete == "n":
            emptied = ", ".join(f"{column} = NULL" for column in self.emptied)
            return f"UPDATE {self.table} r SET {emptied} WHERE {self.orphaned}"
        return None


def faults(look: Look) -> list[Fault]:
    """An anti-join a reference, within the time; with ``look.thorough`` however long it takes."""
    row = look.conn.execute(_MAY).fetchone()
    unbound, may_read = row or (False, False)
    if not unbound and not may_read:
        raise CannotTell(f"row security hides rows from {look.conn.info.user}")
    if not unbound:
        look.conn.execute("SET LOCAL ROLE neonhub_backup")
    references = [Reference(*each) for each in look.conn.execute(_REFERENCES).fetchall()]
    ends = time.monotonic() + BUDGET_S
    found, late = [], []
    for each in references:
        left = None if look.thorough else ends - time.monotonic()
        rows = _orphans(look, each, left)
        if rows is None:
            late.append(f"{each.name} of {each.table}")
        elif rows:
            what = f"{rows:,} rows refer to rows of {each.target} that are not there ({each.name})"
            found.append(Fault(each.table, what, each.mend, "must"))
    if late:
        words = f"{len(late)} of {len(references)} references were not looked at in time: "
        words += ", ".join(late[:5]) + (" …" if len(late) > 5 else "")
        how = "neonhub db preflight --thorough --only references_hold"
        if not found:
            raise CannotTell(f"{words}; {how} takes as long as it takes")
        found.append(Fault("the references", words, how, "should"))
    return found


def _orphans(look: Look, reference: Reference, seconds: float | None) -> int | None:
    """How many; None where the time is over."""
    import psycopg

    if seconds is not None and seconds <= 0.01:
        return None
    limit = 0 if seconds is None else int(seconds * 1000)
    try:
        with look.conn.transaction():
            look.conn.execute(f"SET LOCAL statement_timeout = {limit}".encode())
            query = f"SELECT count(*) FROM {reference.table} r WHERE {reference.orphaned}"
            row = look.conn.execute(query.encode()).fetchone()
    except (psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable):
        return None
    return int(row[0]) if row else 0
