-- title: The partitions of the months to come are there
-- severity: must
-- remedy: Run `neonhub db partitions --ahead 3`, and `neonhub maintain` by the clock.
-- Rows of a month without a partition fall into the default one, from which they must be moved.
WITH month AS (
    SELECT date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => ahead) AS start
      FROM generate_series(
          0, coalesce(nullif(current_setting('preflight.months_ahead', true), ''), '2')::int) ahead
)
SELECT t.relname::text, 'it has no partition for ' || to_char(month.start, 'YYYY-MM'),
       'neonhub db partitions --ahead 3'
  FROM pg_partitioned_table p
  JOIN pg_class t ON t.oid = p.partrelid
 CROSS JOIN month
 WHERE t.relnamespace = 'public'::regnamespace AND p.partstrat = 'r'
   AND NOT EXISTS (
       SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = t.oid AND c.relispartition
          AND c.relname = t.relname || to_char(month.start, '_YYYY_MM'))
 ORDER BY 1, 2
