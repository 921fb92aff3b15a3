"""Lint: what a migration does to a live database, seen by running it where it harms nobody.

The migration runs in a database beside the live one, at the migration before it, and is looked on
at statement by statement: locks, rewrites and scans are observed, not guessed. The live tables'
sizes say how long others would wait. squawk's rules read the same statements.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from neonhub.db.errors import InvalidInput
from neonhub.ops.lint.results import Finding, Linted, Lock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from neonhub.ops.lint.observe import Run
    from neonhub.ops.lint.sizes import Size

__all__ = ["Finding", "Linted", "Lock", "lint", "lint_files"]

_INDEXES = "SELECT coalesce(array_agg(indexrelid::regclass::text), '{}') FROM pg_index"


def lint(dsn: str, *, revisions: Sequence[str] | None = None, at_least_rows: int = 0) -> Linted:
    """Look at migrations: those that the database of ``dsn`` lacks, unless others are named.

    ``dsn`` is an administrator's. Every table is taken to have ``at_least_rows``: a database for
    tests says nothing of a full one. Raises ``NoShadow``, ``UnknownRevision``, ``DatabaseAhead``,
    ``SquawkMissing``.
    """
    from neonhub.ops import migrate
    from neonhub.ops.shadow import shadow

    known = migrate.revisions()
    chosen = list(migrate.pending(dsn) if revisions is None else revisions)
    for each in chosen:
        if each not in known:
            raise migrate.UnknownRevision(revision=each)
    if not chosen:
        return Linted([])
    chosen.sort(key=known.index)
    sizes, version = _live(dsn, at_least_rows)
    made = Linted(chosen)
    first = known.index(chosen[0])
    with shadow(dsn, revision=known[first - 1] if first else "base") as beside:
        for revision in chosen:
            place = known.index(revision)
            if place and migrate.current(beside) != known[place - 1]:
                migrate.migrate(beside, revision=known[place - 1])
            if not _look(made, beside, revision, sizes, version):
                break
    return made


def _look(made: Linted, dsn: str, revision: str, sizes: dict[str, Size], version: str) -> bool:
    """Add what there is to say of a migration; whether it could be run."""
    from neonhub.ops.lint.watch import watch_revision
    from neonhub.ops.migrate import source

    old = _indexes(dsn)
    run = watch_revision(dsn, revision)
    _add(made, run, (str(source(revision)), revision), (sizes, version), (dsn, old))
    return run.failure is None


def lint_files(dsn: str, files: Sequence[Path], *, at_least_rows: int = 0) -> Linted:
    """Look at files of SQL, each run in a database that is where the one of ``dsn`` is.

    Raises as ``lint``, and ``InvalidInput`` for a file that cannot be read.
    """
    from neonhub.ops import migrate
    from neonhub.ops.lint.watch import watch_file
    from neonhub.ops.shadow import copied, shadow

    texts = {path: _text(path) for path in files}
    revision = migrate.current(dsn)
    if revision is not None and revision not in migrate.revisions():
        raise migrate.DatabaseAhead(revision=revision)
    sizes, version = _live(dsn, at_least_rows)
    made = Linted([str(path) for path in files])
    with copied(dsn) if len(texts) > 1 else contextlib.nullcontext():
        for path, text in texts.items():
            with shadow(dsn, revision=revision or "base") as beside:
                old = _indexes(beside)
                run = watch_file(beside, text)
                _add(made, run, (str(path), None), (sizes, version), (beside, old))
    return made


def _text(path: Path) -> str:
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise InvalidInput(field=str(path), reason=f"{error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidInput(field=str(path), reason="it is not UTF-8") from error
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("\\"):
            reason = f"line {number} is a command of psql, not SQL: {line.split()[0]}"
            raise InvalidInput(field=str(path), reason=reason)
    return text


def _live(dsn: str, at_least_rows: int) -> tuple[dict[str, Size], str]:
    """Sizes of the live tables, and the server's version as squawk takes it."""
    from neonhub.ops.lint.sizes import read_sizes
    from neonhub.ops.prepare import connected

    with connected(dsn) as conn:
        sizes = {name: each.at_least(at_least_rows) for name, each in read_sizes(conn).items()}
        return sizes, f"{conn.info.server_version // 10_000}.0"


def _indexes(dsn: str) -> list[str]:
    from neonhub.ops.prepare import connected

    with connected(dsn) as conn:
        row = conn.execute(_INDEXES).fetchone()
        return list(row[0]) if row else []


def _add(
    made: Linted,
    run: Run,
    about: tuple[str, str | None],
    live: tuple[dict[str, Size], str],
    scratch: tuple[str, list[str]],
) -> None:
    from neonhub.ops.lint.rules import Subject, findings, unguarded
    from neonhub.ops.lint.squawk import ask
    from neonhub.ops.lint.work import blocking_locks
    from neonhub.ops.prepare import connected

    (file, revision), (sizes, version), (dsn, old) = about, live, scratch
    subject = Subject(file, revision, run, sizes, ask([each.sql for each in run.seen], version))
    loose: list[tuple[str, str, str]] = []
    if run.failure is None:
        with connected(dsn) as conn:
            loose = unguarded(conn, run.new_tables, old)
    made.concurrently[revision or file] = [
        built.index for seen in run.seen if seen.outside for built in seen.built
    ]
    made.findings.extend(findings(subject, loose))
    made.locks.extend(blocking_locks(run.seen, sizes, file, revision))
