-- title: What was committed outlives a crash
-- severity: must
-- remedy: Switch it on and reload. Without fsync or full_page_writes a crash can leave the whole
--   database unreadable; without synchronous_commit the last commits are lost.
SELECT name, 'it is off', 'ALTER SYSTEM SET ' || name || ' = on; SELECT pg_reload_conf()'
  FROM pg_settings
 WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off'
 ORDER BY 1
