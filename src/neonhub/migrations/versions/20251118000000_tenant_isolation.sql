-- From 20251118000000_tenant_isolation.py, sha256 2e8019f796852308e56c9c367b21cd7e8f3b6093fc27c8524d38c2c2174e13c5: `python -m neonhub.ops.scripts` writes this.
BEGIN;

SET LOCAL check_function_bodies = off;
CREATE FUNCTION neonhub.current_workspace() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $function$ SELECT NULLIF(current_setting('neonhub.workspace_id', true), '') $function$;

SET LOCAL check_function_bodies = off;
CREATE FUNCTION neonhub.current_organization() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $function$ SELECT NULLIF(current_setting('neonhub.organization_id', true), '') $function$;

SET LOCAL check_function_bodies = off;
CREATE FUNCTION neonhub.current_user_id() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $function$ SELECT NULLIF(current_setting('neonhub.user_id', true), '') $function$;

SET LOCAL check_function_bodies = off;
CREATE FUNCTION neonhub.find_workspace(ref text) RETURNS TABLE(workspace_id text, organization_id text, slug text, name text) LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 1 SET search_path TO 'public', 'pg_temp' AS $function$
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
$function$;
REVOKE ALL ON FUNCTION neonhub.find_workspace(ref text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION neonhub.find_workspace(ref text) TO neonhub_app;
GRANT EXECUTE ON FUNCTION neonhub.find_workspace(ref text) TO neonhub_readonly;
GRANT EXECUTE ON FUNCTION neonhub.find_workspace(ref text) TO neonhub_maintenance;
GRANT CREATE ON SCHEMA neonhub TO neonhub_search;
ALTER FUNCTION neonhub.find_workspace(ref text) OWNER TO neonhub_search;
REVOKE CREATE ON SCHEMA neonhub FROM neonhub_search;

SET LOCAL check_function_bodies = off;
CREATE FUNCTION neonhub.find_organization(ref text) RETURNS TABLE(organization_id text, slug text, name text) LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 1 SET search_path TO 'public', 'pg_temp' AS $function$
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
$function$;
REVOKE ALL ON FUNCTION neonhub.find_organization(ref text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION neonhub.find_organization(ref text) TO neonhub_app;
GRANT EXECUTE ON FUNCTION neonhub.find_organization(ref text) TO neonhub_readonly;
GRANT EXECUTE ON FUNCTION neonhub.find_organization(ref text) TO neonhub_maintenance;
GRANT CREATE ON SCHEMA neonhub TO neonhub_search;
ALTER FUNCTION neonhub.find_organization(ref text) OWNER TO neonhub_search;
REVOKE CREATE ON SCHEMA neonhub FROM neonhub_search;

SET LOCAL check_function_bodies = off;
CREATE FUNCTION neonhub.workspaces_of_user() RETURNS TABLE(workspace_id text, organization_id text, slug text, name text, role text) LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 1 SET search_path TO 'public', 'pg_temp' AS $function$
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
$function$;
REVOKE ALL ON FUNCTION neonhub.workspaces_of_user() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION neonhub.workspaces_of_user() TO neonhub_app;
GRANT EXECUTE ON FUNCTION neonhub.workspaces_of_user() TO neonhub_readonly;
GRANT EXECUTE ON FUNCTION neonhub.workspaces_of_user() TO neonhub_maintenance;
GRANT CREATE ON SCHEMA neonhub TO neonhub_search;
ALTER FUNCTION neonhub.workspaces_of_user() OWNER TO neonhub_search;
REVOKE CREATE ON SCHEMA neonhub FROM neonhub_search;

SET LOCAL check_function_bodies = off;
CREATE FUNCTION neonhub.find_api_key(hash text) RETURNS TABLE(id text, organization_id text, workspace_id text, created_by_id text, scopes text[], status text) LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 1 SET search_path TO 'public', 'pg_temp' AS $function$
SELECT k.id, k.organization_id, k.workspace_id, k.created_by_id, k.scopes,
       CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked'
            WHEN k.expires_at <= now() THEN 'expired'
            WHEN o.deleted_at IS NOT NULL THEN 'revoked'
            ELSE 'active' END
  FROM api_keys k
  JOIN organizations o ON o.id = k.organization_id
 WHERE k.token_hash = hash
$function$;
REVOKE ALL ON FUNCTION neonhub.find_api_key(hash text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION neonhub.find_api_key(hash text) TO neonhub_app;
GRANT EXECUTE ON FUNCTION neonhub.find_api_key(hash text) TO neonhub_readonly;
GRANT EXECUTE ON FUNCTION neonhub.find_api_key(hash text) TO neonhub_maintenance;
GRANT CREATE ON SCHEMA neonhub TO neonhub_search;
ALTER FUNCTION neonhub.find_api_key(hash text) OWNER TO neonhub_search;
REVOKE CREATE ON SCHEMA neonhub FROM neonhub_search;

SET LOCAL check_function_bodies = off;
CREATE FUNCTION neonhub.find_invitation(hash text) RETURNS TABLE(id text, organization_id text, workspace_id text, email text, role_id text, status text) LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 1 SET search_path TO 'public', 'pg_temp' AS $function$
SELECT i.id, i.organization_id, i.workspace_id, i.email::text, i.role_id,
       CASE WHEN i.status = 'pending' AND i.expires_at <= now() THEN 'expired'
            ELSE i.status::text END
  FROM invitations i
  JOIN organizations o ON o.id = i.organization_id AND o.deleted_at IS NULL
 WHERE i.token_hash = hash
$function$;
REVOKE ALL ON FUNCTION neonhub.find_invitation(hash text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION neonhub.find_invitation(hash text) TO neonhub_app;
GRANT EXECUTE ON FUNCTION neonhub.find_invitation(hash text) TO neonhub_readonly;
GRANT EXECUTE ON FUNCTION neonhub.find_invitation(hash text) TO neonhub_maintenance;
GRANT CREATE ON SCHEMA neonhub TO neonhub_search;
ALTER FUNCTION neonhub.find_invitation(hash text) OWNER TO neonhub_search;
REVOKE CREATE ON SCHEMA neonhub FROM neonhub_search;

SET LOCAL check_function_bodies = off;
CREATE FUNCTION neonhub.search_chunks_by_text(space text, datasets text[], query text, filter jsonb, take integer) RETURNS TABLE(id text, document_id text, score double precision) LANGUAGE plpgsql STABLE PARALLEL UNSAFE SECURITY DEFINER ROWS 100 SET search_path TO 'public', 'pg_temp' AS $function$
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
$function$;
REVOKE ALL ON FUNCTION neonhub.search_chunks_by_text(space text, datasets text[], query text, filter jsonb, take integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION neonhub.search_chunks_by_text(space text, datasets text[], query text, filter jsonb, take integer) TO neonhub_app;
GRANT EXECUTE ON FUNCTION neonhub.search_chunks_by_text(space text, datasets text[], query text, filter jsonb, take integer) TO neonhub_readonly;
GRANT CREATE ON SCHEMA neonhub TO neonhub_search;
ALTER FUNCTION neonhub.search_chunks_by_text(space text, datasets text[], query text, filter jsonb, take integer) OWNER TO neonhub_search;
REVOKE CREATE ON SCHEMA neonhub FROM neonhub_search;

SET LOCAL check_function_bodies = off;
CREATE FUNCTION neonhub.search_people_by_name(query text, take integer) RETURNS TABLE(id text, display_name text, score double precision) LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 20 SET search_path TO 'public', 'pg_temp' AS $function$
SELECT p.id, p.display_name, word_similarity(left(query, 200), p.display_name)::double precision
  FROM people p
 WHERE p.workspace_id = neonhub.current_workspace()
   AND p.deleted_at IS NULL AND p.merged_into_id IS NULL
   AND p.display_name %> left(query, 200)
 ORDER BY 3 DESC, p.id
 LIMIT greatest(0, least(take, 200))
$function$;
REVOKE ALL ON FUNCTION neonhub.search_people_by_name(query text, take integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION neonhub.search_people_by_name(query text, take integer) TO neonhub_app;
GRANT EXECUTE ON FUNCTION neonhub.search_people_by_name(query text, take integer) TO neonhub_readonly;
GRANT CREATE ON SCHEMA neonhub TO neonhub_search;
ALTER FUNCTION neonhub.search_people_by_name(query text, take integer) OWNER TO neonhub_search;
REVOKE CREATE ON SCHEMA neonhub FROM neonhub_search;

GRANT DELETE, INSERT, SELECT, UPDATE ON accounts TO neonhub_auth;

GRANT DELETE, INSERT, SELECT, UPDATE ON accounts TO neonhub_maintenance;

GRANT SELECT ON accounts TO neonhub_backup;

GRANT DELETE, INSERT, SELECT, UPDATE ON sessions TO neonhub_auth;

GRANT DELETE, INSERT, SELECT, UPDATE ON sessions TO neonhub_maintenance;

GRANT SELECT ON sessions TO neonhub_backup;

GRANT INSERT (email, id, name) ON users TO neonhub_app;

GRANT SELECT (created_at, email, id, image, name) ON users TO neonhub_app;

GRANT DELETE, INSERT, SELECT, UPDATE ON users TO neonhub_auth;

GRANT DELETE, INSERT, SELECT, UPDATE ON users TO neonhub_maintenance;

GRANT SELECT ON users TO neonhub_backup;

GRANT SELECT (id, name) ON users TO neonhub_readonly;

GRANT SELECT ON users TO neonhub_search;

GRANT DELETE, INSERT, SELECT, UPDATE ON verification_tokens TO neonhub_auth;

GRANT DELETE, INSERT, SELECT, UPDATE ON verification_tokens TO neonhub_maintenance;

GRANT SELECT ON verification_tokens TO neonhub_backup;

GRANT SELECT ON connectors TO neonhub_app;

GRANT DELETE, INSERT, SELECT, UPDATE ON connectors TO neonhub_maintenance;

GRANT SELECT ON connectors TO neonhub_backup;

GRANT SELECT ON connectors TO neonhub_readonly;

GRANT SELECT ON budget_ledger_seq_seq TO neonhub_backup;

ALTER TABLE credentials ENABLE ROW LEVEL SECURITY;
ALTER TABLE credentials FORCE ROW LEVEL SECURITY;

CREATE POLICY own ON credentials FOR ALL TO PUBLIC USING ((user_id = ( SELECT neonhub.current_user_id() AS current_user_id))) WITH CHECK ((user_id = ( SELECT neonhub.current_user_id() AS current_user_id)));

CREATE POLICY auth ON credentials FOR ALL TO neonhub_auth USING (true) WITH CHECK (true);

CREATE POLICY maintenance ON credentials FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON credentials FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON credentials TO neonhub_app;

GRANT DELETE, INSERT, SELECT, UPDATE ON credentials TO neonhub_maintenance;

GRANT SELECT ON credentials TO neonhub_backup;

ALTER TABLE user_settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_settings FORCE ROW LEVEL SECURITY;

CREATE POLICY own ON user_settings FOR ALL TO PUBLIC USING ((user_id = ( SELECT neonhub.current_user_id() AS current_user_id))) WITH CHECK ((user_id = ( SELECT neonhub.current_user_id() AS current_user_id)));

CREATE POLICY auth ON user_settings FOR ALL TO neonhub_auth USING (true) WITH CHECK (true);

CREATE POLICY maintenance ON user_settings FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON user_settings FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON user_settings TO neonhub_app;

GRANT DELETE, INSERT, SELECT, UPDATE ON user_settings TO neonhub_maintenance;

GRANT SELECT ON user_settings TO neonhub_backup;

ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON api_keys FOR ALL TO PUBLIC USING ((organization_id = ( SELECT neonhub.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT neonhub.current_organization() AS current_organization)));

CREATE POLICY maintenance ON api_keys FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON api_keys FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON api_keys TO neonhub_app;

GRANT SELECT (created_at, created_by_id, expires_at, id, last_used_at, name, organization_id, prefix, revoked_at, scopes, workspace_id) ON api_keys TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON api_keys TO neonhub_maintenance;

GRANT SELECT ON api_keys TO neonhub_backup;

CREATE POLICY search ON api_keys FOR SELECT TO neonhub_search USING (true);

GRANT SELECT ON api_keys TO neonhub_search;

ALTER TABLE invitations ENABLE ROW LEVEL SECURITY;
ALTER TABLE invitations FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON invitations FOR ALL TO PUBLIC USING ((organization_id = ( SELECT neonhub.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT neonhub.current_organization() AS current_organization)));

CREATE POLICY maintenance ON invitations FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON invitations FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON invitations TO neonhub_app;

GRANT SELECT (accepted_at, created_at, email, expires_at, id, invited_by_id, organization_id, role_id, status, updated_at, workspace_id) ON invitations TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON invitations TO neonhub_maintenance;

GRANT SELECT ON invitations TO neonhub_backup;

CREATE POLICY search ON invitations FOR SELECT TO neonhub_search USING (true);

GRANT SELECT ON invitations TO neonhub_search;

ALTER TABLE organization_members ENABLE ROW LEVEL SECURITY;
ALTER TABLE organization_members FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON organization_members FOR ALL TO PUBLIC USING ((organization_id = ( SELECT neonhub.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT neonhub.current_organization() AS current_organization)));

CREATE POLICY maintenance ON organization_members FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON organization_members FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON organization_members TO neonhub_app;

GRANT SELECT ON organization_members TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON organization_members TO neonhub_maintenance;

GRANT SELECT ON organization_members TO neonhub_backup;

CREATE POLICY search ON organization_members FOR SELECT TO neonhub_search USING (true);

GRANT SELECT ON organization_members TO neonhub_search;

ALTER TABLE organization_permissions ENABLE ROW LEVEL SECURITY;
ALTER TABLE organization_permissions FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON organization_permissions FOR ALL TO PUBLIC USING ((organization_id = ( SELECT neonhub.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT neonhub.current_organization() AS current_organization)));

CREATE POLICY maintenance ON organization_permissions FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON organization_permissions FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON organization_permissions TO neonhub_app;

GRANT SELECT ON organization_permissions TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON organization_permissions TO neonhub_maintenance;

GRANT SELECT ON organization_permissions TO neonhub_backup;

CREATE POLICY search ON organization_permissions FOR SELECT TO neonhub_search USING (true);

GRANT SELECT ON organization_permissions TO neonhub_search;

ALTER TABLE organization_roles ENABLE ROW LEVEL SECURITY;
ALTER TABLE organization_roles FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON organization_roles FOR ALL TO PUBLIC USING ((organization_id = ( SELECT neonhub.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT neonhub.current_organization() AS current_organization)));

CREATE POLICY maintenance ON organization_roles FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON organization_roles FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON organization_roles TO neonhub_app;

GRANT SELECT ON organization_roles TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON organization_roles TO neonhub_maintenance;

GRANT SELECT ON organization_roles TO neonhub_backup;

CREATE POLICY search ON organization_roles FOR SELECT TO neonhub_search USING (true);

GRANT SELECT ON organization_roles TO neonhub_search;

ALTER TABLE role_permissions ENABLE ROW LEVEL SECURITY;
ALTER TABLE role_permissions FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON role_permissions FOR ALL TO PUBLIC USING ((organization_id = ( SELECT neonhub.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT neonhub.current_organization() AS current_organization)));

CREATE POLICY maintenance ON role_permissions FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON role_permissions FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON role_permissions TO neonhub_app;

GRANT SELECT ON role_permissions TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON role_permissions TO neonhub_maintenance;

GRANT SELECT ON role_permissions TO neonhub_backup;

CREATE POLICY search ON role_permissions FOR SELECT TO neonhub_search USING (true);

GRANT SELECT ON role_permissions TO neonhub_search;

ALTER TABLE team_members ENABLE ROW LEVEL SECURITY;
ALTER TABLE team_members FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON team_members FOR ALL TO PUBLIC USING ((organization_id = ( SELECT neonhub.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT neonhub.current_organization() AS current_organization)));

CREATE POLICY maintenance ON team_members FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON team_members FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON team_members TO neonhub_app;

GRANT SELECT ON team_members TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON team_members TO neonhub_maintenance;

GRANT SELECT ON team_members TO neonhub_backup;

ALTER TABLE workspaces ENABLE ROW LEVEL SECURITY;
ALTER TABLE workspaces FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON workspaces FOR ALL TO PUBLIC USING ((organization_id = ( SELECT neonhub.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT neonhub.current_organization() AS current_organization)));

CREATE POLICY maintenance ON workspaces FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON workspaces FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON workspaces TO neonhub_app;

GRANT SELECT ON workspaces TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON workspaces TO neonhub_maintenance;

GRANT SELECT ON workspaces TO neonhub_backup;

CREATE POLICY search ON workspaces FOR SELECT TO neonhub_search USING (true);

GRANT SELECT ON workspaces TO neonhub_search;

ALTER TABLE invoices ENABLE ROW LEVEL SECURITY;
ALTER TABLE invoices FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON invoices FOR ALL TO PUBLIC USING ((organization_id = ( SELECT neonhub.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT neonhub.current_organization() AS current_organization)));

CREATE POLICY maintenance ON invoices FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON invoices FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON invoices TO neonhub_app;

GRANT SELECT ON invoices TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON invoices TO neonhub_maintenance;

GRANT SELECT ON invoices TO neonhub_backup;

ALTER TABLE subscriptions ENABLE ROW LEVEL SECURITY;
ALTER TABLE subscriptions FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON subscriptions FOR ALL TO PUBLIC USING ((organization_id = ( SELECT neonhub.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT neonhub.current_organization() AS current_organization)));

CREATE POLICY maintenance ON subscriptions FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON subscriptions FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON subscriptions TO neonhub_app;

GRANT SELECT ON subscriptions TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON subscriptions TO neonhub_maintenance;

GRANT SELECT ON subscriptions TO neonhub_backup;

ALTER TABLE usage_records ENABLE ROW LEVEL SECURITY;
ALTER TABLE usage_records FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON usage_records FOR ALL TO PUBLIC USING ((organization_id = ( SELECT neonhub.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT neonhub.current_organization() AS current_organization)));

CREATE POLICY maintenance ON usage_records FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON usage_records FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON usage_records TO neonhub_app;

GRANT SELECT ON usage_records TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON usage_records TO neonhub_maintenance;

GRANT SELECT ON usage_records TO neonhub_backup;

ALTER TABLE audit_logs ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_logs FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON audit_logs FOR ALL TO PUBLIC USING ((organization_id = ( SELECT neonhub.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT neonhub.current_organization() AS current_organization)));

CREATE POLICY maintenance ON audit_logs FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON audit_logs FOR SELECT TO neonhub_backup USING (true);

GRANT INSERT, SELECT ON audit_logs TO neonhub_app;

GRANT SELECT ON audit_logs TO neonhub_readonly;

GRANT INSERT, SELECT ON audit_logs TO neonhub_maintenance;

GRANT SELECT ON audit_logs TO neonhub_backup;

ALTER TABLE organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE organizations FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON organizations FOR ALL TO PUBLIC USING ((id = ( SELECT neonhub.current_organization() AS current_organization))) WITH CHECK ((id = ( SELECT neonhub.current_organization() AS current_organization)));

CREATE POLICY maintenance ON organizations FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON organizations FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON organizations TO neonhub_app;

GRANT SELECT ON organizations TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON organizations TO neonhub_maintenance;

GRANT SELECT ON organizations TO neonhub_backup;

CREATE POLICY search ON organizations FOR SELECT TO neonhub_search USING (true);

GRANT SELECT ON organizations TO neonhub_search;

ALTER TABLE workspace_members ENABLE ROW LEVEL SECURITY;
ALTER TABLE workspace_members FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON workspace_members FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON workspace_members FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON workspace_members FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON workspace_members TO neonhub_app;

GRANT SELECT ON workspace_members TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON workspace_members TO neonhub_maintenance;

GRANT SELECT ON workspace_members TO neonhub_backup;

CREATE POLICY search ON workspace_members FOR SELECT TO neonhub_search USING (true);

GRANT SELECT ON workspace_members TO neonhub_search;

ALTER TABLE brand_assets ENABLE ROW LEVEL SECURITY;
ALTER TABLE brand_assets FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON brand_assets FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON brand_assets FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON brand_assets FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON brand_assets TO neonhub_app;

GRANT SELECT ON brand_assets TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON brand_assets TO neonhub_maintenance;

GRANT SELECT ON brand_assets TO neonhub_backup;

ALTER TABLE brand_voice_embeddings ENABLE ROW LEVEL SECURITY;
ALTER TABLE brand_voice_embeddings FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON brand_voice_embeddings FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON brand_voice_embeddings FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON brand_voice_embeddings FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON brand_voice_embeddings TO neonhub_app;

GRANT SELECT ON brand_voice_embeddings TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON brand_voice_embeddings TO neonhub_maintenance;

GRANT SELECT ON brand_voice_embeddings TO neonhub_backup;

ALTER TABLE brand_voice_guides ENABLE ROW LEVEL SECURITY;
ALTER TABLE brand_voice_guides FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON brand_voice_guides FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON brand_voice_guides FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON brand_voice_guides FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON brand_voice_guides TO neonhub_app;

GRANT SELECT ON brand_voice_guides TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON brand_voice_guides TO neonhub_maintenance;

GRANT SELECT ON brand_voice_guides TO neonhub_backup;

ALTER TABLE brand_voices ENABLE ROW LEVEL SECURITY;
ALTER TABLE brand_voices FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON brand_voices FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON brand_voices FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON brand_voices FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON brand_voices TO neonhub_app;

GRANT SELECT ON brand_voices TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON brand_voices TO neonhub_maintenance;

GRANT SELECT ON brand_voices TO neonhub_backup;

ALTER TABLE brands ENABLE ROW LEVEL SECURITY;
ALTER TABLE brands FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON brands FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON brands FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON brands FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON brands TO neonhub_app;

GRANT SELECT ON brands TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON brands TO neonhub_maintenance;

GRANT SELECT ON brands TO neonhub_backup;

ALTER TABLE embedding_spaces ENABLE ROW LEVEL SECURITY;
ALTER TABLE embedding_spaces FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON embedding_spaces FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON embedding_spaces FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON embedding_spaces FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON embedding_spaces TO neonhub_app;

GRANT SELECT ON embedding_spaces TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON embedding_spaces TO neonhub_maintenance;

GRANT SELECT ON embedding_spaces TO neonhub_backup;

CREATE POLICY search ON embedding_spaces FOR SELECT TO neonhub_search USING (true);

GRANT SELECT ON embedding_spaces TO neonhub_search;

ALTER TABLE agent_capabilities ENABLE ROW LEVEL SECURITY;
ALTER TABLE agent_capabilities FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON agent_capabilities FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON agent_capabilities FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON agent_capabilities FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON agent_capabilities TO neonhub_app;

GRANT SELECT ON agent_capabilities TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON agent_capabilities TO neonhub_maintenance;

GRANT SELECT ON agent_capabilities TO neonhub_backup;

ALTER TABLE agent_configs ENABLE ROW LEVEL SECURITY;
ALTER TABLE agent_configs FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON agent_configs FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON agent_configs FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON agent_configs FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON agent_configs TO neonhub_app;

GRANT SELECT ON agent_configs TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON agent_configs TO neonhub_maintenance;

GRANT SELECT ON agent_configs TO neonhub_backup;

ALTER TABLE agent_jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE agent_jobs FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON agent_jobs FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON agent_jobs FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON agent_jobs FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON agent_jobs TO neonhub_app;

GRANT SELECT ON agent_jobs TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON agent_jobs TO neonhub_maintenance;

GRANT SELECT ON agent_jobs TO neonhub_backup;

ALTER TABLE agent_memories ENABLE ROW LEVEL SECURITY;
ALTER TABLE agent_memories FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON agent_memories FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON agent_memories FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON agent_memories FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON agent_memories TO neonhub_app;

GRANT SELECT ON agent_memories TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON agent_memories TO neonhub_maintenance;

GRANT SELECT ON agent_memories TO neonhub_backup;

ALTER TABLE agent_metrics ENABLE ROW LEVEL SECURITY;
ALTER TABLE agent_metrics FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON agent_metrics FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON agent_metrics FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON agent_metrics FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON agent_metrics TO neonhub_app;

GRANT SELECT ON agent_metrics TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON agent_metrics TO neonhub_maintenance;

GRANT SELECT ON agent_metrics TO neonhub_backup;

ALTER TABLE agent_run_metrics ENABLE ROW LEVEL SECURITY;
ALTER TABLE agent_run_metrics FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON agent_run_metrics FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON agent_run_metrics FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON agent_run_metrics FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON agent_run_metrics TO neonhub_app;

GRANT SELECT ON agent_run_metrics TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON agent_run_metrics TO neonhub_maintenance;

GRANT SELECT ON agent_run_metrics TO neonhub_backup;

ALTER TABLE agent_runs ENABLE ROW LEVEL SECURITY;
ALTER TABLE agent_runs FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON agent_runs FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON agent_runs FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON agent_runs FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON agent_runs TO neonhub_app;

GRANT SELECT ON agent_runs TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON agent_runs TO neonhub_maintenance;

GRANT SELECT ON agent_runs TO neonhub_backup;

ALTER TABLE agents ENABLE ROW LEVEL SECURITY;
ALTER TABLE agents FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON agents FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON agents FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON agents FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON agents TO neonhub_app;

GRANT SELECT ON agents TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON agents TO neonhub_maintenance;

GRANT SELECT ON agents TO neonhub_backup;

ALTER TABLE inference_endpoints ENABLE ROW LEVEL SECURITY;
ALTER TABLE inference_endpoints FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON inference_endpoints FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON inference_endpoints FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON inference_endpoints FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON inference_endpoints TO neonhub_app;

GRANT SELECT ON inference_endpoints TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON inference_endpoints TO neonhub_maintenance;

GRANT SELECT ON inference_endpoints TO neonhub_backup;

ALTER TABLE model_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE model_versions FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON model_versions FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON model_versions FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON model_versions FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON model_versions TO neonhub_app;

GRANT SELECT ON model_versions TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON model_versions TO neonhub_maintenance;

GRANT SELECT ON model_versions TO neonhub_backup;

ALTER TABLE run_steps ENABLE ROW LEVEL SECURITY;
ALTER TABLE run_steps FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON run_steps FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON run_steps FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON run_steps FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON run_steps TO neonhub_app;

GRANT SELECT ON run_steps TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON run_steps TO neonhub_maintenance;

GRANT SELECT ON run_steps TO neonhub_backup;

ALTER TABLE tool_executions ENABLE ROW LEVEL SECURITY;
ALTER TABLE tool_executions FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON tool_executions FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON tool_executions FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON tool_executions FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON tool_executions TO neonhub_app;

GRANT SELECT ON tool_executions TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON tool_executions TO neonhub_maintenance;

GRANT SELECT ON tool_executions TO neonhub_backup;

ALTER TABLE tools ENABLE ROW LEVEL SECURITY;
ALTER TABLE tools FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON tools FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON tools FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON tools FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON tools TO neonhub_app;

GRANT SELECT ON tools TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON tools TO neonhub_maintenance;

GRANT SELECT ON tools TO neonhub_backup;

ALTER TABLE training_jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE training_jobs FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON training_jobs FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON training_jobs FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON training_jobs FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON training_jobs TO neonhub_app;

GRANT SELECT ON training_jobs TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON training_jobs TO neonhub_maintenance;

GRANT SELECT ON training_jobs TO neonhub_backup;

ALTER TABLE chunks ENABLE ROW LEVEL SECURITY;
ALTER TABLE chunks FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON chunks FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON chunks FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON chunks FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON chunks TO neonhub_app;

GRANT SELECT ON chunks TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON chunks TO neonhub_maintenance;

GRANT SELECT ON chunks TO neonhub_backup;

CREATE POLICY search ON chunks FOR SELECT TO neonhub_search USING (true);

GRANT SELECT ON chunks TO neonhub_search;

ALTER TABLE conversations ENABLE ROW LEVEL SECURITY;
ALTER TABLE conversations FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON conversations FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON conversations FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON conversations FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON conversations TO neonhub_app;

GRANT SELECT ON conversations TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON conversations TO neonhub_maintenance;

GRANT SELECT ON conversations TO neonhub_backup;

ALTER TABLE datasets ENABLE ROW LEVEL SECURITY;
ALTER TABLE datasets FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON datasets FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON datasets FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON datasets FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON datasets TO neonhub_app;

GRANT SELECT ON datasets TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON datasets TO neonhub_maintenance;

GRANT SELECT ON datasets TO neonhub_backup;

CREATE POLICY search ON datasets FOR SELECT TO neonhub_search USING (true);

GRANT SELECT ON datasets TO neonhub_search;

ALTER TABLE document_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE document_versions FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON document_versions FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON document_versions FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON document_versions FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON document_versions TO neonhub_app;

GRANT SELECT ON document_versions TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON document_versions TO neonhub_maintenance;

GRANT SELECT ON document_versions TO neonhub_backup;

ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE documents FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON documents FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON documents FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON documents FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON documents TO neonhub_app;

GRANT SELECT ON documents TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON documents TO neonhub_maintenance;

GRANT SELECT ON documents TO neonhub_backup;

CREATE POLICY search ON documents FOR SELECT TO neonhub_search USING (true);

GRANT SELECT ON documents TO neonhub_search;

ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE messages FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON messages FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON messages FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON messages FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON messages TO neonhub_app;

GRANT SELECT ON messages TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON messages TO neonhub_maintenance;

GRANT SELECT ON messages TO neonhub_backup;

ALTER TABLE events ENABLE ROW LEVEL SECURITY;
ALTER TABLE events FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON events FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON events FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON events FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON events TO neonhub_app;

GRANT SELECT ON events TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON events TO neonhub_maintenance;

GRANT SELECT ON events TO neonhub_backup;

ALTER TABLE mem_embeddings ENABLE ROW LEVEL SECURITY;
ALTER TABLE mem_embeddings FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON mem_embeddings FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON mem_embeddings FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON mem_embeddings FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON mem_embeddings TO neonhub_app;

GRANT SELECT ON mem_embeddings TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON mem_embeddings TO neonhub_maintenance;

GRANT SELECT ON mem_embeddings TO neonhub_backup;

ALTER TABLE people ENABLE ROW LEVEL SECURITY;
ALTER TABLE people FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON people FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON people FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON people FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON people TO neonhub_app;

GRANT SELECT ON people TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON people TO neonhub_maintenance;

GRANT SELECT ON people TO neonhub_backup;

CREATE POLICY search ON people FOR SELECT TO neonhub_search USING (true);

GRANT SELECT ON people TO neonhub_search;

ALTER TABLE person_consents ENABLE ROW LEVEL SECURITY;
ALTER TABLE person_consents FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON person_consents FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON person_consents FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON person_consents FOR SELECT TO neonhub_backup USING (true);

GRANT INSERT, SELECT ON person_consents TO neonhub_app;

GRANT SELECT ON person_consents TO neonhub_readonly;

GRANT INSERT, SELECT ON person_consents TO neonhub_maintenance;

GRANT SELECT ON person_consents TO neonhub_backup;

ALTER TABLE person_identities ENABLE ROW LEVEL SECURITY;
ALTER TABLE person_identities FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON person_identities FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON person_identities FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON person_identities FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON person_identities TO neonhub_app;

GRANT SELECT ON person_identities TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON person_identities TO neonhub_maintenance;

GRANT SELECT ON person_identities TO neonhub_backup;

ALTER TABLE person_notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE person_notes FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON person_notes FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON person_notes FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON person_notes FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON person_notes TO neonhub_app;

GRANT SELECT ON person_notes TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON person_notes TO neonhub_maintenance;

GRANT SELECT ON person_notes TO neonhub_backup;

ALTER TABLE person_objectives ENABLE ROW LEVEL SECURITY;
ALTER TABLE person_objectives FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON person_objectives FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON person_objectives FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON person_objectives FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON person_objectives TO neonhub_app;

GRANT SELECT ON person_objectives TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON person_objectives TO neonhub_maintenance;

GRANT SELECT ON person_objectives TO neonhub_backup;

ALTER TABLE person_topics ENABLE ROW LEVEL SECURITY;
ALTER TABLE person_topics FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON person_topics FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON person_topics FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON person_topics FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON person_topics TO neonhub_app;

GRANT SELECT ON person_topics TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON person_topics TO neonhub_maintenance;

GRANT SELECT ON person_topics TO neonhub_backup;

ALTER TABLE content ENABLE ROW LEVEL SECURITY;
ALTER TABLE content FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON content FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON content FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON content FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON content TO neonhub_app;

GRANT SELECT ON content TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON content TO neonhub_maintenance;

GRANT SELECT ON content TO neonhub_backup;

ALTER TABLE content_analyses ENABLE ROW LEVEL SECURITY;
ALTER TABLE content_analyses FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON content_analyses FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON content_analyses FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON content_analyses FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON content_analyses TO neonhub_app;

GRANT SELECT ON content_analyses TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON content_analyses TO neonhub_maintenance;

GRANT SELECT ON content_analyses TO neonhub_backup;

ALTER TABLE content_drafts ENABLE ROW LEVEL SECURITY;
ALTER TABLE content_drafts FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON content_drafts FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON content_drafts FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON content_drafts FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON content_drafts TO neonhub_app;

GRANT SELECT ON content_drafts TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON content_drafts TO neonhub_maintenance;

GRANT SELECT ON content_drafts TO neonhub_backup;

ALTER TABLE content_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE content_versions FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON content_versions FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON content_versions FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON content_versions FOR SELECT TO neonhub_backup USING (true);

GRANT INSERT, SELECT ON content_versions TO neonhub_app;

GRANT SELECT ON content_versions TO neonhub_readonly;

GRANT INSERT, SELECT ON content_versions TO neonhub_maintenance;

GRANT SELECT ON content_versions TO neonhub_backup;

ALTER TABLE editorial_calendar ENABLE ROW LEVEL SECURITY;
ALTER TABLE editorial_calendar FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON editorial_calendar FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON editorial_calendar FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON editorial_calendar FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON editorial_calendar TO neonhub_app;

GRANT SELECT ON editorial_calendar TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON editorial_calendar TO neonhub_maintenance;

GRANT SELECT ON editorial_calendar TO neonhub_backup;

ALTER TABLE personas ENABLE ROW LEVEL SECURITY;
ALTER TABLE personas FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON personas FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON personas FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON personas FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON personas TO neonhub_app;

GRANT SELECT ON personas TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON personas TO neonhub_maintenance;

GRANT SELECT ON personas TO neonhub_backup;

ALTER TABLE snippet_library ENABLE ROW LEVEL SECURITY;
ALTER TABLE snippet_library FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON snippet_library FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON snippet_library FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON snippet_library FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON snippet_library TO neonhub_app;

GRANT SELECT ON snippet_library TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON snippet_library TO neonhub_maintenance;

GRANT SELECT ON snippet_library TO neonhub_backup;

ALTER TABLE internal_links ENABLE ROW LEVEL SECURITY;
ALTER TABLE internal_links FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON internal_links FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON internal_links FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON internal_links FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON internal_links TO neonhub_app;

GRANT SELECT ON internal_links TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON internal_links TO neonhub_maintenance;

GRANT SELECT ON internal_links TO neonhub_backup;

ALTER TABLE keyword_clusters ENABLE ROW LEVEL SECURITY;
ALTER TABLE keyword_clusters FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON keyword_clusters FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON keyword_clusters FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON keyword_clusters FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON keyword_clusters TO neonhub_app;

GRANT SELECT ON keyword_clusters TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON keyword_clusters TO neonhub_maintenance;

GRANT SELECT ON keyword_clusters TO neonhub_backup;

ALTER TABLE keyword_research ENABLE ROW LEVEL SECURITY;
ALTER TABLE keyword_research FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON keyword_research FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON keyword_research FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON keyword_research FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON keyword_research TO neonhub_app;

GRANT SELECT ON keyword_research TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON keyword_research TO neonhub_maintenance;

GRANT SELECT ON keyword_research TO neonhub_backup;

ALTER TABLE keywords ENABLE ROW LEVEL SECURITY;
ALTER TABLE keywords FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON keywords FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON keywords FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON keywords FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON keywords TO neonhub_app;

GRANT SELECT ON keywords TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON keywords TO neonhub_maintenance;

GRANT SELECT ON keywords TO neonhub_backup;

ALTER TABLE link_graph ENABLE ROW LEVEL SECURITY;
ALTER TABLE link_graph FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON link_graph FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON link_graph FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON link_graph FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON link_graph TO neonhub_app;

GRANT SELECT ON link_graph TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON link_graph TO neonhub_maintenance;

GRANT SELECT ON link_graph TO neonhub_backup;

ALTER TABLE seo_metrics ENABLE ROW LEVEL SECURITY;
ALTER TABLE seo_metrics FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON seo_metrics FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON seo_metrics FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON seo_metrics FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON seo_metrics TO neonhub_app;

GRANT SELECT ON seo_metrics TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON seo_metrics TO neonhub_maintenance;

GRANT SELECT ON seo_metrics TO neonhub_backup;

ALTER TABLE ab_tests ENABLE ROW LEVEL SECURITY;
ALTER TABLE ab_tests FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON ab_tests FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON ab_tests FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON ab_tests FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON ab_tests TO neonhub_app;

GRANT SELECT ON ab_tests TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON ab_tests TO neonhub_maintenance;

GRANT SELECT ON ab_tests TO neonhub_backup;

ALTER TABLE campaign_metrics ENABLE ROW LEVEL SECURITY;
ALTER TABLE campaign_metrics FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON campaign_metrics FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON campaign_metrics FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON campaign_metrics FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON campaign_metrics TO neonhub_app;

GRANT SELECT ON campaign_metrics TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON campaign_metrics TO neonhub_maintenance;

GRANT SELECT ON campaign_metrics TO neonhub_backup;

ALTER TABLE campaigns ENABLE ROW LEVEL SECURITY;
ALTER TABLE campaigns FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON campaigns FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON campaigns FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON campaigns FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON campaigns TO neonhub_app;

GRANT SELECT ON campaigns TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON campaigns TO neonhub_maintenance;

GRANT SELECT ON campaigns TO neonhub_backup;

ALTER TABLE email_sequences ENABLE ROW LEVEL SECURITY;
ALTER TABLE email_sequences FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON email_sequences FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON email_sequences FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON email_sequences FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON email_sequences TO neonhub_app;

GRANT SELECT ON email_sequences TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON email_sequences TO neonhub_maintenance;

GRANT SELECT ON email_sequences TO neonhub_backup;

ALTER TABLE marketing_campaign_performance ENABLE ROW LEVEL SECURITY;
ALTER TABLE marketing_campaign_performance FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON marketing_campaign_performance FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON marketing_campaign_performance FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON marketing_campaign_performance FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON marketing_campaign_performance TO neonhub_app;

GRANT SELECT ON marketing_campaign_performance TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON marketing_campaign_performance TO neonhub_maintenance;

GRANT SELECT ON marketing_campaign_performance TO neonhub_backup;

ALTER TABLE marketing_campaigns ENABLE ROW LEVEL SECURITY;
ALTER TABLE marketing_campaigns FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON marketing_campaigns FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON marketing_campaigns FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON marketing_campaigns FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON marketing_campaigns TO neonhub_app;

GRANT SELECT ON marketing_campaigns TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON marketing_campaigns TO neonhub_maintenance;

GRANT SELECT ON marketing_campaigns TO neonhub_backup;

ALTER TABLE marketing_leads ENABLE ROW LEVEL SECURITY;
ALTER TABLE marketing_leads FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON marketing_leads FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON marketing_leads FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON marketing_leads FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON marketing_leads TO neonhub_app;

GRANT SELECT ON marketing_leads TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON marketing_leads TO neonhub_maintenance;

GRANT SELECT ON marketing_leads TO neonhub_backup;

ALTER TABLE marketing_metrics ENABLE ROW LEVEL SECURITY;
ALTER TABLE marketing_metrics FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON marketing_metrics FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON marketing_metrics FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON marketing_metrics FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON marketing_metrics TO neonhub_app;

GRANT SELECT ON marketing_metrics TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON marketing_metrics TO neonhub_maintenance;

GRANT SELECT ON marketing_metrics TO neonhub_backup;

ALTER TABLE marketing_touchpoints ENABLE ROW LEVEL SECURITY;
ALTER TABLE marketing_touchpoints FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON marketing_touchpoints FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON marketing_touchpoints FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON marketing_touchpoints FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON marketing_touchpoints TO neonhub_app;

GRANT SELECT ON marketing_touchpoints TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON marketing_touchpoints TO neonhub_maintenance;

GRANT SELECT ON marketing_touchpoints TO neonhub_backup;

ALTER TABLE social_posts ENABLE ROW LEVEL SECURITY;
ALTER TABLE social_posts FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON social_posts FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON social_posts FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON social_posts FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON social_posts TO neonhub_app;

GRANT SELECT ON social_posts TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON social_posts TO neonhub_maintenance;

GRANT SELECT ON social_posts TO neonhub_backup;

ALTER TABLE action_configs ENABLE ROW LEVEL SECURITY;
ALTER TABLE action_configs FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON action_configs FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON action_configs FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON action_configs FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON action_configs TO neonhub_app;

GRANT SELECT ON action_configs TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON action_configs TO neonhub_maintenance;

GRANT SELECT ON action_configs TO neonhub_backup;

ALTER TABLE connector_auths ENABLE ROW LEVEL SECURITY;
ALTER TABLE connector_auths FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON connector_auths FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON connector_auths FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON connector_auths FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON connector_auths TO neonhub_app;

GRANT SELECT (account_id, account_name, connector_id, connector_kind, created_at, expires_at, id, last_error, last_used_at, metadata, scope, scopes, status, token_type, updated_at, user_id, workspace_id) ON connector_auths TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON connector_auths TO neonhub_maintenance;

GRANT SELECT ON connector_auths TO neonhub_backup;

ALTER TABLE connector_instances ENABLE ROW LEVEL SECURITY;
ALTER TABLE connector_instances FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON connector_instances FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON connector_instances FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON connector_instances FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON connector_instances TO neonhub_app;

GRANT SELECT ON connector_instances TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON connector_instances TO neonhub_maintenance;

GRANT SELECT ON connector_instances TO neonhub_backup;

ALTER TABLE oauth_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE oauth_tokens FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON oauth_tokens FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON oauth_tokens FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON oauth_tokens FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON oauth_tokens TO neonhub_app;

GRANT SELECT (account_id, connector_auth_id, created_at, expires_at, id, last_refreshed_at, provider, scope, status, token_type, updated_at, workspace_id) ON oauth_tokens TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON oauth_tokens TO neonhub_maintenance;

GRANT SELECT ON oauth_tokens TO neonhub_backup;

ALTER TABLE trigger_configs ENABLE ROW LEVEL SECURITY;
ALTER TABLE trigger_configs FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON trigger_configs FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON trigger_configs FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON trigger_configs FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON trigger_configs TO neonhub_app;

GRANT SELECT ON trigger_configs TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON trigger_configs TO neonhub_maintenance;

GRANT SELECT ON trigger_configs TO neonhub_backup;

ALTER TABLE budget_allocations ENABLE ROW LEVEL SECURITY;
ALTER TABLE budget_allocations FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON budget_allocations FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON budget_allocations FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON budget_allocations FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON budget_allocations TO neonhub_app;

GRANT SELECT ON budget_allocations TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON budget_allocations TO neonhub_maintenance;

GRANT SELECT ON budget_allocations TO neonhub_backup;

ALTER TABLE budget_ledger ENABLE ROW LEVEL SECURITY;
ALTER TABLE budget_ledger FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON budget_ledger FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON budget_ledger FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON budget_ledger FOR SELECT TO neonhub_backup USING (true);

GRANT INSERT, SELECT ON budget_ledger TO neonhub_app;

GRANT SELECT ON budget_ledger TO neonhub_readonly;

GRANT INSERT, SELECT ON budget_ledger TO neonhub_maintenance;

GRANT SELECT ON budget_ledger TO neonhub_backup;

ALTER TABLE budget_profiles ENABLE ROW LEVEL SECURITY;
ALTER TABLE budget_profiles FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON budget_profiles FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON budget_profiles FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON budget_profiles FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON budget_profiles TO neonhub_app;

GRANT SELECT ON budget_profiles TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON budget_profiles TO neonhub_maintenance;

GRANT SELECT ON budget_profiles TO neonhub_backup;

ALTER TABLE budget_transactions ENABLE ROW LEVEL SECURITY;
ALTER TABLE budget_transactions FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON budget_transactions FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON budget_transactions FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON budget_transactions FOR SELECT TO neonhub_backup USING (true);

GRANT INSERT, SELECT ON budget_transactions TO neonhub_app;

GRANT SELECT ON budget_transactions TO neonhub_readonly;

GRANT INSERT, SELECT ON budget_transactions TO neonhub_maintenance;

GRANT SELECT ON budget_transactions TO neonhub_backup;

ALTER TABLE budgets ENABLE ROW LEVEL SECURITY;
ALTER TABLE budgets FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON budgets FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON budgets FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON budgets FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON budgets TO neonhub_app;

GRANT SELECT ON budgets TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON budgets TO neonhub_maintenance;

GRANT SELECT ON budgets TO neonhub_backup;

ALTER TABLE payments ENABLE ROW LEVEL SECURITY;
ALTER TABLE payments FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON payments FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON payments FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON payments FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON payments TO neonhub_app;

GRANT SELECT ON payments TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON payments TO neonhub_maintenance;

GRANT SELECT ON payments TO neonhub_backup;

ALTER TABLE payouts ENABLE ROW LEVEL SECURITY;
ALTER TABLE payouts FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON payouts FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON payouts FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON payouts FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON payouts TO neonhub_app;

GRANT SELECT ON payouts TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON payouts TO neonhub_maintenance;

GRANT SELECT ON payouts TO neonhub_backup;

ALTER TABLE feedback ENABLE ROW LEVEL SECURITY;
ALTER TABLE feedback FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON feedback FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON feedback FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON feedback FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON feedback TO neonhub_app;

GRANT SELECT ON feedback TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON feedback TO neonhub_maintenance;

GRANT SELECT ON feedback TO neonhub_backup;

ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON tasks FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON tasks FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON tasks FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON tasks TO neonhub_app;

GRANT SELECT ON tasks TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON tasks TO neonhub_maintenance;

GRANT SELECT ON tasks TO neonhub_backup;

ALTER TABLE analytics_summaries ENABLE ROW LEVEL SECURITY;
ALTER TABLE analytics_summaries FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON analytics_summaries FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON analytics_summaries FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON analytics_summaries FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON analytics_summaries TO neonhub_app;

GRANT SELECT ON analytics_summaries TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON analytics_summaries TO neonhub_maintenance;

GRANT SELECT ON analytics_summaries TO neonhub_backup;

ALTER TABLE metric_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE metric_events FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON metric_events FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON metric_events FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON metric_events FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON metric_events TO neonhub_app;

GRANT SELECT ON metric_events TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON metric_events TO neonhub_maintenance;

GRANT SELECT ON metric_events TO neonhub_backup;

CREATE POLICY own_update ON workspaces AS RESTRICTIVE FOR UPDATE TO PUBLIC USING (((( SELECT neonhub.current_workspace() AS current_workspace) IS NULL) OR (id = ( SELECT neonhub.current_workspace() AS current_workspace)))) WITH CHECK (((( SELECT neonhub.current_workspace() AS current_workspace) IS NULL) OR (id = ( SELECT neonhub.current_workspace() AS current_workspace))));

CREATE POLICY own_delete ON workspaces AS RESTRICTIVE FOR DELETE TO PUBLIC USING (((( SELECT neonhub.current_workspace() AS current_workspace) IS NULL) OR (id = ( SELECT neonhub.current_workspace() AS current_workspace))));

SELECT neonhub.mirror_guards();

UPDATE neonhub.schema_migrations SET version_num='20251118000000_tenant_isolation' WHERE neonhub.schema_migrations.version_num = '20251117000000_v3_data_model';

COMMIT;
