"""Looking on while a migration runs: which locks it takes, what it rewrites, reads and builds.

After every statement, within its transaction, the tables that were there before are looked at:
the locks that this session holds (``pg_locks``), the files that they lie in (``relfilenode``),
how often they were read from end to end in this transaction, and their indexes. Nothing of that
hangs on how many rows there are, so an empty database shows it as well as a full one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

__all__ = ["MODES", "Built", "Names", "Observer", "Reference", "Run", "Seen"]

# From the weakest to the strongest.
MODES = (
    "AccessShare",
    "RowShare",
    "RowExclusive",
    "ShareUpdateExclusive",
    "Share",
    "ShareRowExclusive",
    "Exclusive",
    "AccessExclusive",
)
_KNOWN = """
SELECT c.oid FROM pg_class c
 WHERE c.relkind IN ('r', 'p', 'm') AND c.relnamespace IN (
       SELECT oid FROM pg_namespace
        WHERE nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('information_schema', 'neonhub'))
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
"""
_LOOK = """
SELECT c.oid, c.relname, c.relfilenode, pg_stat_get_xact_numscans(c.oid),
       coalesce(l.modes, '{}'), coalesce(i.indexes, '{}')
  FROM pg_class c
  LEFT JOIN (SELECT relation, array_agg(DISTINCT replace(mode, 'Lock', '')) AS modes
               FROM pg_locks
              WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted
              GROUP BY relation) l ON l.relation = c.oid
  LEFT JOIN (SELECT x.indrelid, array_agg(concat_ws(' ', k.relname, a.amname, k.relfilenode))
                        AS indexes
               FROM pg_index x JOIN pg_class k ON k.oid = x.indexrelid
               JOIN pg_am a ON a.oid = k.relam GROUP BY x.indrelid) i ON i.indrelid = c.oid
 WHERE c.oid = ANY (%s) ORDER BY c.oid
"""
# Validated by the owner, on whom row security is forced, no row of theirs was seen.
_REFERENCES = """
SELECT k.oid, k.conname, c.relname, t.relname,
       (c.relrowsecurity AND c.relforcerowsecurity) OR (t.relrowsecurity AND t.relforcerowsecurity),
       ARRAY(SELECT concat_ws(' ', a.attrelid, a.attnum) FROM pg_attribute a
              WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey) AND NOT a.atthasdef)
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid
 WHERE k.contype = 'f' AND k.conparentid = 0 AND k.convalidated AND k.conrelid = ANY (%s)
"""
_NAMES = """
SELECT (SELECT json_object_agg(c.oid, c.relname) FROM pg_class c
         WHERE c.relkind IN ('r', 'p', 'm') AND c.relnamespace = 'public'::regnamespace
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')),
       (SELECT json_object_agg(concat_ws(' ', c.oid, b.attnum), json_build_array(
                   c.relname, b.attname, format_type(b.atttypid, b.atttypmod)))
          FROM pg_attribute b JOIN pg_class c ON c.oid = b.attrelid
         WHERE b.attnum > 0 AND NOT b.attisdropped AND c.relkind IN ('r', 'p', 'm')
           AND c.relnamespace = 'public'::regnamespace AND NOT c.relispartition),
       (SELECT json_object_agg(e.oid, json_build_array(t.typname, e.enumlabel))
          FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid
         WHERE t.typnamespace IN ('public'::regnamespace, 'neonhub'::regnamespace))
"""


@dataclass(frozen=True, slots=True)
class Built:
    """An index that was built: ``method`` is how it is kept (btree, gin, hnsw, …)."""

    table: str
    index: str
    method: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key that was validated while row security hid the rows of one of its tables.

    ``columns`` are those of its columns that have no default, by oid and number.
    """

    name: str
    table: str
    target: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """One statement, the line of the file that it comes from, and what it did to tables that were
    there before the migration.

    ``locks`` are those that it was the first to take, the strongest of each table. ``outside`` of
    a transaction its locks are gone when it ends, so that none are seen. ``block`` counts the
    transactions.
    """

    sql: str
    line: int
    locks: dict[str, str] = field(default_factory=dict)
    rewritten: tuple[str, ...] = ()
    scanned: tuple[str, ...] = ()
    built: tuple[Built, ...] = ()
    blind: tuple[Reference, ...] = ()
    outside: bool = False
    block: int = 0
    lock_timeout_ms: int = 0


@dataclass(frozen=True, slots=True)
class Names:
    """Tables by oid; columns (table, name, type) by oid and number; labels (type, label) by oid."""

    tables: dict[str, str]
    columns: dict[str, tuple[str, str, str]]
    labels: dict[str, tuple[str, str]]

    @classmethod
    def read(cls, conn: psycopg.Connection[Any]) -> Names:
        """As ``conn``'s transaction sees them."""
        row = conn.execute(_NAMES).fetchone()
        assert row is not None  # noqa: S101
        tables, columns, labels = (each or {} for each in row)
        return cls(
            tables,
            {key: (table, name, kind) for key, (table, name, kind) in columns.items()},
            {key: (kind, label) for key, (kind, label) in labels.items()},
        )


@dataclass(slots=True)
class Run:
    """What was seen of one migration, and what there was by name before it and after.

    ``failure`` is the error that it ended with, at the statement after those in ``seen``.
    """

    seen: list[Seen]
    before: Names
    after: Names
    new_tables: list[str]
    failure: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class _State:
    name: str
    file: int
    scans: int
    modes: frozenset[str]
    indexes: frozenset[str]


class Observer:
    """Looks at the tables that are there when it is made."""

    def __init__(self, conn: psycopg.Connection[Any]):
        self._conn = conn
        self._known = [oid for (oid,) in conn.execute(_KNOWN)]
        self._was = self._look()
        self._valid: set[int] = set()
        self._newly_blind()
        self._block = 0
        self.before = Names.read(conn)
        self.seen: list[Seen] = []

    def ran(self, sql: str, line: int, *, outside: bool = False) -> None:
        """Look at what ``sql`` did: it has just run."""
        was, now = self._was, self._look()
        if outside:
            # Counts of scans and locks go with each transaction, and nothing holds one now.
            was = {oid: _State(s.name, s.file, 0, frozenset(), s.indexes) for oid, s in was.items()}
            self._block += 1
        self._was = now
        kept = {oid: (was[oid], state) for oid, state in now.items() if oid in was}
        row = self._conn.execute(
            "SELECT setting::int FROM pg_settings WHERE name = 'lock_timeout'"
        ).fetchone()
        self.seen.append(
            Seen(
                sql=sql,
                line=line,
                locks={} if outside else self._locks(was, now),
                rewritten=tuple(a.name for a, b in kept.values() if b.file != a.file),
                scanned=tuple(a.name for a, b in kept.values() if b.scans > a.scans),
                built=tuple(each for pair in kept.values() for each in _built(*pair)),
                blind=self._newly_blind(),
                outside=outside,
                block=self._block,
                lock_timeout_ms=row[0] if row else 0,
            )
        )

    def committed(self) -> None:
        """A transaction has ended: the next begins with no lock."""
        self._block += 1
        self._was = self._look()

    def run(self, failure: tuple[str, int] | None = None) -> Run:
        """What was seen up to now, with the names as they are."""
        after = self.before if failure else Names.read(self._conn)
        new = (
            []
            if failure
            else sorted(name for oid, name in after.tables.items() if oid not in self.before.tables)
        )
        return Run(self.seen, self.before, after, new, failure)

    def _look(self) -> dict[int, _State]:
        made = {}
        for oid, name, file, scans, modes, indexes in self._conn.execute(_LOOK, [self._known]):
            made[oid] = _State(name, file, scans, frozenset(modes), frozenset(indexes))
        return made

    def _newly_blind(self) -> tuple[Reference, ...]:
        """What is valid since the last look, and was called so without a look at the rows."""
        found = self._conn.execute(_REFERENCES, [self._known]).fetchall()
        new = [row for row in found if row[0] not in self._valid]
        self._valid = {row[0] for row in found}
        return tuple(
            Reference(name, table, target, tuple(columns))
            for _oid, name, table, target, hidden, columns in new
            if hidden
        )

    def _locks(self, was: dict[int, _State], now: dict[int, _State]) -> dict[str, str]:
        """Of each table the lock that is stronger than any that was held before."""
        taken = {}
        for oid, before in was.items():
            # A table that is gone was dropped, under the strongest lock.
            after = now[oid].modes if oid in now else frozenset({MODES[-1]})
            strongest = max(map(MODES.index, after), default=-1)
            if strongest > max(map(MODES.index, before.modes), default=-1):
                taken[before.name] = MODES[strongest]
        return taken


def _built(before: _State, after: _State) -> list[Built]:
    """Indexes with files that were not there; those of a rewritten table are its own matter."""
    if before.file != after.file:
        return []
    old = {each.rpartition(" ")[2] for each in before.indexes}
    words = (each.rsplit(" ", 2) for each in sorted(after.indexes))
    return [Built(before.name, name, how) for name, how, file in words if file not in old]
