"""The tables of the schema ``neonhub``: what was run, and what operations keep beside the models.

They are there before the first migration and after the last was taken back. Two of them hold what
follows from tenants' rows: row security is forced on them, and nobody but maintenance and backups
has any right to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

__all__ = [
    "BOOKS",
    "GUARDED_BOOKS",
    "KEPT_VECTORS_TABLE",
    "LOG_TABLE",
    "OPERATIONS_TABLE",
    "ROLLED_UP_TABLE",
    "VERSION_SCHEMA",
    "VERSION_TABLE",
    "keep_books",
    "make_books",
]

VERSION_SCHEMA = "neonhub"
VERSION_TABLE = "schema_migrations"
LOG_TABLE = "migration_log"
OPERATIONS_TABLE = "operation_log"
ROLLED_UP_TABLE = "rolled_up"
KEPT_VECTORS_TABLE = "kept_vectors"
BOOKS = (VERSION_TABLE, LOG_TABLE, OPERATIONS_TABLE)
GUARDED_BOOKS = (ROLLED_UP_TABLE, KEPT_VECTORS_TABLE)

_READERS = "neonhub_app, neonhub_auth, neonhub_readonly, neonhub_maintenance, neonhub_backup"
_SUMS = f"{VERSION_SCHEMA}.{ROLLED_UP_TABLE}"
_KEPT = f"{VERSION_SCHEMA}.{KEPT_VECTORS_TABLE}"


def _guards(table: str) -> str:
    return f"""
GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO neonhub_maintenance;
GRANT SELECT ON {table} TO neonhub_backup;
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS maintenance ON {table};
CREATE POLICY maintenance ON {table} TO neonhub_maintenance USING (true);
DROP POLICY IF EXISTS backup ON {table};
CREATE POLICY backup ON {table} FOR SELECT TO neonhub_backup USING (true);
"""


# Alembic would make the first with room for 32 characters, and a revision's name is longer.
_BOOKKEEPING = f"""
BEGIN;
CREATE TABLE IF NOT EXISTS {VERSION_SCHEMA}.{VERSION_TABLE} (
    version_num text CONSTRAINT pk_schema_migrations PRIMARY KEY
);
CREATE TABLE IF NOT EXISTS {VERSION_SCHEMA}.{LOG_TABLE} (
    place bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_migration_log PRIMARY KEY,
    revision text NOT NULL,
    forward boolean NOT NULL,
    checksum text NOT NULL,
    ran_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ran_by text NOT NULL DEFAULT session_user
);
CREATE TABLE IF NOT EXISTS {VERSION_SCHEMA}.{OPERATIONS_TABLE} (
    place bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_operation_log PRIMARY KEY,
    operation text NOT NULL,
    state text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{{}}',
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    by text NOT NULL DEFAULT session_user
);
CREATE INDEX IF NOT EXISTS ix_operation_log__operation
    ON {VERSION_SCHEMA}.{OPERATIONS_TABLE} (operation, place);
GRANT SELECT ON {VERSION_SCHEMA}.{VERSION_TABLE}, {VERSION_SCHEMA}.{LOG_TABLE} TO {_READERS};
-- That something was done, and when, is for all; its detail names tenants.
GRANT SELECT (place, operation, state, at) ON {VERSION_SCHEMA}.{OPERATIONS_TABLE} TO {_READERS};
GRANT SELECT ON {VERSION_SCHEMA}.{OPERATIONS_TABLE} TO neonhub_maintenance, neonhub_backup;
GRANT INSERT ON {VERSION_SCHEMA}.{OPERATIONS_TABLE} TO neonhub_maintenance, neonhub_backup;
GRANT SELECT ON {VERSION_SCHEMA}.{LOG_TABLE}_place_seq,
    {VERSION_SCHEMA}.{OPERATIONS_TABLE}_place_seq TO neonhub_backup;
-- What rows that have left came to (`neonhub maintain`).
CREATE TABLE IF NOT EXISTS {_SUMS} (
    rollup text NOT NULL,
    workspace_id text COLLATE "C" NOT NULL,
    key text[] NOT NULL,
    sums numeric[] NOT NULL,
    stale boolean NOT NULL DEFAULT true,
    CONSTRAINT pk_rolled_up PRIMARY KEY (rollup, workspace_id, key)
);
CREATE INDEX IF NOT EXISTS ix_rolled_up__stale
    ON {_SUMS} (rollup) WHERE stale;
-- Vectors that no search goes by: those being made for a space that a workspace moves to, and those
-- of the space that it came from, until they are given up (`neonhub vectors reembed`).
CREATE TABLE IF NOT EXISTS {_KEPT} (
    workspace_id text COLLATE "C" NOT NULL,
    embedding_space_id text COLLATE "C" NOT NULL,
    relation text COLLATE "C" NOT NULL,
    row_id text COLLATE "C" NOT NULL,
    text_hash text NOT NULL,
    embedding vector(1536) NOT NULL,
    CONSTRAINT pk_kept_vectors PRIMARY KEY (workspace_id, embedding_space_id, relation, row_id)
);
ALTER TABLE {_KEPT} ALTER COLUMN embedding SET STORAGE EXTERNAL;
{"".join(_guards(f"{VERSION_SCHEMA}.{name}") for name in GUARDED_BOOKS)}
COMMIT
"""


# What migrations made of the log of operations since; a database that is behind has it not.
_GUARDED_LOG = f"""
REVOKE INSERT ON {VERSION_SCHEMA}.{OPERATIONS_TABLE} FROM neonhub_backup;
GRANT INSERT (operation, state, detail) ON {VERSION_SCHEMA}.{OPERATIONS_TABLE} TO neonhub_backup;
ALTER TABLE {VERSION_SCHEMA}.{OPERATIONS_TABLE} ENABLE ROW LEVEL SECURITY;
CREATE POLICY read ON {VERSION_SCHEMA}.{OPERATIONS_TABLE} FOR SELECT USING (true);
CREATE POLICY maintenance ON {VERSION_SCHEMA}.{OPERATIONS_TABLE}
    FOR INSERT TO neonhub_maintenance WITH CHECK (true);
CREATE POLICY backup ON {VERSION_SCHEMA}.{OPERATIONS_TABLE} FOR INSERT TO neonhub_backup
    WITH CHECK (operation = 'backup' OR operation = 'drill' AND state <> 'good')
"""


def make_books(conn: psycopg.Connection[Any]) -> None:
    """Make these tables as the newest migration leaves them. ``conn`` acts as the owner."""
    conn.execute(_BOOKKEEPING.encode())
    conn.execute(_GUARDED_LOG.encode())


def keep_books(conn: psycopg.Connection[Any]) -> None:
    """Make these tables where one is missing. ``conn`` acts as the owner."""
    names = [f"{VERSION_SCHEMA}.{each}" for each in (*BOOKS, *GUARDED_BOOKS)]
    query = "SELECT count(to_regclass(name)) FROM unnest(%s::text[]) name"
    if conn.execute(query, [names]).fetchone() != (len(names),):
        conn.execute(_BOOKKEEPING.encode())
