"""Fixtures that need PostgreSQL. Nothing is started until a test asks for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from neonhub.db.ids import cuid
from neonhub.ops import migrate
from tests import databases, places
from tests.cli import warm
from tests.databases import Database, Server
from tests.factories import identity, tenancy
from tests.factories.base import Conn, made_id
from tests.migrations.made import History


@dataclass(frozen=True)
class Tenants:
    """Two organizations with a workspace each, and a user who is a member of each."""

    organization: str = made_id("organization-a")
    workspace: str = made_id("workspace-a")
    user: str = made_id("user-a")
    other_organization: str = made_id("organization-b")
    other_workspace: str = made_id("workspace-b")
    other_user: str = made_id("user-b")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than there are cores, for tests wait too, each with a server of its own; one on a
    server that is given."""
    return 1 if databases.given() else min(4, 1 + (os.cpu_count() or 1))


def pytest_sessionfinish() -> None:
    """Leave nothing in memory."""
    warm.close()
    places.clear()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The server of this run."""
    with databases.running() as started, started.shadows():
        yield started


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    """A fresh migrated database of the test's own: for what commits, or changes roles or tables."""
    made = server.clone()
    yield made
    server.drop(made.name)


@pytest.fixture(scope="session")
def shared_database(server: Server) -> Iterator[Database]:
    """One migrated database for all, with the two tenants: whoever writes to it rolls back."""
    made = server.clone()
    with made.admin() as conn:
        insert_tenants(conn)
    yield made
    server.drop(made.name)


@pytest.fixture
def tenants(database: Database) -> Tenants:
    """Two tenants, put into ``database``."""
    with database.admin() as conn:
        return insert_tenants(conn)


@pytest.fixture
def fresh(shared_database: Database) -> Tenants:
    """Two new tenants in the database that all share: what is committed there harms nobody."""
    made = Tenants(*(cuid() for _ in range(6)))
    with shared_database.admin() as conn:
        return insert_tenants(conn, made, mark=cuid())


@pytest.fixture
def empty_database(server: Server) -> Iterator[Database]:
    """A database with nothing in it."""
    name = server.empty()
    yield server.database(name)
    server.drop(name)


def insert_tenants(conn: Conn, made: Tenants | None = None, *, mark: str = "") -> Tenants:
    """Insert the two tenants, as somebody whom no policy holds back."""
    made = made or Tenants()
    for organization, workspace, user, name in (
        (made.organization, made.workspace, made.user, f"{mark}a"),
        (made.other_organization, made.other_workspace, made.other_user, f"{mark}b"),
    ):
        identity.USER.insert(conn, id=user, email=f"{name}@example.com")
        tenancy.ORGANIZATION.insert(conn, id=organization, slug=f"organization-{name}")
        tenancy.WORKSPACE.insert(
            conn, id=workspace, organization_id=organization, slug=f"workspace-{name}"
        )
        tenancy.WORKSPACE_MEMBER.insert(conn, workspace_id=workspace, user_id=user)
        tenancy.ORGANIZATION_MEMBER.insert(conn, organization_id=organization, user_id=user)
    return made


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> History:
    """The migrations, to be added to; those that are run in this process."""
    made = History(tmp_path / "migrations")
    monkeypatch.setattr(migrate, "MIGRATIONS", made.folder)
    return made
