-- From 20240106000000_full_org_ai_vector_bootstrap.py, sha256 e9044260e6a3556f302cbd826a1ff284cb4fd1906ace00b7e25fbde0f62d79f1: `python -m neonhub.ops.scripts` writes this.
BEGIN;

CREATE TYPE "AgentKind" AS ENUM ('COPILOT', 'WORKFLOW', 'ANALYST');

CREATE TYPE "AgentStatus" AS ENUM ('DRAFT', 'ACTIVE', 'PAUSED', 'DISABLED');

CREATE TYPE "ConversationKind" AS ENUM ('support', 'campaign', 'planning', 'ad_hoc');

CREATE TYPE "DatasetKind" AS ENUM ('documents', 'faq', 'analytics');

CREATE TYPE "InvitationStatus" AS ENUM ('pending', 'accepted', 'revoked', 'expired');

CREATE TYPE "MessageRole" AS ENUM ('system', 'user', 'assistant', 'tool');

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

CREATE TABLE team_members (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    role TEXT DEFAULT 'Member'::text NOT NULL,
    department TEXT,
    status TEXT DEFAULT 'active'::text NOT NULL,
    invited_by TEXT,
    invited_at TIMESTAMP WITH TIME ZONE,
    joined_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    metadata JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_team_members PRIMARY KEY (id),
    CONSTRAINT fk_team_members__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT fk_team_members__user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT ux_team_members__user_id__organization_id UNIQUE (user_id, organization_id)
);

CREATE INDEX ix_team_members__organization_id ON team_members (organization_id);

CREATE INDEX ix_team_members__role__status ON team_members (role, status);

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

CREATE INDEX ix_api_keys__token_hash ON api_keys (token_hash);

CREATE INDEX ix_api_keys__workspace_id ON api_keys (organization_id, workspace_id);

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

CREATE INDEX ix_invitations__invited_by_id ON invitations (invited_by_id);

CREATE INDEX ix_invitations__role_id ON invitations (organization_id, role_id);

CREATE INDEX ix_invitations__status ON invitations (organization_id, status);

CREATE INDEX ix_invitations__workspace_id ON invitations (organization_id, workspace_id);

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

CREATE INDEX ix_organization_members__role_id ON organization_members (organization_id, role_id);

CREATE INDEX ix_organization_members__user_id ON organization_members (user_id);

CREATE TABLE people (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    external_id TEXT,
    display_name TEXT,
    primary_email CITEXT,
    primary_phone TEXT,
    primary_handle TEXT,
    locale TEXT DEFAULT 'en-US'::text NOT NULL,
    timezone TEXT DEFAULT 'UTC'::text NOT NULL,
    persona_tags TEXT[] DEFAULT '{}'::text[] NOT NULL,
    attributes JSONB,
    last_seen_at TIMESTAMP WITH TIME ZONE,
    first_name TEXT,
    last_name TEXT,
    merged_into_id TEXT COLLATE "C",
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_people PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_people__merged_into_id FOREIGN KEY(workspace_id, merged_into_id) REFERENCES people (workspace_id, id) ON DELETE SET NULL (merged_into_id),
    CONSTRAINT fk_people__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_people__last_seen_at ON people (workspace_id, last_seen_at);

CREATE INDEX ix_people__merged_into_id ON people (workspace_id, merged_into_id);

CREATE INDEX ix_people__primary_email ON people (workspace_id, primary_email);

CREATE INDEX ix_people__primary_phone ON people (workspace_id, primary_phone);

CREATE UNIQUE INDEX ux_people__external_id ON people (workspace_id, external_id) WHERE deleted_at IS NULL;

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

CREATE TABLE conversations (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    kind "ConversationKind" DEFAULT 'support'::"ConversationKind" NOT NULL,
    status TEXT DEFAULT 'active'::text NOT NULL,
    title TEXT,
    created_by_id TEXT COLLATE "C",
    metadata JSONB,
    agent_id TEXT COLLATE "C",
    person_id TEXT COLLATE "C",
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_conversations PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_conversations__created_by_id FOREIGN KEY(created_by_id) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_conversations__agent_id FOREIGN KEY(workspace_id, agent_id) REFERENCES agents (workspace_id, id) ON DELETE SET NULL (agent_id),
    CONSTRAINT fk_conversations__person_id FOREIGN KEY(workspace_id, person_id) REFERENCES people (workspace_id, id) ON DELETE SET NULL (person_id),
    CONSTRAINT fk_conversations__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_conversations__agent_id ON conversations (workspace_id, agent_id);

CREATE INDEX ix_conversations__created_at ON conversations (workspace_id, created_at);

CREATE INDEX ix_conversations__created_by_id ON conversations (created_by_id);

CREATE INDEX ix_conversations__person_id ON conversations (workspace_id, person_id);

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

CREATE TABLE documents (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    dataset_id TEXT COLLATE "C",
    owner_id TEXT COLLATE "C",
    embedding_space_id TEXT COLLATE "C",
    title TEXT NOT NULL,
    content TEXT NOT NULL,
    status TEXT DEFAULT 'draft'::text NOT NULL,
    metadata JSONB,
    source_uri TEXT,
    content_hash TEXT,
    mime_type TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_documents PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_documents__owner_id FOREIGN KEY(owner_id) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_documents__dataset_id FOREIGN KEY(workspace_id, dataset_id) REFERENCES datasets (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_documents__embedding_space_id FOREIGN KEY(workspace_id, embedding_space_id) REFERENCES embedding_spaces (workspace_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_documents__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_documents__dataset_id__id ON documents (workspace_id, dataset_id, id);

CREATE INDEX ix_documents__deleted ON documents (workspace_id, dataset_id, id) WHERE deleted_at IS NOT NULL;

CREATE INDEX ix_documents__embedding_space_id ON documents (workspace_id, embedding_space_id);

CREATE INDEX ix_documents__owner_id ON documents (owner_id);

CREATE UNIQUE INDEX ux_documents__dataset_id__source_uri ON documents (workspace_id, dataset_id, source_uri) WHERE source_uri IS NOT NULL AND deleted_at IS NULL;

CREATE TABLE messages (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    conversation_id TEXT COLLATE "C" NOT NULL,
    author_id TEXT COLLATE "C",
    role "MessageRole" NOT NULL,
    content_json JSONB NOT NULL,
    embedding VECTOR(1536),
    embedding_bits BIT(1536) GENERATED ALWAYS AS ((binary_quantize(embedding))::bit(1536)) STORED,
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

CREATE TABLE chunks (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    dataset_id TEXT COLLATE "C" NOT NULL,
    document_id TEXT COLLATE "C" NOT NULL,
    embedding_space_id TEXT COLLATE "C" NOT NULL,
    idx INTEGER NOT NULL,
    text TEXT NOT NULL,
    embedding VECTOR(1536),
    embedding_bits BIT(1536) GENERATED ALWAYS AS ((binary_quantize(embedding))::bit(1536)) STORED,
    metadata JSONB,
    content_hash TEXT NOT NULL,
    token_count INTEGER,
    tsv TSVECTOR GENERATED ALWAYS AS (to_tsvector('english'::regconfig, text)) STORED,
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

CREATE INDEX ix_chunks__scan ON chunks (workspace_id, embedding_space_id, dataset_id) INCLUDE (document_id, id, embedding_bits);

CREATE INDEX ix_chunks__tsv ON chunks USING gin (tsv);

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

CREATE TRIGGER touch BEFORE UPDATE ON invitations FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON organization_members FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON organization_roles FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON organizations FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON team_members FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON workspace_members FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON workspaces FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON embedding_spaces FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON agents FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON conversations FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON datasets FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON document_versions FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON documents FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

ALTER TABLE chunks ALTER COLUMN embedding SET STORAGE EXTERNAL;

ALTER TABLE chunks ALTER COLUMN embedding_bits SET STORAGE PLAIN;

CREATE TRIGGER keep_version AFTER UPDATE OF content ON documents FOR EACH ROW EXECUTE FUNCTION neonhub.keep_document_version();

ALTER TABLE messages ALTER COLUMN embedding SET STORAGE EXTERNAL;

ALTER TABLE messages ALTER COLUMN embedding_bits SET STORAGE PLAIN;

UPDATE neonhub.schema_migrations SET version_num='20240106000000_full_org_ai_vector_bootstrap' WHERE neonhub.schema_migrations.version_num = '20240101000000_initial';

COMMIT;
