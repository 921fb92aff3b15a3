"""The proof of isolation against a live database: two tenants are made, and one reaches out.

All of it is one transaction that is rolled back, so no row is left whatever happens; numbers of
sequences may be used up. Only rows made here are touched or locked. What cannot be tried without
locking a table (``TRUNCATE``) or without being somebody else is read from the catalogue.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import NeonHubError
from neonhub.ops.isolation import Guarded, faults, guarded_tables, strangers
from neonhub.ops.sample_rows import Row, SampleRows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import psycopg

__all__ = ["Proof", "ProofImpossible", "TableProof", "prove", "prove_by"]

_MAKER = "neonhub_maintenance"
_ROLES = ("neonhub_app", "neonhub_readonly")
_LIMITS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '1min'"
# Tried with one's own tenant set, and with what a pooler leaves behind.
_SETTINGS = ("another tenant", "no tenant")


class ProofImpossible(NeonHubError):
    """Isolation could not be tried: {reason}."""

    hint = "Run it as an administrator of the database (DIRECT_DATABASE_URL), fully migrated."
    exit_code = 2


@dataclass(slots=True)
class TableProof:
    """A table: how much was tried on it, and what got through, a sentence each."""

    name: str
    attempts: int = 0
    holes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Proof:
    """Every guarded table, and what the catalogue says is wrong with the database at large."""

    tables: list[TableProof]
    faults: list[str]

    @property
    def attempts(self) -> int:
        """How much was tried."""
        return sum(each.attempts for each in self.tables)

    @property
    def holes(self) -> list[str]:
        """Everything found, tables first."""
        return [*(hole for each in self.tables for hole in each.holes), *self.faults]


@dataclass(slots=True)
class _Side:
    organization: str
    workspace: str
    user: str
    rows: dict[str, Row]

    def id_of(self, setting: str) -> str:
        return {
            "workspace": self.workspace,
            "organization": self.organization,
            "user": self.user,
        }[setting]


@dataclass(slots=True)
class _Reach:
    """Somebody of ``ours``, in ``role``, reaches for the row of ``theirs`` in ``table``."""

    conn: psycopg.Connection[Any]
    table: Guarded
    named: str
    ours: _Side
    theirs: _Side

    def filled(self, text: str) -> bytes:
        """An attempt as a statement."""
        from psycopg import sql

        column = sql.Identifier(self.table.column)
        filled = sql.SQL(text).format(
            t=sql.Identifier(self.named),
            col=column,
            theirs_at=self._at(self.theirs),
            ours_at=self._at(self.ours),
            theirs=sql.Literal(self.theirs.id_of(self.table.setting)),
            ours=sql.Literal(self.ours.id_of(self.table.setting)),
        )
        return filled.as_bytes(self.conn)

    def insertion(self, skipped: set[str]) -> bytes:
        """The statement that makes their row once more, but for the columns ``skipped``."""
        from psycopg import sql
        from psycopg.types.json import Jsonb

        row = {k: v for k, v in self.theirs.rows[self.table.name].items() if k not in skipped}
        values = [
            Jsonb(v) if isinstance(v, dict | list) and not _texts(v) else v for v in row.values()
        ]
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(self.named),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(map(sql.Literal, values)),
        )
        return statement.as_bytes(self.conn)

    def _at(self, side: _Side) -> Any:
        from psycopg import sql

        row = side.rows[self.table.name]
        keys = dict.fromkeys((*self.table.key, self.table.column))
        parts = [sql.SQL("{} = {}").format(sql.Identifier(k), sql.Literal(row[k])) for k in keys]
        return sql.SQL("({})").format(sql.SQL(" AND ").join(parts))


# A statement that must reach no row. Those that write need the privilege to.
_ATTEMPTS = {
    "reads": "SELECT FROM {t} WHERE {theirs_at}",
    "reads by scanning": "SELECT FROM {t} WHERE {col} IS DISTINCT FROM {ours} LIMIT 1",
    "locks": "SELECT FROM {t} WHERE {theirs_at} FOR UPDATE",
    "updates": "UPDATE {t} SET {col} = {col} WHERE {theirs_at}",
    "deletes": "DELETE FROM {t} WHERE {theirs_at}",
    "takes over": "UPDATE {t} SET {col} = {ours} WHERE {theirs_at}",
    "gives away": "UPDATE {t} SET {col} = {theirs} WHERE {ours_at}",
}
_INSERTS = "inserts for another into"
_BACK = b"ROLLBACK TO SAVEPOINT attempt; RELEASE SAVEPOINT attempt"


def prove(dsn: str) -> Proof:
    """Try everything against the database of ``dsn``; nothing of it stays.

    Raises ``ProofImpossible`` where it cannot be told, and for what PostgreSQL refuses on the way
    the typed error of it.
    """
    import psycopg

    from neonhub.db.errors import translate

    try:
        # At each ROLLBACK psycopg has what it prepared deallocated: there is one an attempt.
        how: dict[str, Any] = {"application_name": "neonhub isolation", "prepare_threshold": None}
        with psycopg.connect(dsn, **how) as conn:
            return prove_by(conn)
    except psycopg.Error as error:
        raise translate(error) from error


def prove_by(conn: psycopg.Connection[Any], *, only: Collection[str] | None = None) -> Proof:
    """The same by an open connection, within its transaction; ``only`` these tables are tried."""
    with conn.transaction(force_rollback=True):
        conn.execute(_LIMITS)
        _must_be_migrated(conn)
        proof = Proof([], [*faults(conn), *strangers(conn)])
        _must_become(conn)
        try:
            _try_tables(conn, proof, only)
        except ProofImpossible as error:
            if not proof.faults:
                raise
            # What is wrong is known: that it kept the rest from being tried is said beside it.
            proof.faults.append(f"Not everything was tried: {error.details['reason']}.")
    return proof


def _try_tables(conn: psycopg.Connection[Any], proof: Proof, only: Collection[str] | None) -> None:
    ours, theirs = _make(conn, "proof a"), _make(conn, "proof b")
    parts = _partitions(conn)
    for table in guarded_tables():
        if only is None or table.name in only:
            proof.tables.append(_try_table(conn, table, parts.get(table.name, []), ours, theirs))


def _must_be_migrated(conn: psycopg.Connection[Any]) -> None:
    from neonhub.ops.migrate import NotMigrated, require_head

    try:
        require_head(conn)
    except NotMigrated as error:
        raise ProofImpossible(reason=str(error).rstrip("."), hint=error.hint) from error


def _must_become(conn: psycopg.Connection[Any]) -> None:
    for role in (_MAKER, *_ROLES):
        try:
            with conn.transaction():
                conn.execute(f"SET LOCAL ROLE {role}".encode())
        except Exception as error:
            first = str(error).splitlines()[0]
            raise ProofImpossible(reason=f"this login may not become {role} ({first})") from error


@contextlib.contextmanager
def _acting(conn: psycopg.Connection[Any], role: str, settings: dict[str, str]) -> Iterator[None]:
    """As ``role`` with these tenants set; all that is written is taken back at the end."""
    with conn.transaction(force_rollback=True):
        _enter(conn, role, settings)
        yield


def _enter(conn: psycopg.Connection[Any], role: str, settings: dict[str, str]) -> None:
    conn.execute(f"SET LOCAL ROLE {role}".encode())
    conn.execute(
        "SELECT set_config('neonhub.workspace_id', %s, true), "
        "set_config('neonhub.organization_id', %s, true), "
        "set_config('neonhub.user_id', %s, true)",
        [settings.get(kind, "") for kind in ("workspace", "organization", "user")],
    )


def _make(conn: psycopg.Connection[Any], mark: str) -> _Side:
    """A tenant with a row in every table, made as the role of maintenance."""
    try:
        with conn.transaction():
            conn.execute(f"SET LOCAL ROLE {_MAKER}".encode())
            maker = SampleRows(conn, mark=mark)
            known = {each.name: each for each in guarded_tables()}
            first = ("users", "organizations", "workspaces")
            for table in (*first, *(each for each in maker.tables if each not in first)):
                if table in known or table in {"users", "connectors"}:
                    maker.insert(table, **_tenant(known.get(table), maker.made))
            conn.execute("RESET ROLE")
    except NeonHubError as error:
        raise ProofImpossible(reason=str(error)) from error
    ids = {
        kind: str(maker.made[f"{kind}s"]["id"]) for kind in ("organization", "workspace", "user")
    }
    return _Side(**ids, rows=maker.made)


def _tenant(table: Guarded | None, made: dict[str, Row]) -> dict[str, str]:
    """The tenant's column, also where it is no reference: an audit log outlives its tenant."""
    if table is None or table.column == "id" or f"{table.setting}s" not in made:
        return {}
    return {table.column: made[f"{table.setting}s"]["id"]}


def _partitions(conn: psycopg.Connection[Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for table, part in conn.execute(
        "SELECT i.inhparent::regclass::text, i.inhrelid::regclass::text FROM pg_inherits i "
        "JOIN pg_class c ON c.oid = i.inhrelid WHERE c.relispartition AND c.relkind = 'r'"
    ):
        found.setdefault(table, []).append(part)
    return found


def _try_table(
    conn: psycopg.Connection[Any], table: Guarded, parts: list[str], ours: _Side, theirs: _Side
) -> TableProof:
    proof = TableProof(table.name)
    _control(conn, table, ours, theirs)
    skipped = _generated(conn, table.name)
    for named in (table.name, *parts):
        reach = _Reach(conn, table, named, ours, theirs)
        statements = {what: reach.filled(text) for what, text in _ATTEMPTS.items()}
        statements[_INSERTS] = reach.insertion(skipped)
        for role in _ROLES:
            for which in _SETTINGS:
                _try_all(proof, reach, statements, role, which)
            _may_not_truncate(proof, reach, role)
    return proof


def _control(conn: psycopg.Connection[Any], table: Guarded, ours: _Side, theirs: _Side) -> None:
    """The row is there for its own tenant: without this, finding nothing would prove nothing."""
    settings = {kind: theirs.id_of(kind) for kind in ("workspace", "organization", "user")}
    reads = _Reach(conn, table, table.name, ours, theirs).filled(_ATTEMPTS["reads"])
    with _acting(conn, "neonhub_app", settings):
        if conn.execute(reads).rowcount != 1:
            raise ProofImpossible(reason=f"a tenant does not find its own row in {table.name}")


def _try_all(
    proof: TableProof, reach: _Reach, statements: dict[str, bytes], role: str, which: str
) -> None:
    settings = {}
    if which == "another tenant":
        settings = {k: reach.ours.id_of(k) for k in ("workspace", "organization", "user")}
    with _acting(reach.conn, role, settings):
        for what, statement in statements.items():
            if what == "gives away" and not settings:
                continue  # without a tenant there is no row of one's own to give
            proof.attempts += 1
            if _got_through(reach.conn, statement, always=what == _INSERTS):
                proof.holes.append(
                    f"{role} {what} a row of another in {reach.named}, with {which} set"
                    if what != _INSERTS
                    else f"{role} {what} {reach.named}, with {which} set"
                )


def _got_through(conn: psycopg.Connection[Any], statement: bytes, *, always: bool) -> bool:
    """Whether it reached a row, or with ``always`` whether it was let; it is taken back.

    All in one round trip, and a second where it is refused.
    """
    import psycopg

    through = False
    try:
        cursor = conn.execute(b"SAVEPOINT attempt; " + statement + b"; " + _BACK)
        cursor.nextset()
        return always or cursor.rowcount > 0
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.FeatureNotSupported):
        pass
    except psycopg.errors.IntegrityError:
        through = True  # refused by a key, which is asked after the policy: it was reached
    except psycopg.DatabaseError as error:
        if error.sqlstate != "NH001":
            raise
        through = True  # refused by the trigger of the row that it found
    conn.execute(_BACK)
    return through


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _generated(conn: psycopg.Connection[Any], table: str) -> set[str]:
    rows = conn.execute(
        "SELECT attname::text FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 "
        "AND (attgenerated <> '' OR attidentity <> '')",
        [table],
    )
    return {row[0] for row in rows}


def _may_not_truncate(proof: TableProof, reach: _Reach, role: str) -> None:
    """Row security does not hold it: only the missing privilege does."""
    proof.attempts += 1
    row = reach.conn.execute(
        "SELECT has_table_privilege(%s, %s, 'TRUNCATE')", [role, reach.named]
    ).fetchone()
    if row is not None and row[0]:
        proof.holes.append(f"{role} may truncate {reach.named}")
