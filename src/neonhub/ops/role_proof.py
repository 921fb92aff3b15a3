"""The proof that roles are apart: each tries, on the live database, all that it should not do.

What it should follows from the models: the grants that they declare, and no more. Every attempt
is within one transaction that is rolled back. An attempt that is refused is refused before it
takes a lock; an ``INSERT`` is only explained, which asks for the same right. Whose rows a role
sees is another question, and `neonhub db isolation` answers it.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from neonhub.ops.isolation_proof import ProofImpossible
from neonhub.ops.roles import OWNER, ROLES, SEARCH

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

__all__ = ["RoleProof", "Separation", "prove_roles"]

_LIMITS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '1min'"
_MIGRATE = "neonhub_migrate"
_READ_BY_BACKUP = "neonhub_backup"
_MAY_BECOME = {(OWNER, SEARCH), (_MIGRATE, OWNER), (_MIGRATE, SEARCH)}
_ABOVE_ALL = ("pg_read_all_data", "pg_write_all_data", "pg_execute_server_program")
# What nobody may; then what the owner alone may.
_NOBODY = {
    "makes itself a superuser": "ALTER ROLE {role} SUPERUSER",
    "makes itself pass row security": "ALTER ROLE {role} BYPASSRLS",
    "makes a role": "CREATE ROLE neonhub_proof",
    "changes another role": "ALTER ROLE {other} CONNECTION LIMIT 5",
    "reads the verifiers of passwords": "SELECT rolpassword FROM pg_authid LIMIT 1",
    "reads a file of the server": "CREATE TEMP TABLE neonhub_proof (line text); "
    "COPY neonhub_proof FROM 'PG_VERSION'",
    "reads a file by a function": "SELECT pg_read_file('PG_VERSION')",
    "runs a program on the server": "COPY (SELECT 1) TO PROGRAM 'true'",
    "switches triggers off": "SELECT set_config('session_replication_role', 'replica', true)",
    "reads past the policies": "SET LOCAL row_security = off; SELECT FROM people LIMIT 1",
}
_OWNER_ONLY = {
    "makes a table": "CREATE TABLE public.neonhub_proof ()",
    "makes a schema": "CREATE SCHEMA neonhub_proof",
    "makes a function": "CREATE FUNCTION neonhub.neonhub_proof() RETURNS int LANGUAGE sql "
    "AS 'SELECT 1'",
    "switches row security off": "ALTER TABLE people DISABLE ROW LEVEL SECURITY",
    "drops a policy": "DROP POLICY tenant ON people",
    "drops a table": "DROP TABLE team_members",
    "takes a table over": "ALTER TABLE team_members OWNER TO {role}",
    "changes the log of migrations": "UPDATE neonhub.migration_log SET checksum = '' WHERE false",
    "clears the log of operations": "DELETE FROM neonhub.operation_log WHERE false",
}
_ON_TABLES = {
    "SELECT": "SELECT FROM {t} LIMIT 0",
    "INSERT": "EXPLAIN INSERT INTO {t} DEFAULT VALUES",
    "UPDATE": "UPDATE {t} SET {c} = DEFAULT WHERE false",
    "DELETE": "DELETE FROM {t} WHERE false",
}
_ON_COLUMNS = {
    "SELECT": "SELECT {c} FROM {t} LIMIT 0",
    "INSERT": "EXPLAIN INSERT INTO {t} ({c}) VALUES (DEFAULT)",
    "UPDATE": _ON_TABLES["UPDATE"],
}
_LIVE = """
SELECT c.relname::text, c.relispartition,
       ARRAY(SELECT a.attname::text FROM pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY attnum)
  FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1
"""
_CALLABLE = """
SELECT p.proname::text FROM pg_proc p
 WHERE p.pronamespace = 'neonhub'::regnamespace AND has_function_privilege(%s, p.oid, 'EXECUTE')
"""
_TRUNCATABLE = """
SELECT name FROM unnest(%s::text[]) AS name
 WHERE has_table_privilege(('public.' || quote_ident(name))::regclass, 'TRUNCATE')
"""
# What gets through, or fails for a reason that is asked after the right to it, is a 1.
_RUN = """
DO $proof$
DECLARE
    attempt text;
    said text := '';
BEGIN
    FOR attempt IN SELECT json_array_elements_text(current_setting('proof.tries')::json) LOOP
        BEGIN
            EXECUTE attempt;
            RAISE EXCEPTION 'it got through, and is taken back';
        EXCEPTION
            WHEN insufficient_privilege THEN said := said || '0';
            WHEN OTHERS THEN said := said || '1';
        END;
    END LOOP;
    PERFORM set_config('proof.said', said, true);
END
$proof$
"""


@dataclass(slots=True)
class RoleProof:
    """A role: how much it tried, what got through, and what it may not though it should.

    ``untried`` says why nothing was: the login that proves may not become it.
    """

    role: str
    attempts: int = 0
    holes: list[str] = field(default_factory=list)
    lacks: list[str] = field(default_factory=list)
    untried: str | None = None


@dataclass(slots=True)
class Separation:
    """Every role's proof, and what the catalogue says of memberships, rights and settings."""

    roles: list[RoleProof]
    faults: list[str]

    @property
    def attempts(self) -> int:
        """How much was tried."""
        return sum(each.attempts for each in self.roles)

    @property
    def broken(self) -> list[str]:
        """Everything found, a sentence each."""
        found = [f"{each.role} {hole}" for each in self.roles for hole in each.holes]
        found += [f"{each.role} may not {lack}" for each in self.roles for lack in each.lacks]
        return [*found, *self.faults]

    @property
    def untried(self) -> list[str]:
        """The roles that could not be tried."""
        return [each.role for each in self.roles if each.untried]


@dataclass(frozen=True, slots=True)
class _Declared:
    """What the models grant a role: whole tables, and columns, by verb; functions."""

    tables: dict[tuple[str, str], set[str]]
    columns: dict[tuple[str, str, str], set[str]]
    functions: dict[str, tuple[str, ...]]


def prove_roles(dsn: str) -> Separation:
    """Let each role of the database of ``dsn`` try; nothing of it stays.

    Raises ``ProofImpossible`` where the database is not fully migrated.
    """
    from neonhub.ops.isolation_rights import rights
    from neonhub.ops.migrate import NotMigrated, require_head
    from neonhub.ops.prepare import connected

    with connected(dsn) as conn, conn.transaction(force_rollback=True):
        conn.execute(_LIMITS)
        try:
            require_head(conn)
        except NotMigrated as error:
            raise ProofImpossible(reason=str(error).rstrip("."), hint=error.hint) from error
        declared = _declared()
        live = conn.execute(_LIVE).fetchall()
        found = Separation([], rights(conn))
        found.roles = [_prove(conn, role, declared, live) for role in ROLES]
        return found


def _declared() -> _Declared:
    from neonhub.db.policies import Grant
    from neonhub.schema import entities, functions

    made = _Declared({}, {}, {each.name: each.execute for each in functions()})
    for each in entities():
        if not isinstance(each, Grant):
            continue
        if each.columns:
            for verb in each.privileges:
                key = each.role, each.table, verb
                made.columns.setdefault(key, set()).update(each.columns)
        else:
            made.tables.setdefault((each.role, each.table), set()).update(each.privileges)
    return made


@dataclass(frozen=True, slots=True)
class _Try:
    """A statement, and what is wrong if it gets through (``hole``) or is refused (``lack``)."""

    sql: str
    hole: str | None = None
    lack: str | None = None


def _prove(
    conn: psycopg.Connection[Any], role: str, declared: _Declared, live: list[Any]
) -> RoleProof:
    import psycopg

    proof = RoleProof(role)
    tries = list(_powers(role))
    if role != OWNER:
        for table, is_partition, columns in live:
            may = declared.tables.get((role, table), set())
            if is_partition:
                may = {"SELECT"} if role == _READ_BY_BACKUP else set()
            tries += _on_table(role, table, columns, may, declared)
    try:
        with _as(conn, role) as wholly:
            tries += _becoming(role) if wholly else []
            _run(conn, proof, tries)
            if not wholly:
                _look_at_memberships(conn, proof)
            if role != OWNER:
                _look_at_rights(conn, proof, declared, [each[0] for each in live])
    except psycopg.errors.InsufficientPrivilege as error:
        proof.untried = error.diag.message_primary or "this login may not become it"
    return proof


@contextlib.contextmanager
def _as(conn: psycopg.Connection[Any], role: str) -> Iterator[bool]:
    """Act as ``role``. Yields whether wholly: only a superuser's session can be another's, so
    that what it may become is told by trying too."""
    with conn.transaction(force_rollback=True):
        row = conn.execute("SELECT rolsuper FROM pg_roles WHERE rolname = session_user").fetchone()
        wholly = row == (True,)
        way = "SESSION AUTHORIZATION" if wholly else "ROLE"
        conn.execute(f"SET LOCAL {way} {role}".encode())
        yield wholly


def _run(conn: psycopg.Connection[Any], proof: RoleProof, tries: list[_Try]) -> None:
    """All in one statement: each try is rolled back by itself, whether it got through or not."""
    import json

    texts = json.dumps([each.sql for each in tries])
    conn.execute("SELECT set_config('proof.tries', %s, true)", [texts])
    conn.execute(_RUN.encode())
    row = conn.execute("SELECT current_setting('proof.said')").fetchone()
    for each, said in zip(tries, row[0] if row else "", strict=True):
        proof.attempts += 1
        if said == "1" and each.hole:
            proof.holes.append(each.hole)
        elif said == "0" and each.lack:
            proof.lacks.append(each.lack)


def _powers(role: str) -> Iterator[_Try]:
    other = "neonhub_app" if role != "neonhub_app" else "neonhub_auth"
    for what, text in (_NOBODY | ({} if role == OWNER else _OWNER_ONLY)).items():
        yield _Try(text.replace("{role}", role).replace("{other}", other), what)


def _strangers_to(role: str) -> list[str]:
    """Those that ``role`` may not become."""
    return [r for r in (*ROLES, *_ABOVE_ALL) if r != role and (role, r) not in _MAY_BECOME]


def _becoming(role: str) -> list[_Try]:
    return [_Try(f"SET LOCAL ROLE {each}", f"becomes {each}") for each in _strangers_to(role)]


def _look_at_memberships(conn: psycopg.Connection[Any], proof: RoleProof) -> None:
    for each in _strangers_to(proof.role):
        proof.attempts += 1
        row = conn.execute("SELECT pg_has_role(%s, %s, 'MEMBER')", [proof.role, each]).fetchone()
        if row == (True,):
            proof.holes.append(f"becomes {each}")


def _on_table(
    role: str, table: str, columns: list[str], may: set[str], declared: _Declared
) -> Iterator[_Try]:
    for verb, text in _ON_TABLES.items():
        some = declared.columns.get((role, table, verb), set())
        if verb in may:
            yield _Try(_filled(text, table, columns[0]), lack=f"{verb} {table}")
        elif not some:
            yield _Try(_filled(text, table, columns[0]), f"has {verb} on {table}")
        else:
            for column in columns:
                said = f"{table}.{column}"
                hole = None if column in some else f"has {verb} on {said}"
                lack = f"{verb} {said}" if column in some else None
                yield _Try(_filled(_ON_COLUMNS[verb], table, column), hole, lack)


def _filled(text: str, table: str, column: str) -> str:
    return text.replace("{t}", f"public.{_quoted(table)}").replace("{c}", _quoted(column))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _look_at_rights(
    conn: psycopg.Connection[Any], proof: RoleProof, declared: _Declared, tables: list[str]
) -> None:
    """By the catalogue: to truncate would shut everybody out for that moment if it got through,
    and to call a function needs arguments and does what it does."""
    proof.attempts += len(tables) + len(declared.functions)
    proof.holes += [f"has TRUNCATE on {table}" for (table,) in conn.execute(_TRUNCATABLE, [tables])]
    callable_ = {row[0] for row in conn.execute(_CALLABLE, [proof.role])}
    for name, execute in declared.functions.items():
        may = "public" in execute or proof.role in execute
        if name in callable_ and not may and proof.role != _owner_of(name):
            proof.holes.append(f"calls neonhub.{name}")
        elif may and name not in callable_:
            proof.lacks.append(f"call neonhub.{name}")


def _owner_of(name: str) -> str:
    from neonhub.schema import functions

    return next(each.owner for each in functions() if each.name == name)
