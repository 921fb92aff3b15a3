-- From 20240101000000_initial.py, sha256 1cc97a27c7fc9ac78d8c3223b29e871f7282ecca1a503c5e802cb2c4a8b948fa: `python -m neonhub.ops.scripts` writes this.
BEGIN;

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

SET LOCAL check_function_bodies = off;
CREATE FUNCTION neonhub.current_workspace() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $function$ SELECT NULLIF(current_setting('neonhub.workspace_id', true), '') $function$;

SET LOCAL check_function_bodies = off;
CREATE FUNCTION neonhub.current_organization() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $function$ SELECT NULLIF(current_setting('neonhub.organization_id', true), '') $function$;

SET LOCAL check_function_bodies = off;
CREATE FUNCTION neonhub.current_user_id() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $function$ SELECT NULLIF(current_setting('neonhub.user_id', true), '') $function$;

CREATE TABLE users (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    email CITEXT NOT NULL,
    name TEXT,
    image TEXT,
    email_verified TIMESTAMP WITH TIME ZONE,
    stripe_customer_id TEXT,
    is_beta_user BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT ux_users__email UNIQUE (email),
    CONSTRAINT ux_users__stripe_customer_id UNIQUE (stripe_customer_id)
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

CREATE TABLE credentials (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    provider TEXT NOT NULL,
    account_id TEXT,
    access_token TEXT,
    refresh_token TEXT,
    access_secret TEXT,
    scope TEXT,
    token_type TEXT,
    expires_at TIMESTAMP WITH TIME ZONE,
    last_used_at TIMESTAMP WITH TIME ZONE,
    status TEXT DEFAULT 'active'::text NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_credentials PRIMARY KEY (id),
    CONSTRAINT fk_credentials__user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT ux_credentials__user_id__provider__account_id UNIQUE (user_id, provider, account_id)
);

CREATE INDEX ix_credentials__user_id__provider ON credentials (user_id, provider);

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

CREATE TABLE user_settings (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    brand_voice JSONB,
    email_notifications BOOLEAN DEFAULT true NOT NULL,
    push_notifications BOOLEAN DEFAULT false NOT NULL,
    notification_frequency TEXT DEFAULT 'realtime'::text NOT NULL,
    timezone TEXT DEFAULT 'UTC'::text NOT NULL,
    locale TEXT DEFAULT 'en-US'::text NOT NULL,
    date_format TEXT DEFAULT 'MM/DD/YYYY'::text NOT NULL,
    data_retention INTEGER DEFAULT 90 NOT NULL,
    allow_analytics BOOLEAN DEFAULT true NOT NULL,
    allow_personalization BOOLEAN DEFAULT true NOT NULL,
    api_rate_limit INTEGER DEFAULT 1000 NOT NULL,
    webhook_url TEXT,
    webhook_secret TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_user_settings PRIMARY KEY (id),
    CONSTRAINT fk_user_settings__user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT ux_user_settings__user_id UNIQUE (user_id)
);

CREATE TRIGGER touch BEFORE UPDATE ON credentials FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON user_settings FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

INSERT INTO neonhub.schema_migrations (version_num) VALUES ('20240101000000_initial') RETURNING neonhub.schema_migrations.version_num;

COMMIT;
