"""The live catalogue is the declared model, to the letter; and whatever departs from it is told."""

from __future__ import annotations

import pytest

from neonhub import schema
from tests.conformance import declared
from tests.conformance.compare import differences
from tests.databases import Database


def test_the_database_is_the_model(shared_database: Database) -> None:
    with shared_database.admin() as conn:
        assert differences(conn) == []


def test_the_catalogue_names_the_models_domains_scopes_and_classes() -> None:
    _enums, model = declared.load()
    assert len(model) == 94
    assert {(e.name, e.domain, str(e.scope), e.model.__name__) for e in schema.catalogue()} == {
        (t.name, t.domain, t.scope, t.model) for t in model.values()
    }


DEPARTURES = {
    "ALTER TABLE tasks DROP COLUMN tags": "the column tasks.tags is missing",
    "ALTER TABLE tasks ADD COLUMN more text": "the column tasks.more is in no model",
    "DROP TABLE feedback": "the table feedback is missing",
    "CREATE TABLE more (id text)": "the table more is in no model",
    "ALTER TABLE budgets ALTER COLUMN amount TYPE numeric(12,2)": (
        "budgets.amount is of type numeric(12,2), not numeric(18,4)"
    ),
    "ALTER TABLE agents ALTER COLUMN slug DROP NOT NULL": "agents.slug may be null",
    "ALTER TABLE people ALTER COLUMN locale SET DEFAULT 'de'": (
        "people.locale has the default 'de'::text, not 'en-US'::text"
    ),
    "ALTER TABLE events ALTER COLUMN channel TYPE citext": "events.channel is of type citext",
    'ALTER TABLE tools ALTER COLUMN agent_id TYPE text COLLATE "default"': (
        "tools.agent_id is not in the collation C"
    ),
    "DROP TRIGGER touch ON personas": "personas.updated_at is not set at an update",
    "ALTER TABLE content ALTER COLUMN embedding SET STORAGE EXTENDED": (
        "content.embedding is not stored out of line"
    ),
    "ALTER TABLE chunks ALTER COLUMN tsv DROP EXPRESSION": "chunks.tsv is not generated",
    "ALTER TABLE run_steps DROP CONSTRAINT fk_run_steps__run_id": "run_steps lacks the reference",
    "ALTER TABLE tasks ADD FOREIGN KEY (title) REFERENCES users (id)": (
        "tasks has a reference of no model"
    ),
    "DROP INDEX ix_run_steps__parent_step_id": "run_steps has no index behind its reference",
    "DROP INDEX ux_agents__slug": "agents lacks the unique set ('workspace_id', 'slug')",
    "CREATE UNIQUE INDEX ON tasks (title)": "tasks has a unique set of no model: ('title',)",
    "DROP INDEX ux_brands__slug; CREATE UNIQUE INDEX ON brands (workspace_id, slug)": (
        "brands: ('workspace_id', 'slug') is unique where ever"
    ),
    "CREATE INDEX ON tasks (title)": "tasks has an index of no model",
    "ALTER INDEX ix_keyword_persona RENAME TO other": "no index ix_keyword_persona on keywords",
    "ALTER TABLE tasks DROP CONSTRAINT pk_tasks; ALTER TABLE tasks ADD PRIMARY KEY (id)": (
        "tasks has the primary key ('id',), not ('workspace_id', 'id')"
    ),
    """ALTER TYPE "LinkStatus" RENAME VALUE 'removed' TO 'gone'""": "LinkStatus has the labels",
    "CREATE TYPE more AS ENUM ('a')": "the enumeration more is in no model",
    "ALTER TABLE payouts DROP CONSTRAINT ck_payouts__currency": ("payouts.currency is not checked"),
    "DROP TRIGGER append_only ON budget_ledger": "budget_ledger lets rows be changed",
    "GRANT UPDATE ON audit_logs TO neonhub_app": "audit_logs lets neonhub_app UPDATE",
    "DROP TRIGGER set_duration ON agent_runs": "agent_runs.duration_ms is not set",
}


@pytest.mark.parametrize("statement", DEPARTURES)
def test_a_departure_is_told(shared_database: Database, statement: str) -> None:
    with shared_database.admin() as conn, conn.transaction(force_rollback=True):
        conn.execute(statement)
        told = differences(conn)
    assert any(DEPARTURES[statement] in sentence for sentence in told), told
