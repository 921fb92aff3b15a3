-- title: Transaction ids are far from running out
-- severity: must
-- remedy: Run VACUUM (FREEZE) on the oldest tables. If the age does not fall, something holds it:
--   `neonhub db doctor` names long transactions, prepared ones and replication slots.
-- The server refuses writes at some 2,100 million; autovacuum acts on its own from 200 million on.
SELECT datname::text,
       'its oldest rows are ' || greatest(age(datfrozenxid), mxid_age(datminmxid))
           || ' transactions old',
       'VACUUM (FREEZE, ANALYZE)'
  FROM pg_database
 WHERE datname = current_database()
   AND greatest(age(datfrozenxid), mxid_age(datminmxid))
       > coalesce(nullif(current_setting('preflight.transaction_age', true), ''), '1000000000')::bigint
