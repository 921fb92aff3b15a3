"""What a command adds to its work: nothing is imported that it does not use."""

import subprocess
import sys

import pytest

from tests.cli.homes import Home

UNUSED = {
    "alembic", "fastapi", "httpx", "openai", "psutil", "psycopg_pool", "pydantic",
    "pydantic_settings", "rich", "sqlalchemy",
}  # fmt: skip
IMPORTED = """
import sys
from neonhub.cli.main import main
code = main(sys.argv[1:])
print(*{name.partition(".")[0] for name in sys.modules}, file=sys.stderr)
sys.exit(code)
"""


@pytest.fixture(scope="module", autouse=True)
def notes(home: Home, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("notes") / "note.txt"
    path.write_text("Letters leave on Monday.")
    home.json("ingest", str(path), "-d", "notes")


@pytest.mark.parametrize(
    ("words", "also_unused"),
    [
        (("search", "letters", "-d", "notes"), set()),
        (("search", "letters", "-d", "notes", "--json"), set()),
        (("datasets", "list"), {"numpy"}),
        (("documents", "list", "-d", "notes", "--json"), {"numpy"}),
        (("db", "status"), {"numpy"}),
    ],
)
def test_a_command_imports_nothing_that_it_does_not_use(
    home: Home, words: tuple[str, ...], also_unused: set[str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, *words],
        capture_output=True,
        text=True,
        env=home.environment(),
        timeout=60,
        check=True,
    )
    imported = set(done.stderr.split())
    assert "psycopg" in imported
    assert imported & (UNUSED | also_unused) == set()
