"""The pages on patterns and practices: their code runs, and prints what they say it prints."""

from __future__ import annotations

import ast
import contextlib
import datetime as dt
import inspect
import io
import re
import traceback
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from neonhub.hub import NeonHub
from neonhub.ops.bootstrap import Ready
from neonhub.ops.seed import seed
from neonhub.ops.seeding.demo.make import seed_demo
from neonhub.settings import load_settings
from tests.databases import Database, Server

HOWTO = Path(__file__).parents[2] / "docs/howto"
PAGES = sorted([*HOWTO.glob("patterns/*.md"), *HOWTO.glob("practices/*.md")])
TEXTS = {page: page.read_text("utf-8") for page in PAGES}
# A block of Python, and what it prints where that is shown right below.
BLOCK = re.compile(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", re.DOTALL)
# The day that the pages' outputs are of: the demo counts back from it.
ANCHOR = dt.date(2026, 3, 14)
IDS = re.compile(r"\bc[0-9a-z]{24}\b")


@pytest.fixture(scope="module")
def demo(server: Server) -> Iterator[Database]:
    made = server.clone()
    seed(made.admin_dsn)
    seed_demo(made.admin_dsn, anchor=ANCHOR)
    yield made
    server.drop(made.name)


@pytest.fixture
async def hub(demo: Database) -> AsyncIterator[NeonHub]:
    settings = load_settings(database_url=None, direct_database_url=None, embedder="lexical")
    async with NeonHub(settings, ready=Ready(demo.dsn(), demo.dsn(), demo.admin_dsn)) as opened:
        yield opened


async def run(source: str, page: Path, names: dict[str, Any]) -> str:
    """What a block prints; an exception that it lets out, as Python would print it last."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    code: CodeType = compile(source, str(page), "exec", flags=flags)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        try:
            going = eval(code, names)
            if inspect.iscoroutine(going):
                await going
        except Exception as error:
            said.write(traceback.format_exception_only(error)[-1])
    return said.getvalue()


def masked(text: str) -> str:
    """Without the ids, which differ from run to run where rows are made."""
    return IDS.sub("c…", text).strip()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.stem}")
async def test_a_pages_code_does_what_it_says(hub: NeonHub, page: Path) -> None:
    blocks = BLOCK.findall(TEXTS[page])
    assert blocks and any(shown for _, shown in blocks), "the page shows nothing"
    names: dict[str, Any] = {"hub": hub}
    for source, shown in blocks:
        assert masked(await run(source, page, names)) == masked(shown)


def test_every_pattern_and_practice_has_its_page() -> None:
    index = (HOWTO / "README.md").read_text("utf-8")
    assert len(PAGES) == 10
    for page in PAGES:
        assert f"({page.parent.name}/{page.name})" in index
