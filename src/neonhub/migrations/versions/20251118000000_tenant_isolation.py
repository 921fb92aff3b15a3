"""Tenant isolation: row security, policies, grants, and the look-ups and searches beside them."""

# The operations on policies, grants and functions are added to op at run time.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

from alembic import op

from neonhub.db.policies import Entity, Function, Grant, Policy, RowSecurity

revision = "20251118000000_tenant_isolation"
down_revision = "20251117000000_v3_data_model"
branch_labels = None
depends_on = None

ROWS = ("DELETE", "INSERT", "SELECT", "UPDATE")
ADD_ONLY = ("INSERT", "SELECT")
READ = ("SELECT",)
# The column that holds the tenant, and which tenant that is.
SCOPED: dict[tuple[str, str], tuple[str, ...]] = {
    ("organization_id", "organization"): (
        "api_keys",
        "invitations",
        "organization_members",
        "organization_permissions",
        "organization_roles",
        "role_permissions",
        "team_members",
        "workspaces",
        "invoices",
        "subscriptions",
        "usage_records",
        "audit_logs",
    ),
    ("id", "organization"): ("organizations",),
    ("workspace_id", "workspace"): (
        "workspace_members",
        "brand_assets",
        "brand_voice_embeddings",
        "brand_voice_guides",
        "brand_voices",
        "brands",
        "embedding_spaces",
        "agent_capabilities",
        "agent_configs",
        "agent_jobs",
        "agent_memories",
        "agent_metrics",
        "agent_run_metrics",
        "agent_runs",
        "agents",
        "inference_endpoints",
        "model_versions",
        "run_steps",
        "tool_executions",
        "tools",
        "training_jobs",
        "chunks",
        "conversations",
        "datasets",
        "document_versions",
        "documents",
        "messages",
        "events",
        "mem_embeddings",
        "people",
        "person_consents",
        "person_identities",
        "person_notes",
        "person_objectives",
        "person_topics",
        "content",
        "content_analyses",
        "content_drafts",
        "content_versions",
        "editorial_calendar",
        "personas",
        "snippet_library",
        "internal_links",
        "keyword_clusters",
        "keyword_research",
        "keywords",
        "link_graph",
        "seo_metrics",
        "ab_tests",
        "campaign_metrics",
        "campaigns",
        "email_sequences",
        "marketing_campaign_performance",
        "marketing_campaigns",
        "marketing_leads",
        "marketing_metrics",
        "marketing_touchpoints",
        "social_posts",
        "action_configs",
        "connector_auths",
        "connector_instances",
        "oauth_tokens",
        "trigger_configs",
        "budget_allocations",
        "budget_ledger",
        "budget_profiles",
        "budget_transactions",
        "budgets",
        "payments",
        "payouts",
        "feedback",
        "tasks",
        "analytics_summaries",
        "metric_events",
    ),
}
SEARCHED = (
    "api_keys",
    "invitations",
    "organization_members",
    "organization_permissions",
    "organization_roles",
    "organizations",
    "role_permissions",
    "workspace_members",
    "workspaces",
    "embedding_spaces",
    "chunks",
    "datasets",
    "documents",
    "people",
)
APPEND_ONLY = (
    "person_consents",
    "content_versions",
    "budget_ledger",
    "budget_transactions",
    "audit_logs",
)
# What the read-only role sees of a table of which it does not see everything.
READONLY_COLUMNS: dict[str, tuple[str, ...]] = {
    "api_keys": (
        "created_at",
        "created_by_id",
        "expires_at",
        "id",
        "last_used_at",
        "name",
        "organization_id",
        "prefix",
        "revoked_at",
        "scopes",
        "workspace_id",
    ),
    "invitations": (
        "accepted_at",
        "created_at",
        "email",
        "expires_at",
        "id",
        "invited_by_id",
        "organization_id",
        "role_id",
        "status",
        "updated_at",
        "workspace_id",
    ),
    "connector_auths": (
        "account_id",
        "account_name",
        "connector_id",
        "connector_kind",
        "created_at",
        "expires_at",
        "id",
        "last_error",
        "last_used_at",
        "metadata",
        "scope",
        "scopes",
        "status",
        "token_type",
        "updated_at",
        "user_id",
        "workspace_id",
    ),
    "oauth_tokens": (
        "account_id",
        "connector_auth_id",
        "created_at",
        "expires_at",
        "id",
        "last_refreshed_at",
        "provider",
        "scope",
        "status",
        "token_type",
        "updated_at",
        "workspace_id",
    ),
}
GLOBAL: tuple[Entity, ...] = (
    Grant("accounts", "neonhub_auth", ROWS),
    Grant("accounts", "neonhub_maintenance", ROWS),
    Grant("accounts", "neonhub_backup", READ),
    Grant("sessions", "neonhub_auth", ROWS),
    Grant("sessions", "neonhub_maintenance", ROWS),
    Grant("sessions", "neonhub_backup", READ),
    Grant("users", "neonhub_app", ("INSERT",), columns=("email", "id", "name")),
    Grant("users", "neonhub_app", READ, columns=("created_at", "email", "id", "image", "name")),
    Grant("users", "neonhub_auth", ROWS),
    Grant("users", "neonhub_maintenance", ROWS),
    Grant("users", "neonhub_backup", READ),
    Grant("users", "neonhub_readonly", READ, columns=("id", "name")),
    Grant("users", "neonhub_search", READ),
    Grant("verification_tokens", "neonhub_auth", ROWS),
    Grant("verification_tokens", "neonhub_maintenance", ROWS),
    Grant("verification_tokens", "neonhub_backup", READ),
    Grant("connectors", "neonhub_app", READ),
    Grant("connectors", "neonhub_maintenance", ROWS),
    Grant("connectors", "neonhub_backup", READ),
    Grant("connectors", "neonhub_readonly", READ),
    # A dump reads where each sequence stands.
    Grant("budget_ledger_seq_seq", "neonhub_backup", READ),
)
PERSONAL = ("credentials", "user_settings")
FUNCTIONS = (
    Function(
        name="current_workspace",
        arguments="",
        returns="text",
        body=" SELECT NULLIF(current_setting('neonhub.workspace_id', true), '') ",
    ),
    Function(
        name="current_organization",
        arguments="",
        returns="text",
        body=" SELECT NULLIF(current_setting('neonhub.organization_id', true), '') ",
    ),
    Function(
        name="current_user_id",
        arguments="",
        returns="text",
        body=" SELECT NULLIF(current_setting('neonhub.user_id', true), '') ",
    ),
    Function(
        name="find_workspace",
        arguments="ref text",
        returns="TABLE(workspace_id text, organization_id text, slug text, name text)",
        body="""
SELECT w.id, w.organization_id, w.slug, w.name
  FROM workspaces w
  JOIN organizations o ON o.id = w.organization_id AND o.deleted_at IS NULL
 WHERE w.deleted_at IS NULL
   AND w.id = (SELECT id FROM workspaces WHERE id = ref
               UNION ALL
               SELECT id FROM workspaces WHERE slug = ref AND deleted_at IS NULL
               LIMIT 1)
   AND (neonhub.current_user_id() IS NULL
        OR w.id IN (SELECT reach.workspace_id FROM (
    SELECT m.workspace_id, m.role
      FROM workspace_members m
     WHERE m.user_id = neonhub.current_user_id() AND m.status = 'active'
    UNION ALL
    SELECT w.id, r.slug
      FROM organization_members om
      JOIN organization_roles r ON r.id = om.role_id AND r.slug IN ('owner', 'admin')
      JOIN workspaces w ON w.organization_id = om.organization_id
     WHERE om.user_id = neonhub.current_user_id() AND om.status = 'active'
) AS reach))
""",
        security_definer=True,
        owner="neonhub_search",
        execute=("neonhub_app", "neonhub_readonly", "neonhub_maintenance"),
        settings=("search_path TO 'public', 'pg_temp'",),
        rows=1,
    ),
    Function(
        name="find_organization",
        arguments="ref text",
        returns="TABLE(organization_id text, slug text, name text)",
        body="""
SELECT o.id, o.slug, o.name
  FROM organizations o
 WHERE o.deleted_at IS NULL
   AND o.id = (SELECT id FROM organizations WHERE id = ref
               UNION ALL
               SELECT id FROM organizations WHERE slug = ref AND deleted_at IS NULL
               LIMIT 1)
   AND (neonhub.current_user_id() IS NULL
        OR EXISTS (SELECT FROM organization_members m
                    WHERE m.organization_id = o.id AND m.status = 'active'
                      AND m.user_id = neonhub.current_user_id()))
""",
        security_definer=True,
        owner="neonhub_search",
        execute=("neonhub_app", "neonhub_readonly", "neonhub_maintenance"),
        settings=("search_path TO 'public', 'pg_temp'",),
        rows=1,
    ),
    Function(
        name="workspaces_of_user",
        arguments="",
        returns=("TABLE(workspace_id text, organization_id text, slug text, name text, role text)"),
        body="""
SELECT DISTINCT ON (w.id) w.id, w.organization_id, w.slug, w.name, reach.role
  FROM (
    SELECT m.workspace_id, m.role
      FROM workspace_members m
     WHERE m.user_id = neonhub.current_user_id() AND m.status = 'active'
    UNION ALL
    SELECT w.id, r.slug
      FROM organization_members om
      JOIN organization_roles r ON r.id = om.role_id AND r.slug IN ('owner', 'admin')
      JOIN workspaces w ON w.organization_id = om.organization_id
     WHERE om.user_id = neonhub.current_user_id() AND om.status = 'active'
) AS reach
  JOIN workspaces w ON w.id = reach.workspace_id AND w.deleted_at IS NULL
  JOIN organizations o ON o.id = w.organization_id AND o.deleted_at IS NULL
 ORDER BY w.id, array_position(ARRAY['owner', 'admin'], reach.role)
""",
        security_definer=True,
        owner="neonhub_search",
        execute=("neonhub_app", "neonhub_readonly", "neonhub_maintenance"),
        settings=("search_path TO 'public', 'pg_temp'",),
        rows=1,
    ),
    Function(
        name="find_api_key",
        arguments="hash text",
        returns=(
            "TABLE(id text, organization_id text, workspace_id text, "
            "created_by_id text, scopes text[], status text)"
        ),
        body="""
SELECT k.id, k.organization_id, k.workspace_id, k.created_by_id, k.scopes,
       CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked'
            WHEN k.expires_at <= now() THEN 'expired'
            WHEN o.deleted_at IS NOT NULL THEN 'revoked'
            ELSE 'active' END
  FROM api_keys k
  JOIN organizations o ON o.id = k.organization_id
 WHERE k.token_hash = hash
""",
        security_definer=True,
        owner="neonhub_search",
        execute=("neonhub_app", "neonhub_readonly", "neonhub_maintenance"),
        settings=("search_path TO 'public', 'pg_temp'",),
        rows=1,
    ),
    Function(
        name="find_invitation",
        arguments="hash text",
        returns=(
            "TABLE(id text, organization_id text, workspace_id text, email text, "
            "role_id text, status text)"
        ),
        body="""
SELECT i.id, i.organization_id, i.workspace_id, i.email::text, i.role_id,
       CASE WHEN i.status = 'pending' AND i.expires_at <= now() THEN 'expired'
            ELSE i.status::text END
  FROM invitations i
  JOIN organizations o ON o.id = i.organization_id AND o.deleted_at IS NULL
 WHERE i.token_hash = hash
""",
        security_definer=True,
        owner="neonhub_search",
        execute=("neonhub_app", "neonhub_readonly", "neonhub_maintenance"),
        settings=("search_path TO 'public', 'pg_temp'",),
        rows=1,
    ),
    Function(
        name="search_chunks_by_text",
        arguments="space text, datasets text[], query text, filter jsonb, take integer",
        returns="TABLE(id text, document_id text, score double precision)",
        body=r"""
-- The score is a sum over the words of the question: each word's rarity among the tenant's own
-- chunks (BM25's idf), times ts_rank's saturating frequency. Rare words choose the candidates, all
-- words rank them: a question's common words match half of everything and tell nothing.
DECLARE
    tenant constant text := neonhub.current_workspace();
    -- A word in more chunks than this is common: it ranks, but brings no candidates.
    common constant integer := 2000;
    question constant text := left(query, 4000);
    must tsquery;
    words tsquery[] := '{}';
    weights double precision[] := '{}';
    counts integer[] := '{}';
    seekers tsquery;
    word tsquery;
    found integer;
BEGIN
    IF tenant IS NULL OR question IS NULL OR take < 1 THEN
        RETURN;
    END IF;
    -- Quotation marks and minus signs are orders; all else is words. A question made of nothing
    -- else can be too much for the parser: it is then taken for words.
    IF question ~ '(^|\s)-\w|"[^"]*"' THEN
        BEGIN
            must := websearch_to_tsquery('english', question);
        EXCEPTION WHEN OTHERS THEN
            must := NULL;
        END;
    END IF;
    FOR word IN
        SELECT quote_literal(lexeme)::tsquery
          FROM unnest(to_tsvector('english', question)) ORDER BY positions[1] LIMIT 48
    LOOP
        -- Dynamic, so that the planner sees the word and picks a scan by its frequency.
        EXECUTE 'SELECT count(*) FROM (SELECT FROM chunks c WHERE c.workspace_id = $1
                    AND c.dataset_id = ANY ($2) AND c.tsv @@ $3 LIMIT $4) AS found'
           INTO found USING tenant, datasets, word, common;
        CONTINUE WHEN found = 0;
        words := words || word;
        counts := counts || found;
        weights := weights || ln(1 + 100000.0 / found)::double precision;
    END LOOP;
    IF cardinality(words) = 0 THEN
        RETURN;
    END IF;
    -- The rarest words first, as long as they bring few thousand candidates together.
    SELECT string_agg(rare.term::text, ' | ')::tsquery INTO seekers
      FROM (SELECT w.term, w.n, sum(w.n) OVER (ORDER BY w.n, w.term::text) AS running
              FROM unnest(words, counts) AS w (term, n)) AS rare
     WHERE rare.n < common AND (rare.running <= 2 * common OR rare.running = rare.n);
    IF seekers IS NULL THEN
        -- Only common words: those chunks that hold all of them.
        SELECT string_agg(w::text, ' & ')::tsquery INTO seekers FROM unnest(words) AS w;
    END IF;
    -- NOT IN, which is hashed; <> ALL would be tried against every deleted document. The inner
    -- limit holds a question of common words, whose candidates nothing else bounds.
    RETURN QUERY EXECUTE '
        SELECT c.id, c.document_id, (SELECT sum(w.weight * ts_rank(c.tsv, w.word))
                        FROM unnest($5, $6) AS w (word, weight)) AS score
          FROM (SELECT k.id, k.document_id, k.tsv
                  FROM chunks k
                 WHERE k.workspace_id = $1
                   AND k.embedding_space_id = $9
                   AND k.dataset_id = ANY ($2)
                   AND k.tsv @@ $3
                   AND ($7 IS NULL OR k.tsv @@ $7)
                   AND k.document_id NOT IN (SELECT d.id FROM documents d
                            WHERE d.workspace_id = $1 AND d.dataset_id = ANY ($2)
                              AND d.deleted_at IS NOT NULL)
                   AND ($4 IS NULL OR k.document_id IN (SELECT d.id FROM documents d
                            WHERE d.workspace_id = $1 AND d.dataset_id = ANY ($2)
                              AND d.metadata @> $4))
                 LIMIT 5000) AS c
         ORDER BY score DESC, c.id
         LIMIT $8'
      USING tenant, datasets, seekers, filter, words, weights, must, take, space;
END
""",
        language="plpgsql",
        parallel="UNSAFE",
        security_definer=True,
        owner="neonhub_search",
        execute=("neonhub_app", "neonhub_readonly"),
        settings=("search_path TO 'public', 'pg_temp'",),
        rows=100,
    ),
    Function(
        name="search_people_by_name",
        arguments="query text, take integer",
        returns="TABLE(id text, display_name text, score double precision)",
        body="""
SELECT p.id, p.display_name, word_similarity(left(query, 200), p.display_name)::double precision
  FROM people p
 WHERE p.workspace_id = neonhub.current_workspace()
   AND p.deleted_at IS NULL AND p.merged_into_id IS NULL
   AND p.display_name %> left(query, 200)
 ORDER BY 3 DESC, p.id
 LIMIT greatest(0, least(take, 200))
""",
        security_definer=True,
        owner="neonhub_search",
        execute=("neonhub_app", "neonhub_readonly"),
        settings=("search_path TO 'public', 'pg_temp'",),
        rows=20,
    ),
)


def scoped(table: str, column: str, tenant: str) -> list[Entity]:
    """What guards a table that holds rows of tenants."""
    here = f"({column} = ( SELECT neonhub.current_{tenant}() AS current_{tenant}))"
    written = ADD_ONLY if table in APPEND_ONLY else ROWS
    made: list[Entity] = [
        RowSecurity(table),
        Policy(table, "tenant", here),
        Policy(table, "maintenance", "true", roles=("neonhub_maintenance",)),
        Policy(table, "backup", "true", "SELECT", ("neonhub_backup",)),
        Grant(table, "neonhub_app", written),
        Grant(table, "neonhub_readonly", READ, READONLY_COLUMNS.get(table, ())),
        Grant(table, "neonhub_maintenance", written),
        Grant(table, "neonhub_backup", READ),
    ]
    if table in SEARCHED:
        made.append(Policy(table, "search", "true", "SELECT", ("neonhub_search",)))
        made.append(Grant(table, "neonhub_search", READ))
    return made


def personal(table: str) -> list[Entity]:
    """What guards a table that holds rows of one user each."""
    own = "(user_id = ( SELECT neonhub.current_user_id() AS current_user_id))"
    return [
        RowSecurity(table),
        Policy(table, "own", own),
        Policy(table, "auth", "true", roles=("neonhub_auth",)),
        Policy(table, "maintenance", "true", roles=("neonhub_maintenance",)),
        Policy(table, "backup", "true", "SELECT", ("neonhub_backup",)),
        Grant(table, "neonhub_app", ROWS),
        Grant(table, "neonhub_maintenance", ROWS),
        Grant(table, "neonhub_backup", READ),
    ]


def entities() -> list[Entity]:
    """Everything, in the order in which it is made."""
    made: list[Entity] = [*FUNCTIONS, *GLOBAL]
    for table in PERSONAL:
        made += personal(table)
    for (column, tenant), tables in SCOPED.items():
        for table in tables:
            made += scoped(table, column, tenant)
    # Within a workspace, the organization's other workspaces can be seen and not touched.
    workspace = "( SELECT neonhub.current_workspace() AS current_workspace)"
    own = f"(({workspace} IS NULL) OR (id = {workspace}))"
    made += [
        Policy("workspaces", f"own_{command.lower()}", own, command, permissive=False)
        for command in ("UPDATE", "DELETE")
    ]
    return made


def upgrade() -> None:
    for entity in entities():
        op.create_entity(entity)
    op.execute("SELECT neonhub.mirror_guards()")


def downgrade() -> None:
    for entity in reversed(entities()[len(FUNCTIONS) :]):
        op.drop_entity(entity)
    # The policies of partitions call the functions too.
    op.execute("SELECT neonhub.mirror_guards()")
    for function in reversed(FUNCTIONS):
        op.drop_entity(function)
