-- From 20251028_budget_transactions.py, sha256 e0c858188a78ec51b5432ffbd8f3faca7a155a8146048b33eb1daa1d46562131: `python -m neonhub.ops.scripts` writes this.
BEGIN;

CREATE TYPE "BudgetTransactionType" AS ENUM ('allocate', 'spend', 'reserve', 'refund', 'adjustment');

CREATE TABLE budgets (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    period_start DATE NOT NULL,
    period_end DATE NOT NULL,
    amount NUMERIC(18, 4) NOT NULL,
    currency TEXT DEFAULT 'usd'::text NOT NULL,
    status TEXT DEFAULT 'active'::text NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_budgets PRIMARY KEY (workspace_id, id),
    CONSTRAINT ck_budgets__currency CHECK (currency ~ '^[a-z]{3}$'::text),
    CONSTRAINT fk_budgets__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT ux_budgets__name__period_start UNIQUE (workspace_id, name, period_start)
);

CREATE TABLE budget_transactions (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    campaign_id TEXT COLLATE "C" NOT NULL,
    type "BudgetTransactionType" NOT NULL,
    amount NUMERIC(18, 4) NOT NULL,
    currency TEXT DEFAULT 'usd'::text NOT NULL,
    channel TEXT,
    description TEXT,
    metadata JSONB,
    balance_before NUMERIC(18, 4) NOT NULL,
    balance_after NUMERIC(18, 4) NOT NULL,
    created_by_id TEXT COLLATE "C",
    idempotency_key TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_budget_transactions PRIMARY KEY (workspace_id, id),
    CONSTRAINT ck_budget_transactions__currency CHECK (currency ~ '^[a-z]{3}$'::text),
    CONSTRAINT fk_budget_transactions__created_by_id FOREIGN KEY(created_by_id) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_budget_transactions__campaign_id FOREIGN KEY(workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_budget_transactions__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_budget_transactions__campaign_id ON budget_transactions (workspace_id, campaign_id);

CREATE INDEX ix_budget_transactions__created_at ON budget_transactions (workspace_id, created_at);

CREATE INDEX ix_budget_transactions__created_by_id ON budget_transactions (created_by_id);

CREATE INDEX ix_budget_transactions__type ON budget_transactions (workspace_id, type);

CREATE TRIGGER touch BEFORE UPDATE ON budgets FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

UPDATE neonhub.schema_migrations SET version_num='20251028_budget_transactions' WHERE neonhub.schema_migrations.version_num = '20251028110000_add_seo_metrics';

COMMIT;
