"""Every statement keeps its index under row-level security, on data of size.

Only leakproof operators reach an index past a policy: a look-up by citext or an enumeration that
is fast for the owner reads the whole table as the application role. So each statement is planned
as that role, and no plan may scan a large table from end to end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from neonhub.db import statements
from neonhub.db.ids import deterministic_cuid
from tests.databases import Database, Server
from tests.db.test_statements import query_modules

TENANTS, EACH = 20, 500
LARGE = 1000
WORKSPACE, ORGANIZATION, USER = (
    deterministic_cuid("plans", kind, "1") for kind in ("workspace", "organization", "user")
)

# Made in the database: what is measured is the plan, so that the rows need only be many.
FILL = f"""
CREATE FUNCTION pg_temp.made(kind text, n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN n = 1 AND kind = 'workspace' THEN '{WORKSPACE}'
               WHEN n = 1 AND kind = 'organization' THEN '{ORGANIZATION}'
               WHEN n = 1 AND kind = 'user' THEN '{USER}'
               ELSE 'c' || substr(md5(kind || n), 1, 24) END $$;
SET session_replication_role = replica;
INSERT INTO users (id, email)
SELECT pg_temp.made('user', n), 'u' || n || '@example.com' FROM generate_series(1, 10000) n;
INSERT INTO organizations (id, slug, name)
SELECT pg_temp.made('organization', n), 'o' || n, 'o' FROM generate_series(1, 5000) n;
INSERT INTO workspaces (id, organization_id, slug, name)
SELECT pg_temp.made('workspace', n), pg_temp.made('organization', n), 'w' || n, 'w'
  FROM generate_series(1, 5000) n;
INSERT INTO organization_roles (id, organization_id, name, slug)
SELECT pg_temp.made('role', n * 10 + r), pg_temp.made('organization', n), 'r' || r, 'r' || r
  FROM generate_series(1, 1000) n, generate_series(0, 4) r;
INSERT INTO organization_permissions (id, organization_id, key)
SELECT pg_temp.made('permission', n * 100 + p), pg_temp.made('organization', n), 'a:p' || p
  FROM generate_series(1, 1000) n, generate_series(0, 9) p;
INSERT INTO role_permissions (organization_id, role_id, permission_id)
SELECT pg_temp.made('organization', n), pg_temp.made('role', n * 10 + r),
       pg_temp.made('permission', n * 100 + p)
  FROM generate_series(1, 1000) n, generate_series(0, 4) r, generate_series(0, 4) p;
INSERT INTO organization_members (organization_id, user_id, role_id)
SELECT pg_temp.made('organization', n % 1000 + 1), pg_temp.made('user', n),
       pg_temp.made('role', (n % 1000 + 1) * 10 + n % 5)
  FROM generate_series(1, 10000) n;
INSERT INTO workspace_members (workspace_id, user_id)
SELECT pg_temp.made('workspace', n % 1000 + 1), pg_temp.made('user', n)
  FROM generate_series(1, 10000) n;
INSERT INTO api_keys (organization_id, created_by_id, name, token_hash, prefix)
SELECT pg_temp.made('organization', n % 1000 + 1), pg_temp.made('user', n), 'k', md5('k' || n), 'n'
  FROM generate_series(1, 5000) n;
INSERT INTO invitations (organization_id, email, token_hash, expires_at)
SELECT pg_temp.made('organization', n % 1000 + 1), 'i' || n || '@example.com', md5('i' || n), now()
  FROM generate_series(1, 5000) n;
INSERT INTO user_settings (user_id)
SELECT pg_temp.made('user', n) FROM generate_series(1, 5000) n;
INSERT INTO credentials (user_id, provider, account_id)
SELECT pg_temp.made('user', n), 'google', 'a' || n FROM generate_series(1, 5000) n;
INSERT INTO accounts (user_id, type, provider, provider_account_id)
SELECT pg_temp.made('user', n), 'oauth', 'google', 'a' || n FROM generate_series(1, 5000) n;
INSERT INTO sessions (session_token, user_id, expires)
SELECT md5('s' || n), pg_temp.made('user', n), now() FROM generate_series(1, 5000) n;
INSERT INTO verification_tokens (identifier, token, expires)
SELECT 'i' || n, md5('v' || n), now() FROM generate_series(1, 5000) n;
INSERT INTO embedding_spaces (id, workspace_id, name, provider, model, dimension)
SELECT pg_temp.made('space', n), pg_temp.made('workspace', n), 's', 'p', 'm', 1536
  FROM generate_series(1, 2000) n;
INSERT INTO datasets (id, workspace_id, name, slug, kind, embedding_space_id)
SELECT pg_temp.made('dataset', n * 100 + d), pg_temp.made('workspace', n), 'd', 'd' || d,
       'documents', pg_temp.made('space', n)
  FROM generate_series(1, 200) n, generate_series(1, 10) d;
INSERT INTO documents (id, workspace_id, dataset_id, title, content, source_uri, content_hash)
SELECT pg_temp.made('document', w * 10000 + n), pg_temp.made('workspace', w),
       pg_temp.made('dataset', w * 100 + 1 + n % 3), 't', 'c', 'f' || n, md5('c' || n)
  FROM generate_series(1, {TENANTS}) w, generate_series(1, {EACH}) n;
INSERT INTO document_versions (workspace_id, document_id, version, content, content_hash)
SELECT workspace_id, id, 1, 'c', 'h' FROM documents;
INSERT INTO chunks (workspace_id, dataset_id, document_id, embedding_space_id, idx, text,
                    content_hash)
SELECT d.workspace_id, d.dataset_id, d.id, s.id, i, 'word' || (i * 7919 % 500), md5('x' || i)
  FROM documents d JOIN embedding_spaces s ON s.workspace_id = d.workspace_id,
       generate_series(1, 3) i;
INSERT INTO conversations (id, workspace_id)
SELECT pg_temp.made('conversation', w * 10000 + n), pg_temp.made('workspace', w)
  FROM generate_series(1, {TENANTS}) w, generate_series(1, {EACH}) n;
INSERT INTO messages (workspace_id, conversation_id, role, content_json)
SELECT workspace_id, id, 'user', '{{}}' FROM conversations;
"""

# Full-text search and vectors in functions and casts take values to be planned at all.
SETTINGS = {
    "neonhub.workspace_id": WORKSPACE,
    "neonhub.organization_id": ORGANIZATION,
    "neonhub.user_id": USER,
}


@pytest.fixture(scope="module")
def filled(server: Server) -> Iterator[Database]:
    made = server.clone()
    with made.admin() as conn:
        if conn.info.server_version < 160000:
            server.drop(made.name)
            pytest.skip("EXPLAIN (GENERIC_PLAN) came with PostgreSQL 16")
        conn.execute(FILL)
        conn.execute("VACUUM ANALYZE")
    yield made
    server.drop(made.name)


@pytest.fixture(scope="module")
def large(filled: Database) -> frozenset[str]:
    with filled.admin() as conn:
        rows = conn.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples >= %s", [LARGE]
        ).fetchall()
    return frozenset(str(name) for (name,) in rows)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def all_statements() -> list[tuple[str, str]]:
    return [(m, name) for m in query_modules() for name in statements.statements_of(m)]


def plan_of(conn: psycopg.Connection[Any], sql: str) -> dict[str, Any]:
    with conn.transaction(force_rollback=True):
        for name, value in SETTINGS.items():
            conn.execute("SELECT set_config(%s, %s, true)", [name, value])
        # By psycopg's raw cursor: $1 stands for itself, a parameter without a value.
        cursor = psycopg.RawCursor(conn)
        found = cursor.execute(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {sql}").fetchone()
        assert found is not None
        plan: dict[str, Any] = found[0][0]["Plan"]
        return plan


def scanned(plan: dict[str, Any], large: frozenset[str]) -> set[str]:
    return {
        node["Relation Name"]
        for node in nodes(plan)
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in large
    }


@pytest.mark.parametrize(("module", "name"), all_statements())
def test_no_statement_scans_a_large_table(
    filled: Database, large: frozenset[str], module: str, name: str
) -> None:
    role = "neonhub_auth" if ".auth_queries" in module else "neonhub_app"
    sql = statements.statements_of(module)[name].compiled.sql.decode()
    with filled.connect(role) as conn:
        found = scanned(plan_of(conn, sql), large)
    assert not found, f"{module}.{name} reads all of {', '.join(sorted(found))}"


def test_a_statement_without_an_index_is_noticed(filled: Database, large: frozenset[str]) -> None:
    """The control, by the same look: one table that no policy narrows, and one that it does."""
    assert {"chunks", "documents", "users", "api_keys"} <= large
    with filled.connect() as conn:
        assert scanned(plan_of(conn, "SELECT id FROM users WHERE name = $1"), large) == {"users"}
        narrowed = plan_of(conn, "SELECT id FROM invitations WHERE email = $1::citext")
    # Under row security citext never reaches its index; the tenant's own keeps it from a scan.
    used = {node.get("Index Name") for node in nodes(narrowed)}
    assert "ix_invitations__email" not in used


# Pages go by key: what lies before or beside them must not be read.
PAGES = {
    "document_queries.list_documents": "ix_documents__dataset_id__id",
    "document_queries.list_known_documents": "ix_documents__dataset_id__id",
    "conversation_queries.list_messages": "ix_messages__conversation_id__id",
}


@pytest.mark.parametrize(("name", "index"), PAGES.items())
def test_a_page_is_read_by_its_own_index(filled: Database, name: str, index: str) -> None:
    module, _, statement = name.partition(".")
    made = statements.statements_of(f"neonhub.domains.knowledge.{module}")[statement]
    sql = made.compiled.sql.decode()
    with filled.connect() as conn:
        plan = plan_of(conn, sql)
    assert index in {node.get("Index Name") for node in nodes(plan)}
