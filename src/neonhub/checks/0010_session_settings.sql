-- title: No setting of a role or of the database opens row security
-- severity: must
-- remedy: Take the setting back. What a session needs it sets itself, for its transaction.
SELECT coalesce('role ' || r.rolname, 'database ' || d.datname, 'every role'),
       'its sessions begin with ' || setting,
       CASE WHEN r.oid IS NULL THEN 'ALTER DATABASE ' || quote_ident(d.datname)
            ELSE 'ALTER ROLE ' || quote_ident(r.rolname)
                 || coalesce(' IN DATABASE ' || quote_ident(d.datname), '') END
           || ' RESET ' || split_part(setting, '=', 1)
  FROM pg_db_role_setting s
  LEFT JOIN pg_roles r ON r.oid = s.setrole
  LEFT JOIN pg_database d ON d.oid = s.setdatabase,
       unnest(s.setconfig) AS setting
 WHERE (s.setdatabase = 0 OR d.datname = current_database())
   AND (s.setrole = 0 OR starts_with(r.rolname, 'neonhub_'))
   AND setting ~ '^(row_security=off|session_replication_role=|role=|neonhub\.)'
   AND NOT (r.rolname IS NOT DISTINCT FROM 'neonhub_migrate' AND setting = 'role=neonhub_owner')
 UNION ALL
SELECT 'row_security', 'the server sets it to ' || setting, 'ALTER SYSTEM RESET row_security'
  FROM pg_settings WHERE name = 'row_security' AND reset_val = 'off' AND source <> 'database'
   AND source <> 'user' AND source <> 'database user'
 ORDER BY 1, 2
