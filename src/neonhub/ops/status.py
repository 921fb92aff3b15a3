"""The state of the database, as `neonhub db status` tells it: looks, starts nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from neonhub.ops.backup.kept import Kept, kept
from neonhub.ops.books import LOG_TABLE, VERSION_SCHEMA
from neonhub.ops.locks import Holder, holder
from neonhub.ops.migrate import (
    LOCK,
    checksum,
    current_of,
    revisions,
)
from neonhub.ops.prepare import connected
from neonhub.ops.roles import ROLES

if TYPE_CHECKING:
    import datetime as dt

    import psycopg

    from neonhub.settings import Settings

__all__ = [
    "Database",
    "Migration",
    "Server",
    "Status",
    "look",
    "migrations_of",
    "status",
]

_TABLES_SHOWN = 10
_LOOK = """
SELECT current_database(), current_user::text, current_setting('server_version'),
       pg_database_size(current_database()),
       (SELECT count(*) FROM pg_stat_activity
         WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()),
       (SELECT coalesce(json_object_agg(extname, extversion ORDER BY extname), '{}')
          FROM pg_extension WHERE extname <> 'plpgsql'),
       ARRAY(SELECT r FROM unnest(%s::text[]) AS r WHERE to_regrole(r) IS NULL)
"""
_TABLES = """
SELECT c.relname, pg_total_relation_size(c.oid), pg_stat_get_live_tuples(c.oid)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'public' AND c.relkind IN ('r', 'm')
   AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e')
 ORDER BY 2 DESC, 1 LIMIT %s
"""
_LOGGED = f"SELECT to_regclass('{VERSION_SCHEMA}.{LOG_TABLE}') IS NOT NULL"
# Of each migration what was done last: one that was taken back is not applied.
_LOG = f"""
SELECT DISTINCT ON (revision) revision, forward, checksum, ran_at, ran_by
  FROM {VERSION_SCHEMA}.{LOG_TABLE} ORDER BY revision, place DESC
"""

_FAULTS = {
    "pending": "has not been applied",
    "changed": "has changed since it was applied",
    "unknown": "is not known to this version of NeonHub",
}


@dataclass(frozen=True, slots=True)
class Server:
    """Where the server is. ``users`` are processes; they are the embedded one's, and so is whether
    its home was ``made`` by now."""

    kind: str
    running: bool
    where: str
    port: int | None = None
    pid: int | None = None
    users: tuple[int, ...] = ()
    held_by: int | None = None
    made: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """A table: ``size`` in bytes with its indexes, ``rows`` as its statistics estimate them."""

    name: str
    size: int
    rows: int


@dataclass(frozen=True, slots=True)
class Migration:
    """A migration and how it stands: ``applied``, ``pending``, ``changed`` since it was applied,
    or ``unknown`` to this version of NeonHub. Of one that was applied before a log was kept no
    more is known."""

    revision: str
    state: str
    ran_at: dt.datetime | None = None
    ran_by: str | None = None


@dataclass(frozen=True, slots=True)
class Database:
    """A database that answers: ``size`` in bytes, ``clients`` beside this look, ``kept`` what
    restores have left of it."""

    name: str
    user: str
    version: str
    size: int
    clients: int
    extensions: dict[str, str]
    missing_roles: tuple[str, ...]
    revision: str | None
    head: str
    pending: tuple[str, ...]
    migrations: list[Migration] = field(default_factory=list)
    lock: Holder | None = None
    tables: list[Table] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """What is not as it should be, a sentence each; empty when all is well."""
        found = [
            f"The migration {each.revision} {_FAULTS[each.state]}."
            for each in self.migrations
            if each.state in _FAULTS
        ]
        found += [f"The role {role} is missing." for role in self.missing_roles]
        return found


@dataclass(frozen=True, slots=True)
class Status:
    """The server, and the database where it can be asked."""

    server: Server
    database: Database | None


def status(settings: Settings) -> Status:
    """Look at the server and the database. Raises what connecting to one's own database does."""
    if settings.direct_url is not None:
        url = settings.direct_url.get_secret_value()
        with connected(url) as conn:
            server = Server("own", True, conn.info.host, conn.info.port)
            return Status(server, _database(conn))
    server, dsn = _embedded(settings)
    if dsn is None:
        return Status(server, None)
    with connected(dsn) as conn:
        return Status(server, _database(conn))


def look(dsn: str) -> Database:
    """The database of ``dsn`` alone. Raises what connecting does."""
    with connected(dsn) as conn:
        return _database(conn)


def _embedded(settings: Settings) -> tuple[Server, str | None]:
    """The embedded server, and the URL of its database where it runs and has one."""
    from neonhub.db.embedded import ServerInfo
    from neonhub.ops.hold import holder_of
    from neonhub.ops.server import embedded_of

    found = embedded_of(settings)
    seen = found.status()
    server = Server(
        "embedded",
        seen.running,
        str(found.home),
        seen.port,
        seen.pid,
        seen.users,
        holder_of(found.home),
        (found.home / "data").is_dir(),
    )
    if not seen.running or seen.socket_dir is None or seen.port is None or seen.pid is None:
        return server, None
    info = ServerInfo(seen.data_dir, seen.socket_dir, seen.port, seen.pid)
    with connected(info.dsn(role="postgres", dbname="postgres")) as conn:
        made = conn.execute("SELECT FROM pg_database WHERE datname = 'neonhub'").fetchone()
    return server, info.dsn(role="postgres") if made is not None else None


def _database(conn: psycopg.Connection[Any]) -> Database:
    look = conn.execute(_LOOK, [list(ROLES)]).fetchone()
    assert look is not None  # noqa: S101
    name, user, version, size, clients, extensions, missing = look
    known, revision = revisions(), current_of(conn)
    done = known.index(revision) + 1 if revision in known else 0
    return Database(
        name=name,
        user=user,
        version=version.partition(" ")[0],
        size=size,
        clients=clients,
        extensions=extensions,
        missing_roles=tuple(missing),
        revision=revision,
        head=known[-1],
        pending=known[done:] if revision is None or done else (),
        migrations=migrations_of(conn, revision),
        lock=holder(conn, LOCK),
        tables=[Table(*row) for row in conn.execute(_TABLES, [_TABLES_SHOWN])],
        kept=kept(conn),
    )


def migrations_of(conn: psycopg.Connection[Any], revision: str | None) -> list[Migration]:
    """Every migration and how it stands in a database that is at ``revision``."""
    known = revisions()
    done = known[: known.index(revision) + 1] if revision in known else ()
    logged = {}
    if conn.execute(_LOGGED).fetchone() == (True,):
        logged = {name: rest for name, *rest in conn.execute(_LOG)}
    made = []
    for name in known:
        forward, digest, ran_at, ran_by = logged.pop(name, (True, None, None, None))
        if name not in done:
            made.append(Migration(name, "pending"))
            continue
        same = digest is None or not forward or digest == checksum(name)
        made.append(Migration(name, "applied" if same else "changed", ran_at, ran_by))
    strange = {name: rest for name, rest in logged.items() if rest[0]}
    if revision is not None and revision not in known:
        strange.setdefault(revision, [True, None, None, None])
    return [*made, *(Migration(name, "unknown", *rest[2:]) for name, rest in strange.items())]
