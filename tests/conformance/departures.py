"""What can be done to a database so that it is no longer the model, and what is then told."""

from __future__ import annotations

TABLES_AND_COLUMNS = {
    "DROP TABLE feedback": "the table feedback is missing",
    "CREATE TABLE more (id text)": "the table more is in no model",
    "CREATE VIEW more AS SELECT 1 AS one": "views or sequences are in no model: more",
    "CREATE SEQUENCE more": "views or sequences are in no model: more",
    "ALTER TABLE tasks DROP COLUMN tags": "the column tasks.tags is missing",
    "ALTER TABLE tasks ADD COLUMN more text": "the column tasks.more is in no model",
    "ALTER TABLE budgets ALTER COLUMN amount TYPE numeric(12,2)": (
        "budgets.amount is of type numeric(12,2), not numeric(18,4)"
    ),
    "ALTER TABLE events ALTER COLUMN channel TYPE citext": (
        "events.channel is of type citext, not text"
    ),
    "ALTER TABLE agents ALTER COLUMN slug DROP NOT NULL": "agents.slug may be null",
    "ALTER TABLE tasks ALTER COLUMN due_date SET NOT NULL": "tasks.due_date may not be null",
    "ALTER TABLE people ALTER COLUMN locale SET DEFAULT 'de'": (
        "people.locale has the default 'de'::text, not 'en-US'::text"
    ),
    "ALTER TABLE tools ALTER COLUMN id DROP DEFAULT": (
        "tools.id has the default None, not neonhub.cuid()"
    ),
    "ALTER TABLE tools ALTER COLUMN description SET DEFAULT ''": (
        "tools.description has the default ''::text, not None"
    ),
    'ALTER TABLE tools ALTER COLUMN agent_id TYPE text COLLATE "default"': (
        "tools.agent_id is in the collation None, not C"
    ),
    'ALTER TABLE tasks ALTER COLUMN title TYPE text COLLATE "C"': (
        "tasks.title is in the collation C, not None"
    ),
    "ALTER TABLE content ALTER COLUMN embedding SET STORAGE EXTENDED": (
        "content.embedding is not stored out of line"
    ),
    "ALTER TABLE content ALTER COLUMN embedding_bits SET STORAGE EXTERNAL": (
        "content.embedding_bits is not stored inline"
    ),
    "ALTER TABLE chunks ALTER COLUMN tsv DROP EXPRESSION": "chunks.tsv is generated as None",
    "ALTER TABLE seo_metrics DROP COLUMN ctr; ALTER TABLE seo_metrics "
    "ADD COLUMN ctr double precision NOT NULL GENERATED ALWAYS AS (clicks * 1.0) STORED": (
        "seo_metrics.ctr is generated as"
    ),
    "ALTER TABLE budget_ledger ALTER COLUMN seq DROP IDENTITY": "budget_ledger.seq is not an",
    """ALTER TYPE "LinkStatus" RENAME VALUE 'removed' TO 'gone'""": (
        "LinkStatus has the labels suggested, active, gone; not suggested, active, removed"
    ),
    """ALTER TYPE "ActorType" ADD VALUE 'nobody' BEFORE 'user'""": (
        "ActorType has the labels nobody, user,"
    ),
    "CREATE TYPE more AS ENUM ('a')": "the enumeration more is in no model",
}

REFERENCES = {
    "ALTER TABLE run_steps DROP CONSTRAINT fk_run_steps__run_id": (
        "run_steps lacks the reference (workspace_id, run_id) -> agent_runs (workspace_id, id)"
    ),
    "ALTER TABLE tasks ADD FOREIGN KEY (title) REFERENCES users (id)": (
        "tasks has a reference of no model: (title) -> users (id), on delete no action"
    ),
    "ALTER TABLE audit_logs ADD FOREIGN KEY (organization_id) REFERENCES organizations (id)": (
        "audit_logs has a reference of no model"
    ),
    "ALTER TABLE run_steps DROP CONSTRAINT fk_run_steps__run_id, "
    "ADD FOREIGN KEY (workspace_id, run_id) REFERENCES agent_runs (workspace_id, id)": (
        "agent_runs (workspace_id, id), on delete no action"
    ),
    "ALTER TABLE tools DROP CONSTRAINT fk_tools__agent_id, ADD FOREIGN KEY "
    "(workspace_id, agent_id) REFERENCES agents (workspace_id, id) ON DELETE SET NULL": (
        "tools lacks the reference (workspace_id, agent_id) -> agents (workspace_id, id), "
        "on delete set null (agent_id)"
    ),
    "ALTER TABLE tools ALTER CONSTRAINT fk_tools__agent_id DEFERRABLE": "may be deferred",
    "ALTER TABLE tools DROP CONSTRAINT fk_tools__agent_id, ADD FOREIGN KEY (workspace_id, "
    "agent_id) REFERENCES agents (workspace_id, id) ON DELETE SET NULL (agent_id) NOT VALID": (
        "tools lacks the reference"
    ),
}

KEYS = {
    "ALTER TABLE tasks DROP CONSTRAINT pk_tasks; ALTER TABLE tasks ADD PRIMARY KEY (id)": (
        "tasks has the primary key (id), not (workspace_id, id)"
    ),
    "DROP INDEX ix_run_steps__parent_step_id": (
        "run_steps has no index behind its reference by parent_step_id"
    ),
    "DROP INDEX ix_tasks__due_date": "tasks lacks the index (workspace_id, due_date)",
    "DROP INDEX ix_tasks__due_date; CREATE INDEX ON tasks (due_date, workspace_id)": (
        "tasks lacks the index (workspace_id, due_date)"
    ),
    "DROP INDEX ix_tasks__due_date; "
    "CREATE INDEX ON tasks (workspace_id, due_date) WHERE completed_at IS NULL": (
        "tasks lacks the index (workspace_id, due_date)"
    ),
    "CREATE INDEX more ON tasks (title)": "tasks has an index of no model: more btree (title)",
    "CREATE INDEX more ON tasks (workspace_id, lower(title))": "tasks has an index of no model",
    "CREATE INDEX more ON tasks (workspace_id, due_date)": "tasks has an index of no model",
    "ALTER INDEX ix_keyword_persona RENAME TO other": "ix_keyword_persona of keywords is not there",
    "DROP INDEX chunks_embedding_cosine_idx; CREATE INDEX chunks_embedding_cosine_idx "
    "ON chunks (workspace_id, embedding_space_id, dataset_id)": (
        "chunks_embedding_cosine_idx is btree (workspace_id, embedding_space_id, dataset_id), not"
    ),
    "DROP INDEX ix_metric_events__metadata; "
    "CREATE INDEX ix_metric_events__metadata ON metric_events USING gin (metadata)": (
        "ix_metric_events__metadata is gin (metadata), not gin (metadata jsonb_path_ops)"
    ),
    "DROP INDEX ux_agents__slug": "agents lacks the unique set (workspace_id, slug)",
    "CREATE UNIQUE INDEX ON tasks (title)": "tasks has a unique set of no model: (title)",
    "DROP INDEX ux_brands__slug; CREATE UNIQUE INDEX ON brands (workspace_id, slug)": (
        "brands: (workspace_id, slug) is unique where ever, not (deleted_at IS NULL)"
    ),
    "ALTER TABLE budgets DROP CONSTRAINT ux_budgets__name__period_start; CREATE UNIQUE INDEX "
    "ON budgets (workspace_id, name, period_start) WHERE status = 'active'": (
        "budgets: (workspace_id, name, period_start) is unique where (status = 'active'::text)"
    ),
    "ALTER TABLE seo_metrics DROP CONSTRAINT ux_seo_metrics__url__keyword__date__country__device, "
    "ADD UNIQUE (workspace_id, url, keyword, date, country, device)": (
        "seo_metrics: (workspace_id, url, keyword, date, country, device) is unique with nulls"
    ),
}

RULES = {
    "ALTER TABLE payouts DROP CONSTRAINT ck_payouts__currency": (
        "payouts lacks the CHECK ((currency"
    ),
    "ALTER TABLE marketing_leads DROP CONSTRAINT ck_marketing_leads__reachable, "
    "ADD CHECK (email IS NOT NULL)": (
        "marketing_leads lacks the CHECK (((email IS NOT NULL) OR (phone IS NOT NULL)))"
    ),
    "ALTER TABLE tasks ADD CHECK (title <> '')": "tasks has a check of no model",
    "DROP TRIGGER touch ON personas": "the trigger touch of personas is not there",
    "ALTER TABLE personas DISABLE TRIGGER touch": "the trigger touch of personas is not there",
    "DROP TRIGGER set_duration ON agent_runs": "the trigger set_duration of agent_runs is not",
    "DROP TRIGGER append_only ON budget_ledger": "the trigger append_only of budget_ledger is not",
    "DROP TRIGGER append_only ON content_versions; CREATE TRIGGER append_only BEFORE DELETE "
    "ON content_versions FOR EACH ROW EXECUTE FUNCTION neonhub.refuse_change()": (
        "the trigger append_only of content_versions is BEFORE DELETE neonhub.refuse_change, not"
    ),
    "CREATE TRIGGER more BEFORE DELETE ON tasks FOR EACH ROW "
    "EXECUTE FUNCTION neonhub.refuse_change()": "not of any model",
    "GRANT UPDATE ON audit_logs TO neonhub_app": (
        "audit_logs is only added to, and neonhub_app may UPDATE"
    ),
    "GRANT UPDATE (amount) ON budget_ledger TO neonhub_readonly": (
        "budget_ledger is only added to, and neonhub_readonly may UPDATE"
    ),
    "GRANT DELETE ON person_consents TO public": (
        "person_consents is only added to, and public may DELETE"
    ),
    "DROP TABLE metric_events_default": "metric_events has no partition DEFAULT",
}

DEPARTURES = {**TABLES_AND_COLUMNS, **REFERENCES, **KEYS, **RULES}
