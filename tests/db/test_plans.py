"""Every statement keeps its index under row-level security, on data of size.

Only leakproof operators reach an index past a policy: a look-up by citext or an enumeration that
is fast for the owner reads the whole table as the application role. So each statement is planned
as that role, and no plan may scan a large table from end to end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from neonhub.db import statements
from tests.databases import Database, Server
from tests.db.plan_rows import FILL, LARGE, ORGANIZATION, OWN_IDS, QUICK_IDS, USER, WORKSPACE
from tests.db.test_statements import query_modules

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
        own = conn.execute(OWN_IDS).fetchone()
        assert own is not None
        conn.execute(QUICK_IDS)
        conn.execute(FILL)
        conn.execute(str(own[0]).encode())
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


# Fewer rows of a tenant than this are read as fast by the tenant's index as by any other.
CROWD = 80


@pytest.fixture(scope="module")
def crowded(filled: Database) -> frozenset[str]:
    """Tables of which a tenant holds many rows, in the planner's own reckoning."""
    query = """
        SELECT c.relname
          FROM pg_class c
          JOIN pg_stats s ON s.schemaname = 'public' AND s.tablename = c.relname
           AND s.attname = CASE c.relname WHEN 'workspaces' THEN 'organization_id' ELSE %s END
         WHERE c.relkind = 'r' AND s.n_distinct <> 0
           AND c.reltuples / CASE WHEN s.n_distinct > 0 THEN s.n_distinct
                                  ELSE -s.n_distinct * c.reltuples END >= %s
    """
    with filled.admin() as conn:
        rows = [
            *conn.execute(query, ["workspace_id", CROWD]).fetchall(),
            *conn.execute(query, ["organization_id", CROWD]).fetchall(),
        ]
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
    """Large tables that are read from end to end."""
    return {
        node["Relation Name"]
        for node in nodes(plan)
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in large
    }


# A condition on the tenant's column alone; a join brings it in without the setting.
OF_TENANT = re.compile(r"\(*(\w+\.)?(workspace_id|organization_id) = [^()]*(\([^()]*\))?[^()]*\)*")


# What hands on a row as soon as it has one: a limit above ends what is below.
STREAMS = {"Index Scan", "Index Only Scan", "Nested Loop", "LockRows", "Result", "Subquery Scan"}
# What the planner reckons for an index scan that finds its few rows is 3 or so.
DEAR = 40


def gone_through(plan: dict[str, Any], crowded: frozenset[str]) -> set[str]:
    """Crowded tables of which the tenant's rows are read, all or a crowd of them.

    Whoever asks for a page in the index's own order stops early: what is read then is taken.
    """
    found = set()
    tables = _tables_of_bitmaps(plan)
    stack = [(plan, False)]
    while stack:
        node, paged = stack.pop()
        paged = node["Node Type"] == "Limit" or (paged and node["Node Type"] in STREAMS)
        stack += [(below, paged) for below in node.get("Plans", ())]
        table = node.get("Relation Name") or tables.get(id(node), "")
        if "Index Cond" not in node or table not in crowded or (paged and _takes_all(node)):
            continue
        conditions = re.split(r"\) AND \(", node["Index Cond"])
        if all(OF_TENANT.fullmatch(each) for each in conditions) or node["Total Cost"] >= DEAR:
            found.add(table)
    return found


def _takes_all(node: dict[str, Any]) -> bool:
    """Whether what is read is taken, but for the deleted."""
    return bool(node.get("Filter", "(deleted_at IS NULL)") == "(deleted_at IS NULL)")


def _tables_of_bitmaps(plan: dict[str, Any]) -> dict[int, str]:
    """The table of each bitmap index scan: its plan names the index alone."""
    made: dict[int, str] = {}
    for node in nodes(plan):
        if node["Node Type"] == "Bitmap Heap Scan":
            made |= {id(below): node["Relation Name"] for below in nodes(node)}
    return made


def sql_of(module: str, name: str) -> str:
    return statements.statements_of(module)[name].compiled.sql.decode()


def explained(database: Database, module: str, name: str) -> dict[str, Any]:
    role = "neonhub_auth" if ".auth_queries" in module else "neonhub_app"
    with database.connect(role) as conn:
        return plan_of(conn, sql_of(module, name))


@pytest.mark.parametrize(("module", "name"), all_statements())
def test_no_statement_scans_a_large_table(
    filled: Database, large: frozenset[str], module: str, name: str
) -> None:
    found = scanned(explained(filled, module, name), large)
    assert not found, f"{module}.{name} reads all of {', '.join(sorted(found))}"


# Those that read a crowded table of one tenant as a whole, and why they may.
WHOLE_TENANT = {
    "list_conversations": "backwards by key, up to a page: what is after the cursor is passed over",
    "find_api_keys": "by prefix or name, among the organization's own keys",
    "revoke_invitations_to": "an address in any letters, once a person joins",
    "list_workspace_ids": "every workspace is what is asked for",
    "delete_workspaces": "and what is deleted",
}


@pytest.mark.parametrize(("module", "name"), all_statements())
def test_no_statement_goes_through_a_whole_tenant(
    filled: Database, crowded: frozenset[str], module: str, name: str
) -> None:
    found = gone_through(explained(filled, module, name), crowded)
    if name in WHOLE_TENANT:
        assert found, f"{name} is told apart for nothing"
        return
    assert not found, f"{module}.{name} reads all of the tenant's {', '.join(sorted(found))}"


def test_whatever_is_read_is_of_size(filled: Database, large: frozenset[str]) -> None:
    """On a small table every plan is a good one: a table that a statement reads is filled."""
    small: dict[str, set[str]] = {}
    for module, name in all_statements():
        for node in nodes(explained(filled, module, name)):
            table = node.get("Relation Name")
            if table and table not in large:
                small.setdefault(table, set()).add(name)
    assert not small


def drop(conn: psycopg.Connection[Any], name: str) -> None:
    """Drop an index, with the constraint that it serves and what hangs on that."""
    constrained = conn.execute(
        "SELECT conrelid::regclass::text FROM pg_constraint "
        "WHERE conindid = to_regclass(%s) AND contype IN ('p', 'u')",
        [name],
    ).fetchone()
    if constrained:
        conn.execute(f"ALTER TABLE {constrained[0]} DROP CONSTRAINT {name} CASCADE".encode())
    else:
        conn.execute(f"DROP INDEX {name}".encode())


# An index that goes, and the statement that is seen to have lost it.
LOST = [
    ("agents.queries", "find_agent", "ux_agents__slug"),
    ("agents.queries", "list_runs", "ix_agent_runs__agent_id__started_at"),
    ("agents.queries", "list_runs", "ix_tool_executions__agent_run_id__started_at"),
    (
        "campaigns.queries",
        "get_performance",
        "ux_marketing_campaign_performance__campaign_id__date__channel",
    ),
    ("people.queries", "find_person", "ix_person_identities__type__value_folded"),
    ("people.queries", "find_person", "ix_person_consents__person_id__channel"),
    ("knowledge.document_queries", "list_documents", "ix_documents__dataset_id__id"),
    ("tenancy.member_queries", "list_members", "ix_organization_members__id"),
]


@pytest.mark.parametrize(("module", "name", "index"), LOST)
def test_an_index_that_is_dropped_is_noticed(
    filled: Database,
    large: frozenset[str],
    crowded: frozenset[str],
    module: str,
    name: str,
    index: str,
) -> None:
    sql = sql_of(f"neonhub.domains.{module}", name)
    with filled.admin() as conn, conn.transaction(force_rollback=True):
        conn.execute("SET LOCAL ROLE neonhub_app")
        before = plan_of(conn, sql)
        conn.execute("RESET ROLE")
        drop(conn, index)
        conn.execute("SET LOCAL ROLE neonhub_app")
        plan = plan_of(conn, sql)
    assert index in {node.get("Index Name") for node in nodes(before)}
    assert scanned(plan, large) | gone_through(plan, crowded)


def test_a_statement_without_an_index_is_noticed(
    filled: Database, large: frozenset[str], crowded: frozenset[str]
) -> None:
    """The control, by the same look: one table that no policy narrows, and two that it does."""
    with filled.connect() as conn:
        assert scanned(plan_of(conn, "SELECT id FROM users WHERE name = $1"), large) == {"users"}
        narrowed = plan_of(conn, "SELECT id FROM invitations WHERE email = $1::citext")
        identities = "SELECT id FROM person_identities WHERE workspace_id = $1 AND type = $2 AND "
        by_citext = plan_of(conn, f"{identities} value = $3")
        # So does a function that is not leakproof, beside a column that has its index.
        by_function = plan_of(
            conn,
            "SELECT i.id FROM unnest($2::text[]) v JOIN person_identities i "
            "ON i.workspace_id = $1 AND i.type = 'email' AND i.value_folded = lower(v)",
        )
    assert gone_through(by_citext, crowded) == {"person_identities"}
    assert gone_through(by_function, crowded) == {"person_identities"}
    # Under row security citext never reaches its index; the tenant's own keeps it from a scan.
    used = {node.get("Index Name") for node in nodes(narrowed)}
    assert "ix_invitations__email" not in used
    assert gone_through(narrowed, crowded) == {"invitations"}


# Pages go by key: what lies before or beside them is not read. (Vectors: test_nearest.py.)
OWN_INDEX = {
    "knowledge.document_queries.list_documents": "ix_documents__dataset_id__id",
    "knowledge.document_queries.list_known_documents": "ix_documents__dataset_id__id",
    "knowledge.conversation_queries.list_messages": "ix_messages__conversation_id__id",
    "tenancy.access_queries.list_api_keys": "ix_api_keys__id",
    "tenancy.access_queries.list_invitations": "ix_invitations__id",
    "tenancy.queries.list_workspaces": "ux_workspaces__id",
}


@pytest.mark.parametrize(("name", "index"), OWN_INDEX.items())
def test_what_has_an_index_of_its_own_is_read_by_it(
    filled: Database, name: str, index: str
) -> None:
    module, _, statement = name.rpartition(".")
    plan = explained(filled, f"neonhub.domains.{module}", statement)
    assert index in {node.get("Index Name") for node in nodes(plan)}


# What a function asks is planned within it, anew for each tenant.
@pytest.mark.parametrize(("function", "index"), [
    ("search_chunks_by_vector", "chunks_embedding_cosine_idx"),
    ("search_brand_voice_embeddings_by_vector", "brand_voice_embeddings_embedding_cosine_idx"),
])  # fmt: skip
def test_a_function_that_searches_by_vector_scans_the_signs_alone(
    filled: Database, function: str, index: str
) -> None:
    logged: list[str] = []
    with filled.admin() as conn:
        try:
            conn.execute("LOAD 'auto_explain'")
        except psycopg.Error:
            pytest.skip("the server has no auto_explain")
        conn.add_notice_handler(lambda said: logged.append(str(said.message_primary)))
        for name, value in {
            **SETTINGS,
            "auto_explain.log_min_duration": "0",
            "auto_explain.log_nested_statements": "on",
            "client_min_messages": "log",
        }.items():
            conn.execute("SELECT set_config(%s, %s, false)", [name, value])
        space = conn.execute(
            "SELECT id FROM embedding_spaces WHERE workspace_id = %s LIMIT 1", [WORKSPACE]
        ).fetchone()
        assert space is not None
        conn.execute("SET ROLE neonhub_app")
        filter = "NULL, " if "chunks" in function else ""  # noqa: A001
        conn.execute(
            f"SELECT neonhub.{function}(%s, NULL, array_fill(0.5::real, ARRAY[1536])::vector, "
            f"{filter}200, 10)".encode(),
            [space[0]],
        )
    plans = [text for text in logged if "embedding_bits <~>" in text]
    assert len(plans) == 1 and f"Index Only Scan using {index}" in plans[0]
