"""Policies, grants, functions, triggers: what guards a table, as data.

Each object knows the SQL that makes and unmakes it. ``neonhub.db.guards`` derives a table's from
its scope; ``neonhub.db.operations`` makes Alembic operations of them and compares them with the
live catalogue. Expressions are written in the form in which PostgreSQL prints them back, so that
the comparison is of text with text.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "Access",
    "ColumnStorage",
    "Entity",
    "Enumeration",
    "Function",
    "Grant",
    "Policy",
    "RowSecurity",
    "Scope",
    "Trigger",
]

_PASSED_ON = " WITH GRANT OPTION"


class Scope(enum.StrEnum):
    """Whose rows a table holds."""

    WORKSPACE = "workspace"
    ORGANIZATION = "organization"
    GLOBAL = "global"


@dataclass(frozen=True, slots=True)
class Access:
    """Who may do what with a table, beyond what its scope says.

    ``append_only``: the application adds and reads, and never changes. ``searchable``: the
    fixed-shape search functions read it. ``owner_column``: rows of a global table that belong to
    one user, and are that user's alone. ``hidden_from_readonly``: columns of a scoped table that
    the read-only role does not see. ``app``, ``auth``, ``readonly``: privileges on a global
    table, which has no tenant to decide; ``app_columns`` and ``readonly_columns`` limit each
    privilege they name to columns.
    """

    append_only: bool = False
    searchable: bool = False
    owner_column: str | None = None
    hidden_from_readonly: tuple[str, ...] = ()
    app: tuple[str, ...] = ()
    auth: tuple[str, ...] = ()
    readonly: tuple[str, ...] = ()
    app_columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    readonly_columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowSecurity:
    """Row-level security, enabled and forced: the table's owner is subject to it too."""

    kind: ClassVar[str] = "row_security"
    table: str
    forced: bool = True

    @property
    def key(self) -> tuple[str, ...]:
        """What identifies the object in the catalogue."""
        return (self.kind, self.table)

    def create_sql(self) -> list[str]:
        """The statements that make it."""
        return [
            f"ALTER TABLE {self.table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {self.table} {'' if self.forced else 'NO '}FORCE ROW LEVEL SECURITY",
        ]

    def drop_sql(self) -> list[str]:
        """The statements that unmake it."""
        return [
            f"ALTER TABLE {self.table} NO FORCE ROW LEVEL SECURITY",
            f"ALTER TABLE {self.table} DISABLE ROW LEVEL SECURITY",
        ]


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy; ``using`` also checks what is written, unless ``check`` is another expression."""

    kind: ClassVar[str] = "policy"
    table: str
    name: str
    using: str
    command: str = "ALL"
    roles: tuple[str, ...] = ("public",)
    check: str | None = None
    permissive: bool = True

    @property
    def key(self) -> tuple[str, ...]:
        """What identifies the object in the catalogue."""
        return (self.kind, self.table, self.name)

    def create_sql(self) -> list[str]:
        """The statements that make it."""
        roles = ", ".join(role.upper() if role == "public" else role for role in self.roles)
        reads = f" USING ({self.using})" if self.command != "INSERT" else ""
        writes = ""
        if self.command in ("ALL", "UPDATE", "INSERT"):
            writes = f" WITH CHECK ({self.check or self.using})"
        restrictive = "" if self.permissive else " AS RESTRICTIVE"
        return [
            f"CREATE POLICY {self.name} ON {self.table}{restrictive} FOR {self.command} "
            f"TO {roles}{reads}{writes}"
        ]

    def drop_sql(self) -> list[str]:
        """The statements that unmake it."""
        return [f"DROP POLICY {self.name} ON {self.table}"]


@dataclass(frozen=True, slots=True)
class Grant:
    """Privileges of one role on one table, or on some of its columns.

    One that the role may pass on ends in ``WITH GRANT OPTION``; no table here has such.
    """

    kind: ClassVar[str] = "grant"
    table: str
    role: str
    privileges: tuple[str, ...]
    columns: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """What identifies the object in the catalogue."""
        return (self.kind, self.table, self.role, *self.columns)

    def _listed(self, privileges: Iterable[str]) -> str:
        columns = f" ({', '.join(self.columns)})" if self.columns else ""
        return ", ".join(f"{each.removesuffix(_PASSED_ON)}{columns}" for each in privileges)

    def create_sql(self) -> list[str]:
        """The statements that make it."""
        made = [f"GRANT {self._listed(self.privileges)} ON {self.table} TO {self.role}"]
        if passed_on := [each for each in self.privileges if each.endswith(_PASSED_ON)]:
            listed = self._listed(passed_on)
            made.append(f"GRANT {listed} ON {self.table} TO {self.role}{_PASSED_ON}")
        return made

    def drop_sql(self) -> list[str]:
        """The statements that unmake it."""
        return [f"REVOKE {self._listed(self.privileges)} ON {self.table} FROM {self.role}"]


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger, given as PostgreSQL prints it between its name and the end."""

    kind: ClassVar[str] = "trigger"
    table: str
    name: str
    timing: str
    function: str

    @property
    def key(self) -> tuple[str, ...]:
        """What identifies the object in the catalogue."""
        return (self.kind, self.table, self.name)

    def create_sql(self) -> list[str]:
        """The statements that make it."""
        return [
            f"CREATE TRIGGER {self.name} {self.timing} ON {self.table} "
            f"FOR EACH ROW EXECUTE FUNCTION {self.function}()"
        ]

    def drop_sql(self) -> list[str]:
        """The statements that unmake it."""
        return [f"DROP TRIGGER {self.name} ON {self.table}"]


@dataclass(frozen=True, slots=True)
class ColumnStorage:
    """Where a column's long values lie: EXTERNAL (out of line) or PLAIN (in the row)."""

    kind: ClassVar[str] = "storage"
    table: str
    column: str
    storage: str

    @property
    def key(self) -> tuple[str, ...]:
        """What identifies the object in the catalogue."""
        return (self.kind, self.table, self.column)

    def create_sql(self) -> list[str]:
        """The statements that make it."""
        return [f"ALTER TABLE {self.table} ALTER COLUMN {self.column} SET STORAGE {self.storage}"]

    def drop_sql(self) -> list[str]:
        """The statements that unmake it."""
        # SET STORAGE DEFAULT is known to PostgreSQL 16 and later only.
        return [
            f"DO $$ BEGIN EXECUTE (SELECT 'ALTER TABLE {self.table} ALTER COLUMN {self.column} "
            "SET STORAGE ' || CASE typstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' "
            "WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END FROM pg_type JOIN pg_attribute "
            f"ON pg_type.oid = atttypid WHERE attrelid = '{self.table}'::regclass "
            f"AND attname = '{self.column}'); END $$"
        ]


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the schema ``neonhub``.

    ``arguments`` and ``returns`` are written as ``pg_get_function_arguments`` and
    ``pg_get_function_result`` print them. A ``security_definer`` function belongs to
    ``owner`` and has a fixed ``search_path``; only ``execute`` may call it.
    """

    kind: ClassVar[str] = "function"
    name: str
    arguments: str
    returns: str
    body: str
    language: str = "sql"
    volatility: str = "STABLE"
    parallel: str = "SAFE"
    leakproof: bool = False
    security_definer: bool = False
    owner: str = "neonhub_owner"
    execute: tuple[str, ...] = ("public",)
    settings: tuple[str, ...] = ()
    rows: int | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """What identifies the object in the catalogue."""
        return (self.kind, self.name)

    @property
    def identity(self) -> str:
        """``neonhub.name(types)``, as GRANT and ALTER want it (defaults left out)."""
        parts = (part.split(" DEFAULT ")[0] for part in self.arguments.split(", "))
        return f"neonhub.{self.name}({', '.join(parts)})"

    def create_sql(self) -> list[str]:
        """The statements that make it."""
        options = [f"LANGUAGE {self.language}", self.volatility, f"PARALLEL {self.parallel}"]
        if self.leakproof:
            options.append("LEAKPROOF")
        if self.security_definer:
            options.append("SECURITY DEFINER")
        if self.rows is not None:
            options.append(f"ROWS {self.rows}")
        options += [f"SET {setting}" for setting in self.settings]
        made = [
            f"CREATE FUNCTION neonhub.{self.name}({self.arguments}) RETURNS {self.returns} "
            f"{' '.join(options)} AS $function${self.body}$function$",
        ]
        if "public" not in self.execute:
            made.append(f"REVOKE ALL ON FUNCTION {self.identity} FROM PUBLIC")
            made += [
                f"GRANT EXECUTE ON FUNCTION {self.identity} TO {role}" for role in self.execute
            ]
        return made + self._hand_over_sql()

    def _hand_over_sql(self) -> list[str]:
        """Give it to its owner, who needs CREATE on the schema for that moment only."""
        if self.owner == "neonhub_owner":
            return []
        return [
            f"GRANT CREATE ON SCHEMA neonhub TO {self.owner}",
            f"ALTER FUNCTION {self.identity} OWNER TO {self.owner}",
            f"REVOKE CREATE ON SCHEMA neonhub FROM {self.owner}",
        ]

    def drop_sql(self) -> list[str]:
        """The statements that unmake it; the schema's owner may, whoever owns the function."""
        return [f"DROP FUNCTION {self.identity}"]


@dataclass(frozen=True, slots=True)
class Enumeration:
    """A native enumeration of the schema public, its labels in order."""

    kind: ClassVar[str] = "enumeration"
    name: str
    labels: tuple[str, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """What identifies the object in the catalogue."""
        return (self.kind, self.name)

    def create_sql(self) -> list[str]:
        """The statements that make it."""
        labels = ", ".join("'" + label.replace("'", "''") + "'" for label in self.labels)
        return [f'CREATE TYPE "{self.name}" AS ENUM ({labels})']

    def drop_sql(self) -> list[str]:
        """The statements that unmake it."""
        return [f'DROP TYPE "{self.name}"']


Entity = RowSecurity | Policy | Grant | Trigger | ColumnStorage | Function | Enumeration
