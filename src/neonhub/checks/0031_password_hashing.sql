-- title: New passwords are kept as SCRAM verifiers
-- severity: should
-- remedy: Set it and reload, then rotate: `neonhub db roles --rotate all`.
SELECT name, 'it is ' || setting,
       'ALTER SYSTEM SET password_encryption = ''scram-sha-256''; SELECT pg_reload_conf()'
  FROM pg_settings WHERE name = 'password_encryption' AND setting <> 'scram-sha-256'
