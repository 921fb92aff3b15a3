"""Ways past row security that no policy shows: memberships, rights on schemas, settings, code.

Each query finds what is otherwise than ``neonhub db migrate`` leaves it; an empty answer is as it
should be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neonhub.ops.roles import OWNER, ROLES, SEARCH

if TYPE_CHECKING:
    import psycopg

__all__ = ["rights"]

# Who may become whom. The owner of a database is a pg_database_owner without being told.
_MAY_BECOME = {
    (OWNER, SEARCH),
    ("neonhub_migrate", OWNER),
    ("neonhub_migrate", SEARCH),
    (OWNER, "pg_database_owner"),
    ("neonhub_migrate", "pg_database_owner"),
}
_MEMBERS = """
SELECT m.rolname::text, r.rolname::text
  FROM pg_roles m JOIN pg_roles r ON r.oid <> m.oid AND pg_has_role(m.oid, r.oid, 'MEMBER')
 WHERE m.rolname = ANY (ROLES) AND NOT m.rolsuper ORDER BY 1, 2
"""
_NOT_OF_AN_EXTENSION = """NOT EXISTS (SELECT FROM pg_depend d
    WHERE d.classid = '{0}'::regclass AND d.objid = {1} AND d.deptype = 'e')"""
# Each finds sentences.
_QUERIES = (
    # Whoever makes functions beside ours makes them run in our place: an overload that fits
    # better is taken within a function that runs with its owner's rights.
    """
    SELECT format('%s may make objects in the schema %I.',
                  CASE WHEN a.grantee = 0 THEN 'Everybody' ELSE pg_get_userbyid(a.grantee) END,
                  n.nspname)
      FROM pg_namespace n, aclexplode(n.nspacl) a
     WHERE n.nspname IN ('public', 'neonhub') AND a.privilege_type = 'CREATE'
       AND a.grantee NOT IN (n.nspowner, 'neonhub_owner'::regrole)
       AND NOT EXISTS (SELECT FROM pg_roles r WHERE r.oid = a.grantee AND r.rolsuper)""",
    """
    SELECT format('%s may make schemas in the database.',
                  CASE WHEN a.grantee = 0 THEN 'Everybody' ELSE pg_get_userbyid(a.grantee) END)
      FROM pg_database d, aclexplode(d.datacl) a
     WHERE d.datname = current_database() AND a.privilege_type = 'CREATE'
       AND (a.grantee = 0 OR pg_get_userbyid(a.grantee) = ANY (ROLES))
       AND a.grantee NOT IN (d.datdba, 'neonhub_owner'::regrole)""",
    """
    SELECT format('The schema %I belongs to %s.', nspname, pg_get_userbyid(nspowner))
      FROM pg_namespace
     WHERE (nspname = 'neonhub' AND nspowner <> 'neonhub_owner'::regrole)
        OR (nspname = 'public' AND pg_get_userbyid(nspowner) = ANY (ROLES)
            AND nspowner <> 'neonhub_owner'::regrole)""",
    """
    SELECT format('The database belongs to %s.', pg_get_userbyid(datdba)) FROM pg_database
     WHERE datname = current_database() AND pg_get_userbyid(datdba) = ANY (ROLES)
       AND datdba <> 'neonhub_owner'::regrole""",
    # A session that sets no tenant has none; and it finds our tables, not others of the name.
    """
    SELECT format('Sessions begin with a setting of their own: %s%s.', setting,
                  coalesce(' (' || r.rolname || ')', ''))
      FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole, unnest(s.setconfig)
           AS setting
     WHERE (s.setdatabase = 0 OR s.setdatabase = (SELECT oid FROM pg_database
                                                   WHERE datname = current_database()))
       AND (s.setrole = 0 OR r.rolname = ANY (ROLES))
       AND (setting ~ '^(neonhub\\.|search_path=|row_security=|session_replication_role=|role=)')
       AND NOT (r.rolname IS NOT DISTINCT FROM 'neonhub_migrate'
                AND setting = 'role=neonhub_owner')""",
    """
    SELECT format('%s may set %s.', CASE WHEN a.grantee = 0 THEN 'Everybody'
                                         ELSE pg_get_userbyid(a.grantee) END, p.parname)
      FROM pg_parameter_acl p, aclexplode(p.paracl) a
     WHERE a.privilege_type = 'SET'
       AND (a.grantee = 0 OR pg_get_userbyid(a.grantee) = ANY (ROLES))""",
    # What is said to leak nothing is asked before the policies are.
    f"""
    SELECT format('The function %s says that it leaks nothing: it is asked before the policies.',
                  p.oid::regprocedure)
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE p.proleakproof AND n.nspname NOT IN ('pg_catalog', 'neonhub')
       AND {_NOT_OF_AN_EXTENSION.format("pg_proc", "p.oid")}""",
    """
    SELECT format('The rule %I of %s runs with the rights of its owner.', r.rulename,
                  r.ev_class::regclass)
      FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
     WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace""",
    """
    SELECT format('The partition %s has partitions of its own, which nothing guards.',
                  c.oid::regclass)
      FROM pg_class c WHERE c.relispartition AND c.relkind = 'p'""",
    # A trigger that keeps rows as they are has to fire in every partition too.
    """
    SELECT format('The trigger %I does not fire on %s.', t.tgname, t.tgrelid::regclass)
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
     WHERE t.tgenabled NOT IN ('O', 'A') AND c.relispartition""",
    """
    SELECT format('The trigger %I of the partition %s is not its table''s.', t.tgname,
                  t.tgrelid::regclass)
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
     WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND c.relispartition
       AND c.relnamespace = 'public'::regnamespace""",
    """
    SELECT format('The reference %I of %s was never checked.', k.conname, k.conrelid::regclass)
      FROM pg_constraint k
     WHERE k.contype = 'f' AND NOT k.convalidated AND k.connamespace = 'public'::regnamespace""",
    """
    SELECT format('What %s makes is granted to %s: %s on every new %s.',
                  d.defaclrole::regrole, CASE WHEN a.grantee = 0 THEN 'everybody'
                                              ELSE pg_get_userbyid(a.grantee) END,
                  a.privilege_type, CASE d.defaclobjtype WHEN 'r' THEN 'table'
                      WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'function' ELSE 'object' END)
      FROM pg_default_acl d, aclexplode(d.defaclacl) a
     WHERE a.grantee <> d.defaclrole
       AND (a.grantee = 0 OR pg_get_userbyid(a.grantee) = ANY (ROLES))""",
    """
    SELECT format('The sequence %s is granted to %s.', c.oid::regclass,
                  CASE WHEN a.grantee = 0 THEN 'everybody' ELSE pg_get_userbyid(a.grantee) END)
      FROM pg_class c, aclexplode(c.relacl) a
     WHERE c.relkind = 'S' AND a.grantee <> c.relowner
       AND (a.grantee <> 'neonhub_backup'::regrole OR a.privilege_type <> 'SELECT')
       AND c.relnamespace IN ('public'::regnamespace, 'neonhub'::regnamespace)""",
    """
    SELECT format('The role %s may replicate: it reads every row.', rolname)
      FROM pg_roles WHERE rolname = ANY (ROLES) AND rolreplication""",
)


def rights(conn: psycopg.Connection[Any]) -> list[str]:
    """What lets somebody past row security, or into functions of ours, a sentence each."""
    found = [
        f"The role {member} may become {role}."
        for member, role in conn.execute(_of_roles(_MEMBERS))
        if (member, role) not in _MAY_BECOME
    ]
    for query in _QUERIES:
        found += sorted({str(row[0]) for row in conn.execute(_of_roles(query))})
    return [*found, *_lost_references(conn)]


def _of_roles(query: str) -> bytes:
    """The query with the platform's roles written out: ``format`` has percent signs of its own."""
    listed = ", ".join(f"'{role}'" for role in ROLES)
    return query.replace("(ROLES)", f"(ARRAY[{listed}])").encode()


def _lost_references(conn: psycopg.Connection[Any]) -> list[str]:
    """Declared references that are not there: with them goes the tenant that they keep."""
    from neonhub.schema import metadata

    there = {
        (table, name)
        for table, name in conn.execute(
            "SELECT conrelid::regclass::text, conname::text FROM pg_constraint "
            "WHERE contype = 'f' AND connamespace = 'public'::regnamespace"
        )
    }
    declared = {
        (table.name, str(fk.name))
        for table in metadata().tables.values()
        for fk in table.foreign_key_constraints
    }
    return [
        f"The reference {name} of {table} is missing." for table, name in sorted(declared - there)
    ]
