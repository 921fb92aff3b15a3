-- From 20240106000000_full_org_ai_vector_bootstrap.py, sha256 68d8cb6118d1e2cabfad2e4ebc6e9ffb61141159d68fc17f7aa819fb4a0183f0: `python -m neonhub.ops.scripts` writes this.
BEGIN;

CREATE TABLE organizations (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    plan TEXT DEFAULT 'starter'::text NOT NULL,
    settings JSONB,
    owner_id TEXT COLLATE "C",
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_organizations PRIMARY KEY (id),
    CONSTRAINT fk_organizations__owner_id FOREIGN KEY(owner_id) REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX ix_organizations__owner_id ON organizations (owner_id);

CREATE UNIQUE INDEX ux_organizations__slug ON organizations (slug) WHERE deleted_at IS NULL;

CREATE TABLE workspaces (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    owner_id TEXT COLLATE "C",
    settings JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_workspaces PRIMARY KEY (id),
    CONSTRAINT fk_workspaces__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT fk_workspaces__owner_id FOREIGN KEY(owner_id) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT ux_workspaces__id UNIQUE (organization_id, id)
);

CREATE INDEX ix_workspaces__organization_id ON workspaces (organization_id);

CREATE INDEX ix_workspaces__owner_id ON workspaces (owner_id);

CREATE UNIQUE INDEX ux_workspaces__slug ON workspaces (slug) WHERE deleted_at IS NULL;

CREATE TRIGGER touch BEFORE UPDATE ON organizations FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON workspaces FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

DO $$
BEGIN
    IF EXISTS (SELECT FROM agent_jobs) OR EXISTS (SELECT FROM agent_memories) OR EXISTS (SELECT FROM documents) OR EXISTS (SELECT FROM content_drafts) OR EXISTS (SELECT FROM ab_tests) OR EXISTS (SELECT FROM campaigns) OR EXISTS (SELECT FROM email_sequences) OR EXISTS (SELECT FROM social_posts) OR EXISTS (SELECT FROM action_configs) OR EXISTS (SELECT FROM connector_auths) OR EXISTS (SELECT FROM trigger_configs) OR EXISTS (SELECT FROM feedback) OR EXISTS (SELECT FROM tasks) OR EXISTS (SELECT FROM metric_events) OR EXISTS (SELECT FROM team_members) OR EXISTS (SELECT FROM invoices) OR EXISTS (SELECT FROM subscriptions) OR EXISTS (SELECT FROM usage_records) THEN
        INSERT INTO organizations (id, slug, name, plan)
        VALUES ('c04es3kifs2np42j5bdf5qh5j', 'primary', 'NeonHub', 'scale');
        INSERT INTO workspaces (id, organization_id, slug, name)
        VALUES ('c01jsniwmunhzhuiool5zttvg', 'c04es3kifs2np42j5bdf5qh5j', 'primary', 'NeonHub');
    END IF;
END $$;

ALTER TABLE ab_tests DROP CONSTRAINT fk_ab_tests__campaign_id;

ALTER TABLE action_configs DROP CONSTRAINT fk_action_configs__connector_auth_id;

ALTER TABLE email_sequences DROP CONSTRAINT fk_email_sequences__campaign_id;

ALTER TABLE invoices DROP CONSTRAINT fk_invoices__subscription_id;

ALTER TABLE social_posts DROP CONSTRAINT fk_social_posts__campaign_id;

ALTER TABLE trigger_configs DROP CONSTRAINT fk_trigger_configs__connector_auth_id;

ALTER TABLE usage_records DROP CONSTRAINT fk_usage_records__subscription_id;

ALTER TABLE agent_jobs ADD COLUMN workspace_id text COLLATE "C" DEFAULT 'c01jsniwmunhzhuiool5zttvg';

ALTER TABLE agent_jobs ALTER COLUMN workspace_id SET NOT NULL;

ALTER TABLE agent_jobs ALTER COLUMN workspace_id DROP DEFAULT;

ALTER TABLE agent_jobs DROP CONSTRAINT pk_agent_jobs;

ALTER TABLE agent_jobs ADD CONSTRAINT pk_agent_jobs PRIMARY KEY (workspace_id, id);

ALTER TABLE agent_memories ADD COLUMN workspace_id text COLLATE "C" DEFAULT 'c01jsniwmunhzhuiool5zttvg';

ALTER TABLE agent_memories ALTER COLUMN workspace_id SET NOT NULL;

ALTER TABLE agent_memories ALTER COLUMN workspace_id DROP DEFAULT;

ALTER TABLE agent_memories DROP CONSTRAINT pk_agent_memories;

ALTER TABLE agent_memories ADD CONSTRAINT pk_agent_memories PRIMARY KEY (workspace_id, id);

ALTER TABLE documents ADD COLUMN workspace_id text COLLATE "C" DEFAULT 'c01jsniwmunhzhuiool5zttvg';

ALTER TABLE documents ALTER COLUMN workspace_id SET NOT NULL;

ALTER TABLE documents ALTER COLUMN workspace_id DROP DEFAULT;

ALTER TABLE documents DROP CONSTRAINT pk_documents;

ALTER TABLE documents ADD CONSTRAINT pk_documents PRIMARY KEY (workspace_id, id);

ALTER TABLE content_drafts ADD COLUMN workspace_id text COLLATE "C" DEFAULT 'c01jsniwmunhzhuiool5zttvg';

ALTER TABLE content_drafts ALTER COLUMN workspace_id SET NOT NULL;

ALTER TABLE content_drafts ALTER COLUMN workspace_id DROP DEFAULT;

ALTER TABLE content_drafts DROP CONSTRAINT pk_content_drafts;

ALTER TABLE content_drafts ADD CONSTRAINT pk_content_drafts PRIMARY KEY (workspace_id, id);

ALTER TABLE ab_tests ADD COLUMN workspace_id text COLLATE "C" DEFAULT 'c01jsniwmunhzhuiool5zttvg';

ALTER TABLE ab_tests ALTER COLUMN workspace_id SET NOT NULL;

ALTER TABLE ab_tests ALTER COLUMN workspace_id DROP DEFAULT;

ALTER TABLE ab_tests DROP CONSTRAINT pk_ab_tests;

ALTER TABLE ab_tests ADD CONSTRAINT pk_ab_tests PRIMARY KEY (workspace_id, id);

ALTER TABLE campaigns ADD COLUMN workspace_id text COLLATE "C" DEFAULT 'c01jsniwmunhzhuiool5zttvg';

ALTER TABLE campaigns ALTER COLUMN workspace_id SET NOT NULL;

ALTER TABLE campaigns ALTER COLUMN workspace_id DROP DEFAULT;

ALTER TABLE campaigns DROP CONSTRAINT pk_campaigns;

ALTER TABLE campaigns ADD CONSTRAINT pk_campaigns PRIMARY KEY (workspace_id, id);

ALTER TABLE email_sequences ADD COLUMN workspace_id text COLLATE "C" DEFAULT 'c01jsniwmunhzhuiool5zttvg';

ALTER TABLE email_sequences ALTER COLUMN workspace_id SET NOT NULL;

ALTER TABLE email_sequences ALTER COLUMN workspace_id DROP DEFAULT;

ALTER TABLE email_sequences DROP CONSTRAINT pk_email_sequences;

ALTER TABLE email_sequences ADD CONSTRAINT pk_email_sequences PRIMARY KEY (workspace_id, id);

ALTER TABLE social_posts ADD COLUMN workspace_id text COLLATE "C" DEFAULT 'c01jsniwmunhzhuiool5zttvg';

ALTER TABLE social_posts ALTER COLUMN workspace_id SET NOT NULL;

ALTER TABLE social_posts ALTER COLUMN workspace_id DROP DEFAULT;

ALTER TABLE social_posts DROP CONSTRAINT pk_social_posts;

ALTER TABLE social_posts ADD CONSTRAINT pk_social_posts PRIMARY KEY (workspace_id, id);

ALTER TABLE action_configs ADD COLUMN workspace_id text COLLATE "C" DEFAULT 'c01jsniwmunhzhuiool5zttvg';

ALTER TABLE action_configs ALTER COLUMN workspace_id SET NOT NULL;

ALTER TABLE action_configs ALTER COLUMN workspace_id DROP DEFAULT;

ALTER TABLE action_configs DROP CONSTRAINT pk_action_configs;

ALTER TABLE action_configs ADD CONSTRAINT pk_action_configs PRIMARY KEY (workspace_id, id);

ALTER TABLE connector_auths ADD COLUMN workspace_id text COLLATE "C" DEFAULT 'c01jsniwmunhzhuiool5zttvg';

ALTER TABLE connector_auths ALTER COLUMN workspace_id SET NOT NULL;

ALTER TABLE connector_auths ALTER COLUMN workspace_id DROP DEFAULT;

ALTER TABLE connector_auths DROP CONSTRAINT pk_connector_auths;

ALTER TABLE connector_auths ADD CONSTRAINT pk_connector_auths PRIMARY KEY (workspace_id, id);

ALTER TABLE trigger_configs ADD COLUMN workspace_id text COLLATE "C" DEFAULT 'c01jsniwmunhzhuiool5zttvg';

ALTER TABLE trigger_configs ALTER COLUMN workspace_id SET NOT NULL;

ALTER TABLE trigger_configs ALTER COLUMN workspace_id DROP DEFAULT;

ALTER TABLE trigger_configs DROP CONSTRAINT pk_trigger_configs;

ALTER TABLE trigger_configs ADD CONSTRAINT pk_trigger_configs PRIMARY KEY (workspace_id, id);

ALTER TABLE feedback ADD COLUMN workspace_id text COLLATE "C" DEFAULT 'c01jsniwmunhzhuiool5zttvg';

ALTER TABLE feedback ALTER COLUMN workspace_id SET NOT NULL;

ALTER TABLE feedback ALTER COLUMN workspace_id DROP DEFAULT;

ALTER TABLE feedback DROP CONSTRAINT pk_feedback;

ALTER TABLE feedback ADD CONSTRAINT pk_feedback PRIMARY KEY (workspace_id, id);

ALTER TABLE tasks ADD COLUMN workspace_id text COLLATE "C" DEFAULT 'c01jsniwmunhzhuiool5zttvg';

ALTER TABLE tasks ALTER COLUMN workspace_id SET NOT NULL;

ALTER TABLE tasks ALTER COLUMN workspace_id DROP DEFAULT;

ALTER TABLE tasks DROP CONSTRAINT pk_tasks;

ALTER TABLE tasks ADD CONSTRAINT pk_tasks PRIMARY KEY (workspace_id, id);

ALTER TABLE metric_events ADD COLUMN workspace_id text COLLATE "C" DEFAULT 'c01jsniwmunhzhuiool5zttvg';

ALTER TABLE metric_events ALTER COLUMN workspace_id SET NOT NULL;

ALTER TABLE metric_events ALTER COLUMN workspace_id DROP DEFAULT;

ALTER TABLE metric_events DROP CONSTRAINT pk_metric_events;

ALTER TABLE metric_events ADD CONSTRAINT pk_metric_events PRIMARY KEY (workspace_id, id);

ALTER TABLE team_members ADD COLUMN organization_id text COLLATE "C" DEFAULT 'c04es3kifs2np42j5bdf5qh5j';

ALTER TABLE team_members ALTER COLUMN organization_id SET NOT NULL;

ALTER TABLE team_members ALTER COLUMN organization_id DROP DEFAULT;

ALTER TABLE invoices ADD COLUMN organization_id text COLLATE "C" DEFAULT 'c04es3kifs2np42j5bdf5qh5j';

ALTER TABLE invoices ALTER COLUMN organization_id SET NOT NULL;

ALTER TABLE invoices ALTER COLUMN organization_id DROP DEFAULT;

ALTER TABLE subscriptions ADD COLUMN organization_id text COLLATE "C" DEFAULT 'c04es3kifs2np42j5bdf5qh5j';

ALTER TABLE subscriptions ALTER COLUMN organization_id SET NOT NULL;

ALTER TABLE subscriptions ALTER COLUMN organization_id DROP DEFAULT;

ALTER TABLE usage_records ADD COLUMN organization_id text COLLATE "C" DEFAULT 'c04es3kifs2np42j5bdf5qh5j';

ALTER TABLE usage_records ALTER COLUMN organization_id SET NOT NULL;

ALTER TABLE usage_records ALTER COLUMN organization_id DROP DEFAULT;

CREATE TYPE "ActorType" AS ENUM ('user', 'agent', 'api_key', 'system');

CREATE TYPE "AgentKind" AS ENUM ('COPILOT', 'WORKFLOW', 'ANALYST');

CREATE TYPE "AgentStatus" AS ENUM ('DRAFT', 'ACTIVE', 'PAUSED', 'DISABLED');

CREATE TYPE "ContentKind" AS ENUM ('article', 'email', 'social_script', 'ad_copy');

CREATE TYPE "ConversationKind" AS ENUM ('support', 'campaign', 'planning', 'ad_hoc');

CREATE TYPE "DatasetKind" AS ENUM ('documents', 'faq', 'analytics');

CREATE TYPE "MessageRole" AS ENUM ('system', 'user', 'assistant', 'tool');

CREATE TYPE "RunStatus" AS ENUM ('pending', 'running', 'completed', 'failed', 'cancelled');

CREATE TYPE "TrainStatus" AS ENUM ('queued', 'running', 'completed', 'failed', 'cancelled');

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
    CONSTRAINT pk_audit_logs PRIMARY KEY (organization_id, id)
);

CREATE INDEX ix_audit_logs__action ON audit_logs (action);

CREATE INDEX ix_audit_logs__created_at ON audit_logs (organization_id, created_at);

CREATE INDEX ix_audit_logs__user_id__created_at ON audit_logs (user_id, created_at);

CREATE TABLE organization_permissions (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL,
    key TEXT NOT NULL,
    description TEXT,
    category TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_organization_permissions PRIMARY KEY (id),
    CONSTRAINT fk_organization_permissions__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT ux_organization_permissions__id UNIQUE (organization_id, id),
    CONSTRAINT ux_organization_permissions__key UNIQUE (organization_id, key)
);

CREATE TABLE organization_roles (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    description TEXT,
    is_system BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_organization_roles PRIMARY KEY (id),
    CONSTRAINT fk_organization_roles__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT ux_organization_roles__id UNIQUE (organization_id, id),
    CONSTRAINT ux_organization_roles__slug UNIQUE (organization_id, slug)
);

CREATE TABLE agents (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    kind "AgentKind" NOT NULL,
    status "AgentStatus" DEFAULT 'ACTIVE'::"AgentStatus" NOT NULL,
    description TEXT,
    version TEXT,
    config JSONB,
    prompt TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_agents PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_agents__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX ux_agents__slug ON agents (workspace_id, slug) WHERE deleted_at IS NULL;

CREATE TABLE api_keys (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL,
    created_by_id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    scopes TEXT[] DEFAULT '{}'::text[] NOT NULL,
    last_used_at TIMESTAMP WITH TIME ZONE,
    expires_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    workspace_id TEXT COLLATE "C",
    prefix TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_api_keys PRIMARY KEY (id),
    CONSTRAINT fk_api_keys__created_by_id FOREIGN KEY(created_by_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT fk_api_keys__workspace_id FOREIGN KEY(organization_id, workspace_id) REFERENCES workspaces (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_api_keys__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT ux_api_keys__created_by_id__token_hash UNIQUE (created_by_id, token_hash),
    CONSTRAINT ux_api_keys__token_hash UNIQUE (organization_id, token_hash)
);

CREATE INDEX ix_api_keys__id ON api_keys (organization_id, id);

CREATE INDEX ix_api_keys__token_hash ON api_keys (token_hash);

CREATE INDEX ix_api_keys__workspace_id ON api_keys (organization_id, workspace_id);

CREATE TABLE brands (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    description TEXT,
    main_color TEXT,
    slogan TEXT,
    metadata JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_brands PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_brands__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX ux_brands__slug ON brands (workspace_id, slug) WHERE deleted_at IS NULL;

CREATE TABLE embedding_spaces (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    dimension INTEGER NOT NULL,
    metadata JSONB,
    is_default BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_embedding_spaces PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_embedding_spaces__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT ux_embedding_spaces__name UNIQUE (workspace_id, name)
);

CREATE TABLE model_versions (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    provider TEXT NOT NULL,
    version TEXT NOT NULL,
    metadata JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_model_versions PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_model_versions__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT ux_model_versions__name__version UNIQUE (workspace_id, name, version)
);

CREATE TABLE organization_members (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    role_id TEXT COLLATE "C",
    status TEXT DEFAULT 'active'::text NOT NULL,
    invited_by_id TEXT COLLATE "C",
    joined_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_organization_members PRIMARY KEY (id),
    CONSTRAINT fk_organization_members__role_id FOREIGN KEY(organization_id, role_id) REFERENCES organization_roles (organization_id, id) ON DELETE SET NULL (role_id),
    CONSTRAINT fk_organization_members__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT fk_organization_members__user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT ux_organization_members__user_id UNIQUE (organization_id, user_id)
);

CREATE INDEX ix_organization_members__id ON organization_members (organization_id, id);

CREATE INDEX ix_organization_members__role_id ON organization_members (organization_id, role_id);

CREATE INDEX ix_organization_members__user_id ON organization_members (user_id);

CREATE TABLE personas (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    summary TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_personas PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_personas__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT ux_personas__name UNIQUE (workspace_id, name)
);

CREATE TABLE role_permissions (
    organization_id TEXT COLLATE "C" NOT NULL,
    role_id TEXT COLLATE "C" NOT NULL,
    permission_id TEXT COLLATE "C" NOT NULL,
    CONSTRAINT pk_role_permissions PRIMARY KEY (role_id, permission_id),
    CONSTRAINT fk_role_permissions__permission_id FOREIGN KEY(organization_id, permission_id) REFERENCES organization_permissions (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_role_permissions__role_id FOREIGN KEY(organization_id, role_id) REFERENCES organization_roles (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_role_permissions__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);

CREATE INDEX ix_role_permissions__organization_id ON role_permissions (organization_id);

CREATE INDEX ix_role_permissions__permission_id ON role_permissions (organization_id, permission_id);

CREATE INDEX ix_role_permissions__role_id ON role_permissions (organization_id, role_id);

CREATE TABLE agent_capabilities (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    agent_id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    config JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_agent_capabilities PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_agent_capabilities__agent_id FOREIGN KEY(workspace_id, agent_id) REFERENCES agents (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_agent_capabilities__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT ux_agent_capabilities__agent_id__name UNIQUE (workspace_id, agent_id, name)
);

CREATE TABLE agent_configs (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    agent_id TEXT COLLATE "C" NOT NULL,
    key TEXT NOT NULL,
    value JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_agent_configs PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_agent_configs__agent_id FOREIGN KEY(workspace_id, agent_id) REFERENCES agents (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_agent_configs__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT ux_agent_configs__agent_id__key UNIQUE (workspace_id, agent_id, key)
);

CREATE TABLE brand_assets (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    brand_id TEXT COLLATE "C" NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    url TEXT,
    metadata JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_brand_assets PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_brand_assets__brand_id FOREIGN KEY(workspace_id, brand_id) REFERENCES brands (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_brand_assets__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_brand_assets__brand_id ON brand_assets (workspace_id, brand_id);

CREATE TABLE brand_voices (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    brand_id TEXT COLLATE "C" NOT NULL,
    embedding_space_id TEXT COLLATE "C" NOT NULL,
    prompt_template TEXT NOT NULL,
    style_rules_json JSONB NOT NULL,
    embedding VECTOR,
    metrics JSONB,
    name TEXT,
    is_default BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_brand_voices PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_brand_voices__brand_id FOREIGN KEY(workspace_id, brand_id) REFERENCES brands (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_brand_voices__embedding_space_id FOREIGN KEY(workspace_id, embedding_space_id) REFERENCES embedding_spaces (workspace_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_brand_voices__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_brand_voices__brand_id ON brand_voices (workspace_id, brand_id);

CREATE INDEX ix_brand_voices__embedding_space_id ON brand_voices (workspace_id, embedding_space_id);

CREATE TABLE campaign_metrics (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    campaign_id TEXT COLLATE "C" NOT NULL,
    kind TEXT NOT NULL,
    value DOUBLE PRECISION,
    payload JSONB,
    timestamp TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_campaign_metrics PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_campaign_metrics__campaign_id FOREIGN KEY(workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_campaign_metrics__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX campaign_metrics_campaign_id_kind_timestamp_idx ON campaign_metrics (workspace_id, campaign_id, kind, timestamp);

CREATE TABLE content (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    author_id TEXT COLLATE "C",
    kind "ContentKind" NOT NULL,
    status "ContentStatus" DEFAULT 'draft'::"ContentStatus" NOT NULL,
    title TEXT,
    body TEXT,
    metadata JSONB,
    published_at TIMESTAMP WITH TIME ZONE,
    slug TEXT,
    url TEXT,
    embedding_space_id TEXT COLLATE "C",
    embedding VECTOR,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_content PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_content__author_id FOREIGN KEY(author_id) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_content__embedding_space_id FOREIGN KEY(workspace_id, embedding_space_id) REFERENCES embedding_spaces (workspace_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_content__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_content__author_id ON content (author_id);

CREATE INDEX ix_content__embedding_space_id ON content (workspace_id, embedding_space_id);

CREATE INDEX ix_content__status__created_at ON content (workspace_id, status, created_at);

CREATE TABLE conversations (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    kind "ConversationKind" DEFAULT 'support'::"ConversationKind" NOT NULL,
    status TEXT DEFAULT 'active'::text NOT NULL,
    title TEXT,
    created_by_id TEXT COLLATE "C",
    metadata JSONB,
    agent_id TEXT COLLATE "C",
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_conversations PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_conversations__created_by_id FOREIGN KEY(created_by_id) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_conversations__agent_id FOREIGN KEY(workspace_id, agent_id) REFERENCES agents (workspace_id, id) ON DELETE SET NULL (agent_id),
    CONSTRAINT fk_conversations__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_conversations__agent_id ON conversations (workspace_id, agent_id);

CREATE INDEX ix_conversations__created_at ON conversations (workspace_id, created_at);

CREATE INDEX ix_conversations__created_by_id ON conversations (created_by_id);

CREATE TABLE datasets (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    embedding_space_id TEXT COLLATE "C",
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    kind "DatasetKind" NOT NULL,
    description TEXT,
    source TEXT,
    metadata JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_datasets PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_datasets__embedding_space_id FOREIGN KEY(workspace_id, embedding_space_id) REFERENCES embedding_spaces (workspace_id, id) ON DELETE SET NULL (embedding_space_id),
    CONSTRAINT fk_datasets__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_datasets__embedding_space_id ON datasets (workspace_id, embedding_space_id);

CREATE UNIQUE INDEX ux_datasets__slug ON datasets (workspace_id, slug) WHERE deleted_at IS NULL;

CREATE TABLE inference_endpoints (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    model_version_id TEXT COLLATE "C",
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    status TEXT DEFAULT 'draft'::text NOT NULL,
    config JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_inference_endpoints PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_inference_endpoints__model_version_id FOREIGN KEY(workspace_id, model_version_id) REFERENCES model_versions (workspace_id, id) ON DELETE SET NULL (model_version_id),
    CONSTRAINT fk_inference_endpoints__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT ux_inference_endpoints__slug UNIQUE (workspace_id, slug)
);

CREATE INDEX ix_inference_endpoints__model_version_id ON inference_endpoints (workspace_id, model_version_id);

CREATE TABLE keywords (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    term TEXT NOT NULL,
    intent TEXT NOT NULL,
    priority INTEGER,
    persona_id TEXT COLLATE "C",
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_keywords PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_keywords__persona_id FOREIGN KEY(workspace_id, persona_id) REFERENCES personas (workspace_id, id) ON DELETE SET NULL (persona_id),
    CONSTRAINT fk_keywords__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT ux_keywords__term UNIQUE (workspace_id, term)
);

CREATE INDEX ix_keyword_persona ON keywords (workspace_id, persona_id);

CREATE TABLE tools (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    description TEXT,
    input_schema JSONB,
    output_schema JSONB,
    agent_id TEXT COLLATE "C",
    version TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_tools PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_tools__agent_id FOREIGN KEY(workspace_id, agent_id) REFERENCES agents (workspace_id, id) ON DELETE SET NULL (agent_id),
    CONSTRAINT fk_tools__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT ux_tools__slug UNIQUE (workspace_id, slug)
);

CREATE INDEX ix_tools__agent_id ON tools (workspace_id, agent_id);

CREATE TABLE training_jobs (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    model_version_id TEXT COLLATE "C" NOT NULL,
    status "TrainStatus" DEFAULT 'queued'::"TrainStatus" NOT NULL,
    config JSONB NOT NULL,
    metrics JSONB,
    started_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    completed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_training_jobs PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_training_jobs__model_version_id FOREIGN KEY(workspace_id, model_version_id) REFERENCES model_versions (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_training_jobs__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_training_jobs__model_version_id ON training_jobs (workspace_id, model_version_id);

CREATE TABLE agent_runs (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    agent_id TEXT COLLATE "C" NOT NULL,
    dataset_id TEXT COLLATE "C",
    status "RunStatus" DEFAULT 'pending'::"RunStatus" NOT NULL,
    objective TEXT,
    input JSONB NOT NULL,
    output JSONB,
    metrics JSONB,
    meta JSONB,
    input_hash TEXT,
    error_message TEXT,
    started_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    completed_at TIMESTAMP WITH TIME ZONE,
    duration_ms INTEGER,
    total_tokens INTEGER DEFAULT 0 NOT NULL,
    total_cost NUMERIC(18, 4) DEFAULT 0 NOT NULL,
    trace_id TEXT,
    CONSTRAINT pk_agent_runs PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_agent_runs__agent_id FOREIGN KEY(workspace_id, agent_id) REFERENCES agents (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_agent_runs__dataset_id FOREIGN KEY(workspace_id, dataset_id) REFERENCES datasets (workspace_id, id) ON DELETE SET NULL (dataset_id),
    CONSTRAINT fk_agent_runs__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_agent_runs__agent_id__started_at ON agent_runs (workspace_id, agent_id, started_at);

CREATE INDEX ix_agent_runs__dataset_id ON agent_runs (workspace_id, dataset_id);

CREATE INDEX ix_agent_runs__status__started_at ON agent_runs (workspace_id, status, started_at);

CREATE TABLE messages (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    conversation_id TEXT COLLATE "C" NOT NULL,
    author_id TEXT COLLATE "C",
    role "MessageRole" NOT NULL,
    content_json JSONB NOT NULL,
    embedding VECTOR,
    metadata JSONB,
    embedding_space_id TEXT COLLATE "C",
    token_count INTEGER,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_messages PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_messages__author_id FOREIGN KEY(author_id) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_messages__conversation_id FOREIGN KEY(workspace_id, conversation_id) REFERENCES conversations (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_messages__embedding_space_id FOREIGN KEY(workspace_id, embedding_space_id) REFERENCES embedding_spaces (workspace_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_messages__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_messages__author_id ON messages (author_id);

CREATE INDEX ix_messages__conversation_id__created_at ON messages (workspace_id, conversation_id, created_at);

CREATE INDEX ix_messages__conversation_id__id ON messages (workspace_id, conversation_id, id);

CREATE INDEX ix_messages__embedding_space_id ON messages (workspace_id, embedding_space_id);

CREATE INDEX ix_messages__role__created_at ON messages (workspace_id, role, created_at);

CREATE TABLE agent_run_metrics (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    agent_run_id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    value DOUBLE PRECISION,
    metadata JSONB,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_agent_run_metrics PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_agent_run_metrics__agent_run_id FOREIGN KEY(workspace_id, agent_run_id) REFERENCES agent_runs (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_agent_run_metrics__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_agent_run_metrics__agent_run_id__name ON agent_run_metrics (workspace_id, agent_run_id, name);

CREATE TABLE chunks (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    dataset_id TEXT COLLATE "C" NOT NULL,
    document_id TEXT COLLATE "C" NOT NULL,
    embedding_space_id TEXT COLLATE "C" NOT NULL,
    idx INTEGER NOT NULL,
    text TEXT NOT NULL,
    embedding VECTOR,
    metadata JSONB,
    content_hash TEXT NOT NULL,
    token_count INTEGER,
    tsv TSVECTOR GENERATED ALWAYS AS (to_tsvector('english'::regconfig, text)) STORED NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_chunks PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_chunks__dataset_id FOREIGN KEY(workspace_id, dataset_id) REFERENCES datasets (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_chunks__document_id FOREIGN KEY(workspace_id, document_id) REFERENCES documents (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_chunks__embedding_space_id FOREIGN KEY(workspace_id, embedding_space_id) REFERENCES embedding_spaces (workspace_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_chunks__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT ux_chunks__document_id__idx UNIQUE (workspace_id, document_id, idx)
);

CREATE INDEX ix_chunks__dataset_id ON chunks (workspace_id, dataset_id);

CREATE INDEX ix_chunks__embedding_space_id ON chunks (workspace_id, embedding_space_id);

CREATE INDEX ix_chunks__tsv ON chunks USING gin (tsv);

CREATE TABLE editorial_calendar (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    title TEXT NOT NULL,
    publish_at TIMESTAMP WITH TIME ZONE NOT NULL,
    priority INTEGER,
    status TEXT DEFAULT 'planned'::text,
    persona_id TEXT COLLATE "C",
    content_draft_id TEXT COLLATE "C",
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_editorial_calendar PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_editorial_calendar__content_draft_id FOREIGN KEY(workspace_id, content_draft_id) REFERENCES content_drafts (workspace_id, id) ON DELETE SET NULL (content_draft_id),
    CONSTRAINT fk_editorial_calendar__persona_id FOREIGN KEY(workspace_id, persona_id) REFERENCES personas (workspace_id, id) ON DELETE SET NULL (persona_id),
    CONSTRAINT fk_editorial_calendar__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_editorial_calendar__content_draft_id ON editorial_calendar (workspace_id, content_draft_id);

CREATE INDEX ix_editorial_calendar__persona_id ON editorial_calendar (workspace_id, persona_id);

CREATE INDEX ix_editorial_calendar__publish_at ON editorial_calendar (workspace_id, publish_at);

CREATE TABLE run_steps (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    run_id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    status "RunStatus" DEFAULT 'pending'::"RunStatus" NOT NULL,
    payload JSONB,
    result JSONB,
    error TEXT,
    started_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
    completed_at TIMESTAMP WITH TIME ZONE,
    duration_ms INTEGER,
    parent_step_id TEXT COLLATE "C",
    kind TEXT DEFAULT 'step'::text NOT NULL,
    idx INTEGER NOT NULL,
    CONSTRAINT pk_run_steps PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_run_steps__parent_step_id FOREIGN KEY(workspace_id, parent_step_id) REFERENCES run_steps (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_run_steps__run_id FOREIGN KEY(workspace_id, run_id) REFERENCES agent_runs (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_run_steps__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_run_steps__parent_step_id ON run_steps (workspace_id, parent_step_id);

CREATE INDEX ix_run_steps__run_id__name ON run_steps (workspace_id, run_id, name);

CREATE INDEX ix_run_steps__run_id__status ON run_steps (workspace_id, run_id, status);

CREATE TABLE tool_executions (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    tool_id TEXT COLLATE "C" NOT NULL,
    agent_run_id TEXT COLLATE "C",
    status "RunStatus" DEFAULT 'pending'::"RunStatus" NOT NULL,
    input JSONB,
    output JSONB,
    started_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    completed_at TIMESTAMP WITH TIME ZONE,
    metadata JSONB,
    tool_name TEXT NOT NULL,
    error_message TEXT,
    duration_ms INTEGER,
    CONSTRAINT pk_tool_executions PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_tool_executions__agent_run_id FOREIGN KEY(workspace_id, agent_run_id) REFERENCES agent_runs (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_tool_executions__tool_id FOREIGN KEY(workspace_id, tool_id) REFERENCES tools (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_tool_executions__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_tool_executions__agent_run_id__started_at ON tool_executions (workspace_id, agent_run_id, started_at);

CREATE INDEX ix_tool_executions__tool_id__started_at ON tool_executions (workspace_id, tool_id, started_at);

DROP INDEX ix_ab_tests__campaign_id;

CREATE INDEX ix_ab_tests__campaign_id ON ab_tests (workspace_id, campaign_id);

DROP INDEX ix_action_configs__connector_auth_id__is_active;

CREATE INDEX ix_action_configs__connector_auth_id__is_active ON action_configs (workspace_id, connector_auth_id, is_active);

ALTER TABLE agent_jobs ADD COLUMN agent_id TEXT COLLATE "C";

DROP INDEX ix_agent_jobs__agent;

CREATE INDEX ix_agent_jobs__agent ON agent_jobs (workspace_id, agent);

DROP INDEX ix_agent_jobs__created_at;

CREATE INDEX ix_agent_jobs__created_at ON agent_jobs (workspace_id, created_at);

DROP INDEX ix_agent_jobs__status;

CREATE INDEX ix_agent_jobs__status ON agent_jobs (workspace_id, status);

CREATE INDEX ix_agent_jobs__agent_id ON agent_jobs (workspace_id, agent_id);

ALTER TABLE agent_memories ADD COLUMN agent_id TEXT COLLATE "C";

ALTER TABLE agent_memories ADD COLUMN embedding_space_id TEXT COLLATE "C";

ALTER TABLE agent_memories DROP CONSTRAINT ux_agent_memories__agent__key;

ALTER TABLE agent_memories ADD CONSTRAINT ux_agent_memories__agent__key UNIQUE (workspace_id, agent, key);

CREATE INDEX ix_agent_memories__agent_id ON agent_memories (workspace_id, agent_id);

CREATE INDEX ix_agent_memories__embedding_space_id ON agent_memories (workspace_id, embedding_space_id);

DROP INDEX ix_campaigns__status;

CREATE INDEX ix_campaigns__status ON campaigns (workspace_id, status);

DROP INDEX ix_connector_auths__connector_kind;

CREATE INDEX ix_connector_auths__connector_kind ON connector_auths (workspace_id, connector_kind);

ALTER TABLE connector_auths DROP CONSTRAINT ux_connector_auths__user_id__connector_id__account_id;

ALTER TABLE connector_auths ADD CONSTRAINT ux_connector_auths__user_id__connector_id__account_id UNIQUE NULLS NOT DISTINCT (workspace_id, user_id, connector_id, account_id);

ALTER TABLE content_drafts ADD COLUMN kind "ContentKind" DEFAULT 'article'::"ContentKind" NOT NULL;

ALTER TABLE content_drafts ADD COLUMN content_id TEXT COLLATE "C";

DROP INDEX ix_content_drafts__created_at;

CREATE INDEX ix_content_drafts__created_at ON content_drafts (workspace_id, created_at);

DROP INDEX ix_content_drafts__created_by_id__status;

CREATE INDEX ix_content_drafts__created_by_id__status ON content_drafts (workspace_id, created_by_id, status);

CREATE INDEX ix_content_drafts__content_id ON content_drafts (workspace_id, content_id);

ALTER TABLE documents ADD COLUMN dataset_id TEXT COLLATE "C";

ALTER TABLE documents ADD COLUMN embedding_space_id TEXT COLLATE "C";

CREATE INDEX ix_documents__dataset_id__id ON documents (workspace_id, dataset_id, id);

CREATE INDEX ix_documents__embedding_space_id ON documents (workspace_id, embedding_space_id);

DROP INDEX ix_email_sequences__campaign_id__scheduled_for;

CREATE INDEX ix_email_sequences__campaign_id__scheduled_for ON email_sequences (workspace_id, campaign_id, scheduled_for);

DROP INDEX ix_feedback__created_at;

CREATE INDEX ix_feedback__created_at ON feedback (workspace_id, created_at);

DROP INDEX ix_feedback__type__status;

CREATE INDEX ix_feedback__type__status ON feedback (workspace_id, type, status);

DROP INDEX ix_feedback__user_id__status;

CREATE INDEX ix_feedback__user_id__status ON feedback (workspace_id, user_id, status);

DROP INDEX ix_invoices__subscription_id;

CREATE INDEX ix_invoices__subscription_id ON invoices (organization_id, subscription_id);

CREATE INDEX ix_invoices__organization_id ON invoices (organization_id);

DROP INDEX ix_metric_events__kind__timestamp;

CREATE INDEX ix_metric_events__kind__timestamp ON metric_events (workspace_id, kind, timestamp);

DROP INDEX ix_social_posts__campaign_id__platform__scheduled_for;

CREATE INDEX ix_social_posts__campaign_id__platform__scheduled_for ON social_posts (workspace_id, campaign_id, platform, scheduled_for);

ALTER TABLE subscriptions ADD CONSTRAINT ux_subscriptions__id UNIQUE (organization_id, id);

ALTER TABLE subscriptions ADD CONSTRAINT ux_subscriptions__organization_id UNIQUE (organization_id);

DROP INDEX ix_tasks__assignee_id__status;

CREATE INDEX ix_tasks__assignee_id__status ON tasks (workspace_id, assignee_id, status);

DROP INDEX ix_tasks__created_by_id__status;

CREATE INDEX ix_tasks__created_by_id__status ON tasks (workspace_id, created_by_id, status);

DROP INDEX ix_tasks__due_date;

CREATE INDEX ix_tasks__due_date ON tasks (workspace_id, due_date);

ALTER TABLE team_members DROP CONSTRAINT ux_team_members__user_id__organization_id;

ALTER TABLE team_members ADD CONSTRAINT ux_team_members__user_id__organization_id UNIQUE (user_id, organization_id);

CREATE INDEX ix_team_members__organization_id ON team_members (organization_id);

DROP INDEX ix_trigger_configs__connector_auth_id__is_active;

CREATE INDEX ix_trigger_configs__connector_auth_id__is_active ON trigger_configs (workspace_id, connector_auth_id, is_active);

DROP INDEX ix_usage_records__subscription_id;

CREATE INDEX ix_usage_records__subscription_id ON usage_records (organization_id, subscription_id);

CREATE INDEX ix_usage_records__organization_id ON usage_records (organization_id);

ALTER TABLE ab_tests ADD CONSTRAINT fk_ab_tests__campaign_id FOREIGN KEY(workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id) ON DELETE CASCADE;

ALTER TABLE ab_tests ADD CONSTRAINT fk_ab_tests__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE;

ALTER TABLE action_configs ADD CONSTRAINT fk_action_configs__connector_auth_id FOREIGN KEY(workspace_id, connector_auth_id) REFERENCES connector_auths (workspace_id, id) ON DELETE CASCADE;

ALTER TABLE action_configs ADD CONSTRAINT fk_action_configs__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE;

ALTER TABLE agent_jobs ADD CONSTRAINT fk_agent_jobs__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE;

ALTER TABLE agent_jobs ADD CONSTRAINT fk_agent_jobs__agent_id FOREIGN KEY(workspace_id, agent_id) REFERENCES agents (workspace_id, id) ON DELETE SET NULL (agent_id);

ALTER TABLE agent_memories ADD CONSTRAINT fk_agent_memories__embedding_space_id FOREIGN KEY(workspace_id, embedding_space_id) REFERENCES embedding_spaces (workspace_id, id) ON DELETE RESTRICT;

ALTER TABLE agent_memories ADD CONSTRAINT fk_agent_memories__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE;

ALTER TABLE agent_memories ADD CONSTRAINT fk_agent_memories__agent_id FOREIGN KEY(workspace_id, agent_id) REFERENCES agents (workspace_id, id) ON DELETE CASCADE;

ALTER TABLE campaigns ADD CONSTRAINT fk_campaigns__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE;

ALTER TABLE connector_auths ADD CONSTRAINT fk_connector_auths__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE;

ALTER TABLE content_drafts ADD CONSTRAINT fk_content_drafts__content_id FOREIGN KEY(workspace_id, content_id) REFERENCES content (workspace_id, id) ON DELETE SET NULL (content_id);

ALTER TABLE content_drafts ADD CONSTRAINT fk_content_drafts__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE;

ALTER TABLE documents ADD CONSTRAINT fk_documents__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE;

ALTER TABLE documents ADD CONSTRAINT fk_documents__dataset_id FOREIGN KEY(workspace_id, dataset_id) REFERENCES datasets (workspace_id, id) ON DELETE CASCADE;

ALTER TABLE documents ADD CONSTRAINT fk_documents__embedding_space_id FOREIGN KEY(workspace_id, embedding_space_id) REFERENCES embedding_spaces (workspace_id, id) ON DELETE RESTRICT;

ALTER TABLE email_sequences ADD CONSTRAINT fk_email_sequences__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE;

ALTER TABLE email_sequences ADD CONSTRAINT fk_email_sequences__campaign_id FOREIGN KEY(workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id) ON DELETE CASCADE;

ALTER TABLE feedback ADD CONSTRAINT fk_feedback__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE;

ALTER TABLE invoices ADD CONSTRAINT fk_invoices__subscription_id FOREIGN KEY(organization_id, subscription_id) REFERENCES subscriptions (organization_id, id) ON DELETE CASCADE;

ALTER TABLE invoices ADD CONSTRAINT fk_invoices__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE;

ALTER TABLE metric_events ADD CONSTRAINT fk_metric_events__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE;

ALTER TABLE social_posts ADD CONSTRAINT fk_social_posts__campaign_id FOREIGN KEY(workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id) ON DELETE CASCADE;

ALTER TABLE social_posts ADD CONSTRAINT fk_social_posts__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE;

ALTER TABLE subscriptions ADD CONSTRAINT fk_subscriptions__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE;

ALTER TABLE tasks ADD CONSTRAINT fk_tasks__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE;

ALTER TABLE team_members ADD CONSTRAINT fk_team_members__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE;

ALTER TABLE trigger_configs ADD CONSTRAINT fk_trigger_configs__connector_auth_id FOREIGN KEY(workspace_id, connector_auth_id) REFERENCES connector_auths (workspace_id, id) ON DELETE CASCADE;

ALTER TABLE trigger_configs ADD CONSTRAINT fk_trigger_configs__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE;

ALTER TABLE usage_records ADD CONSTRAINT fk_usage_records__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE;

ALTER TABLE usage_records ADD CONSTRAINT fk_usage_records__subscription_id FOREIGN KEY(organization_id, subscription_id) REFERENCES subscriptions (organization_id, id) ON DELETE CASCADE;

CREATE TRIGGER touch BEFORE UPDATE ON organization_members FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON organization_roles FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON brand_voices FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON brands FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON embedding_spaces FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON agent_configs FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON agents FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON tools FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON conversations FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON datasets FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON content FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON editorial_calendar FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON personas FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON keywords FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

ALTER TABLE brand_voices ALTER COLUMN embedding SET STORAGE EXTERNAL;

ALTER TABLE chunks ALTER COLUMN embedding SET STORAGE EXTERNAL;

ALTER TABLE messages ALTER COLUMN embedding SET STORAGE EXTERNAL;

ALTER TABLE content ALTER COLUMN embedding SET STORAGE EXTERNAL;

UPDATE neonhub.schema_migrations SET version_num='20240106000000_full_org_ai_vector_bootstrap' WHERE neonhub.schema_migrations.version_num = '20240105000000_add_connector_kind_enum';

COMMIT;
