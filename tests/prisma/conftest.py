"""The real Prisma client: one application, one database and one run of all checks a session."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

from neonhub.db.crypto import Place, Sealer
from tests.conftest import insert_tenants
from tests.databases import Database, Server
from tests.prisma import toolchain

KEY = bytes(range(32))


@pytest.fixture(scope="session")
def application(tmp_path_factory: pytest.TempPathFactory) -> toolchain.Project:
    """An application with the snippets of the documentation, the checks, and its client."""
    folder = tmp_path_factory.mktemp("prisma") / "application"
    sources = [
        *toolchain.HERE.glob("checks/*.ts"),
        *toolchain.ROOT.glob("docs/prisma/*.ts"),
        toolchain.HERE / "tsconfig.json",
    ]
    try:
        return toolchain.project(folder, sources=sources)
    except toolchain.Unavailable as reason:
        pytest.skip(f"the real Prisma client cannot run here: {reason}")


@pytest.fixture(scope="session")
def world(server: Server) -> Iterator[Database]:
    """The database that the checks work in."""
    database = server.clone()
    yield database
    server.drop(database.name)


@pytest.fixture(scope="session")
def reports(application: toolchain.Project, world: Database) -> dict[str, str | None]:
    """What each check came to: None where it held, else the error."""
    with world.admin() as conn:
        tenants = insert_tenants(conn)
    given: dict[str, Any] = {
        _camel(name): value for name, value in dataclasses.asdict(tenants).items()
    }
    given["urls"] = {
        "app": world.dsn(),
        "auth": world.dsn("neonhub_auth"),
        "owner": world.admin_dsn,
    }
    given["keys"] = f"k1:{base64.b64encode(KEY).decode()}"
    place = Place("credentials", "access_token", "row-1")
    given["secret"] = {
        "plain": "for one row – only",
        "sealed": Sealer({"k1": KEY}).seal("for one row – only", place),
        "place": {"table": place.table, "column": place.column, "rowId": place.row_id},
    }
    lines = application.run("all.ts", given)
    return {line["check"]: line.get("error") for line in lines}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)
