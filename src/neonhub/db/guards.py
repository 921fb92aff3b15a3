"""What guards a table: its policies and grants, derived from its scope and access."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from neonhub.db.policies import (
    Access,
    ColumnStorage,
    Entity,
    Grant,
    Policy,
    RowSecurity,
    Scope,
    Trigger,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Table

__all__ = ["current", "current_function", "entities_for", "sequences_of"]

APP, AUTH, READONLY = "neonhub_app", "neonhub_auth", "neonhub_readonly"
MAINTENANCE, SEARCH, BACKUP = "neonhub_maintenance", "neonhub_search", "neonhub_backup"

_ROWS = ("DELETE", "INSERT", "SELECT", "UPDATE")
_ADD_ONLY = ("INSERT", "SELECT")
_READ = ("SELECT",)


def current_function(setting: str) -> str:
    """The function that reads a tenant's setting (``current_user`` is a word of SQL's own)."""
    return "current_user_id" if setting == "user" else f"current_{setting}"


def current(setting: str) -> str:
    """The policy's side of a tenant's setting; the sub-select runs once a statement."""
    name = current_function(setting)
    return f"( SELECT neonhub.{name}() AS {name})"


def _tenant_expression(table: Table, scope: Scope) -> str:
    if table.name == "organizations":
        return f"(id = {current('organization')})"
    return f"({scope.value}_id = {current(scope.value)})"


def entities_for(table: Table, scope: Scope, access: Access) -> tuple[Entity, ...]:
    """Everything that guards ``table``, by its scope and access."""
    name = table.name
    made: list[Entity] = []
    if any(column.info.get("touched") for column in table.columns):
        made.append(Trigger(name, "touch", "BEFORE UPDATE", "neonhub.touch_updated_at"))
    made += [
        ColumnStorage(name, column.name, column.info["storage"])
        for column in table.columns
        if "storage" in column.info
    ]
    if access.append_only:
        made.append(
            Trigger(name, "append_only", "BEFORE DELETE OR UPDATE", "neonhub.refuse_change")
        )
    # A dump reads where each sequence stands.
    made += [Grant(sequence, BACKUP, _READ) for sequence in sequences_of(table)]
    if scope is Scope.GLOBAL:
        return (*made, *_global_entities(name, access))
    return (*made, *_scoped_entities(table, scope, access))


def sequences_of(table: Table) -> list[str]:
    """The sequences of identity columns, as PostgreSQL names them."""
    return [f"{table.name}_{column.name}_seq" for column in table.columns if column.identity]


def _limited_grants(
    table: str, role: str, privileges: tuple[str, ...], columns: Mapping[str, tuple[str, ...]]
) -> list[Grant]:
    """One grant for the privileges that are limited to the same columns, as the catalogue reads."""
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for privilege in privileges:
        alike[tuple(sorted(columns.get(privilege, ())))].append(privilege)
    return [Grant(table, role, tuple(names), limit) for limit, names in alike.items()]


def _all_but(table: Table, hidden: tuple[str, ...]) -> tuple[str, ...]:
    """The other columns, sorted; none, which means the whole table, where nothing is hidden."""
    left_out = {table.columns[name].name for name in hidden}  # KeyError: no such column to hide
    return tuple(sorted({c.name for c in table.columns} - left_out)) if hidden else ()


def _scoped_entities(table: Table, scope: Scope, access: Access) -> list[Entity]:
    name = table.name
    written = _ADD_ONLY if access.append_only else _ROWS
    made: list[Entity] = [
        RowSecurity(name),
        Policy(name, "tenant", _tenant_expression(table, scope)),
        Policy(name, "maintenance", "true", roles=(MAINTENANCE,)),
        Policy(name, "backup", "true", "SELECT", (BACKUP,)),
        Grant(name, APP, written),
        Grant(name, READONLY, _READ, _all_but(table, access.hidden_from_readonly)),
        Grant(name, MAINTENANCE, written),
        Grant(name, BACKUP, _READ),
    ]
    if access.searchable:
        made += [Policy(name, "search", "true", "SELECT", (SEARCH,)), Grant(name, SEARCH, _READ)]
    return [*made, *_siblings_kept(name)]


def _siblings_kept(name: str) -> list[Policy]:
    """Within a workspace, the organization's other workspaces can be seen and not touched."""
    if name != "workspaces":
        return []
    workspace = current("workspace")
    own = f"(({workspace} IS NULL) OR (id = {workspace}))"
    return [
        Policy(name, f"own_{command.lower()}", own, command, permissive=False)
        for command in ("UPDATE", "DELETE")
    ]


def _global_entities(name: str, access: Access) -> list[Entity]:
    made: list[Entity] = []
    if access.owner_column:
        own = f"({access.owner_column} = {current('user')})"
        made += [
            RowSecurity(name),
            Policy(name, "own", own),
            Policy(name, "auth", "true", roles=(AUTH,)),
            Policy(name, "maintenance", "true", roles=(MAINTENANCE,)),
            Policy(name, "backup", "true", "SELECT", (BACKUP,)),
        ]
    grants = {APP: access.app, AUTH: access.auth, MAINTENANCE: _ROWS, BACKUP: _READ}
    grants[READONLY] = access.readonly
    limits = {APP: access.app_columns, READONLY: access.readonly_columns}
    if access.searchable:
        grants[SEARCH] = _READ
        if access.owner_column:
            made.append(Policy(name, "search", "true", "SELECT", (SEARCH,)))
    for role, privileges in grants.items():
        made += _limited_grants(name, role, privileges, limits.get(role, {}))
    return made
