"""The whole catalogue of a database as lines of text, to be held against another's.

The order of columns is left out, and the table that says which migrations have run: it is theirs.
"""

from __future__ import annotations

from tests.databases import Database
from tests.factories.base import Conn

_SCHEMAS = "('public'::regnamespace, 'neonhub'::regnamespace)"
_OURS = "NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = {oid} AND d.deptype = 'e')"
_BOOKS = "schema_migrations|migration_log|operation_log|rolled_up|kept_vectors"
_RELATION = f"c.relnamespace IN {_SCHEMAS} AND c.relname !~ '{_BOOKS}' AND " + _OURS.format(
    oid="c.oid"
)
_TABLE = f"c.relkind IN ('r', 'p') AND {_RELATION}"
_ACL = "(SELECT string_agg(x::text, ',' ORDER BY x::text) FROM unnest({acl}) AS x)"
_TABLE_ACL = _ACL.format(acl="coalesce(c.relacl, acldefault('r', c.relowner))")
_OTHER_ACL = _ACL.format(acl="coalesce(c.relacl, acldefault('s', c.relowner))")
_COLUMN_ACL = _ACL.format(acl="a.attacl")
_FUNCTION_ACL = _ACL.format(acl="coalesce(p.proacl, acldefault('f', p.proowner))")

QUERIES = (
    # tables: kind, owner, row security, privileges, partition key or bound
    f"""SELECT concat_ws(' ', 'table', c.oid::regclass, c.relkind, c.relowner::regrole,
               c.relrowsecurity, c.relforcerowsecurity, {_TABLE_ACL},
               pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid))
          FROM pg_class c WHERE {_TABLE}""",
    f"""SELECT concat_ws(' ', 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
               CASE WHEN a.attnotnull THEN 'not null' END, pg_get_expr(d.adbin, d.adrelid),
               a.attgenerated, a.attidentity, a.attstorage, a.attcollation::regcollation,
               {_COLUMN_ACL}, col_description(c.oid, a.attnum))
          FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
          LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
         WHERE a.attnum > 0 AND NOT a.attisdropped AND {_TABLE}""",
    # From PostgreSQL 18 on, NOT NULL is a constraint too, with a name
    f"""SELECT concat_ws(' ', 'constraint', c.relname, k.conname, pg_get_constraintdef(k.oid),
               k.convalidated)
          FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
         WHERE {_TABLE}""",
    f"""SELECT concat_ws(' ', 'index', pg_get_indexdef(i.indexrelid), i.indisvalid,
               i.indnullsnotdistinct)
          FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
         WHERE {_TABLE}""",
    f"""SELECT concat_ws(' ', 'policy', c.relname, p.polname, p.polcmd, p.polpermissive,
               p.polroles::regrole[], pg_get_expr(p.polqual, c.oid),
               pg_get_expr(p.polwithcheck, c.oid))
          FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE {_TABLE}""",
    f"""SELECT concat_ws(' ', 'trigger', c.relname, pg_get_triggerdef(t.oid), t.tgenabled)
          FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
         WHERE NOT t.tgisinternal AND {_TABLE}""",
    f"""SELECT concat_ws(' ', 'function', pg_get_functiondef(p.oid), p.proowner::regrole,
               {_FUNCTION_ACL})
          FROM pg_proc p WHERE p.prokind = 'f'
           AND p.pronamespace IN {_SCHEMAS}
           AND {_OURS.format(oid="p.oid")}""",
    f"""SELECT concat_ws(' ', 'enumeration', t.typname,
               (SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder)
                  FROM pg_enum e WHERE e.enumtypid = t.oid), t.typowner::regrole)
          FROM pg_type t WHERE t.typtype = 'e' AND {_OURS.format(oid="t.oid")}""",
    f"""SELECT concat_ws(' ', 'other', c.relkind, c.oid::regclass, {_OTHER_ACL})
          FROM pg_class c WHERE c.relkind NOT IN ('r', 'p', 'i', 'I') AND {_RELATION}""",
    "SELECT concat_ws(' ', 'extension', extname) FROM pg_extension",
)


def lines_of(conn: Conn) -> list[str]:
    """Every object of the schemas public and neonhub, a line each, sorted."""
    found = [str(row[0]) for query in QUERIES for row in conn.execute(query)]
    return sorted(found)


def lines(database: Database) -> list[str]:
    with database.admin() as conn:
        return lines_of(conn)


def difference(one: list[str], other: list[str]) -> list[str]:
    """What only one of them has."""
    lost, new = set(one) - set(other), set(other) - set(one)
    return sorted([f"- {line}" for line in lost] + [f"+ {line}" for line in new])
