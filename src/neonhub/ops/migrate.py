"""Migrations: where the schema is, where it should be, and the way there and back.

Nothing here imports Alembic until there is something to migrate: the question whether a database
is up to date costs one query. All connections are libpq URLs of a role that may become
``neonhub_owner``: ``neonhub_migrate``, or an administrator.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import NeonHubError
from neonhub.ops.books import LOG_TABLE, VERSION_SCHEMA, VERSION_TABLE, keep_books
from neonhub.ops.locks import give_back

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import psycopg

__all__ = [
    "LIMITS",
    "MIGRATIONS",
    "DatabaseAhead",
    "MigrationsBusy",
    "NotMigrated",
    "NotTheOwner",
    "SchemaMissing",
    "Step",
    "UnknownRevision",
    "act_as_owner",
    "checksum",
    "current",
    "differences",
    "downgrade",
    "head",
    "is_current",
    "migrate",
    "pending",
    "require_head",
    "revise",
    "revisions",
    "run_in_words",
    "source",
    "wait_for_others",
]

MIGRATIONS = Path(__file__).parent.parent / "migrations"

# Two of these at once would make the same tables. Any number will do that nobody else takes.
LOCK = 7_236_001
_LOCK_WAIT = "10min"
# A migration that waits for a table's lock makes every query behind it wait too.
LIMITS = "SET lock_timeout = '5s'; SET statement_timeout = '5min'"
# Tables go to public whatever the role's own path says, and types of extensions are found where
# a provider has put them.
_SEARCH_PATH = """
SELECT set_config('search_path', concat_ws(', ', 'public',
                  string_agg(DISTINCT quote_ident(n.nspname), ', ')), false)
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
 WHERE e.extname IN ('vector', 'citext', 'pg_trgm') AND n.nspname <> 'public'
"""


class SchemaMissing(NeonHubError):
    """The database {database} has not been prepared: the schema neonhub or its owner is missing."""

    hint = "Run `neonhub db migrate` as an administrator once: it makes the roles and the schema."
    http_status = 503
    exit_code = 78


class NotMigrated(NeonHubError):
    """The database {database} is at the migration {revision}, and this takes it at {head}."""

    hint = "Run `neonhub db migrate` first."
    http_status = 503
    exit_code = 78


class NotTheOwner(NeonHubError):
    """The role {user} may not become neonhub_owner, to whom everything belongs."""

    hint = "Connect as neonhub_migrate or as an administrator (DIRECT_DATABASE_URL)."
    http_status = 503
    exit_code = 77


class MigrationsBusy(NeonHubError):
    """Another process has been migrating this database for more than ten minutes."""

    hint = "Look for it in pg_stat_activity; the lock goes with its connection."
    http_status = 503
    exit_code = 75


class UnknownRevision(NeonHubError):
    """There is no migration {revision}."""

    exit_code = 2


class DatabaseAhead(NeonHubError):
    """The database is at the migration {revision}, which this version of NeonHub does not know."""

    hint = "Install the version of NeonHub that made it, or a later one."
    http_status = 503
    exit_code = 78


@dataclass(frozen=True, slots=True)
class Step:
    """A migration that was run: its revision, and whether it went forward."""

    revision: str
    forward: bool


def revisions() -> tuple[str, ...]:
    """Every revision, the first one first: history is one line, and names sort as it goes."""
    names = (path.stem for path in (MIGRATIONS / "versions").glob("*.py"))
    return tuple(sorted(name for name in names if re.fullmatch(r"\d{8}(\d{6})?_\w+", name)))


def head() -> str:
    """The last revision."""
    return revisions()[-1]


def current(dsn: str) -> str | None:
    """The revision that the database is at; ``None`` before the first."""
    with _connect(dsn) as conn:
        return current_of(conn)


def current_of(conn: psycopg.Connection[Any]) -> str | None:
    """The same by an open connection."""
    row = conn.execute(f"SELECT to_regclass('{VERSION_SCHEMA}.{VERSION_TABLE}')").fetchone()
    if row is None or row[0] is None:
        return None
    row = conn.execute(f"SELECT version_num FROM {VERSION_SCHEMA}.{VERSION_TABLE}").fetchone()
    return None if row is None else str(row[0])


def require_head(conn: psycopg.Connection[Any]) -> None:
    """Raise ``NotMigrated`` unless the database has every migration."""
    revision = current_of(conn)
    if revision != head():
        where = revision or "before the first"
        raise NotMigrated(database=conn.info.dbname, revision=where, head=head())


def is_current(dsn: str) -> bool:
    """Whether nothing is left to migrate."""
    return current(dsn) == head()


def pending(dsn: str) -> tuple[str, ...]:
    """The revisions still to run, in order. Raises ``DatabaseAhead``."""
    return _after(current(dsn))


def _after(revision: str | None) -> tuple[str, ...]:
    known = revisions()
    if revision is None:
        return known
    if revision not in known:
        raise DatabaseAhead(revision=revision)
    return known[known.index(revision) + 1 :]


def migrate(
    dsn: str,
    *,
    revision: str = "head",
    notify: Callable[[str], None] = lambda _line: None,
    lock_timeout: str | None = None,
) -> tuple[Step, ...]:
    """Bring the database forward to ``revision``; return what was run.

    Each migration is a transaction of its own: one that fails leaves those before it done. One
    waits for a table no longer than ``lock_timeout`` (``"1s"``; 5 s unless given).
    Raises ``SchemaMissing``, ``UnknownRevision``, ``DatabaseAhead``, ``MigrationsBusy``, and for
    what PostgreSQL refuses the typed error of it.
    """
    target = head() if revision == "head" else _known(revision)
    steps: list[Step] = []
    with _connect(dsn) as conn, _exclusive(conn, notify):
        if lock_timeout is not None:
            conn.execute("SELECT set_config('lock_timeout', %s, false)", [lock_timeout])
        way = _after(current_of(conn))
        if target not in way:
            _keep_runway(conn)
            return ()
        conn.add_notice_handler(_relay(notify))
        way = way[: way.index(target) + 1]
        done = _run_scripts(conn, way, notify)
        steps += (Step(each, forward=True) for each in done)
        if len(done) < len(way):
            from neonhub.ops import _alembic

            with _alembic.connect(conn) as connection:
                for each in way[len(done) :]:
                    _alembic.upgrade(connection, each, _recorder(steps))
                    notify(f"Applied {each}")  # it is committed
        _keep_runway(conn)
    return tuple(steps)


def _relay(notify: Callable[[str], None]) -> Callable[[Any], None]:
    """What a migration warns of (rows that it drops, say) is told; its notices are not."""

    def tell(diagnostic: Any) -> None:
        if diagnostic.severity_nonlocalized == "WARNING":
            notify(f"{diagnostic.severity}: {diagnostic.message_primary}")

    return tell


def _keep_runway(conn: psycopg.Connection[Any]) -> None:
    """Make the partitions of the months to come, where the schema is far enough to have any."""
    row = conn.execute("SELECT to_regproc('neonhub.ensure_partitions')").fetchone()
    if row is not None and row[0] is not None:
        conn.execute("SELECT neonhub.ensure_partitions()")


def _run_scripts(
    conn: psycopg.Connection[Any], way: tuple[str, ...], notify: Callable[[str], None]
) -> tuple[str, ...]:
    """Run the first migrations of ``way`` that are there as scripts; return which."""
    from neonhub.ops import scripts

    for place, revision in enumerate(way):
        script = scripts.kept(revision)
        if script is None:
            return way[:place]
        # One string of many statements, from BEGIN to COMMIT: one round trip.
        body, commit, _ = script.rpartition("COMMIT;")
        conn.execute(f"{body}{_log(revision, forward=True)}; {commit}".encode())
        notify(f"Applied {revision}")
    return way


def downgrade(
    dsn: str, *, revision: str, notify: Callable[[str], None] = lambda _line: None
) -> tuple[Step, ...]:
    """Take the database back to ``revision``, or to ``base``: to nothing. Raises as ``migrate``."""
    target = revision if revision == "base" else _known(revision)
    steps: list[Step] = []
    with _connect(dsn) as conn, _exclusive(conn, notify):
        from neonhub.ops import _alembic

        known, now = revisions(), current_of(conn)
        last = known.index(now) + 1 if now in known else 0
        first = 0 if target == "base" else known.index(target) + 1
        with _alembic.connect(conn) as connection:
            for place in reversed(range(first, last)):
                below = known[place - 1] if place else "base"
                _alembic.downgrade(connection, below, _recorder(steps))
                notify(f"Took back {known[place]}")  # it is committed
            _alembic.downgrade(connection, target, _recorder(steps))  # refused where it is no way
    return tuple(steps)


def differences(dsn: str) -> list[str]:
    """Where the live catalogue differs from the models, a sentence each; empty when nowhere."""
    from neonhub import schema
    from neonhub.ops import _alembic
    from neonhub.ops._differences import sentences

    with _connect(dsn) as conn:
        act_as_owner(conn)
        with _alembic.connect(conn) as connection:
            return sentences(_alembic.differences(connection, schema.metadata()))


def revise(dsn: str, name: str) -> Path:
    """Write a migration called ``name`` that makes the database equal to the models."""
    from neonhub import schema
    from neonhub.ops import _alembic

    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%d%H%M%S")
    slug = re.sub(r"\W+", "_", name.lower()).strip("_")
    with _connect(dsn) as conn:
        act_as_owner(conn)
        with _alembic.connect(conn) as connection:
            message = name[:1].upper() + name[1:].replace("_", " ")
            return _alembic.revise(connection, schema.metadata(), f"{stamp}_{slug}", message)


def checksum(revision: str) -> str:
    """The SHA-256 of a migration as it is here."""
    return hashlib.sha256(source(revision).read_bytes()).hexdigest()


def source(revision: str) -> Path:
    """The file of a migration."""
    return MIGRATIONS / "versions" / f"{revision}.py"


def _log(revision: str, *, forward: bool) -> str:
    """The statement that writes down that a migration was run, and which text it had."""
    return (
        f"INSERT INTO {VERSION_SCHEMA}.{LOG_TABLE} (revision, forward, checksum) "
        f"VALUES ('{revision}', {forward}, '{checksum(revision)}')"
    )


def _known(revision: str) -> str:
    if revision not in revisions():
        raise UnknownRevision(revision=revision)
    return revision


def _recorder(steps: list[Step]) -> Callable[..., None]:
    def record(*, ctx: Any, step: Any, **_rest: Any) -> None:
        steps.append(Step(step.up_revision_id, step.is_upgrade))
        # Within the migration's own transaction.
        ctx.connection.exec_driver_sql(_log(step.up_revision_id, forward=step.is_upgrade))

    return record


@contextlib.contextmanager
def _connect(dsn: str) -> Iterator[psycopg.Connection[Any]]:
    """An autocommit connection whose errors are told as ours."""
    import psycopg

    from neonhub.db.errors import translate

    try:
        with psycopg.connect(dsn, autocommit=True, application_name="neonhub migrate") as conn:
            yield conn
    except psycopg.Error as error:
        raise translate(error) from error


def act_as_owner(conn: psycopg.Connection[Any]) -> None:
    """Everything made belongs to ``neonhub_owner``, whoever the administrator is."""
    import psycopg

    row = conn.execute(
        "SELECT to_regrole('neonhub_owner') IS NOT NULL AND to_regnamespace('neonhub') IS NOT NULL"
    ).fetchone()
    if row is None or not row[0]:
        raise SchemaMissing(database=conn.info.dbname)
    try:
        conn.execute("SET ROLE neonhub_owner")
    except psycopg.errors.InsufficientPrivilege as error:
        raise NotTheOwner(user=conn.info.user) from error
    conn.execute(_SEARCH_PATH)


def run_in_words(count: int) -> str:
    """How many migrations were run, to be read."""
    return "1 migration run" if count == 1 else f"{count} migrations run"


def wait_for_others(dsn: str, notify: Callable[[str], None]) -> None:
    """Return when nobody migrates the database of ``dsn``. A server goes on with the migration of a
    process that was killed, to its end. Raises ``MigrationsBusy``."""
    with _connect(dsn) as conn, _exclusive(conn, notify):
        pass


@contextlib.contextmanager
def _exclusive(conn: psycopg.Connection[Any], notify: Callable[[str], None]) -> Iterator[None]:
    """As the owner, alone, with time limits; the version table is there."""
    import psycopg

    act_as_owner(conn)
    row = conn.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()
    if row is not None and not row[0]:
        notify("Waiting for another process that is migrating this database.")
        conn.execute(f"SET lock_timeout = '{_LOCK_WAIT}'; SET statement_timeout = 0")
        try:
            conn.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        except psycopg.errors.LockNotAvailable as error:
            raise MigrationsBusy from error
    try:
        conn.execute(LIMITS)
        keep_books(conn)
        yield
    finally:
        give_back(conn, LOCK)
