"""The base of every table: a scope must be declared, and the rest follows from it.

::

    class Dataset(Timestamps, SoftDelete, Model, scope=Scope.WORKSPACE):
        __tablename__ = "datasets"
        __uniques__ = (unique("slug"),)

        name: Mapped[str]
        slug: Mapped[str]
        embedding_space_id: Mapped[Cuid | None] = tenant_ref("embedding_spaces", SET_NULL)

A workspace-scoped table gets ``workspace_id``, the primary key ``(workspace_id, id)``, composite
references to its like, indexes led by ``workspace_id``, its policies, grants and triggers. No
domain writes any of these by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import (
    CheckConstraint,
    Constraint,
    Double,
    ForeignKeyConstraint,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, mapped_column

from neonhub.db.guards import entities_for
from neonhub.db.policies import Access, Scope, Trigger
from neonhub.db.types import IdType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "CASCADE",
    "RESTRICT",
    "SET_NULL",
    "Model",
    "Scope",
    "currency_check",
    "global_ref",
    "index",
    "tenant_ref",
    "unique",
]

CASCADE = "CASCADE"
RESTRICT = "RESTRICT"
SET_NULL = "SET NULL"

_TENANT_COLUMN = {Scope.WORKSPACE: "workspace_id", Scope.ORGANIZATION: "organization_id"}


def _telling(names: Sequence[str]) -> str:
    """The columns in a name, parted by two underscores; a leading tenant goes without saying."""
    if len(names) > 1 and names[0] in _TENANT_COLUMN.values():
        names = names[1:]
    return "__".join(names)


def _columns_token(constraint: Constraint | Index, _table: Table) -> str:
    if isinstance(constraint, ForeignKeyConstraint):
        return _telling(constraint.column_keys)
    return _telling([column.name for column in constraint.columns])  # type: ignore[union-attr]


NAMING: dict[str, Any] = {
    "cols": _columns_token,
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s__%(cols)s",
    "uq": "ux_%(table_name)s__%(cols)s",
    "ix": "ix_%(table_name)s__%(cols)s",
    "ck": "ck_%(table_name)s__%(constraint_name)s",
}


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a column points to, and what happens to the row when that is deleted."""

    target: str
    on_delete: str
    within_tenant: bool


@dataclass(frozen=True, slots=True)
class KeyDeclaration:
    """A set of columns, unique or merely indexed; the tenant's column is put in front."""

    columns: tuple[str, ...]
    is_unique: bool
    name: str | None = None
    where: str | None = None
    nulls_not_distinct: bool = False
    using: str | None = None
    include: tuple[str, ...] = ()
    led_by_tenant: bool = True
    among_live: bool = True
    ops: tuple[tuple[str, str], ...] = ()


def unique(
    *columns: str,
    name: str | None = None,
    where: str | None = None,
    nulls_not_distinct: bool = False,
    among_live: bool = True,
) -> KeyDeclaration:
    """A unique set. In a table with ``deleted_at`` it holds among the live rows.

    ``among_live=False`` makes it hold among all, as what a reference points to must.
    """
    return KeyDeclaration(columns, True, name, where, nulls_not_distinct, among_live=among_live)


def index(
    *columns: str,
    name: str | None = None,
    where: str | None = None,
    using: str | None = None,
    include: Sequence[str] = (),
    led_by_tenant: bool = True,
    ops: Mapping[str, str] = MappingProxyType({}),
) -> KeyDeclaration:
    """An index; ``ops`` names the operator class of a column."""
    return KeyDeclaration(
        columns,
        is_unique=False,
        name=name,
        where=where,
        using=using,
        include=tuple(include),
        led_by_tenant=led_by_tenant,
        ops=tuple(ops.items()),
    )


def currency_check() -> CheckConstraint:
    """Money's currency: three lower-case letters."""
    return CheckConstraint("currency ~ '^[a-z]{3}$'::text", name="currency")


def _ref_column(reference: Reference, **options: Any) -> MappedColumn[Any]:
    return mapped_column(IdType, info={"reference": reference}, **options)


def tenant_ref(target: str, on_delete: str, **options: Any) -> MappedColumn[Any]:
    """A reference to a table of the same scope: the tenant is part of it.

    ``(workspace_id, x_id) -> target (workspace_id, id)``, or the same by organization: the
    database refuses a row that points into another tenant.
    """
    return _ref_column(Reference(target, on_delete, within_tenant=True), **options)


def global_ref(target: str, on_delete: str, **options: Any) -> MappedColumn[Any]:
    """A reference to a table of global scope, or to the tenant itself."""
    return _ref_column(Reference(target, on_delete, within_tenant=False), **options)


class ScopeMissing(TypeError):
    """A table was declared without its scope."""


class Model(DeclarativeBase):
    """Base of all tables; ``scope=`` is a must. ``access`` narrows who may do what with it.

    ``key`` is another primary key than the scope's own; with ``refers_to_tenant=False`` rows
    outlive their tenant.
    """

    metadata = MetaData(naming_convention=NAMING)
    if TYPE_CHECKING:
        # Added by scope and key: a class that lacks one fails when its statements compile.
        id: Mapped[str]
        workspace_id: Mapped[Any]
        organization_id: Mapped[Any]
    __scope__: ClassVar[Scope]
    __uniques__: ClassVar[tuple[KeyDeclaration, ...]] = ()
    __indexes__: ClassVar[tuple[KeyDeclaration, ...]] = ()
    __triggers__: ClassVar[tuple[tuple[str, str, str], ...]] = ()
    """Triggers beyond those that the columns ask for: name, timing, function."""

    def __init_subclass__(
        cls,
        *,
        scope: Scope | None = None,
        key: tuple[str, ...] | None = None,
        refers_to_tenant: bool = True,
        access: Access = Access(),  # noqa: B008  (frozen)
        **kwargs: Any,
    ) -> None:
        if "__tablename__" not in cls.__dict__:
            super().__init_subclass__(**kwargs)
            return
        if scope is None:
            raise ScopeMissing(f"{cls.__name__} must be declared with scope=Scope.…")
        cls.__scope__ = scope
        _declare_key_columns(cls, scope, key, refers=refers_to_tenant)
        super().__init_subclass__(**kwargs)
        _complete(cls, scope, access)


def _declare_key_columns(
    cls: type[Model], scope: Scope, key: tuple[str, ...] | None, *, refers: bool
) -> None:
    """Add id and tenant columns, and the primary key that the scope asks for."""
    if key is None or "id" in key:
        cls.id = mapped_column(
            IdType, server_default=text("neonhub.cuid()"), nullable=False, sort_order=-20
        )
        cls.__annotations__["id"] = Mapped[str]
    column = _TENANT_COLUMN.get(scope)
    if column and cls.__tablename__ != "organizations":
        target = "workspaces" if scope is Scope.WORKSPACE else "organizations"
        made = mapped_column(IdType, nullable=False, sort_order=-19)
        if refers:
            made = global_ref(target, CASCADE, nullable=False, sort_order=-19)
        setattr(cls, column, made)
    keys = key or (("workspace_id", "id") if scope is Scope.WORKSPACE else ("id",))
    own = tuple(cls.__dict__.get("__table_args__", ()))
    cls.__table_args__ = (PrimaryKeyConstraint(*keys), *own)


def _complete(cls: type[Model], scope: Scope, access: Access) -> None:
    """Add references, unique sets, indexes and entities to the mapped table."""
    table: Table = cls.__table__  # type: ignore[assignment]
    table.info["scope"] = scope
    table.info["access"] = access
    tenant = _TENANT_COLUMN.get(scope)
    for column in list(table.columns):
        reference = column.info.get("reference")
        if reference is not None:
            _add_reference(table, column.name, reference, tenant)
    for declared in (*cls.__uniques__, *cls.__indexes__):
        _add_key(table, declared, scope)
    _index_references(table, scope)
    own = (Trigger(table.name, *declared) for declared in cls.__triggers__)
    table.info["entities"] = (*entities_for(table, scope, access), *own)


def _add_reference(table: Table, column: str, reference: Reference, tenant: str | None) -> None:
    action = reference.on_delete
    if not reference.within_tenant:
        table.append_constraint(
            ForeignKeyConstraint([column], [f"{reference.target}.id"], ondelete=action)
        )
        return
    if tenant is None:
        raise ScopeMissing(f"{table.name}.{column}: tenant_ref needs a table with a tenant")
    if action == SET_NULL:
        action = f"SET NULL ({column})"
    table.append_constraint(
        ForeignKeyConstraint(
            [tenant, column],
            [f"{reference.target}.{tenant}", f"{reference.target}.id"],
            ondelete=action,
        )
    )


def _led(columns: tuple[str, ...], scope: Scope, declared: KeyDeclaration) -> tuple[str, ...]:
    if scope is Scope.WORKSPACE and declared.led_by_tenant and columns[0] != "workspace_id":
        return ("workspace_id", *columns)
    return columns


def _add_key(table: Table, declared: KeyDeclaration, scope: Scope) -> None:
    columns = _led(declared.columns, scope, declared)
    where = declared.where
    if declared.is_unique and declared.among_live and "deleted_at" in table.columns:
        where = f"{where} AND deleted_at IS NULL" if where else "deleted_at IS NULL"
    if declared.is_unique and where is None:
        table.append_constraint(
            UniqueConstraint(
                *columns,
                name=declared.name,
                postgresql_nulls_not_distinct=declared.nulls_not_distinct or None,
            )
        )
        return
    prefix = "ux" if declared.is_unique else "ix"
    options: dict[str, Any] = {}
    if where:
        options["postgresql_where"] = text(where)
    if declared.using:
        options["postgresql_using"] = declared.using
    if declared.include:
        options["postgresql_include"] = list(declared.include)
    if declared.ops:
        options["postgresql_ops"] = dict(declared.ops)
    if declared.nulls_not_distinct:
        options["postgresql_nulls_not_distinct"] = True
    Index(
        declared.name or f"{prefix}_{table.name}__{_telling(columns)}",
        *[table.columns[c] for c in columns],
        unique=declared.is_unique,
        **options,
    )


def _index_references(table: Table, scope: Scope) -> None:
    """Put an index behind every reference that none covers yet.

    Deleting the row pointed to looks for those that point: without an index that is a scan of
    the table for each. A partial index does not serve, since it lacks rows.
    """
    covered = [tuple(c.name for c in table.primary_key.columns)]
    covered += [
        tuple(c.name for c in constraint.columns)
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    ]
    covered += [
        tuple(c.name for c in ix.columns)
        for ix in table.indexes
        if ix.dialect_options["postgresql"]["where"] is None
        and ix.dialect_options["postgresql"]["using"] in (False, None, "btree")
    ]
    for fk in sorted(table.foreign_key_constraints, key=lambda c: tuple(c.column_keys)):
        wanted = tuple(fk.column_keys)
        if any(set(have[: len(wanted)]) == set(wanted) for have in covered):
            continue
        name = f"ix_{table.name}__{_telling(wanted)}"
        if name in {ix.name for ix in table.indexes}:  # the same column, led by the tenant
            name += "__alone"
        _add_key(table, index(*wanted, name=name, led_by_tenant=False), scope)
        covered.append(wanted)


registry_types: dict[Any, Any] = {str: Text(), float: Double()}
Model.registry.update_type_annotation_map(registry_types)
