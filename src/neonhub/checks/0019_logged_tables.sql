-- title: No table loses its rows in a crash
-- severity: must
-- remedy: Make it a logged table. An unlogged one is emptied after a crash, is not on any
--   replica, and comes empty out of a physical backup.
SELECT c.oid::regclass::text, 'it is unlogged', 'ALTER TABLE ' || c.oid::regclass || ' SET LOGGED'
  FROM pg_class c
 WHERE c.relpersistence = 'u' AND c.relkind IN ('r', 'p')
   AND c.relnamespace IN (to_regnamespace('public'), to_regnamespace('neonhub'))
 ORDER BY 1
