"""What a command adds to its work: what it imports, and the processor's time."""

import resource
import statistics
import subprocess
import sys
import time

import pytest

from tests.cli.homes import Home

MARK = 0.4
MOST_RUNS = 20
_least: list[float] = []  # of every look at the machine so far
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


def seconds_of(home: Home, *arguments: str) -> float:
    """Processor seconds of one run of Python."""
    env = home.environment()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, *arguments]
    subprocess.run(command, capture_output=True, check=True, env=env, timeout=60)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def crowding() -> float:
    """How many times longer work takes now, beside other work, than on this machine alone.

    Processor time grows too, by caches that are shared. The least of many short loops is what one
    takes alone; the median is what it takes.
    """

    def loop() -> float:
        began = time.process_time()
        sum(number * number for number in range(20_000))
        return time.process_time() - began

    taken = [loop() for _ in range(300)]
    _least.append(min(taken))
    return statistics.median(taken) / min(_least)


@pytest.mark.parametrize(
    "words",
    [("search", "letters", "-d", "notes"), ("datasets", "list", "--json"), ("db", "status")],
)
def test_a_command_adds_less_than_the_mark(home: Home, words: tuple[str, ...]) -> None:
    measured = []
    for _ in range(MOST_RUNS):
        bare = seconds_of(home, "-c", "pass")
        added = seconds_of(home, "-m", "neonhub.cli.main", *words) - bare
        measured.append(added / crowding())
        if measured[-1] < MARK:
            return
    pytest.fail(f"{' '.join(words)} adds {min(measured):.3f} s of processor time")
