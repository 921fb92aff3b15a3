"""References between tables of one scope: the tenant is part of each, so none leads astray."""

from __future__ import annotations

import pytest

from neonhub.db.policies import Scope
from neonhub.schema import TableEntry, catalogue

SCOPED = [entry for entry in catalogue() if entry.scope is not Scope.GLOBAL]


def _references(entry: TableEntry) -> dict[tuple[str, ...], tuple[str, tuple[str, ...]]]:
    """Columns to (table, columns) for each reference to a table of the same scope.

    The tenant's own column refers to the tenant by itself: it is what the others are held to.
    """
    tenant = f"{entry.scope}_id"
    return {
        tuple(key.column_keys): (
            key.referred_table.name,
            tuple(e.column.name for e in key.elements),
        )
        for key in entry.table.foreign_key_constraints
        if key.referred_table.info["scope"] is entry.scope and tuple(key.column_keys) != (tenant,)
    }


@pytest.mark.parametrize("entry", SCOPED, ids=lambda entry: str(entry.name))
def test_references_within_a_scope_are_composite(entry: TableEntry) -> None:
    tenant = f"{entry.scope}_id"
    for columns, (target, referred) in _references(entry).items():
        assert columns[:1] == (tenant,), f"{entry.name}.{columns} -> {target}"
        assert len(columns) == 2
        assert referred == (tenant, "id")


@pytest.mark.parametrize("scope", [Scope.WORKSPACE, Scope.ORGANIZATION])
def test_there_are_such_references(scope: Scope) -> None:
    assert any(_references(entry) for entry in SCOPED if entry.scope is scope)
