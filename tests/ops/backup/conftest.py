"""One database with rows in every table, and one backup of it, for all of these tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from neonhub.ops.backup.manifest import Manifest
from neonhub.ops.backup.take import backup
from neonhub.ops.seed import seed
from neonhub.ops.seeding.demo.make import seed_demo
from tests.databases import Database, Server


@pytest.fixture(scope="session")
def demo(server: Server) -> Iterator[Database]:
    """A database with rows in every table: only to be read, or added to."""
    made = server.clone()
    seed(made.admin_dsn)
    seed_demo(made.admin_dsn)
    yield made
    server.drop(made.name)


@pytest.fixture(scope="session")
def taken(demo: Database, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    """A backup of it, not to be changed."""
    return backup(demo.admin_dsn, tmp_path_factory.mktemp("backups"))


@pytest.fixture
def copied(taken: tuple[Path, Manifest], tmp_path: Path) -> Path:
    """The same backup, to be spoilt."""
    return Path(shutil.copytree(taken[0], tmp_path / taken[0].name))


@pytest.fixture
def alike(server: Server, taken: tuple[Path, Manifest]) -> Iterator[Callable[[Database], Database]]:
    """Copies a database, for tests that spoil it."""
    made: list[Database] = []

    def copy(of: Database) -> Database:
        made.append(server.clone(of.name))
        return made[-1]

    yield copy
    for each in made:
        server.drop(each.name)


@pytest.fixture
def live(alike: Callable[[Database], Database], demo: Database) -> Database:
    """A copy of the demo database as it was backed up, and what has come since."""
    return alike(demo)
