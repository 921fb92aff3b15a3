"""What takes one schema to another, as SQL: of the models, of the migrations, of a live database.

Either side is read from a database: one that lives, or one made for the purpose beside it. On one
server both sides' definitions read alike, letter by letter, so what differs is a difference.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neonhub.db.errors import InvalidInput
from neonhub.ops.drift import Finding, held_against

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neonhub.ops.drift.catalogue import Catalogue

__all__ = ["Difference", "Pending", "Side", "diff", "pending", "side"]

_FORMS = "it is `models`, `migrations`, `migrations@REVISION`, `live` or a postgresql:// URL"


@dataclass(frozen=True, slots=True)
class Side:
    """``kind`` is ``models``, ``migrations`` (``at`` a revision) or ``live`` (``at`` a URL, or
    ``None`` for the configured one)."""

    kind: str
    at: str | None = None

    def __str__(self) -> str:
        if self.kind == "migrations":
            return f"migrations@{self.at}"
        return "live" if self.kind == "live" and self.at is None else _shown(self)


def _shown(side: Side) -> str:
    from psycopg.conninfo import conninfo_to_dict

    if side.kind != "live" or side.at is None:
        return side.kind
    parts = conninfo_to_dict(side.at)
    return f"{parts.get('dbname', '')} at {parts.get('host', 'local')}"


@dataclass(frozen=True, slots=True)
class Difference:
    """What ``to`` has otherwise than ``start``, and the script that takes the one to the other.

    ``expected`` of a finding is the side to go to. ``unmendable`` are the objects for which no
    statement does it.
    """

    start: str
    to: str
    findings: list[Finding]
    script: str
    unmendable: list[str]


@dataclass(frozen=True, slots=True)
class Pending:
    """A migration that is still to run, as SQL."""

    revision: str
    sql: str


def side(text: str) -> Side:
    """``"migrations@2025…"`` as a side. Raises ``InvalidInput``, ``UnknownRevision``."""
    from neonhub.ops import migrate

    if text in {"models", "live"}:
        return Side(text)
    if text == "migrations":
        return Side("migrations", migrate.head())
    kind, _, at = text.partition("@")
    if kind == "migrations" and at:
        if at == "head":
            return Side("migrations", migrate.head())
        if at != "base" and at not in migrate.revisions():
            raise migrate.UnknownRevision(revision=at)
        return Side("migrations", at)
    if text.startswith(("postgresql://", "postgres://")):
        return Side("live", text)
    raise InvalidInput(field="--from or --to", reason=f"{text!r} is no side to compare: {_FORMS}")


def diff(dsn: str, start: Side, to: Side) -> Difference:
    """What takes the schema ``start`` to the schema ``to``, by the server of ``dsn``.

    ``dsn`` is an administrator's. A live database of another server lends that server to the
    other side. Raises ``NoShadow``, ``SchemaMissing``, and what connecting does.
    """
    server = next((each.at for each in (to, start) if each.kind == "live" and each.at), dsn)
    with _read(start, dsn, server) as (have, address), _read(to, dsn, server) as (want, _):
        del address
        found = held_against(want, have, None)
    unmendable = [each.object for each in found.findings if not each.sql]
    return Difference(str(start), str(to), found.findings, found.script, unmendable)


@contextlib.contextmanager
def _read(side: Side, dsn: str, server: str) -> Iterator[tuple[Catalogue, str]]:
    from neonhub.ops.drift.catalogue import read
    from neonhub.ops.prepare import connected

    with _database(side, dsn, server) as address, connected(address) as conn:
        if side.kind == "live":
            _require_schema(address)
        yield read(conn), address


@contextlib.contextmanager
def _database(side: Side, dsn: str, server: str) -> Iterator[str]:
    from neonhub.ops import shadow

    if side.kind == "live":
        yield side.at or dsn
    elif side.kind == "models":
        with shadow.modelled(server) as made:
            yield made
    else:
        with shadow.shadow(server, revision=side.at or "head") as made:
            yield made


def _require_schema(dsn: str) -> None:
    from neonhub.ops.migrate import SchemaMissing
    from neonhub.ops.prepare import connected

    with connected(dsn) as conn:
        row = conn.execute("SELECT to_regnamespace('neonhub') IS NULL").fetchone()
        if row == (True,):
            raise SchemaMissing(database=conn.info.dbname)


def pending(dsn: str) -> list[Pending]:
    """The migrations that the database of ``dsn`` lacks, as SQL.

    One that runs online only has no script: what it runs is what it ran in a database beside.
    Raises ``DatabaseAhead``, ``NoShadow``.
    """
    from neonhub.ops import migrate, scripts

    made = []
    for revision in migrate.pending(dsn):
        sql = scripts.kept(revision) or scripts.render(revision)
        made.append(Pending(revision, sql or _as_it_ran(dsn, revision)))
    return made


def _as_it_ran(dsn: str, revision: str) -> str:
    from neonhub.ops import migrate
    from neonhub.ops.lint.watch import watch_revision
    from neonhub.ops.shadow import shadow

    known = migrate.revisions()
    place = known.index(revision)
    with shadow(dsn, revision=known[place - 1] if place else "base") as beside:
        run = watch_revision(beside, revision)
    lines = [f"-- {revision} runs online only: what it ran in an empty database."]
    lines += [f"{each.sql.rstrip().rstrip(';')};" for each in run.seen]
    if run.failure is not None:
        lines.append(f"-- Here it failed: {run.failure[0]}.")
    return "\n".join(lines) + "\n"
