"""Restoring a backup: into a database beside the live one, held against what it should hold."""

from __future__ import annotations

import contextlib
import datetime as dt
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import NeonHubError
from neonhub.ops.backup.fingerprints import Fingerprint, fingerprints, freeze
from neonhub.ops.backup.manifest import DUMP, Manifest, check_files, load
from neonhub.ops.backup.programs import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import psycopg

__all__ = ["DatabaseExists", "Restored", "Verified", "restore", "verify"]

# Until it is verified a database has such a name: one that a killed run left is nobody's.
_SCRATCH = "neonhub_scratch_"
# A vector index is built in memory where it fits; this much for each of the jobs.
_MEMORY = "256MB"


class DatabaseExists(NeonHubError):
    """There is a database {name} already."""

    hint = "Name another with --into, or drop it first."
    http_status = 409
    exit_code = 73


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
    """``database`` is what was restored; ``before`` is what the live one is called now."""

    database: str
    before: str | None
    verified: Verified


def restore(
    dsn: str, folder: Path, *, into: str | None = None, in_place: bool = False, jobs: int = 2
) -> Restored:
    """Restore the backup in ``folder`` into a new database, on the server of ``dsn``.

    ``into`` names it; else it is ``<database>_restored_<now>``. ``in_place`` gives it the name of
    ``dsn``'s database once it is verified: that one is kept, as ``<database>_before_<now>``, and
    who is connected to it is cut off. Whatever fails leaves the live database as it is. Raises
    ``NoBackup``, ``BackupDamaged``, ``DatabaseExists``, ``ProgramFailed``, ``NotAsBackedUp``.
    """
    from psycopg.conninfo import conninfo_to_dict

    manifest = load(folder)
    check_files(folder, manifest)
    live = str(conninfo_to_dict(dsn).get("dbname") or "neonhub")
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%d%H%M%S")
    name, before = into or f"{live}_restored_{stamp}", f"{live}_before_{stamp}"
    if not in_place:
        _check_free(dsn, name)
    scratch = _SCRATCH + secrets.token_hex(6)
    with _made(dsn, scratch) as made:
        verified = _filled(made, folder, manifest, jobs)
        if verified.faults:
            raise NotAsBackedUp(folder=folder, faults="; ".join(verified.faults[:5]))
        _rename(dsn, {live: before, scratch: live} if in_place else {scratch: name})
    return Restored(live, before, verified) if in_place else Restored(name, None, verified)


class NotAsBackedUp(NeonHubError):
    """What was restored from {folder} is not what was backed up: {faults}."""

    hint = "The live database is untouched. Restore an older backup."
    exit_code = 65


def verify(dsn: str, folder: Path, *, jobs: int = 2) -> Verified:
    """Restore the backup into a scratch database, compare every table, and drop it again.

    Raises as ``restore``, but for rows that differ: those are the result's ``faults``.
    """
    manifest = load(folder)
    check_files(folder, manifest)
    with _made(dsn, _SCRATCH + secrets.token_hex(6), keep=False) as made:
        return _filled(made, folder, manifest, jobs)


def _filled(dsn: str, folder: Path, manifest: Manifest, jobs: int) -> Verified:
    from neonhub.ops.prepare import connected, ensure_settings

    began = time.perf_counter()
    how = [f"--jobs={jobs}", "--exit-on-error", str(folder / DUMP)]
    run("pg_restore", dsn, how, maintenance_work_mem=_MEMORY, max_parallel_maintenance_workers="0")
    with connected(dsn) as conn:
        ensure_settings(conn)
        freeze(conn)
        found = fingerprints(conn)
        conn.execute("COMMIT")
        conn.execute("ANALYZE")
    faults = list(_differences(manifest.tables, found))
    seconds = round(time.perf_counter() - began, 3)
    return Verified(folder.name, len(found), manifest.rows, seconds, faults)


def _differences(expected: dict[str, Fingerprint], found: dict[str, Fingerprint]) -> Iterator[str]:
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


@contextlib.contextmanager
def _made(dsn: str, name: str, *, keep: bool = True) -> Iterator[str]:
    """The URL of a new, empty database; dropped where the block fails, or unless ``keep``."""
    from psycopg import sql
    from psycopg.conninfo import make_conninfo

    from neonhub.ops.prepare import connected, ensure_database
    from neonhub.ops.roles import ensure_roles

    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with connected(dsn) as conn:
        _drop_left_behind(conn)
        ensure_roles(conn)
        ensure_database(conn, name=name)
        try:
            yield make_conninfo(dsn, dbname=name)
        except BaseException:
            conn.execute(drop)
            raise
        if not keep:
            conn.execute(drop)


def _drop_left_behind(conn: psycopg.Connection[Any]) -> None:
    """Scratch databases of killed runs: those to which nobody is connected."""
    import psycopg

    left = conn.execute(
        "SELECT d.datname FROM pg_database d WHERE starts_with(d.datname, %s) AND NOT EXISTS "
        "(SELECT FROM pg_stat_activity a WHERE a.datname = d.datname)",
        [_SCRATCH],
    ).fetchall()
    for (name,) in left:
        with contextlib.suppress(psycopg.Error):
            conn.execute(f"DROP DATABASE IF EXISTS {name}".encode())


def _check_free(dsn: str, name: str) -> None:
    from neonhub.ops.prepare import connected

    with connected(dsn) as conn:
        known = conn.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone()
        if known is not None:
            raise DatabaseExists(name=name)


def _rename(dsn: str, names: dict[str, str]) -> None:
    """Give databases their new names, all in one transaction; who is connected is cut off."""
    from psycopg import sql
    from psycopg.conninfo import make_conninfo

    from neonhub.ops.prepare import connected

    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
    with connected(make_conninfo(dsn, dbname="postgres")) as conn, conn.transaction():
        for old, new in names.items():
            conn.execute(end, [old])
            conn.execute(rename.format(sql.Identifier(old), sql.Identifier(new)))
