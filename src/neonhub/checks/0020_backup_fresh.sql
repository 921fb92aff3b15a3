-- title: The last good backup is fresh
-- severity: must
-- remedy: Take one now with `neonhub db backup --to DIR`, and every night by the clock.
-- How old it may be: NEONHUB_PREFLIGHT_BACKUP_HOURS.
SELECT 'backup',
       coalesce('the last good one is of ' || to_char(max(at) AT TIME ZONE 'UTC',
                                                     'YYYY-MM-DD HH24:MI "UTC"'),
                'none is known'),
       'neonhub db backup --to DIR'
  FROM neonhub.operation_log
 WHERE operation = 'backup' AND state = 'good'
HAVING max(at) IS NULL OR max(at) < now() - make_interval(
           hours => coalesce(nullif(current_setting('preflight.backup_hours', true), ''), '26')::int)
