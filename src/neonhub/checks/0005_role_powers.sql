-- title: The platform's roles have no power of an administrator
-- severity: must
-- remedy: Take the power away. What needs it is done by an administrator, not by these roles.
SELECT rolname::text,
       'it ' || concat_ws(' and ', CASE WHEN rolsuper THEN 'is a superuser' END,
                          CASE WHEN rolbypassrls THEN 'bypasses row security' END,
                          CASE WHEN rolcreaterole THEN 'makes roles' END,
                          CASE WHEN rolcreatedb THEN 'makes databases' END,
                          CASE WHEN rolreplication THEN 'replicates' END),
       'ALTER ROLE ' || quote_ident(rolname)
           || ' NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION'
  FROM pg_roles
 WHERE starts_with(rolname, 'neonhub_')
   AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)
 ORDER BY 1
