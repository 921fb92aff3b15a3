"""What isolation has to hold for, taken from the catalogue of tables, and the database asked back.

``guarded_tables`` says which tables hold rows of one tenant or one user, and by which setting;
``faults`` holds that against the live catalogue of PostgreSQL, without going through migrations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neonhub.db.policies import Scope
from neonhub.ops.books import BOOKS, GUARDED_BOOKS
from neonhub.schema import catalogue

if TYPE_CHECKING:
    import psycopg
    from sqlalchemy import ForeignKeyConstraint, Table

    from neonhub.db.policies import Access
    from neonhub.schema import TableEntry

__all__ = ["Guarded", "TenantReference", "faults", "guarded_tables", "strangers"]


@dataclass(frozen=True, slots=True)
class TenantReference:
    """A reference to another guarded table: the tenant is part of it."""

    column: str
    target: str
    nullable: bool
    name: str


@dataclass(frozen=True, slots=True)
class Guarded:
    """A table whose rows belong to one tenant (or user), and what says which.

    ``setting`` is ``workspace``, ``organization`` or ``user``: the row is its reader's where
    ``column`` equals the transaction's ``neonhub.<setting>_id``.
    """

    name: str
    setting: str
    column: str
    key: tuple[str, ...]
    policy: str
    append_only: bool
    references: tuple[TenantReference, ...]


def guarded_tables() -> tuple[Guarded, ...]:
    """Every table with rows of one tenant or user, those referred to first."""
    from neonhub.schema import metadata

    order = {table.name: place for place, table in enumerate(metadata().sorted_tables)}
    made = [guarded for entry in catalogue() if (guarded := _guarded(entry)) is not None]
    return tuple(sorted(made, key=lambda guarded: order[guarded.name]))


def _guarded(entry: TableEntry) -> Guarded | None:
    access: Access = entry.table.info["access"]
    if entry.scope is Scope.GLOBAL:
        if access.owner_column is None:
            return None
        setting, column, policy = "user", access.owner_column, "own"
    else:
        own = entry.name == "organizations"
        setting, policy = entry.scope.value, "tenant"
        column = "id" if own else f"{setting}_id"
    return Guarded(
        name=entry.name,
        setting=setting,
        column=column,
        key=tuple(each.name for each in entry.table.primary_key.columns),
        policy=policy,
        append_only=access.append_only,
        references=_references(entry.table, column),
    )


def _references(table: Table, tenant: str) -> tuple[TenantReference, ...]:
    """References to tables that are guarded too; the tenant's own column is not one."""
    made = []
    for fk in sorted(table.foreign_key_constraints, key=lambda each: tuple(each.column_keys)):
        name = _pointing_column(fk, tenant)
        target = fk.referred_table
        if name is not None and target.info["scope"] is not Scope.GLOBAL:
            nullable = bool(table.columns[name].nullable)
            made.append(TenantReference(name, target.name, nullable, str(fk.name)))
    return tuple(made)


def _pointing_column(fk: ForeignKeyConstraint, tenant: str) -> str | None:
    others = [name for name in fk.column_keys if name != tenant]
    return others[0] if others else None


_TABLES = """
SELECT c.oid::regclass::text, c.relname, c.relrowsecurity, c.relforcerowsecurity,
       c.relowner::regrole::text,
       ARRAY(SELECT p.polname::text FROM pg_policy p WHERE p.polrelid = c.oid
              AND p.polpermissive AND (p.polroles @> '{0}'::oid[] OR EXISTS (
                  SELECT FROM pg_roles r WHERE r.oid = ANY (p.polroles)
                     AND pg_has_role('neonhub_app', r.oid, 'USAGE')))) AS policies
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'm', 'f') AND NOT c.relispartition
   AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
 ORDER BY 1
"""
# Which migrations and operations have run: not a row of anybody's.
_BOOKKEEPING = {f"neonhub.{name}" for name in BOOKS}
# What follows from tenants' rows: maintenance's alone.
_GUARDED = {f"neonhub.{name}" for name in GUARDED_BOOKS}


def faults(conn: psycopg.Connection[Any]) -> list[str]:
    """What in the database of ``conn`` leaves a tenant's rows unguarded, a sentence each."""
    guarded = {each.name: each for each in guarded_tables()}
    known = {entry.name for entry in catalogue()}
    seen: set[str] = set()
    found: list[str] = []
    for qualified, name, enabled, forced, owner, policies in conn.execute(_TABLES):
        if qualified in _BOOKKEEPING:
            continue
        if qualified in _GUARDED:
            if not (enabled and forced) or policies:
                found.append(f"What follows from tenants' rows in {qualified} is open to others.")
            continue
        if qualified != name or name not in known:
            found.append(f"The table {qualified} is in no catalogue, so it has no scope.")
            continue
        seen.add(name)
        if owner != "neonhub_owner":
            found.append(f"The table {name} belongs to {owner}, not to neonhub_owner.")
        if (rule := guarded.get(name)) is not None:
            found += _unguarded(rule, enabled, forced, policies)
    found += [f"The table {name} is missing." for name in sorted(known - seen)]
    return [*found, *_partitions(conn)]


# What guards a table as one text each, that of its partitions beside it.
_GUARDS = """
SELECT t.relname, c.relname,
       c.relrowsecurity = t.relrowsecurity AND c.relforcerowsecurity = t.relforcerowsecurity,
       ARRAY(SELECT concat_ws(' ', polname, polcmd, polpermissive, polroles::text,
                              pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
               FROM pg_policy WHERE polrelid = c.oid ORDER BY 1)
           = ARRAY(SELECT concat_ws(' ', polname, polcmd, polpermissive, polroles::text,
                              pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
                     FROM pg_policy WHERE polrelid = t.oid ORDER BY 1),
       ARRAY(SELECT concat_ws(' ', coalesce(r.rolname, 'public'), a.privilege_type)
               FROM aclexplode(c.relacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
              WHERE a.grantee <> c.relowner AND NOT (coalesce(r.rolname, '') = 'neonhub_backup'
                    AND a.privilege_type = 'SELECT') ORDER BY 1)
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class t ON t.oid = i.inhparent
 WHERE c.relispartition AND c.relkind = 'r' AND t.relnamespace = 'public'::regnamespace
 ORDER BY 1, 2
"""


def _partitions(conn: psycopg.Connection[Any]) -> list[str]:
    """Partitions that are not guarded as their table is, or that somebody may name."""
    found = []
    for table, part, alike, policies, granted in conn.execute(_GUARDS):
        if not alike:
            found.append(f"Row-level security of the partition {part} is not as {table}'s.")
        if not policies:
            found.append(f"The policies of the partition {part} are not those of {table}.")
        if granted:
            found.append(f"The partition {part} is granted: {', '.join(granted)}.")
    return found


def _unguarded(rule: Guarded, enabled: bool, forced: bool, policies: list[str]) -> list[str]:
    found = []
    if not enabled:
        found.append(f"Row-level security is off on {rule.name}.")
    if not forced:
        found.append(f"Row-level security is not forced on {rule.name}: its owner sees all rows.")
    if rule.policy not in policies:
        found.append(f"{rule.name} lacks the policy {rule.policy}.")
    # Permissive policies add up: one more that holds for the application opens the table wider.
    more = sorted(set(policies) - {rule.policy})
    if more:
        found.append(f"{rule.name} has more policies for the application: {', '.join(more)}.")
    return found


_DEFINERS = """
SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'neonhub')
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
 ORDER BY 1
"""
_VIEWS = """
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'v' AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
   AND NOT coalesce((SELECT o.option_value::boolean FROM pg_options_to_table(c.reloptions) o
                      WHERE o.option_name = 'security_invoker'), false)
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
 ORDER BY 1
"""
_ABOVE = """
SELECT rolname::text,
       concat_ws(', ', CASE WHEN rolsuper THEN 'superuser' END,
                 CASE WHEN rolbypassrls THEN 'bypasses row security' END,
                 CASE WHEN rolcreaterole THEN 'makes roles' END)
  FROM pg_roles WHERE rolname LIKE 'neonhub\\_%'
   AND (rolsuper OR rolbypassrls OR rolcreaterole) ORDER BY 1
"""
_SIMPLE_REFERENCES = """
SELECT k.conrelid::regclass::text, k.confrelid::regclass::text, k.conname::text,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) AS n
               JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n)
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
 WHERE k.contype = 'f' AND k.conparentid = 0 AND NOT c.relispartition ORDER BY 1, 3
"""


def strangers(conn: psycopg.Connection[Any]) -> list[str]:
    """What is in the database beside what is declared, or otherwise, and may let rows out."""
    from neonhub.ops.isolation_rights import rights

    return [*_undeclared(conn), *_ways_round(conn), *rights(conn)]


def _undeclared(conn: psycopg.Connection[Any]) -> list[str]:
    """Policies, grants, triggers and functions that are not those declared."""
    from neonhub.db.catalogue_read import normalised, read_entities
    from neonhub.schema import entities

    watched = {"row_security", "policy", "grant", "trigger", "function"}

    def run(statement: str) -> Any:
        return conn.execute(statement.encode())

    declared = {normalised(each) for each in entities() if each.kind in watched}
    live = {normalised(each) for each in read_entities(run) if each.kind in watched}
    changed = {each.key for each in declared - live} & {each.key for each in live - declared}
    said = [f"Not as declared: {_called(key)}." for key in changed]
    said += [f"Missing: {_called(e.key)}." for e in declared - live if e.key not in changed]
    said += [
        f"Nowhere declared: {_called(e.key)}." for e in live - declared if e.key not in changed
    ]
    return sorted(set(said))


def _called(key: tuple[str, ...]) -> str:
    kind, first, *rest = key
    return f"the {kind.replace('_', ' ')} {' of '.join([*reversed(rest[:1]), first])}"


def _ways_round(conn: psycopg.Connection[Any]) -> list[str]:
    guarded = {each.name: each for each in guarded_tables()}
    said = [
        f"The function {name} runs with its owner's rights and is not one of the platform's."
        for (name,) in conn.execute(_DEFINERS)
    ]
    said += [
        f"The view {name} reads with its owner's rights: it lacks security_invoker."
        for (name,) in conn.execute(_VIEWS)
    ]
    said += [f"The role {role} is above the walls: {how}." for role, how in conn.execute(_ABOVE)]
    for table, target, name, columns in conn.execute(_SIMPLE_REFERENCES):
        if table in guarded and target in guarded and guarded[table].column not in columns:
            said.append(f"The reference {name} of {table} to {target} leaves the tenant out.")
    return said
