-- From 20240102000000_phase4_beta.py, sha256 bf675ceb082213b358cc40120243335bd1544a1924b6763152d22ed1086b5bdf: `python -m neonhub.ops.scripts` writes this.
BEGIN;

CREATE TABLE connectors (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    name TEXT NOT NULL,
    display_name TEXT NOT NULL,
    description TEXT NOT NULL,
    category TEXT NOT NULL,
    icon_url TEXT,
    website_url TEXT,
    auth_type TEXT NOT NULL,
    auth_config JSONB NOT NULL,
    is_enabled BOOLEAN DEFAULT true NOT NULL,
    is_verified BOOLEAN DEFAULT false NOT NULL,
    triggers JSONB NOT NULL,
    actions JSONB NOT NULL,
    metadata JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_connectors PRIMARY KEY (id),
    CONSTRAINT ux_connectors__name UNIQUE (name)
);

CREATE TABLE connector_auths (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    connector_id TEXT COLLATE "C",
    account_id TEXT,
    account_name TEXT,
    access_token TEXT,
    refresh_token TEXT,
    api_key TEXT,
    api_secret TEXT,
    scopes TEXT[] DEFAULT '{}'::text[] NOT NULL,
    scope TEXT,
    token_type TEXT,
    expires_at TIMESTAMP WITH TIME ZONE,
    status TEXT DEFAULT 'active'::text NOT NULL,
    last_used_at TIMESTAMP WITH TIME ZONE,
    last_error TEXT,
    metadata JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_connector_auths PRIMARY KEY (id),
    CONSTRAINT fk_connector_auths__connector_id FOREIGN KEY(connector_id) REFERENCES connectors (id) ON DELETE SET NULL,
    CONSTRAINT fk_connector_auths__user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT ux_connector_auths__user_id__connector_id__account_id UNIQUE NULLS NOT DISTINCT (user_id, connector_id, account_id)
);

CREATE INDEX ix_connector_auths__connector_id ON connector_auths (connector_id);

CREATE INDEX ix_connector_auths__user_id ON connector_auths (user_id);

CREATE TABLE documents (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    owner_id TEXT COLLATE "C",
    title TEXT NOT NULL,
    content TEXT NOT NULL,
    status TEXT DEFAULT 'draft'::text NOT NULL,
    metadata JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_documents PRIMARY KEY (id),
    CONSTRAINT fk_documents__owner_id FOREIGN KEY(owner_id) REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX ix_documents__owner_id ON documents (owner_id);

CREATE TABLE feedback (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    type TEXT NOT NULL,
    category TEXT,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    rating INTEGER,
    status TEXT DEFAULT 'open'::text NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    metadata JSONB,
    response TEXT,
    resolved_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_feedback PRIMARY KEY (id),
    CONSTRAINT fk_feedback__user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE INDEX ix_feedback__created_at ON feedback (created_at);

CREATE INDEX ix_feedback__type__status ON feedback (type, status);

CREATE INDEX ix_feedback__user_id ON feedback (user_id);

CREATE INDEX ix_feedback__user_id__status ON feedback (user_id, status);

CREATE TABLE tasks (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    title TEXT NOT NULL,
    description TEXT,
    status TEXT DEFAULT 'todo'::text NOT NULL,
    priority TEXT DEFAULT 'medium'::text NOT NULL,
    created_by_id TEXT COLLATE "C",
    assignee_id TEXT COLLATE "C",
    due_date TIMESTAMP WITH TIME ZONE,
    completed_at TIMESTAMP WITH TIME ZONE,
    tags TEXT[] DEFAULT '{}'::text[] NOT NULL,
    metadata JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_tasks PRIMARY KEY (id),
    CONSTRAINT fk_tasks__assignee_id FOREIGN KEY(assignee_id) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_tasks__created_by_id FOREIGN KEY(created_by_id) REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX ix_tasks__assignee_id ON tasks (assignee_id);

CREATE INDEX ix_tasks__assignee_id__status ON tasks (assignee_id, status);

CREATE INDEX ix_tasks__created_by_id ON tasks (created_by_id);

CREATE INDEX ix_tasks__created_by_id__status ON tasks (created_by_id, status);

CREATE INDEX ix_tasks__due_date ON tasks (due_date);

CREATE TABLE team_members (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
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
    CONSTRAINT fk_team_members__user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT ux_team_members__user_id__organization_id UNIQUE (user_id)
);

CREATE INDEX ix_team_members__role__status ON team_members (role, status);

CREATE TRIGGER touch BEFORE UPDATE ON team_members FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON documents FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON connector_auths FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON connectors FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON feedback FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

UPDATE neonhub.schema_migrations SET version_num='20240102000000_phase4_beta' WHERE neonhub.schema_migrations.version_num = '20240101000000_initial';

COMMIT;
