-- title: The last good drill of restoring is fresh
-- severity: must
-- remedy: Run `neonhub db verify DIR` on the last backup, and once a week by the clock.
-- How old it may be: NEONHUB_PREFLIGHT_DRILL_DAYS.
SELECT 'drill',
       coalesce('the last good one is of ' || to_char(max(at) AT TIME ZONE 'UTC',
                                                     'YYYY-MM-DD HH24:MI "UTC"'),
                'none is known: no backup was ever restored and compared'),
       'neonhub db verify DIR'
  FROM neonhub.operation_log
 WHERE operation = 'drill' AND state = 'good'
HAVING max(at) IS NULL OR max(at) < now() - make_interval(
           days => coalesce(nullif(current_setting('preflight.drill_days', true), ''), '7')::int)
