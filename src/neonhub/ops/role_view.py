"""Who may do what, as the live catalogue has it: a summary for each of the platform's roles."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from neonhub.ops.roles import ROLES

if TYPE_CHECKING:
    import datetime as dt

    import psycopg

__all__ = ["VERBS", "RoleView", "view"]

VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
_ROLES = """
SELECT r.rolname::text, r.rolcanlogin, r.rolconnlimit, r.rolvaliduntil,
       ARRAY(SELECT word FROM (VALUES (r.rolsuper, 'superuser'), (r.rolbypassrls, 'bypasses rows'),
                (r.rolcreaterole, 'makes roles'), (r.rolcreatedb, 'makes databases'),
                (r.rolreplication, 'replicates')) AS p (has, word) WHERE has),
       ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
              WHERE m.member = r.oid ORDER BY 1),
       ARRAY(SELECT m.rolname::text FROM pg_auth_members x JOIN pg_roles m ON m.oid = x.member
              WHERE x.roleid = r.oid ORDER BY 1),
       ARRAY(SELECT unnest(s.setconfig) FROM pg_db_role_setting s
              WHERE s.setrole = r.oid AND s.setdatabase IN (0, (SELECT oid FROM pg_database
                    WHERE datname = current_database()))),
       (SELECT count(*) FROM pg_stat_activity a WHERE a.usename = r.rolname
           AND a.backend_type = 'client backend')
  FROM pg_roles r WHERE r.rolname = ANY (%s)
"""
_TABLES = """
SELECT g.grantee::text, c.relname::text, g.privilege_type, ARRAY[]::text[]
  FROM pg_class c, LATERAL (SELECT pg_get_userbyid(a.grantee) AS grantee, a.privilege_type
                              FROM aclexplode(c.relacl) a) g
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
   AND NOT c.relispartition
 UNION ALL
SELECT pg_get_userbyid(a.grantee)::text, c.relname::text, a.privilege_type,
       array_agg(t.attname::text ORDER BY t.attnum)
  FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a
 WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition
 GROUP BY 1, 2, 3
"""
_POLICIES = """
SELECT p.polname::text, c.relname::text,
       ARRAY(SELECT coalesce(r.rolname::text, 'public') FROM unnest(p.polroles) AS o
               LEFT JOIN pg_roles r ON r.oid = o)
  FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
 WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition
"""
_FUNCTIONS = """
SELECT r.rolname::text, count(*) FROM pg_proc p, pg_roles r
 WHERE p.pronamespace = to_regnamespace('neonhub') AND r.rolname = ANY (%s)
   AND has_function_privilege(r.oid, p.oid, 'EXECUTE') GROUP BY 1
"""
_COUNT = """
SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace
   AND relkind IN ('r', 'p') AND NOT relispartition
"""


@dataclass(slots=True)
class RoleView:
    """A role. ``tables`` has the verbs granted on each table, ``columns`` those on columns only;
    ``policies`` the tables on which each policy decides for it. ``there`` is false where the
    server lacks it, and then nothing else is known."""

    role: str
    there: bool = False
    login: bool = False
    connection_limit: int | None = None
    valid_until: dt.datetime | None = None
    powers: list[str] = field(default_factory=list)
    member_of: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    settings: list[str] = field(default_factory=list)
    sessions: int = 0
    owns_tables: bool = False
    tables: dict[str, list[str]] = field(default_factory=dict)
    columns: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    policies: dict[str, list[str]] = field(default_factory=dict)
    functions: int = 0
    tables_in_all: int = 0


def view(dsn: str) -> list[RoleView]:
    """Every role of the platform, in the order of ``ROLES``, as the database of ``dsn`` has it."""
    from neonhub.ops.prepare import connected

    with connected(dsn) as conn:
        views = {role: RoleView(role) for role in ROLES}
        for name, login, limit, until, *rest in conn.execute(_ROLES, [list(ROLES)]):
            each = views[name]
            each.there, each.login, each.valid_until = True, login, until
            each.connection_limit = None if limit < 0 else limit
            each.powers, each.member_of, each.members, each.settings, each.sessions = rest
        _add_tables(conn, views)
        _add_policies(conn, views)
        for name, count in conn.execute(_FUNCTIONS, [list(ROLES)]):
            views[name].functions = count
        return list(views.values())


def _add_tables(conn: psycopg.Connection[Any], views: dict[str, RoleView]) -> None:
    row = conn.execute(_COUNT).fetchone()
    for each in views.values():
        each.tables_in_all = row[0] if row else 0
    for role, table, verb, columns in conn.execute(_TABLES):
        if role not in views:
            continue
        if columns:
            views[role].columns.setdefault(table, {})[verb] = columns
        else:
            views[role].tables.setdefault(table, []).append(verb)
    owned = conn.execute(
        "SELECT DISTINCT pg_get_userbyid(relowner)::text FROM pg_class "
        "WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
    )
    for (role,) in owned:
        if role in views:
            views[role].owns_tables = True
    for each in views.values():
        each.tables = {name: sorted(each.tables[name], key=_place) for name in sorted(each.tables)}


def _place(verb: str) -> int:
    return VERBS.index(verb) if verb in VERBS else len(VERBS)


def _add_policies(conn: psycopg.Connection[Any], views: dict[str, RoleView]) -> None:
    for policy, table, roles in conn.execute(_POLICIES):
        for each in views.values():
            touches = each.owns_tables or table in each.tables or table in each.columns
            if each.there and touches and ("public" in roles or each.role in roles):
                each.policies.setdefault(policy, []).append(table)
