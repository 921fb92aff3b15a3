-- From 20240103000000_realign_schema.py, sha256 71b0a5a3a3fa255df9babfb33c24abcd8b732e97c1d507e7c5e7123cd738b693: `python -m neonhub.ops.scripts` writes this.
BEGIN;

CREATE TYPE "CampaignStatus" AS ENUM ('draft', 'scheduled', 'active', 'paused', 'completed', 'archived');

CREATE TABLE campaigns (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    owner_id TEXT COLLATE "C",
    name TEXT NOT NULL,
    status "CampaignStatus" DEFAULT 'draft'::"CampaignStatus" NOT NULL,
    type TEXT NOT NULL,
    config JSONB,
    schedule JSONB,
    budget JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_campaigns PRIMARY KEY (id),
    CONSTRAINT fk_campaigns__owner_id FOREIGN KEY(owner_id) REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX ix_campaigns__owner_id ON campaigns (owner_id);

CREATE INDEX ix_campaigns__status ON campaigns (status);

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

CREATE TABLE subscriptions (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    user_id TEXT COLLATE "C",
    stripe_customer_id TEXT NOT NULL,
    stripe_subscription_id TEXT NOT NULL,
    stripe_price_id TEXT NOT NULL,
    stripe_product_id TEXT NOT NULL,
    plan TEXT NOT NULL,
    status TEXT NOT NULL,
    current_period_start TIMESTAMP WITH TIME ZONE NOT NULL,
    current_period_end TIMESTAMP WITH TIME ZONE NOT NULL,
    cancel_at_period_end BOOLEAN DEFAULT false NOT NULL,
    canceled_at TIMESTAMP WITH TIME ZONE,
    campaigns_used INTEGER DEFAULT 0 NOT NULL,
    emails_sent INTEGER DEFAULT 0 NOT NULL,
    social_posts INTEGER DEFAULT 0 NOT NULL,
    agent_calls INTEGER DEFAULT 0 NOT NULL,
    campaign_limit INTEGER DEFAULT 5 NOT NULL,
    email_limit INTEGER DEFAULT 1000 NOT NULL,
    social_limit INTEGER DEFAULT 100 NOT NULL,
    agent_call_limit INTEGER DEFAULT 100 NOT NULL,
    trial_ends_at TIMESTAMP WITH TIME ZONE,
    metadata JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_subscriptions PRIMARY KEY (id),
    CONSTRAINT fk_subscriptions__user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT ux_subscriptions__stripe_customer_id UNIQUE (stripe_customer_id),
    CONSTRAINT ux_subscriptions__stripe_subscription_id UNIQUE (stripe_subscription_id)
);

CREATE INDEX ix_subscriptions__user_id ON subscriptions (user_id);

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

CREATE TABLE ab_tests (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    campaign_id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    variants JSONB NOT NULL,
    winner TEXT,
    metrics JSONB NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    completed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_ab_tests PRIMARY KEY (id),
    CONSTRAINT fk_ab_tests__campaign_id FOREIGN KEY(campaign_id) REFERENCES campaigns (id) ON DELETE CASCADE
);

CREATE INDEX ix_ab_tests__campaign_id ON ab_tests (campaign_id);

CREATE TABLE action_configs (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    connector_auth_id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    action_type TEXT NOT NULL,
    config JSONB NOT NULL,
    is_active BOOLEAN DEFAULT true NOT NULL,
    last_executed_at TIMESTAMP WITH TIME ZONE,
    execution_count INTEGER DEFAULT 0 NOT NULL,
    metadata JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_action_configs PRIMARY KEY (id),
    CONSTRAINT fk_action_configs__connector_auth_id FOREIGN KEY(connector_auth_id) REFERENCES connector_auths (id) ON DELETE CASCADE
);

CREATE INDEX ix_action_configs__connector_auth_id__is_active ON action_configs (connector_auth_id, is_active);

CREATE TABLE email_sequences (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    campaign_id TEXT COLLATE "C" NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    variant TEXT,
    scheduled_for TIMESTAMP WITH TIME ZONE,
    sent_at TIMESTAMP WITH TIME ZONE,
    metrics JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_email_sequences PRIMARY KEY (id),
    CONSTRAINT fk_email_sequences__campaign_id FOREIGN KEY(campaign_id) REFERENCES campaigns (id) ON DELETE CASCADE
);

CREATE INDEX ix_email_sequences__campaign_id__scheduled_for ON email_sequences (campaign_id, scheduled_for);

CREATE TABLE invoices (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    subscription_id TEXT COLLATE "C" NOT NULL,
    stripe_invoice_id TEXT NOT NULL,
    stripe_payment_intent_id TEXT,
    amount_due INTEGER NOT NULL,
    amount_paid INTEGER DEFAULT 0 NOT NULL,
    currency TEXT DEFAULT 'usd'::text NOT NULL,
    status TEXT NOT NULL,
    invoice_pdf TEXT,
    hosted_invoice_url TEXT,
    due_date TIMESTAMP WITH TIME ZONE,
    paid_at TIMESTAMP WITH TIME ZONE,
    metadata JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_invoices PRIMARY KEY (id),
    CONSTRAINT ck_invoices__currency CHECK (currency ~ '^[a-z]{3}$'::text),
    CONSTRAINT fk_invoices__subscription_id FOREIGN KEY(subscription_id) REFERENCES subscriptions (id) ON DELETE CASCADE,
    CONSTRAINT ux_invoices__stripe_invoice_id UNIQUE (stripe_invoice_id)
);

CREATE INDEX ix_invoices__subscription_id ON invoices (subscription_id);

CREATE INDEX ix_invoices__subscription_id__status ON invoices (subscription_id, status);

CREATE TABLE social_posts (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    campaign_id TEXT COLLATE "C" NOT NULL,
    platform TEXT NOT NULL,
    content TEXT NOT NULL,
    media_urls JSONB,
    variant TEXT,
    scheduled_for TIMESTAMP WITH TIME ZONE,
    published_at TIMESTAMP WITH TIME ZONE,
    external_id TEXT,
    metrics JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_social_posts PRIMARY KEY (id),
    CONSTRAINT fk_social_posts__campaign_id FOREIGN KEY(campaign_id) REFERENCES campaigns (id) ON DELETE CASCADE
);

CREATE INDEX ix_social_posts__campaign_id__platform__scheduled_for ON social_posts (campaign_id, platform, scheduled_for);

CREATE TABLE trigger_configs (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    connector_auth_id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    trigger_type TEXT NOT NULL,
    config JSONB NOT NULL,
    is_active BOOLEAN DEFAULT true NOT NULL,
    last_triggered_at TIMESTAMP WITH TIME ZONE,
    trigger_count INTEGER DEFAULT 0 NOT NULL,
    metadata JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_trigger_configs PRIMARY KEY (id),
    CONSTRAINT fk_trigger_configs__connector_auth_id FOREIGN KEY(connector_auth_id) REFERENCES connector_auths (id) ON DELETE CASCADE
);

CREATE INDEX ix_trigger_configs__connector_auth_id__is_active ON trigger_configs (connector_auth_id, is_active);

CREATE TABLE usage_records (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    subscription_id TEXT COLLATE "C" NOT NULL,
    resource_type TEXT NOT NULL,
    resource_id TEXT,
    quantity INTEGER DEFAULT 1 NOT NULL,
    cost INTEGER,
    timestamp TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    metadata JSONB,
    CONSTRAINT pk_usage_records PRIMARY KEY (id),
    CONSTRAINT fk_usage_records__subscription_id FOREIGN KEY(subscription_id) REFERENCES subscriptions (id) ON DELETE CASCADE
);

CREATE INDEX ix_usage_records__subscription_id ON usage_records (subscription_id);

CREATE INDEX ix_usage_records__subscription_id__resource_type__timestamp ON usage_records (subscription_id, resource_type, timestamp);

ALTER TABLE users ADD COLUMN stripe_customer_id TEXT;

ALTER TABLE users ADD COLUMN is_beta_user BOOLEAN DEFAULT false NOT NULL;

ALTER TABLE users ADD CONSTRAINT ux_users__stripe_customer_id UNIQUE (stripe_customer_id);

CREATE TRIGGER touch BEFORE UPDATE ON credentials FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON user_settings FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON campaigns FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON action_configs FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON trigger_configs FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON invoices FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON subscriptions FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

UPDATE neonhub.schema_migrations SET version_num='20240103000000_realign_schema' WHERE neonhub.schema_migrations.version_num = '20240102000000_phase4_beta';

COMMIT;
