"""Restoring a backup: into a database beside the live one, held against what it should hold."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import ConnectionFailed, InvalidInput, NeonHubError
from neonhub.ops.backup.dump_contents import listing, unneeded_extensions
from neonhub.ops.backup.fingerprints import Fingerprint, fingerprints, freeze
from neonhub.ops.backup.log import NotAnAdministrator, logged, silent
from neonhub.ops.backup.manifest import BackupDamaged, NoBackup
from neonhub.ops.backup.opening import BackupUnknown, Opened, opened
from neonhub.ops.backup.places import newest, one
from neonhub.ops.backup.programs import restore_dump
from neonhub.ops.backup.scratch_database import (
    DatabaseExists,
    check_free,
    rename,
    scratch_database,
)
from neonhub.ops.backup.sealing import CannotDecrypt, IdentityNeeded

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    import psycopg

    from neonhub.ops.backup.log import Notify
    from neonhub.ops.backup.places import Place

__all__ = [
    "MEMORY",
    "DatabaseExists",
    "NotAsBackedUp",
    "Restored",
    "Verified",
    "filled",
    "restore",
    "verify",
]

# For the index that each job builds: so much for each of the jobs, and no workers beside them.
# A vector index that is larger is finished on the disk, slower; the server stays up.
MEMORY = "256MB"
# Of less a second connection costs more than it brings: 1.6 s against 1.4 for the demo, on two
# cores.
_FOR_ONE = 8 << 20
# By name: without names the server's own catalogue is read as well, which is most of the work.
_TABLES = """
SELECT string_agg(c.oid::regclass::text, ', ')
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
"""


class NotAsBackedUp(NeonHubError):
    """What was restored from {folder} is not what was backed up: {faults}."""

    hint = "The live database is untouched. Restore an older backup."
    exit_code = 65


@dataclass(frozen=True, slots=True)
class Verified:
    """What a restored database has otherwise than the backup says; ``faults`` is empty when all
    is as it was."""

    backup: str
    tables: int
    rows: int
    seconds: float
    faults: list[str]


@dataclass(frozen=True, slots=True)
class Restored:
    """``database`` is what was restored; ``before`` is what the live one is called now.

    ``erased`` rows were taken out again, whose erasure came after the backup. ``carried`` rows
    came over from the live database: its audit log since, and the consents given or withdrawn.
    """

    database: str
    before: str | None
    verified: Verified
    erased: int = 0
    carried: int = 0


def restore(  # noqa: PLR0913  (what is given by name)
    dsn: str,
    where: Path | str,
    *,
    into: str | None = None,
    in_place: bool = False,
    tables: Collection[str] = (),
    jobs: int = 2,
    identity: Sequence[Path] = (),
    trust: bool = False,
    notify: Notify = silent,
) -> Restored:
    """Restore the backup ``where`` (a folder or an ``s3://…``) into a new database, on the server
    of ``dsn``.

    ``into`` names it; else it is ``<database>_restored_<now>``. With ``tables`` all others are
    empty there, and it has no references. ``in_place`` gives it the name of ``dsn``'s database
    once it is verified: that one is kept, as ``<database>_before_<now>``, and who is connected to
    it is cut off. Whatever fails leaves the live database as it is. Raises
    ``NoBackup``, ``BackupDamaged``, ``DatabaseExists``, ``ProgramFailed``, ``NotAsBackedUp``,
    ``IdentityNeeded``, ``CannotDecrypt``, ``StorageFailed``.
    """
    from psycopg.conninfo import conninfo_to_dict

    live = str(conninfo_to_dict(dsn).get("dbname") or "neonhub")
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%d%H%M%S")
    name, before = into or f"{live}_restored_{stamp}", f"{live}_before_{stamp}"
    about = {"from": str(where), "into": live if in_place else name}
    with (
        logged(dsn, "restore", about, notify) as detail,
        opened(dsn, where, identity, trust=trust, notify=notify) as backup,
    ):
        if not in_place:
            check_free(dsn, name)
        tables = _named(tables, backup)
        with scratch_database(dsn) as made:
            done = _proven(made, backup, jobs, tables)
            done = _with_what_came_since(dsn, made, backup, done, notify, carry=in_place)
            done = replace(done, database=live if in_place else name)
            there = in_place and _is_there(dsn, live)
            names = {live: before} if there else {}
            rename(dsn, names | {_name(made): done.database})
        detail.update(seconds=done.verified.seconds, rows=done.verified.rows)
        detail.update(revision=backup.manifest.revision, size=backup.manifest.size)
    return replace(done, before=before if there else None)


def _named(tables: Collection[str], backup: Opened) -> list[str]:
    """Their names without the schema. Raises ``InvalidInput`` for one that the backup has not."""
    named = [each.removeprefix("public.") for each in tables]
    for name in named:
        if f"public.{name}" not in backup.manifest.tables:
            reason = f"there is no table {name} in {backup.where}"
            raise InvalidInput(field="--table", reason=reason)
    return named


def _proven(made: str, backup: Opened, jobs: int, tables: Collection[str]) -> Restored:
    verified = filled(made, backup, jobs, tables=tables)
    if verified.faults:
        raise NotAsBackedUp(folder=backup.where, faults="; ".join(verified.faults[:5]))
    return Restored("", None, verified)


def _name(dsn: str) -> str:
    from psycopg.conninfo import conninfo_to_dict

    return str(conninfo_to_dict(dsn)["dbname"])


def _is_there(dsn: str, name: str) -> bool:
    try:
        check_free(dsn, name)
    except DatabaseExists:
        return True
    return False


def _with_what_came_since(
    dsn: str, made: str, backup: Opened, done: Restored, notify: Notify, *, carry: bool
) -> Restored:
    from neonhub.ops.backup.since import carried, erased_again

    erased = erased_again(dsn, made, backup, notify)
    return replace(done, erased=erased, carried=carried(dsn, made, backup) if carry else 0)


def verify(
    dsn: str,
    where: Path | str,
    *,
    jobs: int = 2,
    identity: Sequence[Path] = (),
    trust: bool = False,
    notify: Notify = silent,
) -> Verified:
    """Restore the backup into a scratch database, compare every table, and drop it again.

    ``where`` is the backup, or the place that holds backups: then it is the newest of them.
    What was found is written beside the backup, where that can be written to: that it is damaged,
    too, or that the drill failed for another reason. Raises as ``restore``, but for rows that
    differ: those are the result's ``faults``.
    """
    with logged(dsn, "drill", {"of": str(where)}, notify) as detail:
        if (last := newest(where)) != where:
            notify(f"The newest backup there is {last}.")
            detail["of"] = str(last)
        with _failure_marked(last, notify):
            with opened(dsn, last, identity, trust=trust, notify=notify) as backup:
                with scratch_database(dsn, keep=False) as made:
                    found = filled(made, backup, jobs)
                # Which rows, and how many there were, is not for everybody.
                said = "rows differ" if backup.manifest.encrypted else "".join(found.faults[:1])
                _mark(backup.place, backup.name, notify, fault=said if found.faults else None)
            detail.update(name=backup.name, revision=backup.manifest.revision, rows=found.rows)
            detail.update(size=backup.manifest.size, seconds=found.seconds, faults=found.faults[:5])
    return found


# Of who asked, which say nothing of the backup.
_SLIPS = (
    *(BackupUnknown, CannotDecrypt, IdentityNeeded, InvalidInput, NoBackup),
    *(NotAnAdministrator, ConnectionFailed),
)


@contextlib.contextmanager
def _failure_marked(where: Path | str, notify: Notify) -> Iterator[None]:
    """Write beside the backup that its drill failed: by its own fault, where it is damaged."""
    try:
        yield
    except _SLIPS:
        raise
    except BackupDamaged as error:
        _mark(*one(where), notify, fault=str(error.details["reason"]))
        raise
    except Exception as error:
        code = error.code if isinstance(error, NeonHubError) else type(error).__name__
        _mark(*one(where), notify, failed=code)
        raise


def _mark(place: Place, name: str, notify: Notify, **found: str | None) -> None:
    from neonhub.ops.backup.listing import mark

    try:
        mark(place, name, **found)
    except (OSError, NeonHubError) as error:
        notify(f"The list of backups will not tell of this drill: {error}")


def filled(
    dsn: str,
    backup: Opened,
    jobs: int,
    *,
    rows_only: bool = False,
    tables: Collection[str] = (),
) -> Verified:
    """Restore into the empty database of ``dsn``, and compare every table.

    ``rows_only`` leaves indexes, references and policies out: for a database that is read once.
    ``tables`` are those whose rows are wanted, where not all are; no references are made then.
    """
    from neonhub.ops.prepare import connected, ensure_settings

    began = time.perf_counter()
    how: list[str | Path] = [f"--jobs={jobs if backup.manifest.size > _FOR_ONE else 1}"]
    how += ["--section=pre-data", "--section=data"] if rows_only else []
    lacking = unneeded_extensions(dsn, backup.manifest.extensions)
    with listing(backup.dump, tables, lacking) as listed:
        restore_dump(dsn, backup.dump, [*how, *listed], MEMORY)
    with connected(dsn) as conn:
        if not rows_only:
            ensure_settings(conn)
        freeze(conn)
        found = fingerprints(conn)
        conn.execute("COMMIT")
        _analyze(conn)
    expected = backup.manifest.tables
    if tables:
        wanted = {f"public.{name}" for name in tables}
        expected = {name: each for name, each in expected.items() if name in wanted}
        found = {name: each for name, each in found.items() if name in wanted}
    faults = list(differences(expected, found))
    seconds = round(time.perf_counter() - began, 3)
    rows = sum(each.rows for each in expected.values())
    return Verified(backup.name, len(found), rows, seconds, faults)


def _analyze(conn: psycopg.Connection[Any]) -> None:
    row = conn.execute(_TABLES).fetchone()
    if row is not None and row[0]:
        conn.execute(f"ANALYZE {row[0]}".encode())


def differences(expected: dict[str, Fingerprint], found: dict[str, Fingerprint]) -> Iterator[str]:
    """What tables have otherwise than expected, a sentence each."""
    for table in sorted(expected.keys() | found.keys()):
        want, have = expected.get(table), found.get(table)
        if have is None:
            yield f"the table {table} is missing"
        elif want is None:
            yield f"the table {table} was not backed up"
        elif want.rows != have.rows:
            yield f"{table} has {have.rows:,} rows and had {want.rows:,}"
        elif want.checksum != have.checksum:
            yield f"{table} has other rows than it had"
