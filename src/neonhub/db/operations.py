"""Alembic operations for the objects of ``neonhub.db.policies``, and their comparison.

``op.create_entity(entity)``, ``op.drop_entity(entity)``, ``op.replace_entity(old, new)``: each
can be reversed, and autogenerate writes them out as literal code. Import this module before a
migration runs; ``setup`` is what Alembic's plugins call.

Order: enumerations and functions come before the tables whose columns use them, everything else
after. A function may name a table that does not exist yet, so its body is not checked at its
creation. On the way back all of it is reversed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa
from alembic.autogenerate import renderers
from alembic.operations import MigrateOperation, Operations, ops
from alembic.util import DispatchPriority, PriorityDispatchResult

from neonhub.db.catalogue_read import Run, normalised, read_entities, read_storage
from neonhub.db.guards import sequences_of
from neonhub.db.policies import (
    ColumnStorage,
    Entity,
    Enumeration,
    Function,
    Grant,
    RowSecurity,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alembic.autogenerate.api import AutogenContext
    from alembic.runtime.plugins import Plugin

__all__ = [
    "PLUGIN",
    "CreateEntityOp",
    "DropEntityOp",
    "EntityOp",
    "IrreversibleChange",
    "ReplaceEntityOp",
    "entity_differences",
    "expected_entities",
    "replace_sql",
    "setup",
]

PLUGIN = "neonhub.entities"

_BEFORE_TABLES = (Enumeration, Function)


class IrreversibleChange(ValueError):
    """A change that PostgreSQL cannot make in place; the migration must spell it out."""


@Operations.register_operation("create_entity")
class CreateEntityOp(MigrateOperation):
    """Make an entity."""

    def __init__(self, entity: Entity):
        self.entity = entity

    @classmethod
    def create_entity(cls, operations: Operations, entity: Entity) -> None:
        """Make ``entity``."""
        operations.invoke(cls(entity))

    def reverse(self) -> MigrateOperation:
        """The way back."""
        return DropEntityOp(self.entity)

    def to_diff_tuple(self) -> tuple[str, Entity]:
        """The difference as data."""
        return ("create_entity", self.entity)


@Operations.register_operation("drop_entity")
class DropEntityOp(MigrateOperation):
    """Unmake an entity, given whole so that it can be made again."""

    def __init__(self, entity: Entity):
        self.entity = entity

    @classmethod
    def drop_entity(cls, operations: Operations, entity: Entity) -> None:
        """Unmake ``entity``."""
        operations.invoke(cls(entity))

    def reverse(self) -> MigrateOperation:
        """The way back."""
        return CreateEntityOp(self.entity)

    def to_diff_tuple(self) -> tuple[str, Entity]:
        """The difference as data."""
        return ("drop_entity", self.entity)


@Operations.register_operation("replace_entity")
class ReplaceEntityOp(MigrateOperation):
    """Put one entity in the place of another of the same key."""

    def __init__(self, old: Entity, new: Entity):
        self.old, self.new = old, new

    @classmethod
    def replace_entity(cls, operations: Operations, old: Entity, new: Entity) -> None:
        """Put ``new`` in the place of ``old``."""
        operations.invoke(cls(old, new))

    def reverse(self) -> MigrateOperation:
        """The way back."""
        return ReplaceEntityOp(self.new, self.old)

    def to_diff_tuple(self) -> tuple[str, Entity, Entity]:
        """The difference as data."""
        return ("replace_entity", self.old, self.new)


EntityOp = CreateEntityOp | DropEntityOp | ReplaceEntityOp


def replace_sql(old: Entity, new: Entity) -> list[str]:
    """The statements that turn ``old`` into ``new``. Raises ``IrreversibleChange``."""
    if isinstance(new, (RowSecurity, ColumnStorage)):
        return new.create_sql()
    if isinstance(old, Enumeration) and isinstance(new, Enumeration):
        return _new_labels_sql(old, new)
    if isinstance(old, Function) and isinstance(new, Function):
        shape = (old.arguments, old.returns, old.owner)
        if shape == (new.arguments, new.returns, new.owner) and new.owner == "neonhub_owner":
            return _replace_function_sql(old, new)
    return [*old.drop_sql(), *new.create_sql()]


def _replace_function_sql(old: Function, new: Function) -> list[str]:
    """In place: policies and column defaults may depend on it."""
    create, *rights = new.create_sql()
    revoked = [f"REVOKE ALL ON FUNCTION {old.identity} FROM {role}" for role in old.execute]
    if "public" in new.execute:
        rights = [f"GRANT EXECUTE ON FUNCTION {new.identity} TO PUBLIC"]
    return [create.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1), *revoked, *rights]


def _new_labels_sql(old: Enumeration, new: Enumeration) -> list[str]:
    if new.labels[: len(old.labels)] != old.labels:
        raise IrreversibleChange(
            f"{new.name} would lose labels or change their order: rows may hold them. Write the "
            "migration by hand: make a new type, convert the columns, drop the old type."
        )
    return [
        f"ALTER TYPE \"{new.name}\" ADD VALUE '{label}'" for label in new.labels[len(old.labels) :]
    ]


def _run(operations: Operations, statements: list[str], *entities: Entity) -> None:
    if any(isinstance(entity, Function) for entity in entities):
        statements = ["SET LOCAL check_function_bodies = off", *statements]
    # One round trip. A colon before a word would be taken for a parameter.
    operations.execute(sa.text(";\n".join(statements).replace(":", "\\:")))


@Operations.implementation_for(CreateEntityOp)
def _create(operations: Operations, operation: CreateEntityOp) -> None:
    _run(operations, operation.entity.create_sql(), operation.entity)


@Operations.implementation_for(DropEntityOp)
def _drop(operations: Operations, operation: DropEntityOp) -> None:
    _run(operations, operation.entity.drop_sql())


@Operations.implementation_for(ReplaceEntityOp)
def _replace(operations: Operations, operation: ReplaceEntityOp) -> None:
    _run(operations, replace_sql(operation.old, operation.new), operation.new)


# --- written out ---------------------------------------------------------------------------


def _text(value: Any) -> str:
    """``repr``, line by line: Alembic indents what it writes, the inside of strings too."""
    if not isinstance(value, str) or "\n" not in value:
        return repr(value)
    return "(\n" + "\n".join(map(repr, value.splitlines(keepends=True))) + "\n)"


def _literal(context: AutogenContext, entity: Entity) -> str:
    name = type(entity).__name__
    context.imports.add(f"from neonhub.db.policies import {name}")
    given = []
    for each in fields(entity):
        value = getattr(entity, each.name)
        if each.default is MISSING or value != each.default:
            given.append(f"{each.name}={_text(value)}")
    return f"{name}({', '.join(given)})"


@renderers.dispatch_for(CreateEntityOp)
def _render_create(context: AutogenContext, operation: CreateEntityOp) -> str:
    return f"op.create_entity({_literal(context, operation.entity)})"


@renderers.dispatch_for(DropEntityOp)
def _render_drop(context: AutogenContext, operation: DropEntityOp) -> str:
    return f"op.drop_entity({_literal(context, operation.entity)})"


@renderers.dispatch_for(ReplaceEntityOp)
def _render_replace(context: AutogenContext, operation: ReplaceEntityOp) -> str:
    old, new = _literal(context, operation.old), _literal(context, operation.new)
    return f"op.replace_entity({old}, {new})"


# --- compared ------------------------------------------------------------------------------


def expected_entities(metadata: sa.MetaData) -> list[Entity]:
    """What ``metadata.info["entities"]`` declares, and the enumerations of its columns."""
    types = (column.type for table in metadata.tables.values() for column in table.columns)
    enums = {kind.name: kind for kind in types if isinstance(kind, sa.Enum)}
    return [
        *(Enumeration(str(name), tuple(enums[name].enums)) for name in sorted(enums, key=str)),
        *metadata.info.get("entities", ()),
    ]


def _table_of(entity: Entity) -> str | None:
    return getattr(entity, "table", None)


def entity_differences(run: Run, metadata: sa.MetaData) -> list[EntityOp]:
    """What turns the live catalogue into what ``metadata`` declares."""
    expected = expected_entities(metadata)
    live = [*read_entities(run), *read_storage(run, expected)]
    # Overloads of a function share a key.
    there: dict[tuple[str, ...], list[Entity]] = defaultdict(list)
    for entity in map(normalised, live):
        there[entity.key].append(entity)
    changes: list[EntityOp] = []
    for entity in map(normalised, expected):
        found = there.get(entity.key, [])
        if entity in found:
            found.remove(entity)
        elif found:
            changes.append(ReplaceEntityOp(found.pop(0), entity))
        else:
            changes.append(CreateEntityOp(entity))
    extra = [entity for found in there.values() for entity in found]
    return [*changes, *(DropEntityOp(entity) for entity in reversed(extra))]


def _granted_again(changes: list[EntityOp], expected: Iterable[Entity]) -> list[EntityOp]:
    """Grants on columns that go with a table's: PostgreSQL revokes both at once."""
    made = {change.entity for change in changes if isinstance(change, CreateEntityOp)}
    gone = [
        change.old if isinstance(change, ReplaceEntityOp) else change.entity
        for change in changes
        if not isinstance(change, CreateEntityOp)
    ]
    whole = {
        (each.table, each.role) for each in gone if isinstance(each, Grant) and not each.columns
    }
    return [
        CreateEntityOp(entity)
        for entity in map(normalised, expected)
        if isinstance(entity, Grant) and entity.columns
        if (entity.table, entity.role) in whole and entity not in made
    ]


def _compare(
    context: AutogenContext, upgrade_ops: ops.UpgradeOps, _schemas: Any
) -> PriorityDispatchResult:
    """Add what differs to ``upgrade_ops``, around the operations on tables."""
    connection, metadata = context.connection, cast("sa.MetaData", context.metadata)
    assert connection is not None  # noqa: S101  (autogenerate has one)

    def run(sql: str) -> Iterable[Any]:
        return connection.exec_driver_sql(sql)

    first: list[MigrateOperation] = []
    before: list[MigrateOperation] = []
    after: list[MigrateOperation] = []
    last: list[MigrateOperation] = []
    kept = {*metadata.tables}
    kept |= {name for table in metadata.tables.values() for name in sequences_of(table)}
    changes = entity_differences(run, metadata)
    for change in (*changes, *_granted_again(changes, expected_entities(metadata))):
        entity = change.new if isinstance(change, ReplaceEntityOp) else change.entity
        early = isinstance(entity, _BEFORE_TABLES)
        if not isinstance(change, DropEntityOp):
            (before if early else after).append(change)
        elif early:
            last.append(change)
        elif _table_of(entity) in kept:
            first.append(change)  # with a table goes what guards it
    upgrade_ops.ops[:] = [*first, *before, *upgrade_ops.ops, *after, *last]
    return PriorityDispatchResult.CONTINUE


def setup(plugin: Plugin) -> None:
    """Add the comparison to autogenerate: after that of the tables, whose order it needs."""
    plugin.add_autogenerate_comparator(
        _compare, "schema", "entities", priority=DispatchPriority.LAST
    )
