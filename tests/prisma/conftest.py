"""The real Prisma client: one application, one database and one run of all checks a session."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import insert_tenants
from tests.databases import Server
from tests.prisma import toolchain


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
def reports(application: toolchain.Project, server: Server) -> Iterator[dict[str, str | None]]:
    """What each check came to: None where it held, else the error."""
    database = server.clone()
    with database.admin() as conn:
        tenants = insert_tenants(conn)
    given: dict[str, Any] = {
        _camel(name): value for name, value in dataclasses.asdict(tenants).items()
    }
    given["urls"] = {
        "app": database.dsn(),
        "auth": database.dsn("neonhub_auth"),
        "owner": database.admin_dsn,
    }
    lines = application.run("all.ts", given)
    yield {line["check"]: line.get("error") for line in lines}
    server.drop(database.name)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)
