-- title: Every index is valid
-- severity: must
-- remedy: Rebuild it. An index that was being built concurrently and failed is written and never
--   read; one whose name ends in _ccnew or _ccold is such a rest, to be dropped.
SELECT i.indexrelid::regclass::text, 'it is invalid: no query reads it',
       CASE WHEN c.relname ~ '_cc(new|old)\d*$'
            THEN 'DROP INDEX CONCURRENTLY ' || i.indexrelid::regclass
            ELSE 'REINDEX INDEX CONCURRENTLY ' || i.indexrelid::regclass END
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
 WHERE c.relnamespace IN (to_regnamespace('public'), to_regnamespace('neonhub'))
   AND NOT (i.indisvalid AND i.indisready)
   -- One that is being built at this moment is no fault yet.
   AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index b WHERE b.index_relid = i.indexrelid)
 ORDER BY 1
