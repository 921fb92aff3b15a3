"""The real, unmodified Prisma client and Auth.js read and write this database."""

from __future__ import annotations

import re

import pytest

from neonhub.db.crypto import Place, Sealer
from neonhub.ops.prisma.document import prisma_schema
from tests.databases import Database
from tests.prisma import toolchain
from tests.prisma.conftest import KEY

_SUITES = ("patterns", "writes", "models", "isolation", "signin")


def _checks() -> list[str]:
    texts = ((toolchain.HERE / f"checks/{suite}.ts").read_text() for suite in _SUITES)
    return [
        name for text in texts for name in re.findall(r'^check\("(.+)", async', text, re.MULTILINE)
    ]


@pytest.mark.parametrize("check", _checks())
def test_the_client(check: str, reports: dict[str, str | None]) -> None:
    assert reports[check] is None, reports[check]


def test_no_check_is_left_out(reports: dict[str, str | None]) -> None:
    assert sorted(reports) == sorted(_checks())


def test_what_typescript_has_sealed_opens_in_python(
    reports: dict[str, str | None], world: Database
) -> None:
    assert reports
    with world.admin() as conn:
        found = conn.execute(
            "SELECT id, refresh_token FROM accounts WHERE refresh_token IS NOT NULL"
        ).fetchone()
    assert found is not None
    row_id, sealed = map(str, found)
    place = Place("accounts", "refresh_token", row_id)
    assert Sealer({"k1": KEY}).open(sealed, place) == "secret"


def test_a_check_that_fails_is_told(application: toolchain.Project) -> None:
    (application.folder / "failing.ts").write_text(
        'import { check, report } from "./harness.ts";\n'
        'check("two", async () => { throw new Error("two is not one"); });\n'
        "await report();\n"
    )
    url = "postgresql://nobody@127.0.0.1:1/none"
    urls = dict.fromkeys(("app", "auth", "owner"), url)
    [told] = application.run("failing.ts", {"urls": urls})
    assert told["check"] == "two"
    assert "two is not one" in told["error"]


@pytest.mark.slow
def test_the_types_hold(application: toolchain.Project) -> None:
    """The snippets and the patterns compile under strict TypeScript, and a wrong one does not."""
    compiler = ["node_modules/typescript/bin/tsc", "--project", "."]
    done = application.call(compiler, None, 300)
    assert done.returncode == 0, done.stdout
    wrong = application.folder / "wrong.ts"
    wrong.write_text(
        'import { app } from "./harness.ts";\n'
        "export const wrong: number = (await app.agent.findFirstOrThrow()).slug;\n"
    )
    try:
        done = application.call(compiler, None, 300)
    finally:
        wrong.unlink()
    assert "wrong.ts(2,14): error TS2322" in done.stdout


@pytest.mark.slow
def test_the_schema_is_as_prisma_itself_would_write_it(application: toolchain.Project) -> None:
    written = (application.folder / "schema.prisma").read_text()
    application.prisma("validate")
    application.prisma("format")
    assert (application.folder / "schema.prisma").read_text() == written


@pytest.mark.slow
def test_the_newer_generator_takes_it_too(application: toolchain.Project) -> None:
    schema = application.folder / "newer.prisma"
    schema.write_text(prisma_schema(generator="prisma-client"))
    application.prisma("generate", "--schema", schema.name)
    assert (application.folder / "generated/client.ts").exists()
