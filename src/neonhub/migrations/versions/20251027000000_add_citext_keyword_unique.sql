-- From 20251027000000_add_citext_keyword_unique.py, sha256 75e89e2d5d8c3164846adb6f78ce9f2d6cf6c48fd6b40ece617ceec53b4b88d2: `python -m neonhub.ops.scripts` writes this.
BEGIN;

DO $$
DECLARE
    gone record;
BEGIN
    FOR gone IN
        DELETE FROM keywords k
         USING (SELECT workspace_id, id, first_value(term) OVER same AS kept,
                       row_number() OVER same AS place
                  FROM keywords
                WINDOW same AS (PARTITION BY workspace_id, lower(term)
                                ORDER BY created_at, id)) AS d
         WHERE k.workspace_id = d.workspace_id AND k.id = d.id AND d.place > 1
        RETURNING k.workspace_id, k.id, k.term, d.kept
    LOOP
        RAISE WARNING
            'keyword "%" (%) of workspace % was dropped: it differs only in case from "%"',
            gone.term, gone.id, gone.workspace_id, gone.kept;
    END LOOP;
END $$;

ALTER TABLE keywords ALTER COLUMN term TYPE CITEXT;

ALTER TABLE keywords DROP CONSTRAINT ux_keywords__term;

ALTER TABLE keywords ADD CONSTRAINT ux_keyword_term_ci UNIQUE (workspace_id, term);

UPDATE neonhub.schema_migrations SET version_num='20251027000000_add_citext_keyword_unique' WHERE neonhub.schema_migrations.version_num = '20250129_add_marketing_tables';

COMMIT;
