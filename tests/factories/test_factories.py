"""Every table has a factory, and what it makes is accepted."""

from __future__ import annotations

from typing import Any

from neonhub import schema
from tests.databases import Database
from tests.factories import (
    agents,
    analytics,
    billing,
    brands,
    budget,
    campaigns,
    collaboration,
    connectors,
    content,
    governance,
    identity,
    knowledge,
    people,
    seo,
    tenancy,
)
from tests.factories.base import Factory

MODULES = (
    agents,
    analytics,
    billing,
    brands,
    budget,
    campaigns,
    collaboration,
    connectors,
    content,
    governance,
    identity,
    knowledge,
    people,
    seo,
    tenancy,
)
FACTORIES = {
    value.table: value
    for module in MODULES
    for value in vars(module).values()
    if isinstance(value, Factory)
}
TENANTS = {"organization_id": "organizations", "workspace_id": "workspaces"}


def points_to(table: str, column: str) -> str:
    """The table that a reference's column points to."""
    if column in TENANTS:
        return TENANTS[column]
    constraints = schema.metadata().tables[table].foreign_key_constraints
    return next(fk.referred_table.name for fk in constraints if column in fk.column_keys)


def test_every_table_has_one() -> None:
    assert set(FACTORIES) == {entry.name for entry in schema.catalogue()}


def test_each_makes_a_row_that_is_accepted(shared_database: Database) -> None:
    with shared_database.admin() as conn, conn.transaction(force_rollback=True):
        made: dict[str, dict[str, Any]] = {}

        def make(table: str) -> dict[str, Any]:
            if table not in made:
                factory = FACTORIES[table]
                needs = {name: make(points_to(table, name))["id"] for name in factory.needs}
                made[table] = factory.insert(conn, **needs)
            return made[table]

        for table in FACTORIES:
            row = make(table)
            assert row is not None
        assert FACTORIES["users"].insert(conn)["email"] != made["users"]["email"]
