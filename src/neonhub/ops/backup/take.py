"""Taking a backup: a dump and the fingerprint of every table, of the same moment."""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import InvalidInput
from neonhub.ops.backup.fingerprints import fingerprints, freeze
from neonhub.ops.backup.manifest import DUMP, MANIFEST, Manifest, digests
from neonhub.ops.backup.programs import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import psycopg

__all__ = ["backup", "backups"]

_PARTIAL = ".partial-"


def backup(dsn: str, to: Path, *, jobs: int = 2, keep: int | None = None) -> tuple[Path, Manifest]:
    """Take a backup of the database of ``dsn`` into a new folder of ``to``; the folder, and what
    it says of itself.

    ``dsn`` is an administrator's. The folder has its name only when the backup is whole: one that
    is interrupted leaves a ``.partial-…``, which the next takes away. Of those that are there,
    the ``keep`` newest stay. Raises ``ProgramFailed``, and ``InvalidInput`` where ``to`` cannot
    be written to.
    """
    from neonhub.ops.prepare import connected

    began = time.perf_counter()
    with _partial(to) as partial, connected(dsn) as conn:
        moment, facts = _facts(conn)
        freeze(conn)
        row = conn.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None  # noqa: S101
        with ThreadPoolExecutor(1) as pool:
            # Both at once: the sums are the server's work, the dump's is to compress.
            dumped = pool.submit(_dump, dsn, partial / DUMP, str(row[0]), jobs)
            tables = fingerprints(conn)
            dumped.result()
        conn.execute("COMMIT")
        files = digests(partial / DUMP)
        size = sum(path.stat().st_size for path in (partial / DUMP).iterdir())
        seconds = round(time.perf_counter() - began, 3)
        made = Manifest(
            **facts, moment=moment, seconds=seconds, size=size, tables=tables, files=files
        )
        made.write(partial)
        folder = to / f"{moment:%Y%m%dT%H%M%S%f}Z_{made.database}"
        _sync(partial)
        partial.rename(folder)
        _sync_folder(to)
    if keep is not None:
        for old in backups(to)[:-keep]:
            shutil.rmtree(old)
    return folder, made


def backups(of: Path) -> list[Path]:
    """The whole backups in a folder, the oldest first."""
    found = (path for path in of.iterdir() if not path.name.startswith("."))
    return sorted(path for path in found if (path / MANIFEST).is_file())


def _facts(conn: psycopg.Connection[Any]) -> tuple[dt.datetime, dict[str, Any]]:
    from neonhub import __version__
    from neonhub.ops.migrate import current_of

    row = conn.execute(
        "SELECT clock_timestamp(), current_database()::text, current_setting('server_version'), "
        "(SELECT json_object_agg(extname, extversion) FROM pg_extension)"
    ).fetchone()
    assert row is not None  # noqa: S101
    moment, database, server, extensions = row
    return moment.astimezone(dt.UTC), {
        **{"database": database, "server": server, "extensions": extensions},
        **{"revision": current_of(conn), "neonhub": __version__},
    }


def _dump(dsn: str, to: Path, snapshot: str, jobs: int) -> None:
    how = ["--format=directory", f"--jobs={jobs}", "--compress=gzip:1", f"--snapshot={snapshot}"]
    run("pg_dump", dsn, [*how, "--file", to])


@contextlib.contextmanager
def _partial(to: Path) -> Iterator[Path]:
    """A folder of ours that is locked as long as we live, and gone when we fail."""
    try:
        to.mkdir(mode=0o700, parents=True, exist_ok=True)
        _clear(to)
        made = to / f"{_PARTIAL}{os.getpid()}-{time.time_ns()}"
        made.mkdir(mode=0o700)
    except OSError as error:
        reason = f"no backup can be written there: {error.strerror}"
        raise InvalidInput(field=str(to), reason=reason) from error
    lock = os.open(made, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield made
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    finally:
        os.close(lock)


def _clear(to: Path) -> None:
    """Take away what killed processes have left."""
    for left in to.glob(f"{_PARTIAL}*"):
        with contextlib.suppress(OSError):
            lock = os.open(left, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
            finally:
                os.close(lock)


def _sync(folder: Path) -> None:
    """Everything on the disk, before the name says that it is whole."""
    for path in [*(folder / DUMP).iterdir(), folder / MANIFEST]:
        with path.open("rb") as file:
            os.fsync(file.fileno())
    _sync_folder(folder / DUMP)
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
