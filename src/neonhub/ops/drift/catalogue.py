"""The whole catalogue of a database as plain objects: what drift compares.

One query a kind, over the schemas ``public`` and ``neonhub`` and what belongs to the database as
a whole. Names and definitions are PostgreSQL's own, with every name qualified, so that two
databases of one server say the same of the same. What belongs to an extension is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

__all__ = ["KEPT", "Catalogue", "Thing", "read"]

KEPT = "keep:"
"""A comment that begins so says that an operator made the object on purpose."""


@dataclass(frozen=True, slots=True)
class Thing:
    """An object of the catalogue.

    ``facts`` are compared, one by one. ``about`` is what mending it needs besides: the table, the
    columns, the whole definition.
    """

    kind: str
    name: str
    facts: dict[str, Any]
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """What it is found by."""
        return self.kind, self.name

    @property
    def table(self) -> str | None:
        """The table that it belongs to, qualified."""
        return self.about.get("table")


Catalogue = dict[tuple[str, str], Thing]

_OURS = "('public'::regnamespace, 'neonhub'::regnamespace)"
_NO_MEMBER = """NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = '{catalogue}'::regclass
    AND x.objid = {oid} AND x.deptype = 'e')"""
_RELATION = f"c.relnamespace IN {_OURS} AND " + _NO_MEMBER.format(catalogue="pg_class", oid="c.oid")
_TABLE = f"c.relkind IN ('r', 'p') AND {_RELATION}"
_TYPE = f"t.typnamespace IN {_OURS} AND " + _NO_MEMBER.format(catalogue="pg_type", oid="t.oid")
_FUNCTION = f"p.pronamespace IN {_OURS} AND " + _NO_MEMBER.format(catalogue="pg_proc", oid="p.oid")
_GRANTEE = """CASE WHEN a.grantee = 0 THEN 'PUBLIC'
                  ELSE quote_ident(pg_get_userbyid(a.grantee)) END"""
_GRANTABLE = "jsonb_build_object('grant option', a.is_grantable)"
# Who owns the database has these without a grant. Where an administrator owns it, `prepare` grants
# them: told as drift they would be revoked, and the next migration stopped.
_OWNERS = """(a.grantee = 'neonhub_owner'::regrole AND NOT a.is_grantable
              AND a.privilege_type IN ('CREATE', 'USAGE'))"""

# Each returns the name, the facts, and what else is known of it.
_QUERIES: dict[str, str] = {
    "schema": """
        SELECT quote_ident(n.nspname), jsonb_build_object('owner', n.nspowner::regrole::text),
               '{}'::jsonb
          FROM pg_namespace n WHERE n.nspname = 'neonhub'""",
    "extension": """
        SELECT quote_ident(e.extname), jsonb_build_object('version', e.extversion),
               jsonb_build_object('schema', n.nspname)
          FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
         WHERE e.extname <> 'plpgsql'""",
    "enumeration": f"""
        SELECT t.oid::regtype::text,
               jsonb_build_object('labels', (SELECT jsonb_agg(e.enumlabel ORDER BY e.enumsortorder)
                                               FROM pg_enum e WHERE e.enumtypid = t.oid),
                                  'owner', t.typowner::regrole::text),
               jsonb_build_object('used', coalesce(used.columns, '[]'))
          FROM pg_type t
          LEFT JOIN (  -- at once: no index leads from a type to its columns
              SELECT b.atttypid,
                     jsonb_agg(jsonb_build_array(c.oid::regclass::text, quote_ident(b.attname),
                                                 pg_get_expr(d.adbin, d.adrelid))
                               ORDER BY c.relname, b.attname) AS columns
                FROM pg_attribute b JOIN pg_class c ON c.oid = b.attrelid
                JOIN pg_type e ON e.oid = b.atttypid AND e.typtype = 'e'
                LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = b.attnum
               WHERE c.relkind IN ('r', 'p') AND b.attinhcount = 0 AND NOT b.attisdropped
               GROUP BY b.atttypid) used ON used.atttypid = t.oid
         WHERE t.typtype = 'e' AND {_TYPE}""",
    "sequence": f"""
        SELECT c.oid::regclass::text,
               jsonb_build_object('type', s.seqtypid::regtype::text, 'start', s.seqstart,
                   'increment', s.seqincrement, 'minimum', s.seqmin, 'maximum', s.seqmax,
                   'cache', s.seqcache, 'cycle', s.seqcycle, 'owner', c.relowner::regrole::text),
               jsonb_build_object('table', (
                   SELECT d.refobjid::regclass::text FROM pg_depend d
                    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                      AND d.deptype IN ('a', 'i') AND d.refclassid = 'pg_class'::regclass))
          FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid WHERE {_RELATION}""",
    "function": f"""
        SELECT p.oid::regprocedure::text,
               jsonb_build_object('definition', pg_get_functiondef(p.oid),
                                  'owner', p.proowner::regrole::text), '{{}}'::jsonb
          FROM pg_proc p WHERE p.prokind IN ('f', 'p') AND {_FUNCTION}""",
    "table": f"""
        SELECT c.oid::regclass::text,
               jsonb_build_object('partitioned by', pg_get_partkeydef(c.oid),
                   'persistence', c.relpersistence, 'options', c.reloptions,
                   'owner', c.relowner::regrole::text),
               jsonb_build_object('table', c.oid::regclass::text, 'itself', true)
          FROM pg_class c WHERE {_TABLE} AND NOT c.relispartition""",
    "partition": f"""
        SELECT c.oid::regclass::text,
               jsonb_build_object('bound', pg_get_expr(c.relpartbound, c.oid),
                   'of', i.inhparent::regclass::text, 'owner', c.relowner::regrole::text),
               jsonb_build_object('table', c.oid::regclass::text, 'itself', true)
          FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid
         WHERE {_TABLE} AND c.relispartition""",
    "column": f"""
        SELECT c.oid::regclass::text || '.' || quote_ident(b.attname),
               jsonb_build_object('type', format_type(b.atttypid, b.atttypmod),
                   'not null', b.attnotnull,
                   'default', CASE WHEN b.attgenerated = ''
                                   THEN pg_get_expr(d.adbin, d.adrelid) END,
                   'generated', CASE WHEN b.attgenerated <> '' THEN
                       concat_ws(' ', pg_get_expr(d.adbin, d.adrelid),
                                 CASE b.attgenerated WHEN 's' THEN 'STORED' ELSE 'VIRTUAL' END) END,
                   'identity', nullif(b.attidentity, ''),
                   'collation', CASE WHEN b.attcollation <> t.typcollation
                                     THEN b.attcollation::regcollation::text END,
                   'storage', b.attstorage, 'compression', nullif(b.attcompression, '')),
               jsonb_build_object('table', c.oid::regclass::text, 'column', quote_ident(b.attname),
                   'partition', c.relispartition, 'usual storage', t.typstorage)
          FROM pg_attribute b JOIN pg_class c ON c.oid = b.attrelid
          JOIN pg_type t ON t.oid = b.atttypid
          LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = b.attnum
         WHERE b.attnum > 0 AND NOT b.attisdropped AND {_TABLE} ORDER BY c.oid, b.attnum""",
    # NOT NULL is a fact of its column, though PostgreSQL 18 names it as a constraint too.
    "constraint": f"""
        SELECT c.oid::regclass::text || '.' || quote_ident(k.conname),
               jsonb_build_object(
                   'definition', regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$', ''),
                   'valid', k.convalidated),
               jsonb_build_object('table', c.oid::regclass::text, 'type', k.contype,
                   'constraint', quote_ident(k.conname), 'columns', (
                       SELECT coalesce(jsonb_agg(quote_ident(b.attname)), '[]')
                         FROM pg_attribute b
                        WHERE b.attrelid = c.oid AND b.attnum = ANY (k.conkey)))
          FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
         WHERE k.contype <> 'n' AND k.conparentid = 0 AND (k.conislocal OR NOT c.relispartition)
           AND {_TABLE}""",
    "index": f"""
        SELECT i.indexrelid::regclass::text,
               jsonb_build_object('definition', pg_get_indexdef(i.indexrelid),
                   'valid', i.indisvalid AND i.indisready AND i.indislive,
                   'replica identity', i.indisreplident),
               jsonb_build_object('table', c.oid::regclass::text,
                   'backs', (SELECT k.conname FROM pg_constraint k
                              WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
                                AND k.conrelid = c.oid LIMIT 1),
                   'columns', (SELECT coalesce(jsonb_agg(quote_ident(b.attname)), '[]')
                                 FROM pg_attribute b
                                WHERE b.attrelid = c.oid AND b.attnum = ANY (i.indkey)))
          FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
         WHERE {_TABLE}
           AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = i.indexrelid)""",
    "trigger": f"""
        SELECT c.oid::regclass::text || '.' || quote_ident(t.tgname),
               jsonb_build_object('definition', pg_get_triggerdef(t.oid), 'enabled', t.tgenabled),
               jsonb_build_object('table', c.oid::regclass::text, 'trigger', quote_ident(t.tgname),
                   'clone', t.tgparentid <> 0)
          FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
         WHERE NOT t.tgisinternal AND {_TABLE}""",
    "policy": f"""
        SELECT c.oid::regclass::text || '.' || quote_ident(p.polname),
               jsonb_build_object(
                   'command', CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT'
                                WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
                   'permissive', p.polpermissive,
                   'roles', (SELECT jsonb_agg(r ORDER BY r) FROM (
                       SELECT CASE WHEN m = 0 THEN 'PUBLIC'
                                   ELSE quote_ident(pg_get_userbyid(m)) END
                         FROM unnest(p.polroles) m) AS roles(r)),
                   'using', pg_get_expr(p.polqual, p.polrelid),
                   'check', pg_get_expr(p.polwithcheck, p.polrelid)),
               jsonb_build_object('table', c.oid::regclass::text, 'policy', quote_ident(p.polname))
          FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE {_TABLE}""",
    "row security": f"""
        SELECT c.oid::regclass::text,
               jsonb_build_object('enabled', c.relrowsecurity, 'forced', c.relforcerowsecurity),
               jsonb_build_object('table', c.oid::regclass::text)
          FROM pg_class c WHERE {_TABLE}""",
    "table grant": f"""
        SELECT format('%s on %s to %s', a.privilege_type, c.oid::regclass, {_GRANTEE}),
               {_GRANTABLE},
               jsonb_build_object('table', CASE WHEN c.relkind IN ('r', 'p')
                                                THEN c.oid::regclass::text
                                                ELSE of.name END,
                   'column', of.column_name,
                   'on', CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END
                         || c.oid::regclass, 'relation', c.oid::regclass::text,
                   'privilege', a.privilege_type, 'to', {_GRANTEE})
          FROM pg_class c CROSS JOIN aclexplode(c.relacl) a
          LEFT JOIN LATERAL (  -- the column whose sequence it is
              SELECT d.refobjid::regclass::text AS name, quote_ident(b.attname) AS column_name
                FROM pg_depend d JOIN pg_attribute b
                  ON b.attrelid = d.refobjid AND b.attnum = d.refobjsubid
               WHERE c.relkind = 'S' AND d.classid = 'pg_class'::regclass AND d.objid = c.oid
                 AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')) of ON true
         WHERE c.relkind IN ('r', 'p', 'S', 'v', 'm', 'f') AND a.grantee <> c.relowner
           AND {_RELATION}""",
    "column grant": f"""
        SELECT format('%s (%I) on %s to %s', a.privilege_type, b.attname, c.oid::regclass,
                      {_GRANTEE}),
               {_GRANTABLE},
               jsonb_build_object('table', c.oid::regclass::text, 'on', 'TABLE ' || c.oid::regclass,
                   'privilege', format('%s (%I)', a.privilege_type, b.attname), 'to', {_GRANTEE},
                   'column', quote_ident(b.attname))
          FROM pg_attribute b JOIN pg_class c ON c.oid = b.attrelid, aclexplode(b.attacl) a
         WHERE NOT b.attisdropped AND a.grantee <> c.relowner AND {_RELATION}""",
    "function grant": f"""
        SELECT format('%s on %s to %s', a.privilege_type, p.oid::regprocedure, {_GRANTEE}),
               {_GRANTABLE},
               jsonb_build_object('on', 'FUNCTION ' || p.oid::regprocedure,
                   'function', p.oid::regprocedure::text, 'owner', p.proowner::regrole::text,
                   'privilege', a.privilege_type, 'to', {_GRANTEE})
          FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
         WHERE p.prokind IN ('f', 'p') AND a.grantee <> p.proowner AND {_FUNCTION}""",
    "type grant": f"""
        SELECT format('%s on %s to %s', a.privilege_type, t.oid::regtype, {_GRANTEE}),
               {_GRANTABLE},
               jsonb_build_object('on', 'TYPE ' || t.oid::regtype, 'type', t.oid::regtype::text,
                   'privilege', a.privilege_type, 'to', {_GRANTEE})
          FROM pg_type t, aclexplode(coalesce(t.typacl, acldefault('T', t.typowner))) a
         WHERE t.typtype = 'e' AND a.grantee <> t.typowner AND {_TYPE}""",
    "schema grant": f"""
        SELECT format('%s on schema %I to %s', a.privilege_type, n.nspname, {_GRANTEE}),
               {_GRANTABLE},
               jsonb_build_object('on', 'SCHEMA ' || quote_ident(n.nspname),
                   'privilege', a.privilege_type, 'to', {_GRANTEE})
          FROM pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
         WHERE n.oid IN {_OURS} AND a.grantee <> n.nspowner
           AND NOT (n.nspname = 'public' AND {_OWNERS})""",
    "database grant": f"""
        SELECT format('%s on the database to %s', a.privilege_type, {_GRANTEE}),
               {_GRANTABLE},
               jsonb_build_object('on', 'DATABASE ' || quote_ident(current_database()),
                   'privilege', a.privilege_type, 'to', {_GRANTEE})
          FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
         WHERE d.datname = current_database() AND a.grantee <> d.datdba AND NOT {_OWNERS}
           AND (a.grantee = 0 OR pg_get_userbyid(a.grantee) LIKE 'neonhub\\_%')""",
    "default privilege": f"""
        SELECT format('%s on %s of %s%s to %s', a.privilege_type, o.word,
                      d.defaclrole::regrole, coalesce(' in ' || quote_ident(n.nspname), ''),
                      {_GRANTEE}),
               {_GRANTABLE},
               jsonb_build_object('on', upper(o.word), 'of', d.defaclrole::regrole::text,
                   'in', quote_ident(n.nspname), 'privilege', a.privilege_type, 'to', {_GRANTEE})
          FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
          JOIN (VALUES ('r'::"char", 'tables'), ('S', 'sequences'), ('f', 'functions'),
                       ('T', 'types'), ('n', 'schemas')) AS o(code, word)
            ON o.code = d.defaclobjtype, aclexplode(d.defaclacl) a""",
    "comment": """
        SELECT i.type || ' ' || i.identity, jsonb_build_object('text', d.description),
               jsonb_build_object('type', i.type, 'identity', i.identity,
                   'table', CASE WHEN d.classoid = 'pg_class'::regclass AND c.relkind IN ('r', 'p')
                                 THEN c.oid::regclass::text END)
          FROM pg_description d
          CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) i
          LEFT JOIN pg_class c ON d.classoid = 'pg_class'::regclass AND c.oid = d.objoid
         WHERE coalesce(i.schema, 'public') IN ('public', 'neonhub')
           AND i.type NOT IN ('extension', 'schema', 'language', 'access method', 'cast')
           AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = d.classoid
                            AND x.objid = d.objoid AND x.deptype = 'e')
           AND d.objoid >= 16384""",
    "other": """
        SELECT i.type || ' ' || i.identity, jsonb_build_object('definition', o.definition),
               jsonb_build_object('type', i.type, 'identity', i.identity)
          FROM (
              SELECT 'pg_class'::regclass AS catalogue, c.oid,
                     pg_get_viewdef(c.oid) AS definition
                FROM pg_class c WHERE c.relkind IN ('v', 'm')
              UNION ALL SELECT 'pg_class'::regclass, c.oid, NULL FROM pg_class c
               WHERE c.relkind IN ('f', 'c')
              UNION ALL SELECT 'pg_type'::regclass, t.oid, t.typbasetype::regtype::text
                FROM pg_type t WHERE t.typtype IN ('d', 'r')
              UNION ALL SELECT 'pg_proc'::regclass, p.oid, p.prosrc FROM pg_proc p
               WHERE p.prokind IN ('a', 'w')
              UNION ALL SELECT 'pg_rewrite'::regclass, r.oid, pg_get_ruledef(r.oid)
                FROM pg_rewrite r WHERE r.rulename <> '_RETURN'
              UNION ALL SELECT 'pg_event_trigger'::regclass, e.oid,
                     concat_ws(' ', e.evtevent, e.evtfoid::regproc, e.evtenabled)
                FROM pg_event_trigger e
              UNION ALL SELECT 'pg_publication'::regclass, p.oid,
                     concat_ws(' ', p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete)
                FROM pg_publication p
              UNION ALL SELECT 'pg_statistic_ext'::regclass, s.oid,
                     pg_get_statisticsobjdef(s.oid) FROM pg_statistic_ext s
              UNION ALL SELECT 'pg_cast'::regclass, k.oid, k.castcontext::text FROM pg_cast k
              UNION ALL SELECT 'pg_operator'::regclass, k.oid, k.oprcode::text
                FROM pg_operator k
          ) AS o
          CROSS JOIN LATERAL pg_identify_object(o.catalogue, o.oid, 0) i
         WHERE o.oid >= 16384 AND coalesce(i.schema, 'public') IN ('public', 'neonhub')
           AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = o.catalogue
                            AND x.objid = o.oid AND x.deptype = 'e')""",
}

_PLAIN = (
    "SET LOCAL search_path = ''; SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'; "
    "SET LOCAL quote_all_identifiers = off"
)
_IDLE = 0  # libpq's PQTRANS_IDLE


def read(conn: psycopg.Connection[Any]) -> Catalogue:
    """Everything there is, in one moment: all queries see the same snapshot.

    Within a transaction of the caller's it is what that transaction sees. The settings that names
    are read under last no longer than this.
    """
    import orjson
    from psycopg.types.json import set_json_loads

    made: Catalogue = {}
    cursor = conn.cursor()
    set_json_loads(orjson.loads, cursor)  # some 7,500 values: a third of the time by json's own
    alone = conn.info.transaction_status == _IDLE
    with conn.transaction():
        if alone:
            conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        conn.execute(_PLAIN)
        for kind, query in _QUERIES.items():
            for name, facts, about in cursor.execute(query).fetchall():
                thing = Thing(kind, str(name), facts, about)
                made[thing.key] = thing
    return made
