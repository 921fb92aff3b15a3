-- From 20251120000000_backup_writes_of_backups.py, sha256 3c5054985319628378ff17f73d06d60fb096d043633cc8ec3b1d05f9d5fa384d: `python -m neonhub.ops.scripts` writes this.
BEGIN;

DROP POLICY IF EXISTS read ON neonhub.operation_log;

CREATE POLICY read ON neonhub.operation_log FOR SELECT USING (true);

DROP POLICY IF EXISTS maintenance ON neonhub.operation_log;

CREATE POLICY maintenance ON neonhub.operation_log FOR INSERT TO neonhub_maintenance WITH CHECK (true);

DROP POLICY IF EXISTS backup ON neonhub.operation_log;

CREATE POLICY backup ON neonhub.operation_log FOR INSERT TO neonhub_backup WITH CHECK (operation = 'backup' OR operation = 'drill' AND state <> 'good');

ALTER TABLE neonhub.operation_log ENABLE ROW LEVEL SECURITY;

REVOKE INSERT ON neonhub.operation_log FROM neonhub_backup;

GRANT INSERT (operation, state, detail) ON neonhub.operation_log TO neonhub_backup;

UPDATE neonhub.schema_migrations SET version_num='20251120000000_backup_writes_of_backups' WHERE neonhub.schema_migrations.version_num = '20251119000000_vector_routes';

COMMIT;
