-- title: Where the log is archived, the last base backup is fresh
-- severity: must
-- remedy: Take one with `neonhub db basebackup --to DIR`, and every week by the clock.
-- How old it may be: NEONHUB_PREFLIGHT_BASEBACKUP_DAYS. An archive that others made is theirs.
-- The setting itself shows no command before the server is restarted for archive_mode.
SELECT 'basebackup',
       coalesce('the last good one is of ' || to_char(b.at AT TIME ZONE 'UTC',
                                                     'YYYY-MM-DD HH24:MI "UTC"'),
                'the log is archived, and none is known that it could be applied to'),
       'neonhub db basebackup --to ' || substring(s.reset_val FROM 'test -e "(.*?)/wal/%f"')
  FROM pg_settings s,
       (SELECT max(at) AS at FROM neonhub.operation_log
         WHERE operation = 'basebackup' AND state = 'good') b
 WHERE s.name = 'archive_command' AND s.reset_val LIKE 'if test -e "%/wal/\%f"%'
   AND (b.at IS NULL OR b.at < now() - make_interval(
           days => coalesce(nullif(current_setting('preflight.basebackup_days', true), ''), '8')::int))
