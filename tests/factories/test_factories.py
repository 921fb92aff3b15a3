"""Every table has a factory, and what it makes is accepted."""

from __future__ import annotations

from typing import Any

from neonhub import schema
from tests.databases import Database
from tests.factories import agents, brands, identity, knowledge, people, tenancy
from tests.factories.base import Factory

MODULES = (agents, brands, identity, knowledge, people, tenancy)
FACTORIES = {
    value.table: value
    for module in MODULES
    for value in vars(module).values()
    if isinstance(value, Factory)
}
# Which row a reference of that name points to; the made row's id is the value.
POINTS_TO = {
    "organization_id": "organizations",
    "workspace_id": "workspaces",
    "user_id": "users",
    "created_by_id": "users",
    "dataset_id": "datasets",
    "document_id": "documents",
    "embedding_space_id": "embedding_spaces",
    "conversation_id": "conversations",
    "role_id": "organization_roles",
    "permission_id": "organization_permissions",
}


def test_every_table_has_one() -> None:
    assert set(FACTORIES) == {entry.name for entry in schema.catalogue()}


def test_each_makes_a_row_that_is_accepted(shared_database: Database) -> None:
    with shared_database.admin() as conn, conn.transaction(force_rollback=True):
        made: dict[str, dict[str, Any]] = {}

        def make(table: str) -> dict[str, Any]:
            if table not in made:
                factory = FACTORIES[table]
                needs = {name: make(POINTS_TO[name])["id"] for name in factory.needs}
                made[table] = factory.insert(conn, **needs)
            return made[table]

        for table in FACTORIES:
            row = make(table)
            assert row is not None
        assert FACTORIES["users"].insert(conn)["email"] != made["users"]["email"]
