-- From 20251121000000_guards_as_needed.py, sha256 8ba096eabf12495faa0cdde56caa15a8a0fabf6031262272981051045300d197: `python -m neonhub.ops.scripts` writes this.
BEGIN;

SET LOCAL check_function_bodies = off;
CREATE OR REPLACE FUNCTION neonhub.mirror_guards() RETURNS void LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path TO 'public', 'pg_temp' AS $function$
DECLARE
    part record;
    rule record;
BEGIN
    FOR part IN
        SELECT c.oid::regclass AS name, t.oid::regclass AS of, t.oid AS parent,
               t.relrowsecurity AS enabled, t.relforcerowsecurity AS forced, b.saved
          FROM pg_inherits i
          JOIN pg_class c ON c.oid = i.inhrelid
          JOIN pg_class t ON t.oid = i.inhparent
         CROSS JOIN LATERAL (
                SELECT has_table_privilege('neonhub_backup', t.oid, 'SELECT') AS saved) b
         WHERE c.relispartition AND c.relkind = 'r' AND t.relkind = 'p'
           AND t.relnamespace = 'public'::regnamespace
           -- What is guarded is left alone: to alter it would wait for all who use it.
           AND ((c.relrowsecurity, c.relforcerowsecurity)
                   <> (t.relrowsecurity, t.relforcerowsecurity)
                OR (SELECT array_agg(format('%s|%s|%s|%s|%s|%s', p.polname, p.polpermissive,
                               p.polcmd, p.polroles, pg_get_expr(p.polqual, p.polrelid),
                               pg_get_expr(p.polwithcheck, p.polrelid)) ORDER BY p.polname)
                      FROM pg_policy p WHERE p.polrelid = c.oid)
                   IS DISTINCT FROM
                   (SELECT array_agg(format('%s|%s|%s|%s|%s|%s', p.polname, p.polpermissive,
                               p.polcmd, p.polroles, pg_get_expr(p.polqual, p.polrelid),
                               pg_get_expr(p.polwithcheck, p.polrelid)) ORDER BY p.polname)
                      FROM pg_policy p WHERE p.polrelid = t.oid)
                OR (SELECT array_agg(concat_ws(' ', a.grantee::regrole, a.privilege_type,
                                               a.is_grantable))
                      FROM aclexplode(c.relacl) a WHERE a.grantee <> c.relowner)
                   IS DISTINCT FROM
                   (CASE WHEN b.saved THEN ARRAY['neonhub_backup SELECT f'] END)
                OR EXISTS (SELECT FROM pg_attribute k
                            WHERE k.attrelid = c.oid AND k.attacl IS NOT NULL))
         ORDER BY 1
    LOOP
        EXECUTE format('ALTER TABLE %s %s ROW LEVEL SECURITY, %s ROW LEVEL SECURITY', part.name,
                       CASE WHEN part.enabled THEN 'ENABLE' ELSE 'DISABLE' END,
                       CASE WHEN part.forced THEN 'FORCE' ELSE 'NO FORCE' END);
        FOR rule IN SELECT p.polname FROM pg_policy p WHERE p.polrelid = part.name LOOP
            EXECUTE format('DROP POLICY %I ON %s', rule.polname, part.name);
        END LOOP;
        FOR rule IN
            SELECT p.polname, p.polpermissive,
                   CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT'
                                 WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL'
                   END AS command,
                   (SELECT string_agg(coalesce(quote_ident(r.rolname), 'PUBLIC'), ', ')
                      FROM unnest(p.polroles) AS member
                      LEFT JOIN pg_roles r ON r.oid = member) AS roles,
                   pg_get_expr(p.polqual, p.polrelid) AS reads,
                   pg_get_expr(p.polwithcheck, p.polrelid) AS writes
              FROM pg_policy p WHERE p.polrelid = part.parent
        LOOP
            EXECUTE format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', rule.polname, part.name,
                           CASE WHEN rule.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
                           rule.command, rule.roles)
                    || coalesce(' USING (' || rule.reads || ')', '')
                    || coalesce(' WITH CHECK (' || rule.writes || ')', '');
        END LOOP;
        EXECUTE format('REVOKE ALL ON %s FROM PUBLIC, neonhub_app, neonhub_auth, neonhub_readonly, '
                       'neonhub_maintenance, neonhub_search, neonhub_backup', part.name);
        IF part.saved THEN
            EXECUTE format('GRANT SELECT ON %s TO neonhub_backup', part.name);
        END IF;
    END LOOP;
END
$function$;
REVOKE ALL ON FUNCTION neonhub.mirror_guards() FROM PUBLIC;

UPDATE neonhub.schema_migrations SET version_num='20251121000000_guards_as_needed' WHERE neonhub.schema_migrations.version_num = '20251120000000_backup_writes_of_backups';

COMMIT;
