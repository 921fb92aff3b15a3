-- title: Nobody is a member of a role beyond what is declared
-- severity: must
-- remedy: Revoke the membership. An administrator, the owner of the database and the login that
--   looks are left out: they must be able to become the platform's roles.
SELECT m.rolname::text, 'it is a member of ' || r.rolname,
       'REVOKE ' || quote_ident(r.rolname) || ' FROM ' || quote_ident(m.rolname)
  FROM pg_auth_members x
  JOIN pg_roles m ON m.oid = x.member
  JOIN pg_roles r ON r.oid = x.roleid
 WHERE (m.rolname, r.rolname) NOT IN (('neonhub_migrate', 'neonhub_owner'),
                                      ('neonhub_owner', 'neonhub_search'))
   AND (starts_with(m.rolname, 'neonhub_')
        -- What a stranger may become of ours; to be the application is what a login is for.
        OR starts_with(r.rolname, 'neonhub_') AND r.rolname NOT IN ('neonhub_app', 'neonhub_readonly')
           AND NOT m.rolsuper AND NOT m.rolcreaterole AND m.rolname <> session_user
           AND m.oid <> (SELECT datdba FROM pg_database WHERE datname = current_database()))
 ORDER BY 1, 2
