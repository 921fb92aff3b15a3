-- From 20251117000000_v3_data_model.py, sha256 f392d358055449a7ad8c532cdd077dbf98d876f0a11528876157b7544c9e3aa1: `python -m neonhub.ops.scripts` writes this.
BEGIN;

ALTER TABLE metric_events SET SCHEMA neonhub;

ALTER TABLE audit_logs SET SCHEMA neonhub;

CREATE TABLE metric_events (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    kind TEXT NOT NULL,
    metadata JSONB NOT NULL,
    timestamp TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_metric_events PRIMARY KEY (workspace_id, id, timestamp),
    CONSTRAINT fk_metric_events__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
)
 PARTITION BY RANGE (timestamp);

CREATE TABLE audit_logs (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C",
    actor_type "ActorType",
    action TEXT NOT NULL,
    resource_id TEXT,
    resource_type TEXT,
    request_hash TEXT,
    metadata JSONB,
    ip INET,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    workspace_id TEXT COLLATE "C",
    seq BIGINT NOT NULL,
    prev_hash BYTEA,
    hash BYTEA NOT NULL,
    user_agent TEXT,
    CONSTRAINT pk_audit_logs PRIMARY KEY (organization_id, id, created_at)
)
 PARTITION BY RANGE (created_at);

CREATE TYPE "AnalysisKind" AS ENUM ('readability', 'seo', 'tone', 'brand_voice');

CREATE TYPE "Granularity" AS ENUM ('hour', 'day', 'week', 'month');

CREATE TYPE "InvitationStatus" AS ENUM ('pending', 'accepted', 'revoked', 'expired');

CREATE TYPE "KeywordIntent" AS ENUM ('informational', 'navigational', 'transactional', 'commercial');

SET LOCAL check_function_bodies = off;
CREATE FUNCTION neonhub.refuse_change() RETURNS trigger LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $function$
BEGIN
    -- What follows from the end of a row that this one refers to (a person who is erased, a
    -- workspace that is deleted) comes from within the reference's own trigger: it may.
    IF pg_trigger_depth() > 1 THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME
        USING ERRCODE = 'NH001', TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
END
$function$;

SET LOCAL check_function_bodies = off;
CREATE FUNCTION neonhub.set_duration() RETURNS trigger LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $function$
BEGIN
    IF NEW.completed_at IS NOT NULL AND NEW.started_at IS NOT NULL THEN
        -- An integer of milliseconds ends after 24 days.
        NEW.duration_ms := least(2147483647,
            round(extract(epoch FROM NEW.completed_at - NEW.started_at) * 1000));
    END IF;
    RETURN NEW;
END
$function$;

SET LOCAL check_function_bodies = off;
CREATE FUNCTION neonhub.mirror_guards() RETURNS void LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path TO 'public', 'pg_temp' AS $function$
DECLARE
    part record;
    rule record;
BEGIN
    FOR part IN
        SELECT c.oid::regclass AS name, t.oid::regclass AS of, t.oid AS parent,
               t.relrowsecurity AS enabled, t.relforcerowsecurity AS forced,
               has_table_privilege('neonhub_backup', t.oid, 'SELECT') AS saved
          FROM pg_inherits i
          JOIN pg_class c ON c.oid = i.inhrelid
          JOIN pg_class t ON t.oid = i.inhparent
         WHERE c.relispartition AND c.relkind = 'r' AND t.relkind = 'p'
           AND t.relnamespace = 'public'::regnamespace
         ORDER BY 1
    LOOP
        EXECUTE format('ALTER TABLE %s %s ROW LEVEL SECURITY, %s ROW LEVEL SECURITY', part.name,
                       CASE WHEN part.enabled THEN 'ENABLE' ELSE 'DISABLE' END,
                       CASE WHEN part.forced THEN 'FORCE' ELSE 'NO FORCE' END);
        FOR rule IN SELECT p.polname FROM pg_policy p WHERE p.polrelid = part.name LOOP
            EXECUTE format('DROP POLICY %I ON %s', rule.polname, part.name);
        END LOOP;
        FOR rule IN
            SELECT p.polname, p.polpermissive,
                   CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT'
                                 WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL'
                   END AS command,
                   (SELECT string_agg(coalesce(quote_ident(r.rolname), 'PUBLIC'), ', ')
                      FROM unnest(p.polroles) AS member
                      LEFT JOIN pg_roles r ON r.oid = member) AS roles,
                   pg_get_expr(p.polqual, p.polrelid) AS reads,
                   pg_get_expr(p.polwithcheck, p.polrelid) AS writes
              FROM pg_policy p WHERE p.polrelid = part.parent
        LOOP
            EXECUTE format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', rule.polname, part.name,
                           CASE WHEN rule.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
                           rule.command, rule.roles)
                    || coalesce(' USING (' || rule.reads || ')', '')
                    || coalesce(' WITH CHECK (' || rule.writes || ')', '');
        END LOOP;
        EXECUTE format('REVOKE ALL ON %s FROM PUBLIC, neonhub_app, neonhub_auth, neonhub_readonly, '
                       'neonhub_maintenance, neonhub_search, neonhub_backup', part.name);
        IF part.saved THEN
            EXECUTE format('GRANT SELECT ON %s TO neonhub_backup', part.name);
        END IF;
    END LOOP;
END
$function$;
REVOKE ALL ON FUNCTION neonhub.mirror_guards() FROM PUBLIC;

SET LOCAL check_function_bodies = off;
CREATE FUNCTION neonhub.ensure_partitions(ahead integer DEFAULT 3, behind integer DEFAULT 2) RETURNS SETOF text LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path TO 'public', 'pg_temp' SET TimeZone TO 'UTC' AS $function$
DECLARE
    parent record;
    month timestamptz;
    made text;
    spare text;
    stray boolean;
BEGIN
    -- One at a time: two would make the same partition.
    PERFORM pg_advisory_xact_lock(7236002);
    FOR parent IN
        SELECT c.oid, c.relname, a.attname AS column_name
          FROM pg_partitioned_table p
          JOIN pg_class c ON c.oid = p.partrelid
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.partattrs[0]
         WHERE c.relnamespace = 'public'::regnamespace AND p.partstrat = 'r'
         ORDER BY c.relname
    LOOP
        spare := parent.relname || '_default';
        IF to_regclass(spare) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', spare, parent.relname);
            RETURN NEXT spare;
        END IF;
        FOR month IN
            SELECT (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => m))
                       AT TIME ZONE 'UTC'
              FROM generate_series(-behind, ahead) AS m
        LOOP
            made := parent.relname || to_char(month AT TIME ZONE 'UTC', '_YYYY_MM');
            CONTINUE WHEN to_regclass(made) IS NOT NULL;
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS '
                           'INCLUDING GENERATED INCLUDING STORAGE)', made, parent.relname);
            -- Rows of the month that came before their partition lie in the default one. Its
            -- owner sees them while row security is not forced; the lock keeps all others out.
            EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', spare);
            EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY, DISABLE TRIGGER USER',
                           spare);
            EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE %I >= $1 AND %2$I < $2)',
                           spare, parent.column_name)
               INTO stray USING month, month + interval '1 month';
            IF stray THEN
                EXECUTE format('CREATE TABLE neonhub.moved (LIKE %I)', parent.relname);
                EXECUTE format('WITH gone AS (DELETE FROM %I WHERE %I >= $1 AND %2$I < $2 '
                               'RETURNING *) INSERT INTO neonhub.moved SELECT * FROM gone',
                               spare, parent.column_name)
                  USING month, month + interval '1 month';
            END IF;
            EXECUTE format('ALTER TABLE %I ENABLE TRIGGER USER', spare);
            EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                           parent.relname, made, month, month + interval '1 month');
            IF stray THEN
                -- Not before: to attach a table with rows checks its references as the owner, whom
                -- the forced policies of the tables referred to let see nothing.
                EXECUTE format('INSERT INTO %I SELECT * FROM neonhub.moved', made);
                DROP TABLE neonhub.moved;
            END IF;
            RETURN NEXT made;
        END LOOP;
    END LOOP;
    PERFORM neonhub.mirror_guards();
END
$function$;
REVOKE ALL ON FUNCTION neonhub.ensure_partitions(ahead integer, behind integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION neonhub.ensure_partitions(ahead integer, behind integer) TO neonhub_maintenance;

SET LOCAL check_function_bodies = off;
CREATE FUNCTION neonhub.keep_document_version() RETURNS trigger LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path TO 'public', 'pg_temp' AS $function$
BEGIN
    -- The update holds the document's row, so that no other takes the same number meanwhile.
    IF old.content IS DISTINCT FROM new.content THEN
        INSERT INTO document_versions (workspace_id, document_id, version, content, content_hash)
        SELECT old.workspace_id, old.id, coalesce(max(v.version), 0) + 1, old.content,
               coalesce(old.content_hash, encode(sha256(convert_to(old.content, 'UTF8')), 'hex'))
          FROM document_versions v
         WHERE v.workspace_id = old.workspace_id AND v.document_id = old.id;
    END IF;
    RETURN NULL;
END
$function$;

CREATE TABLE analytics_summaries (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    kind TEXT NOT NULL,
    granularity "Granularity" NOT NULL,
    period_start TIMESTAMP WITH TIME ZONE NOT NULL,
    count BIGINT DEFAULT 0 NOT NULL,
    value_sum DOUBLE PRECISION DEFAULT 0 NOT NULL,
    dimensions JSONB DEFAULT '{}'::jsonb NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_analytics_summaries PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_analytics_summaries__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT ux_analytics_summaries__kind__period__dimensions UNIQUE (workspace_id, kind, granularity, period_start, dimensions)
);

CREATE TABLE invitations (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL,
    workspace_id TEXT COLLATE "C",
    email CITEXT NOT NULL,
    role_id TEXT COLLATE "C",
    token_hash TEXT NOT NULL,
    invited_by_id TEXT COLLATE "C",
    status "InvitationStatus" DEFAULT 'pending'::"InvitationStatus" NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    accepted_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_invitations PRIMARY KEY (id),
    CONSTRAINT fk_invitations__invited_by_id FOREIGN KEY(invited_by_id) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_invitations__role_id FOREIGN KEY(organization_id, role_id) REFERENCES organization_roles (organization_id, id) ON DELETE SET NULL (role_id),
    CONSTRAINT fk_invitations__workspace_id FOREIGN KEY(organization_id, workspace_id) REFERENCES workspaces (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_invitations__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT ux_invitations__token_hash UNIQUE (token_hash)
);

CREATE INDEX ix_invitations__email ON invitations (email);

CREATE INDEX ix_invitations__id ON invitations (organization_id, id);

CREATE INDEX ix_invitations__invited_by_id ON invitations (invited_by_id);

CREATE INDEX ix_invitations__role_id ON invitations (organization_id, role_id);

CREATE INDEX ix_invitations__status ON invitations (organization_id, status);

CREATE INDEX ix_invitations__workspace_id ON invitations (organization_id, workspace_id);

CREATE TABLE workspace_members (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    role TEXT DEFAULT 'member'::text NOT NULL,
    status TEXT DEFAULT 'active'::text NOT NULL,
    joined_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_workspace_members PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_workspace_members__user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT fk_workspace_members__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT ux_workspace_members__user_id UNIQUE (workspace_id, user_id)
);

CREATE INDEX ix_workspace_members__user_id ON workspace_members (user_id);

CREATE TABLE agent_metrics (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    agent_id TEXT COLLATE "C" NOT NULL,
    date DATE NOT NULL,
    total_runs INTEGER DEFAULT 0 NOT NULL,
    successful_runs INTEGER DEFAULT 0 NOT NULL,
    failed_runs INTEGER DEFAULT 0 NOT NULL,
    avg_duration DOUBLE PRECISION,
    p95_duration DOUBLE PRECISION,
    total_tokens BIGINT DEFAULT 0 NOT NULL,
    total_cost NUMERIC(18, 4) DEFAULT 0 NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_agent_metrics PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_agent_metrics__agent_id FOREIGN KEY(workspace_id, agent_id) REFERENCES agents (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_agent_metrics__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT ux_agent_metrics__agent_id__date UNIQUE (workspace_id, agent_id, date)
);

CREATE TABLE brand_voice_guides (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    brand_id TEXT COLLATE "C",
    name TEXT NOT NULL,
    content TEXT NOT NULL,
    active BOOLEAN DEFAULT true NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_brand_voice_guides PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_brand_voice_guides__brand_id FOREIGN KEY(workspace_id, brand_id) REFERENCES brands (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_brand_voice_guides__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_brand_voice_guides__brand_id ON brand_voice_guides (workspace_id, brand_id);

CREATE UNIQUE INDEX ux_brand_voice_guides__name ON brand_voice_guides (workspace_id, name) WHERE deleted_at IS NULL;

CREATE TABLE keyword_clusters (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    pillar_keyword CITEXT,
    intent "KeywordIntent",
    centroid VECTOR(1536),
    embedding_space_id TEXT COLLATE "C",
    metadata JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_keyword_clusters PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_keyword_clusters__embedding_space_id FOREIGN KEY(workspace_id, embedding_space_id) REFERENCES embedding_spaces (workspace_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_keyword_clusters__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT ux_keyword_clusters__name UNIQUE (workspace_id, name)
);

CREATE INDEX ix_keyword_clusters__embedding_space_id ON keyword_clusters (workspace_id, embedding_space_id);

CREATE TABLE oauth_tokens (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    connector_auth_id TEXT COLLATE "C",
    provider TEXT NOT NULL,
    account_id TEXT,
    access_token TEXT NOT NULL,
    refresh_token TEXT,
    token_type TEXT,
    scope TEXT,
    expires_at TIMESTAMP WITH TIME ZONE,
    status TEXT DEFAULT 'active'::text NOT NULL,
    last_refreshed_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_oauth_tokens PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_oauth_tokens__connector_auth_id FOREIGN KEY(workspace_id, connector_auth_id) REFERENCES connector_auths (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_oauth_tokens__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_oauth_tokens__connector_auth_id ON oauth_tokens (workspace_id, connector_auth_id);

CREATE INDEX ix_oauth_tokens__expires_at ON oauth_tokens (workspace_id, expires_at);

CREATE TABLE brand_voice_embeddings (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    guide_id TEXT COLLATE "C" NOT NULL,
    embedding_space_id TEXT COLLATE "C" NOT NULL,
    idx INTEGER NOT NULL,
    chunk TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    embedding VECTOR(1536),
    embedding_bits BIT(1536) GENERATED ALWAYS AS ((binary_quantize(embedding))::bit(1536)) STORED,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_brand_voice_embeddings PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_brand_voice_embeddings__embedding_space_id FOREIGN KEY(workspace_id, embedding_space_id) REFERENCES embedding_spaces (workspace_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_brand_voice_embeddings__guide_id FOREIGN KEY(workspace_id, guide_id) REFERENCES brand_voice_guides (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_brand_voice_embeddings__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT ux_brand_voice_embeddings__guide_id__idx UNIQUE (workspace_id, guide_id, idx)
);

CREATE INDEX brand_voice_embeddings_embedding_cosine_idx ON brand_voice_embeddings (workspace_id, embedding_space_id, guide_id) INCLUDE (id, embedding_bits);

CREATE TABLE connector_instances (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    connector_id TEXT COLLATE "C" NOT NULL,
    credential_id TEXT COLLATE "C",
    name TEXT,
    enabled BOOLEAN DEFAULT true NOT NULL,
    config JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_connector_instances PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_connector_instances__connector_id FOREIGN KEY(connector_id) REFERENCES connectors (id) ON DELETE CASCADE,
    CONSTRAINT fk_connector_instances__credential_id FOREIGN KEY(workspace_id, credential_id) REFERENCES oauth_tokens (workspace_id, id) ON DELETE SET NULL (credential_id),
    CONSTRAINT fk_connector_instances__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_connector_instances__connector_id ON connector_instances (workspace_id, connector_id);

CREATE INDEX ix_connector_instances__connector_id__alone ON connector_instances (connector_id);

CREATE INDEX ix_connector_instances__credential_id ON connector_instances (workspace_id, credential_id);

CREATE TABLE keyword_research (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    keyword CITEXT NOT NULL,
    keyword_folded TEXT GENERATED ALWAYS AS (lower((keyword)::text)) STORED NOT NULL,
    search_volume INTEGER,
    competition DOUBLE PRECISION,
    cpc NUMERIC(18, 4),
    intent "KeywordIntent",
    difficulty DOUBLE PRECISION,
    cluster_id TEXT COLLATE "C",
    source TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_keyword_research PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_keyword_research__cluster_id FOREIGN KEY(workspace_id, cluster_id) REFERENCES keyword_clusters (workspace_id, id) ON DELETE SET NULL (cluster_id),
    CONSTRAINT fk_keyword_research__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT ux_keyword_research__keyword UNIQUE (workspace_id, keyword)
);

CREATE INDEX ix_keyword_research__cluster_id ON keyword_research (workspace_id, cluster_id);

CREATE INDEX ix_keyword_research__keyword_folded ON keyword_research (workspace_id, keyword_folded);

CREATE TABLE marketing_campaign_performance (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    campaign_id TEXT COLLATE "C" NOT NULL,
    date DATE NOT NULL,
    channel TEXT DEFAULT 'all'::text NOT NULL,
    impressions BIGINT DEFAULT 0 NOT NULL,
    clicks BIGINT DEFAULT 0 NOT NULL,
    conversions BIGINT DEFAULT 0 NOT NULL,
    spend NUMERIC(18, 4) DEFAULT 0 NOT NULL,
    revenue NUMERIC(18, 4) DEFAULT 0 NOT NULL,
    ctr DOUBLE PRECISION GENERATED ALWAYS AS (CASE WHEN impressions > 0 THEN clicks::double precision / impressions::double precision ELSE 0 END) STORED NOT NULL,
    cpc DOUBLE PRECISION GENERATED ALWAYS AS (CASE WHEN clicks > 0 THEN spend::double precision / clicks::double precision ELSE 0 END) STORED NOT NULL,
    cpa DOUBLE PRECISION GENERATED ALWAYS AS (CASE WHEN conversions > 0 THEN spend::double precision / conversions::double precision ELSE 0 END) STORED NOT NULL,
    roas DOUBLE PRECISION GENERATED ALWAYS AS (CASE WHEN spend > 0 THEN revenue::double precision / spend::double precision ELSE 0 END) STORED NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_marketing_campaign_performance PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_marketing_campaign_performance__campaign_id FOREIGN KEY(workspace_id, campaign_id) REFERENCES marketing_campaigns (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_marketing_campaign_performance__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT ux_marketing_campaign_performance__campaign_id__date__channel UNIQUE (workspace_id, campaign_id, date, channel)
);

CREATE TABLE content_analyses (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    draft_id TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    kind "AnalysisKind" NOT NULL,
    score DOUBLE PRECISION,
    findings JSONB NOT NULL,
    model TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_content_analyses PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_content_analyses__draft_id FOREIGN KEY(workspace_id, draft_id) REFERENCES content_drafts (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_content_analyses__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_content_analyses__draft_id__kind__created_at ON content_analyses (workspace_id, draft_id, kind, created_at);

CREATE TABLE content_versions (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    draft_id TEXT COLLATE "C" NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    title TEXT,
    body TEXT NOT NULL,
    changes TEXT,
    created_by_id TEXT COLLATE "C",
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_content_versions PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_content_versions__created_by_id FOREIGN KEY(created_by_id) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_content_versions__draft_id FOREIGN KEY(workspace_id, draft_id) REFERENCES content_drafts (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_content_versions__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT ux_content_versions__draft_id__version UNIQUE (workspace_id, draft_id, version)
);

CREATE INDEX ix_content_versions__created_by_id ON content_versions (created_by_id);

CREATE TABLE document_versions (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    document_id TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    content TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    created_by_id TEXT COLLATE "C",
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_document_versions PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_document_versions__created_by_id FOREIGN KEY(created_by_id) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_document_versions__document_id FOREIGN KEY(workspace_id, document_id) REFERENCES documents (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_document_versions__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT ux_document_versions__document_id__version UNIQUE (workspace_id, document_id, version)
);

CREATE INDEX ix_document_versions__created_by_id ON document_versions (created_by_id);

ALTER TABLE agent_jobs ADD COLUMN run_after TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL;

ALTER TABLE agent_jobs ADD COLUMN attempts INTEGER DEFAULT 0 NOT NULL;

ALTER TABLE agent_jobs ADD COLUMN max_attempts INTEGER DEFAULT 5 NOT NULL;

ALTER TABLE agent_jobs ADD COLUMN locked_by TEXT;

ALTER TABLE agent_jobs ADD COLUMN locked_at TIMESTAMP WITH TIME ZONE;

ALTER TABLE agent_jobs ADD COLUMN priority INTEGER DEFAULT 0 NOT NULL;

ALTER TABLE agent_memories ADD COLUMN embedding_bits BIT(1536) GENERATED ALWAYS AS ((binary_quantize(embedding))::bit(1536)) STORED;

DROP INDEX ix_agent_memories__embedding_space_id;

DROP INDEX agent_memories_embedding_idx;

CREATE INDEX agent_memories_embedding_idx ON agent_memories (workspace_id, embedding_space_id, agent_id) INCLUDE (id, embedding_bits);

CREATE INDEX ix_audit_logs__action ON audit_logs (action);

CREATE INDEX ix_audit_logs__created_at ON audit_logs (organization_id, created_at);

CREATE INDEX ix_audit_logs__user_id__created_at ON audit_logs (user_id, created_at);

ALTER TABLE brand_voices ADD COLUMN embedding_bits BIT(1536) GENERATED ALWAYS AS ((binary_quantize(embedding))::bit(1536)) STORED;

DROP INDEX ix_brand_voices__embedding_space_id;

DROP INDEX brand_voices_embedding_cosine_idx;

CREATE INDEX brand_voices_embedding_cosine_idx ON brand_voices (workspace_id, embedding_space_id) INCLUDE (id, embedding_bits);

ALTER TABLE budget_ledger ADD COLUMN idempotency_key TEXT;

ALTER TABLE campaigns ADD COLUMN deleted_at TIMESTAMP WITH TIME ZONE;

ALTER TABLE chunks ADD COLUMN embedding_bits BIT(1536) GENERATED ALWAYS AS ((binary_quantize(embedding))::bit(1536)) STORED;

DROP INDEX chunks_embedding_cosine_idx;

CREATE INDEX chunks_embedding_cosine_idx ON chunks (workspace_id, embedding_space_id, dataset_id) INCLUDE (document_id, id, embedding_bits);

ALTER TABLE content ADD COLUMN embedding_bits BIT(1536) GENERATED ALWAYS AS ((binary_quantize(embedding))::bit(1536)) STORED;

DROP INDEX ix_content__embedding_space_id;

CREATE INDEX content_embedding_cosine_idx ON content (workspace_id, embedding_space_id) INCLUDE (id, embedding_bits);

ALTER TABLE content_drafts ADD COLUMN metadata JSONB;

ALTER TABLE content_drafts ADD COLUMN deleted_at TIMESTAMP WITH TIME ZONE;

ALTER TABLE conversations ADD COLUMN person_id TEXT COLLATE "C";

ALTER TABLE conversations ADD COLUMN deleted_at TIMESTAMP WITH TIME ZONE;

CREATE INDEX ix_conversations__person_id ON conversations (workspace_id, person_id);

ALTER TABLE documents ADD COLUMN source_uri TEXT;

ALTER TABLE documents ADD COLUMN content_hash TEXT;

ALTER TABLE documents ADD COLUMN mime_type TEXT;

ALTER TABLE documents ADD COLUMN deleted_at TIMESTAMP WITH TIME ZONE;

CREATE INDEX ix_documents__deleted ON documents (workspace_id, dataset_id, id) WHERE deleted_at IS NOT NULL;

CREATE UNIQUE INDEX ux_documents__dataset_id__source_uri ON documents (workspace_id, dataset_id, source_uri) WHERE source_uri IS NOT NULL AND deleted_at IS NULL;

ALTER TABLE events ADD COLUMN dedupe_key TEXT;

ALTER TABLE events ADD CONSTRAINT ux_events__dedupe_key UNIQUE (workspace_id, dedupe_key);

ALTER TABLE keywords ADD COLUMN term_folded TEXT GENERATED ALWAYS AS (lower((term)::text)) STORED NOT NULL;

CREATE INDEX ix_keywords__term_folded ON keywords (workspace_id, term_folded);

ALTER TABLE marketing_leads ADD COLUMN email_folded TEXT GENERATED ALWAYS AS (lower((email)::text)) STORED;

ALTER TABLE marketing_leads ADD COLUMN person_id TEXT COLLATE "C";

CREATE INDEX ix_marketing_leads__email_folded ON marketing_leads (workspace_id, email_folded);

CREATE INDEX ix_marketing_leads__person_id ON marketing_leads (workspace_id, person_id);

ALTER TABLE marketing_touchpoints ADD COLUMN dedupe_key TEXT;

ALTER TABLE mem_embeddings ADD COLUMN embedding_bits BIT(1536) GENERATED ALWAYS AS ((binary_quantize(embedding))::bit(1536)) STORED;

ALTER TABLE mem_embeddings ADD COLUMN importance DOUBLE PRECISION DEFAULT 0.5 NOT NULL;

ALTER TABLE mem_embeddings ADD COLUMN superseded_by_id TEXT COLLATE "C";

ALTER TABLE mem_embeddings ADD COLUMN last_accessed_at TIMESTAMP WITH TIME ZONE;

DROP INDEX ix_mem_embeddings__embedding_space_id;

CREATE INDEX ix_mem_embeddings__superseded_by_id ON mem_embeddings (workspace_id, superseded_by_id);

CREATE INDEX mem_embeddings_embedding_cosine_idx ON mem_embeddings (workspace_id, embedding_space_id, person_id) INCLUDE (id, embedding_bits);

ALTER TABLE messages ADD COLUMN embedding_bits BIT(1536) GENERATED ALWAYS AS ((binary_quantize(embedding))::bit(1536)) STORED;

DROP INDEX ix_messages__embedding_space_id;

DROP INDEX messages_embedding_cosine_idx;

CREATE INDEX messages_embedding_cosine_idx ON messages (workspace_id, embedding_space_id, conversation_id) INCLUDE (id, embedding_bits);

CREATE INDEX ix_metric_events__kind__timestamp ON metric_events (workspace_id, kind, timestamp);

CREATE INDEX ix_metric_events__metadata ON metric_events USING gin (metadata jsonb_path_ops);

ALTER TABLE people ADD COLUMN primary_email_folded TEXT GENERATED ALWAYS AS (lower((primary_email)::text)) STORED;

ALTER TABLE people ADD COLUMN merged_into_id TEXT COLLATE "C";

CREATE INDEX ix_people__merged_into_id ON people (workspace_id, merged_into_id);

CREATE INDEX ix_people__primary_email_folded ON people (workspace_id, primary_email_folded);

ALTER TABLE person_identities ADD COLUMN value_folded TEXT GENERATED ALWAYS AS (lower((value)::text)) STORED NOT NULL;

CREATE INDEX ix_person_identities__type__value_folded ON person_identities (workspace_id, type, value_folded);

ALTER TABLE seo_metrics ADD COLUMN keyword_folded TEXT GENERATED ALWAYS AS (lower((keyword)::text)) STORED;

CREATE INDEX ix_seo_metrics__keyword_folded__date ON seo_metrics (workspace_id, keyword_folded, date);

ALTER TABLE conversations ADD CONSTRAINT fk_conversations__person_id FOREIGN KEY(workspace_id, person_id) REFERENCES people (workspace_id, id) ON DELETE SET NULL (person_id);

ALTER TABLE marketing_leads ADD CONSTRAINT fk_marketing_leads__person_id FOREIGN KEY(workspace_id, person_id) REFERENCES people (workspace_id, id) ON DELETE SET NULL (person_id);

ALTER TABLE mem_embeddings ADD CONSTRAINT fk_mem_embeddings__superseded_by_id FOREIGN KEY(workspace_id, superseded_by_id) REFERENCES mem_embeddings (workspace_id, id) ON DELETE SET NULL (superseded_by_id);

ALTER TABLE people ADD CONSTRAINT fk_people__merged_into_id FOREIGN KEY(workspace_id, merged_into_id) REFERENCES people (workspace_id, id) ON DELETE SET NULL (merged_into_id);

CREATE TRIGGER touch BEFORE UPDATE ON invitations FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON workspace_members FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON brand_voice_embeddings FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON brand_voice_guides FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON agent_metrics FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON document_versions FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON content_analyses FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON content_versions FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON keyword_clusters FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON keyword_research FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON marketing_campaign_performance FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON connector_instances FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON oauth_tokens FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON analytics_summaries FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

ALTER TABLE brand_voice_embeddings ALTER COLUMN embedding SET STORAGE EXTERNAL;

ALTER TABLE brand_voice_embeddings ALTER COLUMN embedding_bits SET STORAGE PLAIN;

ALTER TABLE brand_voices ALTER COLUMN embedding_bits SET STORAGE PLAIN;

ALTER TABLE agent_memories ALTER COLUMN embedding_bits SET STORAGE PLAIN;

CREATE TRIGGER set_duration BEFORE INSERT OR UPDATE ON agent_runs FOR EACH ROW EXECUTE FUNCTION neonhub.set_duration();

CREATE TRIGGER set_duration BEFORE INSERT OR UPDATE ON run_steps FOR EACH ROW EXECUTE FUNCTION neonhub.set_duration();

CREATE TRIGGER set_duration BEFORE INSERT OR UPDATE ON tool_executions FOR EACH ROW EXECUTE FUNCTION neonhub.set_duration();

ALTER TABLE chunks ALTER COLUMN embedding_bits SET STORAGE PLAIN;

CREATE TRIGGER keep_version AFTER UPDATE OF content ON documents FOR EACH ROW EXECUTE FUNCTION neonhub.keep_document_version();

ALTER TABLE messages ALTER COLUMN embedding_bits SET STORAGE PLAIN;

ALTER TABLE mem_embeddings ALTER COLUMN embedding_bits SET STORAGE PLAIN;

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON person_consents FOR EACH ROW EXECUTE FUNCTION neonhub.refuse_change();

ALTER TABLE content ALTER COLUMN embedding_bits SET STORAGE PLAIN;

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON content_versions FOR EACH ROW EXECUTE FUNCTION neonhub.refuse_change();

ALTER TABLE keyword_clusters ALTER COLUMN centroid SET STORAGE EXTERNAL;

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON budget_ledger FOR EACH ROW EXECUTE FUNCTION neonhub.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON budget_transactions FOR EACH ROW EXECUTE FUNCTION neonhub.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON audit_logs FOR EACH ROW EXECUTE FUNCTION neonhub.refuse_change();

SELECT neonhub.ensure_partitions();

INSERT INTO metric_events (id, workspace_id, kind, metadata, "timestamp") SELECT id, workspace_id, kind, metadata, "timestamp" FROM neonhub.metric_events;

DROP TABLE neonhub.metric_events;

INSERT INTO audit_logs (id, organization_id, user_id, actor_type, action, resource_id, resource_type, request_hash, metadata, ip, created_at, workspace_id, seq, prev_hash, hash, user_agent) SELECT id, organization_id, user_id, actor_type, action, resource_id, resource_type, request_hash, metadata, ip, created_at, workspace_id, seq, prev_hash, hash, user_agent FROM neonhub.audit_logs;

DROP TABLE neonhub.audit_logs;

UPDATE neonhub.schema_migrations SET version_num='20251117000000_v3_data_model' WHERE neonhub.schema_migrations.version_num = '20251101093000_add_agentic_models';

COMMIT;
