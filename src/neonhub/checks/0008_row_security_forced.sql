-- title: Row security is enabled and forced on every tenant's table, partitions too
-- severity: must
-- remedy: Enable and force it again, then run `neonhub db drift` to see what else was changed.
-- A tenant's table has the tenant's column, is the tenant itself, or has a policy of ours.
SELECT c.oid::regclass::text,
       concat_ws(' and ', CASE WHEN NOT c.relrowsecurity THEN 'row security is off' END,
                 CASE WHEN NOT c.relforcerowsecurity THEN 'it is not forced on the owner' END),
       'ALTER TABLE ' || c.oid::regclass || ' ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY'
  FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
   AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
   AND (c.relname = 'organizations'
        OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped
                      AND a.attname IN ('workspace_id', 'organization_id'))
        OR EXISTS (SELECT FROM pg_policy p
                    WHERE p.polrelid = c.oid AND p.polname IN ('tenant', 'own')))
 ORDER BY 1
