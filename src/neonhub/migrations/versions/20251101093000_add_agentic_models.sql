-- From 20251101093000_add_agentic_models.py, sha256 3063c63b0e6b75ea03dc648c22f4712b2ebd89cb30556b485f05a530e1dcee18: `python -m neonhub.ops.scripts` writes this.
BEGIN;

CREATE TYPE "BudgetAllocationStatus" AS ENUM ('planned', 'approved', 'executing', 'completed', 'cancelled');

CREATE TYPE "ConsentScope" AS ENUM ('marketing', 'transactional');

CREATE TYPE "ConsentStatus" AS ENUM ('granted', 'revoked', 'denied', 'pending');

CREATE TYPE "LedgerEntryType" AS ENUM ('allocate', 'reserve', 'release', 'spend', 'refund', 'adjustment');

CREATE TYPE "MemoryKind" AS ENUM ('fact', 'intent', 'message', 'objection');

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
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_people PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_people__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_people__display_name ON people USING gin (display_name gin_trgm_ops);

CREATE INDEX ix_people__last_seen_at ON people (workspace_id, last_seen_at);

CREATE INDEX ix_people__primary_email ON people (workspace_id, primary_email);

CREATE INDEX ix_people__primary_phone ON people (workspace_id, primary_phone);

CREATE UNIQUE INDEX ux_people__external_id ON people (workspace_id, external_id) WHERE deleted_at IS NULL;

CREATE TABLE budget_profiles (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    brand_id TEXT COLLATE "C",
    name TEXT NOT NULL,
    currency TEXT DEFAULT 'usd'::text NOT NULL,
    total_budget NUMERIC(18, 4),
    reserved NUMERIC(18, 4) DEFAULT 0 NOT NULL,
    spent NUMERIC(18, 4) DEFAULT 0 NOT NULL,
    constraints JSONB,
    settings JSONB,
    slug TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_budget_profiles PRIMARY KEY (workspace_id, id),
    CONSTRAINT ck_budget_profiles__currency CHECK (currency ~ '^[a-z]{3}$'::text),
    CONSTRAINT ck_budget_profiles__within_total CHECK (reserved + spent <= total_budget),
    CONSTRAINT fk_budget_profiles__brand_id FOREIGN KEY(workspace_id, brand_id) REFERENCES brands (workspace_id, id) ON DELETE SET NULL (brand_id),
    CONSTRAINT fk_budget_profiles__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT ux_budget_profiles__name UNIQUE (workspace_id, name),
    CONSTRAINT ux_budget_profiles__slug UNIQUE (workspace_id, slug)
);

CREATE INDEX ix_budget_profiles__brand_id ON budget_profiles (workspace_id, brand_id);

CREATE TABLE person_identities (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    type TEXT NOT NULL,
    value CITEXT NOT NULL,
    channel TEXT,
    verified_at TIMESTAMP WITH TIME ZONE,
    source TEXT,
    metadata JSONB,
    verified BOOLEAN DEFAULT false NOT NULL,
    is_primary BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_person_identities PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_person_identities__person_id FOREIGN KEY(workspace_id, person_id) REFERENCES people (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_person_identities__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT ux_person_identities__type__value UNIQUE (workspace_id, type, value)
);

CREATE INDEX ix_person_identities__person_id__type ON person_identities (workspace_id, person_id, type);

CREATE TABLE person_notes (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    author_id TEXT COLLATE "C",
    body TEXT NOT NULL,
    tags TEXT[] DEFAULT '{}'::text[] NOT NULL,
    visibility TEXT DEFAULT 'internal'::text NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_person_notes PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_person_notes__author_id FOREIGN KEY(author_id) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_person_notes__person_id FOREIGN KEY(workspace_id, person_id) REFERENCES people (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_person_notes__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_person_notes__author_id ON person_notes (author_id);

CREATE INDEX ix_person_notes__person_id__created_at ON person_notes (workspace_id, person_id, created_at);

CREATE TABLE person_objectives (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    title TEXT NOT NULL,
    description TEXT,
    status TEXT DEFAULT 'active'::text NOT NULL,
    priority INTEGER DEFAULT 0 NOT NULL,
    success_metric TEXT,
    target_value DOUBLE PRECISION,
    due_at TIMESTAMP WITH TIME ZONE,
    metadata JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_person_objectives PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_person_objectives__person_id FOREIGN KEY(workspace_id, person_id) REFERENCES people (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_person_objectives__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_person_objectives__person_id__status ON person_objectives (workspace_id, person_id, status);

CREATE INDEX ix_person_objectives__status ON person_objectives (workspace_id, status);

CREATE TABLE person_topics (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    weight DOUBLE PRECISION DEFAULT 0 NOT NULL,
    trend DOUBLE PRECISION DEFAULT 0,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_person_topics PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_person_topics__person_id FOREIGN KEY(workspace_id, person_id) REFERENCES people (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_person_topics__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT ux_person_topics__person_id__name UNIQUE (workspace_id, person_id, name)
);

CREATE INDEX ix_person_topics__name ON person_topics (workspace_id, name);

CREATE TABLE snippet_library (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    brand_id TEXT COLLATE "C",
    channel TEXT NOT NULL,
    name TEXT NOT NULL,
    content TEXT NOT NULL,
    tone TEXT,
    use_cases TEXT[] DEFAULT '{}'::text[] NOT NULL,
    win_rate DOUBLE PRECISION,
    usage_count INTEGER DEFAULT 0 NOT NULL,
    last_won_at TIMESTAMP WITH TIME ZONE,
    metadata JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_snippet_library PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_snippet_library__brand_id FOREIGN KEY(workspace_id, brand_id) REFERENCES brands (workspace_id, id) ON DELETE SET NULL (brand_id),
    CONSTRAINT fk_snippet_library__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT ux_snippet_library__name__channel UNIQUE (workspace_id, name, channel)
);

CREATE INDEX ix_snippet_library__brand_id ON snippet_library (workspace_id, brand_id);

CREATE INDEX ix_snippet_library__channel ON snippet_library (workspace_id, channel);

CREATE TABLE budget_allocations (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    budget_profile_id TEXT COLLATE "C" NOT NULL,
    campaign_id TEXT COLLATE "C",
    objective_id TEXT COLLATE "C",
    channel TEXT NOT NULL,
    amount NUMERIC(18, 4) NOT NULL,
    currency TEXT DEFAULT 'usd'::text NOT NULL,
    window_start TIMESTAMP WITH TIME ZONE,
    window_end TIMESTAMP WITH TIME ZONE,
    status "BudgetAllocationStatus" DEFAULT 'planned'::"BudgetAllocationStatus" NOT NULL,
    metadata JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_budget_allocations PRIMARY KEY (workspace_id, id),
    CONSTRAINT ck_budget_allocations__currency CHECK (currency ~ '^[a-z]{3}$'::text),
    CONSTRAINT fk_budget_allocations__budget_profile_id FOREIGN KEY(workspace_id, budget_profile_id) REFERENCES budget_profiles (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_budget_allocations__campaign_id FOREIGN KEY(workspace_id, campaign_id) REFERENCES marketing_campaigns (workspace_id, id) ON DELETE SET NULL (campaign_id),
    CONSTRAINT fk_budget_allocations__objective_id FOREIGN KEY(workspace_id, objective_id) REFERENCES person_objectives (workspace_id, id) ON DELETE SET NULL (objective_id),
    CONSTRAINT fk_budget_allocations__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_budget_allocations__budget_profile_id ON budget_allocations (workspace_id, budget_profile_id);

CREATE INDEX ix_budget_allocations__campaign_id ON budget_allocations (workspace_id, campaign_id);

CREATE INDEX ix_budget_allocations__objective_id ON budget_allocations (workspace_id, objective_id);

CREATE INDEX ix_budget_allocations__status ON budget_allocations (workspace_id, status);

CREATE TABLE events (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    campaign_id TEXT COLLATE "C",
    objective_id TEXT COLLATE "C",
    channel TEXT NOT NULL,
    type TEXT NOT NULL,
    source TEXT,
    provider_id TEXT,
    topic TEXT,
    intent TEXT,
    sentiment TEXT,
    payload JSONB,
    metadata JSONB,
    occurred_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_events PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_events__campaign_id FOREIGN KEY(workspace_id, campaign_id) REFERENCES marketing_campaigns (workspace_id, id) ON DELETE SET NULL (campaign_id),
    CONSTRAINT fk_events__objective_id FOREIGN KEY(workspace_id, objective_id) REFERENCES person_objectives (workspace_id, id) ON DELETE SET NULL (objective_id),
    CONSTRAINT fk_events__person_id FOREIGN KEY(workspace_id, person_id) REFERENCES people (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_events__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_events__campaign_id ON events (workspace_id, campaign_id);

CREATE INDEX ix_events__channel__type ON events (workspace_id, channel, type);

CREATE INDEX ix_events__objective_id ON events (workspace_id, objective_id);

CREATE INDEX ix_events__occurred_at ON events (workspace_id, occurred_at);

CREATE INDEX ix_events__person_id__occurred_at ON events (workspace_id, person_id, occurred_at);

CREATE TABLE payments (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    budget_profile_id TEXT COLLATE "C",
    stripe_payment_intent_id TEXT NOT NULL,
    status TEXT NOT NULL,
    amount NUMERIC(18, 4) NOT NULL,
    currency TEXT DEFAULT 'usd'::text NOT NULL,
    customer_id TEXT,
    metadata JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_payments PRIMARY KEY (workspace_id, id),
    CONSTRAINT ck_payments__currency CHECK (currency ~ '^[a-z]{3}$'::text),
    CONSTRAINT fk_payments__budget_profile_id FOREIGN KEY(workspace_id, budget_profile_id) REFERENCES budget_profiles (workspace_id, id) ON DELETE SET NULL (budget_profile_id),
    CONSTRAINT fk_payments__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT ux_payments__stripe_payment_intent_id UNIQUE (workspace_id, stripe_payment_intent_id)
);

CREATE INDEX ix_payments__budget_profile_id ON payments (workspace_id, budget_profile_id);

CREATE INDEX ix_payments__status ON payments (workspace_id, status);

CREATE TABLE payouts (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    budget_profile_id TEXT COLLATE "C",
    partner_id TEXT NOT NULL,
    stripe_transfer_id TEXT,
    status TEXT NOT NULL,
    amount NUMERIC(18, 4) NOT NULL,
    currency TEXT DEFAULT 'usd'::text NOT NULL,
    metadata JSONB,
    processed_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_payouts PRIMARY KEY (workspace_id, id),
    CONSTRAINT ck_payouts__currency CHECK (currency ~ '^[a-z]{3}$'::text),
    CONSTRAINT fk_payouts__budget_profile_id FOREIGN KEY(workspace_id, budget_profile_id) REFERENCES budget_profiles (workspace_id, id) ON DELETE SET NULL (budget_profile_id),
    CONSTRAINT fk_payouts__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_payouts__budget_profile_id ON payouts (workspace_id, budget_profile_id);

CREATE INDEX ix_payouts__status ON payouts (workspace_id, status);

CREATE TABLE person_consents (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    campaign_id TEXT COLLATE "C",
    channel TEXT NOT NULL,
    status "ConsentStatus" DEFAULT 'granted'::"ConsentStatus" NOT NULL,
    source TEXT,
    collected_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    evidence JSONB,
    metadata JSONB,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    scope "ConsentScope" DEFAULT 'marketing'::"ConsentScope" NOT NULL,
    CONSTRAINT pk_person_consents PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_person_consents__campaign_id FOREIGN KEY(workspace_id, campaign_id) REFERENCES marketing_campaigns (workspace_id, id) ON DELETE SET NULL (campaign_id),
    CONSTRAINT fk_person_consents__person_id FOREIGN KEY(workspace_id, person_id) REFERENCES people (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_person_consents__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_person_consents__campaign_id ON person_consents (workspace_id, campaign_id);

CREATE INDEX ix_person_consents__channel ON person_consents (workspace_id, channel);

CREATE INDEX ix_person_consents__person_id__channel ON person_consents (workspace_id, person_id, channel);

CREATE TABLE budget_ledger (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    budget_profile_id TEXT COLLATE "C" NOT NULL,
    allocation_id TEXT COLLATE "C",
    campaign_id TEXT COLLATE "C",
    person_id TEXT COLLATE "C",
    entry_type "LedgerEntryType" NOT NULL,
    amount NUMERIC(18, 4) NOT NULL,
    currency TEXT DEFAULT 'usd'::text NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    metadata JSONB,
    seq BIGINT GENERATED ALWAYS AS IDENTITY,
    CONSTRAINT pk_budget_ledger PRIMARY KEY (workspace_id, id),
    CONSTRAINT ck_budget_ledger__currency CHECK (currency ~ '^[a-z]{3}$'::text),
    CONSTRAINT fk_budget_ledger__allocation_id FOREIGN KEY(workspace_id, allocation_id) REFERENCES budget_allocations (workspace_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_budget_ledger__budget_profile_id FOREIGN KEY(workspace_id, budget_profile_id) REFERENCES budget_profiles (workspace_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_budget_ledger__campaign_id FOREIGN KEY(workspace_id, campaign_id) REFERENCES marketing_campaigns (workspace_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_budget_ledger__person_id FOREIGN KEY(workspace_id, person_id) REFERENCES people (workspace_id, id) ON DELETE SET NULL (person_id),
    CONSTRAINT fk_budget_ledger__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_budget_ledger__allocation_id ON budget_ledger (workspace_id, allocation_id);

CREATE INDEX ix_budget_ledger__budget_profile_id ON budget_ledger (workspace_id, budget_profile_id);

CREATE INDEX ix_budget_ledger__campaign_id ON budget_ledger (workspace_id, campaign_id);

CREATE INDEX ix_budget_ledger__occurred_at ON budget_ledger (workspace_id, occurred_at);

CREATE INDEX ix_budget_ledger__person_id ON budget_ledger (workspace_id, person_id);

CREATE TABLE mem_embeddings (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    source_event_id TEXT COLLATE "C",
    label TEXT,
    embedding VECTOR(1536),
    metadata JSONB,
    expires_at TIMESTAMP WITH TIME ZONE,
    kind "MemoryKind" NOT NULL,
    text TEXT NOT NULL,
    embedding_space_id TEXT COLLATE "C",
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_mem_embeddings PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_mem_embeddings__embedding_space_id FOREIGN KEY(workspace_id, embedding_space_id) REFERENCES embedding_spaces (workspace_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_mem_embeddings__person_id FOREIGN KEY(workspace_id, person_id) REFERENCES people (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_mem_embeddings__source_event_id FOREIGN KEY(workspace_id, source_event_id) REFERENCES events (workspace_id, id) ON DELETE SET NULL (source_event_id),
    CONSTRAINT fk_mem_embeddings__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_mem_embeddings__embedding_space_id ON mem_embeddings (workspace_id, embedding_space_id);

CREATE INDEX ix_mem_embeddings__person_id__created_at ON mem_embeddings (workspace_id, person_id, created_at);

CREATE INDEX ix_mem_embeddings__source_event_id ON mem_embeddings (workspace_id, source_event_id);

ALTER TABLE budgets ADD COLUMN budget_profile_id TEXT COLLATE "C";

CREATE INDEX ix_budgets__budget_profile_id ON budgets (workspace_id, budget_profile_id);

ALTER TABLE budgets ADD CONSTRAINT fk_budgets__budget_profile_id FOREIGN KEY(workspace_id, budget_profile_id) REFERENCES budget_profiles (workspace_id, id) ON DELETE SET NULL (budget_profile_id);

CREATE TRIGGER touch BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON person_consents FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON person_identities FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON person_notes FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON person_objectives FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON person_topics FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON snippet_library FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON budget_allocations FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON budget_profiles FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

ALTER TABLE mem_embeddings ALTER COLUMN embedding SET STORAGE EXTERNAL;

UPDATE neonhub.schema_migrations SET version_num='20251101093000_add_agentic_models' WHERE neonhub.schema_migrations.version_num = '20251028_budget_transactions';

COMMIT;
