"""Parts of a backup put back into the live database, beside what lives there."""

from __future__ import annotations

import contextlib
import datetime as dt
import difflib
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import InvalidInput, NeonHubError
from neonhub.ops.backup.log import silent
from neonhub.ops.backup.opening import Opened, opened
from neonhub.ops.backup.restore import NotAsBackedUp, Verified, filled
from neonhub.ops.backup.rows import Put, columns_of, copy_rows
from neonhub.ops.backup.scratch_database import rename, scratch_database

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import psycopg

    from neonhub.ops.backup.log import Notify

__all__ = ["Mended", "Partly", "Source", "in_order", "keep_aside", "kept_name", "source"]


@dataclass(frozen=True, slots=True)
class Partly:
    """What was put back. ``kept`` is the database that holds the rows as they were before.

    ``mended`` are references that point to a row again that was put back. ``missing`` are rows of
    other tables that went with those that were put back, and are still missing; ``unmended`` are
    references that are still empty.
    """

    what: str
    kept: str
    tables: list[Put]
    erased: int
    verified: Verified
    mended: list[Mended] = field(default_factory=list)
    missing: list[Put] = field(default_factory=list)
    unmended: list[Mended] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(each.put for each in self.tables)


@dataclass(frozen=True, slots=True)
class Mended:
    """So many rows of ``table`` whose ``column`` the deletion of rows of ``to`` had set to NULL."""

    table: str
    column: str
    to: str
    count: int


class AnotherRevision(NeonHubError):
    """The backup is of the revision {backup}, and the database is at {database}."""

    hint = "Restore the whole backup into a new database (without --in-place)."
    exit_code = 78


@dataclass(frozen=True, slots=True)
class Source:
    """The backup, restored into a scratch database at the live one's revision."""

    dsn: str
    backup: Opened
    verified: Verified


@contextlib.contextmanager
def source(
    dsn: str,
    where: Path | str,
    *,
    jobs: int,
    identity: Sequence[Path] = (),
    trust: bool = False,
    notify: Notify = silent,
) -> Iterator[Source]:
    """The backup in a scratch database, proven. An older one is migrated to the live revision.

    Raises as ``restore``, and ``AnotherRevision`` where the backup is of a later one.
    """
    from neonhub.ops.migrate import current, migrate, revisions

    at = current(dsn)
    with opened(dsn, where, identity, trust=trust, notify=notify) as backup:
        of = backup.manifest.revision
        known = revisions()
        if of != at and (of not in known or at not in known or known.index(of) > known.index(at)):
            raise AnotherRevision(backup=of or "none", database=at or "none")
        with scratch_database(dsn, keep=False) as made:
            verified = filled(made, backup, jobs, rows_only=of == at)
            if verified.faults:
                raise NotAsBackedUp(folder=backup.where, faults="; ".join(verified.faults[:5]))
            if of != at:
                assert at is not None  # noqa: S101
                migrate(made, revision=at)
            yield Source(made, backup, verified)


def in_order(tables: Iterable[str] | None = None) -> list[str]:
    """Tables (all, where none are named) with those first to which others refer.

    ``public.people`` is ``people``. Raises ``InvalidInput`` for a stranger.
    """
    from neonhub.schema import catalogue

    there = {entry.name: entry.table for entry in catalogue()}
    wanted = there.keys() if tables is None else {each.removeprefix("public.") for each in tables}
    for name in sorted(wanted - there.keys()):
        near = difflib.get_close_matches(name, there, 1)
        hint = f"Do you mean {near[0]}?" if near else "`neonhub db tables` lists them."
        raise InvalidInput(field="--table", reason=f"there is no table {name}", hint=hint)
    graph = {
        name: {key.referred_table.name for key in there[name].foreign_key_constraints} - {name}
        for name in sorted(there)
    }
    return [name for name in TopologicalSorter(graph).static_order() if name in wanted]


def keep_aside(
    live: psycopg.Connection[Any], scratch: str, tables: dict[str, str], name: str
) -> None:
    """Make of the scratch database one that holds the live rows of ``tables`` as they are now.

    ``tables`` says which rows ``r`` of each. The database is called ``name`` from then on: it
    outlives whatever comes next.
    """
    from psycopg.conninfo import conninfo_to_dict

    from neonhub.ops.prepare import connected

    with connected(scratch) as conn, conn.transaction(), live.transaction():
        live.execute("SET LOCAL ROLE neonhub_maintenance")
        conn.execute("CREATE SCHEMA kept")
        for table, rows in tables.items():
            conn.execute(
                f"CREATE TABLE kept.{table} (LIKE public.{table} INCLUDING GENERATED)".encode()
            )
            listed = ", ".join(columns_of(live, table))
            read = f"COPY (SELECT {listed} FROM public.{table} r WHERE {rows}) TO STDOUT"
            write = f"COPY kept.{table} ({listed}) FROM STDIN"
            copy_rows(live, f"{read} (FORMAT binary)", conn, f"{write} (FORMAT binary)")
        gone = ", ".join(f"public.{each}" for each in _present(conn))
        conn.execute(f"DROP TABLE {gone} CASCADE".encode())
        for table in tables:
            conn.execute(f"ALTER TABLE kept.{table} SET SCHEMA public".encode())
        conn.execute("DROP SCHEMA kept")
    rename(scratch, {str(conninfo_to_dict(scratch)["dbname"]): name})


def _present(conn: psycopg.Connection[Any]) -> list[str]:
    rows = conn.execute(
        "SELECT quote_ident(relname) FROM pg_class c WHERE relnamespace = 'public'::regnamespace "
        "AND relkind IN ('r', 'p') AND NOT relispartition AND NOT EXISTS "
        "(SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')"
    )
    return [str(name) for (name,) in rows]


def kept_name(dsn: str) -> str:
    """A name for the database that keeps what was there."""
    from psycopg.conninfo import conninfo_to_dict

    live = conninfo_to_dict(dsn).get("dbname") or "neonhub"
    return f"{live}_before_{dt.datetime.now(dt.UTC):%Y%m%d%H%M%S}"
