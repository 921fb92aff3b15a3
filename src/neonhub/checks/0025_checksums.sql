-- title: Pages on the disk have checksums
-- severity: should
-- remedy: Stop the server and run pg_checksums --enable. Without, a disk that returns other bytes
--   than it was given is found when a query fails, and by then in the backups too.
SELECT name, 'it is off', 'pg_checksums --enable --pgdata DIR'
  FROM pg_settings WHERE name = 'data_checksums' AND setting <> 'on'
