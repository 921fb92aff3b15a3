"""What somebody may do to the database by hand, and what must then be said about it."""

from __future__ import annotations

from typing import NamedTuple


class Sabotage(NamedTuple):
    """A statement, and how the sentence about it begins or what it holds."""

    statement: str
    begins: str
    holds: str = ""


ENTITIES = {
    "a policy dropped": Sabotage(
        "DROP POLICY tenant ON documents", "missing: policy documents.tenant"
    ),
    "a policy opened": Sabotage(
        "ALTER POLICY tenant ON chunks USING (true) WITH CHECK (true)",
        "differs: policy chunks.tenant: using is 'true', not '(workspace_id",
    ),
    "a policy that reads right and checks nothing": Sabotage(
        "ALTER POLICY tenant ON agents WITH CHECK (true)",
        "differs: policy agents.tenant: check is 'true', not None",
    ),
    "a policy for more roles": Sabotage(
        "ALTER POLICY maintenance ON documents TO PUBLIC",
        "differs: policy documents.maintenance: roles is ('public',)",
    ),
    "a policy of somebody's own": Sabotage(
        "CREATE POLICY mine ON documents USING (true)", "not declared: policy documents.mine"
    ),
    "a policy that forbids everything": Sabotage(
        "CREATE POLICY none ON people AS RESTRICTIVE FOR INSERT WITH CHECK (false)",
        "not declared: policy people.none",
        "permissive=False",
    ),
    "row security not forced": Sabotage(
        "ALTER TABLE documents NO FORCE ROW LEVEL SECURITY",
        "differs: row security documents: forced is False, not True",
    ),
    "row security off": Sabotage(
        "ALTER TABLE people DISABLE ROW LEVEL SECURITY", "missing: row security people"
    ),
    "row security where none belongs": Sabotage(
        "ALTER TABLE users ENABLE ROW LEVEL SECURITY", "not declared: row security users"
    ),
    "a privilege more": Sabotage(
        "GRANT TRUNCATE ON documents TO neonhub_app",
        "differs: grant documents.neonhub_app: privileges is",
        "TRUNCATE",
    ),
    "a privilege less": Sabotage(
        "REVOKE UPDATE ON chunks FROM neonhub_app",
        "differs: grant chunks.neonhub_app: privileges is ('DELETE', 'INSERT', 'SELECT'), not",
    ),
    "a column more": Sabotage(
        "GRANT SELECT (email) ON users TO neonhub_readonly",
        "not declared: grant users.neonhub_readonly.email.id.name",
    ),
    "a column that may be written": Sabotage(
        "GRANT UPDATE (name) ON users TO neonhub_app",
        "not declared: grant users.neonhub_app.name",
    ),
    "a whole table for some of its columns": Sabotage(
        "GRANT SELECT ON api_keys TO neonhub_readonly",
        "not declared: grant api_keys.neonhub_readonly",
    ),
    "a grant to everybody": Sabotage(
        "GRANT SELECT ON accounts TO PUBLIC", "not declared: grant accounts.public"
    ),
    "a grant that may be passed on": Sabotage(
        "GRANT SELECT ON documents TO neonhub_readonly WITH GRANT OPTION",
        "differs: grant documents.neonhub_readonly: privileges is ('SELECT WITH GRANT OPTION',)",
    ),
    "a function rewritten": Sabotage(
        "CREATE OR REPLACE FUNCTION neonhub.current_workspace() RETURNS text LANGUAGE sql STABLE "
        "PARALLEL SAFE AS $$ SELECT 'all' $$",
        "differs: function current_workspace: body is \" SELECT 'all' \"",
    ),
    "a function that everybody may call": Sabotage(
        "GRANT EXECUTE ON FUNCTION neonhub.find_api_key(text) TO PUBLIC",
        "differs: function find_api_key: execute is",
        "'public'",
    ),
    "a function in somebody else's name": Sabotage(
        "ALTER FUNCTION neonhub.find_workspace(text) OWNER TO neonhub_owner",
        "differs: function find_workspace: owner is 'neonhub_owner', not 'neonhub_search'",
    ),
    "a function without its search path": Sabotage(
        "ALTER FUNCTION neonhub.find_organization(text) RESET ALL",
        "differs: function find_organization: settings is (), not",
    ),
    "a function for the planner": Sabotage(
        "ALTER FUNCTION neonhub.current_organization() VOLATILE PARALLEL UNSAFE",
        "differs: function current_organization: volatility is 'VOLATILE', not 'STABLE'; parallel",
    ),
    "an overload": Sabotage(
        "CREATE FUNCTION neonhub.find_api_key(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "not declared: function find_api_key",
        "arguments='integer'",
    ),
    "a trigger dropped": Sabotage(
        "DROP TRIGGER touch ON documents", "missing: trigger documents.touch"
    ),
    "a trigger disabled": Sabotage(
        "ALTER TABLE people DISABLE TRIGGER touch",
        "differs: trigger people.touch: timing is 'BEFORE UPDATE (disabled)'",
    ),
    "a trigger with a condition": Sabotage(
        "DROP TRIGGER touch ON agents; CREATE TRIGGER touch BEFORE UPDATE ON agents "
        "FOR EACH ROW WHEN (false) EXECUTE FUNCTION neonhub.touch_updated_at()",
        "differs: trigger agents.touch: function is",
        "WHEN (false)",
    ),
    "vectors compressed": Sabotage(
        "ALTER TABLE chunks ALTER embedding SET STORAGE EXTENDED",
        "differs: storage chunks.embedding: storage is 'EXTENDED', not 'EXTERNAL'",
    ),
    "sign bits out of line": Sabotage(
        "ALTER TABLE chunks ALTER embedding_bits SET STORAGE EXTERNAL",
        "differs: storage chunks.embedding_bits: storage is 'EXTERNAL', not 'PLAIN'",
    ),
    "a text kept elsewhere": Sabotage(
        "ALTER TABLE documents ALTER content SET STORAGE MAIN",
        "not declared: storage documents.content",
    ),
}

TABLES = {
    "a table more": Sabotage("CREATE TABLE loose (id int)", "not declared: table loose"),
    "a column dropped": Sabotage(
        "ALTER TABLE documents DROP mime_type", "missing: column documents.mime_type"
    ),
    "a column more": Sabotage(
        "ALTER TABLE documents ADD loose int", "not declared: column documents.loose"
    ),
    "a column nullable": Sabotage(
        "ALTER TABLE documents ALTER title DROP NOT NULL",
        "differs: column documents.title: nullable is True, not False",
    ),
    "a default changed": Sabotage(
        "ALTER TABLE documents ALTER status SET DEFAULT 'x'",
        "differs: column documents.status: default is 'x'::text, not 'draft'::text",
    ),
    "a vector of any dimension": Sabotage(
        "ALTER TABLE keyword_clusters ALTER centroid TYPE vector",
        "differs: column keyword_clusters.centroid: type is VECTOR, not VECTOR(1536)",
    ),
    "a collation changed": Sabotage(
        'ALTER TABLE people ALTER display_name TYPE text COLLATE "C"',
        'differs: column people.display_name: type is TEXT COLLATE "C", not TEXT',
    ),
    "an index dropped": Sabotage(
        "DROP INDEX ux_documents__dataset_id__source_uri",
        "missing: index ux_documents__dataset_id__source_uri of documents",
    ),
    "an index more": Sabotage(
        "CREATE INDEX loose_ix ON people (locale)", "not declared: index loose_ix of people"
    ),
    "a unique set dropped": Sabotage(
        "ALTER TABLE chunks DROP CONSTRAINT ux_chunks__document_id__idx",
        "missing: constraint ux_chunks__document_id__idx of chunks",
    ),
    "a reference dropped": Sabotage(
        "ALTER TABLE documents DROP CONSTRAINT fk_documents__dataset_id",
        "missing: reference fk_documents__dataset_id of documents",
    ),
    "a reference that clears the tenant too": Sabotage(
        "ALTER TABLE datasets DROP CONSTRAINT fk_datasets__embedding_space_id, "
        "ADD CONSTRAINT fk_datasets__embedding_space_id "
        "FOREIGN KEY (workspace_id, embedding_space_id) "
        "REFERENCES embedding_spaces (workspace_id, id) ON DELETE SET NULL",
        "missing: reference fk_datasets__embedding_space_id of datasets",
    ),
}
