-- title: Nobody can put an object in the way of ours
-- severity: must
-- remedy: Revoke the right to make objects, reset the path, fix the path of the function.
-- Who makes a function in a schema that is searched has it called in place of ours.
SELECT 'schema ' || n.nspname,
       CASE WHEN a.grantee = 0 THEN 'everybody' ELSE pg_get_userbyid(a.grantee) END
           || ' may make objects in it',
       'REVOKE CREATE ON SCHEMA ' || quote_ident(n.nspname) || ' FROM '
           || CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
  FROM pg_namespace n, aclexplode(n.nspacl) a
 WHERE n.nspname IN ('public', 'neonhub') AND a.privilege_type = 'CREATE'
   AND (a.grantee = 0 OR starts_with(pg_get_userbyid(a.grantee), 'neonhub_'))
   AND a.grantee <> n.nspowner AND pg_get_userbyid(a.grantee) <> 'neonhub_owner'
 UNION ALL
SELECT coalesce('role ' || r.rolname, 'database ' || d.datname, 'every role'),
       'its sessions begin with ' || setting,
       CASE WHEN r.oid IS NULL THEN 'ALTER DATABASE ' || quote_ident(d.datname)
            ELSE 'ALTER ROLE ' || quote_ident(r.rolname)
                 || coalesce(' IN DATABASE ' || quote_ident(d.datname), '') END
           || ' RESET search_path'
  FROM pg_db_role_setting s
  LEFT JOIN pg_roles r ON r.oid = s.setrole
  LEFT JOIN pg_database d ON d.oid = s.setdatabase,
       unnest(s.setconfig) AS setting
 WHERE (s.setdatabase = 0 OR d.datname = current_database())
   AND (s.setrole = 0 OR starts_with(r.rolname, 'neonhub_'))
   AND starts_with(setting, 'search_path=')
   -- A provider's schema of extensions behind ours is no harm.
   AND NOT setting ~ '^search_path="?(\$user"?, *"?)?public"?(, *"?extensions"?)?$'
 UNION ALL
SELECT 'function ' || p.oid::regprocedure,
       'it runs with its owner''s rights and finds objects by its caller''s search_path',
       'ALTER FUNCTION ' || p.oid::regprocedure || ' SET search_path TO public, pg_temp'
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE p.prosecdef AND n.nspname IN ('public', 'neonhub')
   AND NOT EXISTS (SELECT FROM unnest(p.proconfig) AS setting
                    WHERE starts_with(setting, 'search_path='))
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass
                      AND d.objid = p.oid AND d.deptype = 'e')
 ORDER BY 1, 2
