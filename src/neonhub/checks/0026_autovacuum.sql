-- title: Autovacuum runs, on every table
-- severity: must
-- remedy: Switch it on. Without, tables only grow, plans go by old statistics, and in the end the
--   server stops taking writes to save its transaction ids.
SELECT name, 'it is off', 'ALTER SYSTEM SET ' || name || ' = on; SELECT pg_reload_conf()'
  FROM pg_settings WHERE name IN ('autovacuum', 'track_counts') AND setting = 'off'
 UNION ALL
SELECT c.oid::regclass::text, 'autovacuum leaves it out',
       'ALTER TABLE ' || c.oid::regclass || ' RESET (autovacuum_enabled)'
  FROM pg_class c, pg_options_to_table(c.reloptions) o
 WHERE o.option_name = 'autovacuum_enabled' AND NOT o.option_value::boolean
   AND c.relnamespace IN (to_regnamespace('public'), to_regnamespace('neonhub'))
 ORDER BY 1
