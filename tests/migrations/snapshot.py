"""The whole catalogue of a database as lines of text, to be held against another's."""

from __future__ import annotations

from tests.databases import Database
from tests.factories.base import Conn

_OURS = "NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = {oid} AND d.deptype = 'e')"
_TABLE = "c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND " + _OURS.format(
    oid="c.oid"
)
_ACL = "(SELECT string_agg(x::text, ',' ORDER BY x::text) FROM unnest({acl}) AS x)"

QUERIES = (
    # tables: kind, owner, row security, privileges, partition key or bound
    f"""SELECT concat_ws(' ', 'table', c.relname, c.relkind, c.relowner::regrole,
               c.relrowsecurity, c.relforcerowsecurity, {_ACL.format(acl="coalesce(c.relacl, acldefault('r', c.relowner))")},
               pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid))
          FROM pg_class c WHERE {_TABLE}""",
    f"""SELECT concat_ws(' ', 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
               CASE WHEN a.attnotnull THEN 'not null' END, pg_get_expr(d.adbin, d.adrelid),
               a.attgenerated, a.attidentity, a.attstorage, a.attcollation::regcollation,
               {_ACL.format(acl="a.attacl")}, col_description(c.oid, a.attnum))
          FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
          LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
         WHERE a.attnum > 0 AND NOT a.attisdropped AND {_TABLE}""",
    # PostgreSQL 18 also lists NOT NULL as constraints, with names that say when it was set
    f"""SELECT concat_ws(' ', 'constraint', c.relname, k.conname, pg_get_constraintdef(k.oid),
               k.convalidated)
          FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
         WHERE k.contype <> 'n' AND NOT c.relispartition AND {_TABLE}""",
    f"""SELECT concat_ws(' ', 'index', pg_get_indexdef(i.indexrelid), i.indisvalid,
               i.indnullsnotdistinct)
          FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
         WHERE NOT c.relispartition AND {_TABLE}""",
    f"""SELECT concat_ws(' ', 'policy', c.relname, p.polname, p.polcmd, p.polpermissive,
               p.polroles::regrole[], pg_get_expr(p.polqual, c.oid),
               pg_get_expr(p.polwithcheck, c.oid))
          FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE {_TABLE}""",
    f"""SELECT concat_ws(' ', 'trigger', c.relname, pg_get_triggerdef(t.oid), t.tgenabled)
          FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
         WHERE NOT t.tgisinternal AND NOT c.relispartition AND {_TABLE}""",
    f"""SELECT concat_ws(' ', 'function', pg_get_functiondef(p.oid), p.proowner::regrole,
               {_ACL.format(acl="coalesce(p.proacl, acldefault('f', p.proowner))")})
          FROM pg_proc p WHERE p.prokind = 'f'
           AND p.pronamespace IN ('public'::regnamespace, 'neonhub'::regnamespace)
           AND {_OURS.format(oid="p.oid")}""",
    f"""SELECT concat_ws(' ', 'enumeration', t.typname,
               (SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder)
                  FROM pg_enum e WHERE e.enumtypid = t.oid), t.typowner::regrole)
          FROM pg_type t WHERE t.typtype = 'e' AND {_OURS.format(oid="t.oid")}""",
    f"""SELECT concat_ws(' ', 'other', c.relkind, c.relname, {_ACL.format(acl="coalesce(c.relacl, acldefault('s', c.relowner))")})
          FROM pg_class c
         WHERE c.relnamespace IN ('public'::regnamespace, 'neonhub'::regnamespace)
           AND c.relkind NOT IN ('r', 'p', 'i', 'I') AND {_OURS.format(oid="c.oid")}""",
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
