-- From 20240101000000_initial.py, sha256 4c2934c0c414defb759bd4201ed7252b58ad4d241b1fd340b4d15919161a8b6b: `python -m neonhub.ops.scripts` writes this.
BEGIN;

CREATE TYPE "ContentStatus" AS ENUM ('draft', 'published', 'archived');

CREATE TYPE "JobStatus" AS ENUM ('queued', 'running', 'completed', 'failed', 'cancelled');

SET LOCAL check_function_bodies = off;
CREATE FUNCTION neonhub.cuid() RETURNS text LANGUAGE plpgsql VOLATILE PARALLEL SAFE AS $function$
DECLARE
    digits constant text := '0123456789abcdefghijklmnopqrstuvwxyz';
    stamp bigint := floor(extract(epoch FROM clock_timestamp()) * 1000);
    noise bytea := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
    made text := '';
BEGIN
    FOR i IN 1..8 LOOP
        made := substr(digits, (stamp % 36)::int + 1, 1) || made;
        stamp := stamp / 36;
    END LOOP;
    -- Bytes 6 and 8 of a UUID carry its version and variant: they are not random.
    FOR i IN 0..18 LOOP
        CONTINUE WHEN i IN (6, 8);
        made := made || substr(digits, get_byte(noise, i) % 36 + 1, 1);
    END LOOP;
    RETURN 'c' || substr(made, 1, 24);
END
$function$;

SET LOCAL check_function_bodies = off;
CREATE FUNCTION neonhub.touch_updated_at() RETURNS trigger LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $function$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$function$;

CREATE TABLE metric_events (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    kind TEXT NOT NULL,
    metadata JSONB NOT NULL,
    timestamp TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_metric_events PRIMARY KEY (id)
);

CREATE INDEX ix_metric_events__kind__timestamp ON metric_events (kind, timestamp);

CREATE INDEX ix_metric_events__metadata ON metric_events USING gin (metadata jsonb_path_ops);

CREATE TABLE users (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    email CITEXT NOT NULL,
    name TEXT,
    image TEXT,
    email_verified TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT ux_users__email UNIQUE (email)
);

CREATE TABLE verification_tokens (
    identifier TEXT NOT NULL,
    token TEXT NOT NULL,
    expires TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_verification_tokens PRIMARY KEY (identifier, token),
    CONSTRAINT ux_verification_tokens__token UNIQUE (token)
);

CREATE TABLE accounts (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    type TEXT NOT NULL,
    provider TEXT NOT NULL,
    provider_account_id TEXT NOT NULL,
    refresh_token TEXT,
    access_token TEXT,
    expires_at INTEGER,
    token_type TEXT,
    scope TEXT,
    id_token TEXT,
    session_state TEXT,
    CONSTRAINT pk_accounts PRIMARY KEY (id),
    CONSTRAINT fk_accounts__user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT ux_accounts__provider__provider_account_id UNIQUE (provider, provider_account_id)
);

CREATE INDEX ix_accounts__user_id ON accounts (user_id);

CREATE TABLE agent_jobs (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    agent TEXT NOT NULL,
    input JSONB NOT NULL,
    output JSONB,
    status "JobStatus" DEFAULT 'queued'::"JobStatus" NOT NULL,
    error TEXT,
    metrics JSONB,
    created_by_id TEXT COLLATE "C",
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_agent_jobs PRIMARY KEY (id),
    CONSTRAINT fk_agent_jobs__created_by_id FOREIGN KEY(created_by_id) REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX ix_agent_jobs__agent ON agent_jobs (agent);

CREATE INDEX ix_agent_jobs__created_at ON agent_jobs (created_at);

CREATE INDEX ix_agent_jobs__created_by_id ON agent_jobs (created_by_id);

CREATE INDEX ix_agent_jobs__status ON agent_jobs (status);

CREATE TABLE content_drafts (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    title TEXT NOT NULL,
    topic TEXT,
    body TEXT NOT NULL,
    tone TEXT DEFAULT 'professional'::text NOT NULL,
    audience TEXT,
    status "ContentStatus" DEFAULT 'draft'::"ContentStatus" NOT NULL,
    created_by_id TEXT COLLATE "C",
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_content_drafts PRIMARY KEY (id),
    CONSTRAINT fk_content_drafts__created_by_id FOREIGN KEY(created_by_id) REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX ix_content_drafts__created_at ON content_drafts (created_at);

CREATE INDEX ix_content_drafts__created_by_id ON content_drafts (created_by_id);

CREATE INDEX ix_content_drafts__created_by_id__status ON content_drafts (created_by_id, status);

CREATE TABLE sessions (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    session_token TEXT NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    expires TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_sessions PRIMARY KEY (id),
    CONSTRAINT fk_sessions__user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT ux_sessions__session_token UNIQUE (session_token)
);

CREATE INDEX ix_sessions__user_id ON sessions (user_id);

CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON agent_jobs FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON content_drafts FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

INSERT INTO neonhub.schema_migrations (version_num) VALUES ('20240101000000_initial') RETURNING neonhub.schema_migrations.version_num;

COMMIT;
