"""Monthly partitions: how they are made ahead of time, and how they keep their table's guards.

A partition is a table of its own to whoever names it, so row security, policies and the backup's
grant are copied from the table that it belongs to. Nobody else is granted anything on it: rows
are reached through the table.
"""

from __future__ import annotations

from neonhub.db.policies import Function

__all__ = ["FUNCTIONS"]

_SETTINGS = ("search_path TO 'public', 'pg_temp'",)

MIRROR_GUARDS = Function(
    "mirror_guards",
    "",
    "void",
    """
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
""",
    language="plpgsql",
    volatility="VOLATILE",
    parallel="UNSAFE",
    security_definer=True,
    execute=(),
    settings=_SETTINGS,
)

ENSURE_PARTITIONS = Function(
    "ensure_partitions",
    "ahead integer DEFAULT 3, behind integer DEFAULT 2",
    "SETOF text",
    """
DECLARE
    parent record;
    month timestamptz;
    made text;
    spare text;
    stray boolean;
BEGIN
    -- One at a time: two would make the same partition.
    PERFORM pg_advisory_xact_lock(7236002);
    FOR parent IN
        SELECT c.oid, c.relname, a.attname AS column_name
          FROM pg_partitioned_table p
          JOIN pg_class c ON c.oid = p.partrelid
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.partattrs[0]
         WHERE c.relnamespace = 'public'::regnamespace AND p.partstrat = 'r'
         ORDER BY c.relname
    LOOP
        spare := parent.relname || '_default';
        IF to_regclass(spare) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', spare, parent.relname);
            RETURN NEXT spare;
        END IF;
        FOR month IN
            SELECT (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => m))
                       AT TIME ZONE 'UTC'
              FROM generate_series(-behind, ahead) AS m
        LOOP
            made := parent.relname || to_char(month AT TIME ZONE 'UTC', '_YYYY_MM');
            CONTINUE WHEN to_regclass(made) IS NOT NULL;
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS '
                           'INCLUDING GENERATED INCLUDING STORAGE)', made, parent.relname);
            -- Rows of the month that came before their partition lie in the default one. Its
            -- owner sees them while row security is not forced; the lock keeps all others out.
            EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', spare);
            EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY, DISABLE TRIGGER USER',
                           spare);
            EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE %I >= $1 AND %2$I < $2)',
                           spare, parent.column_name)
               INTO stray USING month, month + interval '1 month';
            IF stray THEN
                EXECUTE format('CREATE TABLE neonhub.moved (LIKE %I)', parent.relname);
                EXECUTE format('WITH gone AS (DELETE FROM %I WHERE %I >= $1 AND %2$I < $2 '
                               'RETURNING *) INSERT INTO neonhub.moved SELECT * FROM gone',
                               spare, parent.column_name)
                  USING month, month + interval '1 month';
            END IF;
            EXECUTE format('ALTER TABLE %I ENABLE TRIGGER USER', spare);
            EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                           parent.relname, made, month, month + interval '1 month');
            IF stray THEN
                -- Not before: to attach a table with rows checks its references as the owner, whom
                -- the forced policies of the tables referred to let see nothing.
                EXECUTE format('INSERT INTO %I SELECT * FROM neonhub.moved', made);
                DROP TABLE neonhub.moved;
            END IF;
            RETURN NEXT made;
        END LOOP;
    END LOOP;
    PERFORM neonhub.mirror_guards();
END
""",
    language="plpgsql",
    volatility="VOLATILE",
    parallel="UNSAFE",
    security_definer=True,
    execute=("neonhub_maintenance",),
    settings=(*_SETTINGS, "TimeZone TO 'UTC'"),
)

FUNCTIONS = (MIRROR_GUARDS, ENSURE_PARTITIONS)
