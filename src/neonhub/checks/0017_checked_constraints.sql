-- title: Every constraint was checked against the rows that are there
-- severity: must
-- remedy: Validate it as an administrator, from whom row security hides nothing; where rows break
--   it, mend them first.
SELECT k.conrelid::regclass::text, 'its constraint ' || k.conname || ' was never checked',
       'ALTER TABLE ' || k.conrelid::regclass || ' VALIDATE CONSTRAINT ' || quote_ident(k.conname)
  FROM pg_constraint k
 WHERE NOT k.convalidated AND k.conrelid <> 0
   AND k.connamespace IN (to_regnamespace('public'), to_regnamespace('neonhub'))
 ORDER BY 1, 2
