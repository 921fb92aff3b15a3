"""Taking a backup: a dump and the fingerprint of every table, of the same moment."""

from __future__ import annotations

import datetime as dt
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from neonhub.db.errors import NeonHubError
from neonhub.ops.backup.erasures import remembered
from neonhub.ops.backup.fingerprints import fingerprints, freeze, is_under_policies
from neonhub.ops.backup.log import logged, silent
from neonhub.ops.backup.manifest import DUMP, Manifest, digests
from neonhub.ops.backup.places import Place, place_of, tidy
from neonhub.ops.backup.programs import run
from neonhub.ops.backup.rotation import Rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg

    from neonhub.ops.backup.log import Notify

__all__ = ["backup", "backups"]

Where = TypeVar("Where", Path, str)


def backup(
    dsn: str,
    to: Where,
    *,
    jobs: int = 2,
    keep: int | Rule | None = None,
    encrypt_to: Sequence[str] = (),
    notify: Notify = silent,
) -> tuple[Where, Manifest]:
    """Take a backup of the database of ``dsn`` into ``to``, a folder or ``s3://bucket/prefix``.

    Returns where it is, and what it says of itself. ``dsn`` is an administrator's, or that of
    ``neonhub_backup``, whom policies let read every row. The backup appears when it is whole: one
    that is interrupted leaves what the next takes away. ``encrypt_to`` are recipients of age, or
    files of them. Of those that are there, as many stay as ``keep`` says. Raises
    ``ProgramFailed``, ``RowsHidden``, ``StorageFailed``, and ``InvalidInput`` where ``to`` cannot
    be written to.
    """
    from neonhub.ops.backup.sealing import recipients

    readers = recipients(encrypt_to)
    place = place_of(to)
    tidy(to, notify)
    about = {"to": str(to), "encrypted": bool(readers)}
    with logged(dsn, "backup", about, notify) as detail, place.making() as folder:
        made = _made(dsn, folder, jobs, readers)
        name = f"{made.moment:%Y%m%dT%H%M%S%f}Z_{made.database}"
        seal = made.write(folder, readers)
        place.add(folder, name)
        detail.update(name=name, revision=made.revision, rows=made.rows, seal=seal)
        detail.update(size=made.size, seconds=made.seconds)
    if keep is not None:
        _rotate(place, keep, notify)
    where = place.url(name)
    return type(to)(where), made


@dataclass(frozen=True, slots=True)
class _Dump:
    snapshot: str
    jobs: int
    policed: bool


def _made(dsn: str, folder: Path, jobs: int, readers: Sequence[Any]) -> Manifest:
    """The dump in ``folder``, and its manifest, not yet written."""
    from neonhub.ops.migrate import SchemaMissing
    from neonhub.ops.prepare import connected

    began = time.perf_counter()
    with connected(dsn) as conn:
        moment, facts = _facts(conn)
        if facts["revision"] is None:
            raise SchemaMissing(database=facts["database"])
        freeze(conn)
        row = conn.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None  # noqa: S101
        how = _Dump(str(row[0]), jobs, is_under_policies(conn))
        with ThreadPoolExecutor(1) as pool:
            # Both at once: the sums are the server's work, the dump's is to compress.
            dumped = pool.submit(_dump, dsn, folder / DUMP, how)
            tables = fingerprints(conn)
            erasures = remembered(conn)
            dumped.result()
        conn.execute("COMMIT")
    if readers:
        from neonhub.ops.backup.sealing import seal_folder

        seal_folder(folder / DUMP, readers)
    return Manifest(
        **facts,
        moment=moment,
        seconds=round(time.perf_counter() - began, 3),
        size=sum(path.stat().st_size for path in (folder / DUMP).iterdir()),
        tables=tables,
        files=digests(folder / DUMP),
        encrypted=bool(readers),
        erasures=erasures,
    )


def backups(of: Path) -> list[Path]:
    """The whole backups in a folder, the oldest first."""
    return [of / name for name in place_of(of).names()]


def _rotate(place: Place, keep: int | Rule, notify: Notify) -> None:
    """Take away what need not stay. The backup is good whether that succeeds or not."""
    from neonhub.ops.backup.listing import rotate

    try:
        rotate(place, Rule(last=keep) if isinstance(keep, int) else keep)
    except (OSError, NeonHubError) as error:
        notify(f"The backup is taken, but older ones could not be taken away: {error}")


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


def _dump(dsn: str, to: Path, how: _Dump) -> None:
    options = ["--format=directory", f"--jobs={how.jobs}", "--compress=gzip:1"]
    if how.policed:  # else pg_dump refuses: is_under_policies has seen that they hide nothing
        options.append("--enable-row-security")
    run("pg_dump", dsn, [*options, f"--snapshot={how.snapshot}", "--file", to])
