-- title: No sequence is near its end
-- severity: must
-- remedy: Make the column and its sequence bigint, by a migration; until then, what is left is
--   what is said here.
SELECT quote_ident(schemaname) || '.' || quote_ident(sequencename),
       round(100.0 * last_value / max_value) || ' % of its numbers are used up',
       'ALTER SEQUENCE ' || quote_ident(schemaname) || '.' || quote_ident(sequencename)
           || ' AS bigint MAXVALUE 9223372036854775807'
  FROM pg_sequences
 WHERE schemaname IN ('public', 'neonhub') AND increment_by > 0 AND NOT cycle
   AND last_value > max_value * 0.75
 ORDER BY 1
