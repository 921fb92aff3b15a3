"""Workspaces of a benchmark's own, made past the policies by the server's administrator."""

from __future__ import annotations

from typing import Any

import psycopg

from neonhub.db.ids import deterministic_cuid
from neonhub.db.tenancy import Tenant

Admin = psycopg.Connection[Any]


def connect(dsn: str) -> Admin:
    """A connection whose statements commit by themselves."""
    return psycopg.connect(dsn, autocommit=True)


def make_workspaces(admin: Admin, how_many: int) -> list[Tenant]:
    """As many organizations, each with one workspace; those made before are found again."""
    made = [
        Tenant(deterministic_cuid("bench-w", str(n)), deterministic_cuid("bench-o", str(n)))
        for n in range(how_many)
    ]
    with admin.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO organizations (id, slug, name) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [(t.organization_id, f"bench-{n}", f"Bench {n}") for n, t in enumerate(made)],
        )
        cursor.executemany(
            "INSERT INTO workspaces (id, organization_id, slug, name) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT DO NOTHING",
            [
                (t.workspace_id, t.organization_id, f"bench-{n}", f"Bench {n}")
                for n, t in enumerate(made)
            ],
        )
    return made


def make_space(admin: Admin, tenant: Tenant, name: str = "bench/none/1536") -> str:
    """An embedding space of the tenant; its id."""
    space = deterministic_cuid("bench-s", str(tenant.workspace_id), name)
    provider, model, dimension = name.split("/")
    admin.execute(
        "INSERT INTO embedding_spaces (id, workspace_id, name, provider, model, dimension) "
        "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (space, tenant.workspace_id, name, provider, model, int(dimension)),
    )
    return space


def make_dataset(admin: Admin, tenant: Tenant, space: str | None = None) -> str:
    """A dataset of the tenant; its id."""
    dataset = deterministic_cuid("bench-d", str(tenant.workspace_id))
    admin.execute(
        "INSERT INTO datasets (id, workspace_id, embedding_space_id, name, slug, kind) "
        "VALUES (%s, %s, %s, 'Bench', 'bench', 'documents') ON CONFLICT DO NOTHING",
        (dataset, tenant.workspace_id, space),
    )
    return dataset
