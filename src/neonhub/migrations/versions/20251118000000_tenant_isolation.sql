-- From 20251118000000_tenant_isolation.py, sha256 aa3d7cfcd244f7a4f6c0c6e1c59345b35cc4c5456dc799055e3c45d05b9b59c3: `python -m neonhub.ops.scripts` writes this.
BEGIN;

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

ALTER TABLE agents ENABLE ROW LEVEL SECURITY;
ALTER TABLE agents FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON agents FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON agents FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON agents FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON agents TO neonhub_app;

GRANT SELECT ON agents TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON agents TO neonhub_maintenance;

GRANT SELECT ON agents TO neonhub_backup;

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

ALTER TABLE people ENABLE ROW LEVEL SECURITY;
ALTER TABLE people FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON people FOR ALL TO PUBLIC USING ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT neonhub.current_workspace() AS current_workspace)));

CREATE POLICY maintenance ON people FOR ALL TO neonhub_maintenance USING (true) WITH CHECK (true);

CREATE POLICY backup ON people FOR SELECT TO neonhub_backup USING (true);

GRANT DELETE, INSERT, SELECT, UPDATE ON people TO neonhub_app;

GRANT SELECT ON people TO neonhub_readonly;

GRANT DELETE, INSERT, SELECT, UPDATE ON people TO neonhub_maintenance;

GRANT SELECT ON people TO neonhub_backup;

UPDATE neonhub.schema_migrations SET version_num='20251118000000_tenant_isolation' WHERE neonhub.schema_migrations.version_num = '20240106000000_full_org_ai_vector_bootstrap';

COMMIT;
