"""Data of size for looking at plans: twenty tenants, of which one is large.

Made in the database: what is measured is the plan, so that the rows need only be many.
"""

from __future__ import annotations

from neonhub.db.ids import deterministic_cuid

TENANTS, EACH = 20, 500
LARGE = 1000
WORKSPACE, ORGANIZATION, USER = (
    deterministic_cuid("plans", kind, "1") for kind in ("workspace", "organization", "user")
)
# A default id takes 28 µs, which was two thirds of the time. These have its form and its order.
QUICK_IDS = """
CREATE SEQUENCE pg_temp.ids;
CREATE OR REPLACE FUNCTION neonhub.cuid() RETURNS text LANGUAGE sql VOLATILE
AS $$ SELECT 'c' || lpad(to_hex(nextval('pg_temp.ids')), 24, '0') $$
"""
OWN_IDS = "SELECT pg_get_functiondef('neonhub.cuid()'::regprocedure)"
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
SELECT pg_temp.made('workspace', n), pg_temp.made('organization', (n - 1) % 20 + 1), 'w' || n, 'w'
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
SELECT pg_temp.made('organization', n % 20 + 1), pg_temp.made('user', n),
       pg_temp.made('role', (n % 20 + 1) * 10 + n % 5)
  FROM generate_series(1, 10000) n;
INSERT INTO workspace_members (workspace_id, user_id)
SELECT pg_temp.made('workspace', n % 1000 + 1), pg_temp.made('user', n)
  FROM generate_series(1, 10000) n;
INSERT INTO api_keys (organization_id, created_by_id, name, token_hash, prefix)
SELECT pg_temp.made('organization', n % 20 + 1), pg_temp.made('user', n), 'k', md5('k' || n), 'n'
  FROM generate_series(1, 5000) n;
INSERT INTO invitations (organization_id, email, token_hash, expires_at)
SELECT pg_temp.made('organization', n % 20 + 1), 'i' || n || '@example.com', md5('i' || n), now()
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
INSERT INTO agents (id, workspace_id, name, slug, kind)
SELECT pg_temp.made('agent', w * 10000 + n), pg_temp.made('workspace', w), 'a', 'a' || n, 'COPILOT'
  FROM generate_series(1, {TENANTS}) w, generate_series(1, CASE w WHEN 1 THEN 1900 ELSE 60 END) n;
INSERT INTO agent_runs (id, workspace_id, agent_id, status, input, started_at)
SELECT pg_temp.made('run', w * 100000 + n), pg_temp.made('workspace', w),
       pg_temp.made('agent', w * 10000 + 1 + n % 50),
       (CASE WHEN n % 5 = 0 THEN 'failed' ELSE 'completed' END)::"RunStatus", '{{}}',
       now() - n * interval '1 min'
  FROM generate_series(1, {TENANTS}) w, generate_series(1, CASE w WHEN 1 THEN 9000 ELSE 500 END) n;
INSERT INTO tool_executions (workspace_id, tool_id, agent_run_id, tool_name)
SELECT workspace_id, 't', id, 't' FROM agent_runs, generate_series(1, 2);
INSERT INTO marketing_campaigns (id, workspace_id, name, type)
SELECT pg_temp.made('campaign', w * 10000 + n), pg_temp.made('workspace', w), 'c', 'email'
  FROM generate_series(1, {TENANTS}) w, generate_series(1, CASE w WHEN 1 THEN 1900 ELSE 60 END) n;
INSERT INTO marketing_campaign_performance (workspace_id, campaign_id, date)
SELECT workspace_id, id, date '2026-01-01' + d FROM marketing_campaigns, generate_series(1, 15) d;
INSERT INTO people (id, workspace_id)
SELECT pg_temp.made('person', w * 10000 + n), pg_temp.made('workspace', w)
  FROM generate_series(1, {TENANTS}) w, generate_series(1, CASE w WHEN 1 THEN 5000 ELSE 300 END) n;
INSERT INTO person_identities (workspace_id, person_id, type, value)
SELECT workspace_id, id, kind, id FROM people, unnest(ARRAY['email', 'phone']) kind;
INSERT INTO person_consents (workspace_id, person_id, channel)
SELECT workspace_id, id, channel FROM people, unnest(ARRAY['email', 'sms']) channel;
INSERT INTO brand_voice_guides (id, workspace_id, name, content)
SELECT pg_temp.made('guide', w * 10000 + n), pg_temp.made('workspace', w), 'g' || n, 'c'
  FROM generate_series(1, {TENANTS}) w, generate_series(1, CASE w WHEN 1 THEN 1900 ELSE 60 END) n;
INSERT INTO brand_voice_embeddings (workspace_id, guide_id, embedding_space_id, idx, chunk,
                                    content_hash, embedding)
SELECT g.workspace_id, g.id, s.id, i, 'c', 'h' || i, array_fill(1, ARRAY[1536])::vector
  FROM brand_voice_guides g JOIN embedding_spaces s ON s.workspace_id = g.workspace_id,
       generate_series(1, 2) i;
"""
