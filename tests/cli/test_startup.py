"""Starting is quick, and the table of commands is true."""

import importlib
import inspect
import pkgutil
import subprocess
import sys

import pytest

import neonhub.cli
from neonhub.cli.commands import GROUPS, TOP, Entry, module_of
from neonhub.cli.lazy import build
from tests.cli.conftest import Probe

COMMANDS = [(group, entry) for group, made in GROUPS.items() for entry in made.entries]
HEAVY = {
    "alembic", "asyncio", "fastapi", "httpx", "numpy", "openai", "orjson", "psycopg", "pydantic",
    "pydantic_settings", "rich", "sqlalchemy",
}  # fmt: skip


def modules_after(*words: str) -> set[str]:
    """Everything that one call of the command line imports."""
    script = (
        "import sys; from neonhub.cli.main import main\n"
        f"main({list(words)!r}); print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30
    )
    return set(done.stderr.split())


@pytest.mark.parametrize("words", [("--help",), ("db", "--help"), ("--version",), ("keys",)])
def test_help_imports_no_command_and_nothing_heavy(words: tuple[str, ...]) -> None:
    imported = modules_after(*words)
    assert "neonhub.cli.lazy" in imported
    assert imported.isdisjoint(module_of(group, entry.name) for group, entry in COMMANDS)
    assert imported.isdisjoint(HEAVY)


def test_a_command_imports_only_itself() -> None:
    imported = modules_after("version")
    others = {module_of(group, e.name) for group, e in COMMANDS} - {module_of(TOP, "version")}
    assert module_of(TOP, "version") in imported
    assert imported.isdisjoint(others)
    assert imported.isdisjoint(HEAVY)


def test_plain_parameters_need_no_pydantic(probe: Probe) -> None:
    source = """
def command(
    paths: list[Path],
    query: str = "q",
    limit: Annotated[int, typer.Option(min=1, max=9)] = 5,
    ratio: Optional[float] = None,
    tag: Annotated[Optional[list[str]], typer.Option()] = None,
    deep: Annotated[bool, typer.Option(envvar="PROBE_DEEP")] = False,
) -> None:
    import sys
    print(paths, query, limit, ratio, tag, deep, "pydantic" in sys.modules)
"""
    given = ["a", "b", "--query", "x y", "--limit", "9", "--ratio", "0.5", "--tag", "u"]
    full = probe(source, *given, "--tag", "v", PROBE_DEEP="yes")
    assert full.stdout.split("] ", 1)[1] == "x y 9 0.5 ['u', 'v'] True False\n", full.stderr
    bare = probe(source, "a")
    assert bare.stdout == "[PosixPath('a')] q 5 None None False False\n", bare.stderr


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--limit", "many"), "'--limit': 'many' is not a whole number"),
        (("--limit", "10"), "'--limit': 10 is out of range: at least 1 and at most 9"),
        (("--ratio", "nan"), "'--ratio': 'nan' is not a finite number"),
        (("--nope",), "No such option: --nope"),
        ((), "Missing argument 'path'"),
    ],
)
def test_a_wrong_parameter_is_a_usage_error(
    probe: Probe, words: tuple[str, ...], complaint: str
) -> None:
    source = """
def command(
    path: Path,
    limit: Annotated[int, typer.Option(min=1, max=9)] = 5,
    ratio: Annotated[float, typer.Option(min=0.0)] = 1.0,
) -> None: ...
"""
    done = probe(source, *words, *(["p"] if words else []))
    assert done.returncode == 2
    assert complaint in done.stderr
    assert "neonhub probe --help" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(("group", "entry"), COMMANDS, ids=lambda v: getattr(v, "name", v))
def test_the_table_tells_what_the_module_says(group: str, entry: Entry) -> None:
    module = importlib.import_module(module_of(group, entry.name))
    documented = inspect.getdoc(module.command)
    assert documented is not None
    assert documented.splitlines()[0] == entry.help
    assert len(entry.help) <= 60


def test_every_module_of_a_command_is_in_the_table() -> None:
    listed = {module_of(group, entry.name) for group, entry in COMMANDS}
    found = {
        module.name
        for package in pkgutil.iter_modules(neonhub.cli.__path__, "neonhub.cli.")
        if package.ispkg
        for module in pkgutil.iter_modules(
            importlib.import_module(package.name).__path__, f"{package.name}."
        )
        if not module.name.rpartition(".")[2].startswith("_")
    }
    assert found <= listed


def test_help_lists_all_but_the_hidden_commands(neonhub: Probe) -> None:
    top = neonhub("--help").stdout
    for name in [e.name for e in GROUPS[TOP].entries] + [g for g in GROUPS if g != TOP]:
        assert f"  {name} " in top
    below = {group: neonhub(group, "-h").stdout for group in GROUPS if group != TOP}
    for group, entry in COMMANDS:
        text = top if group == TOP else below[group]
        assert (f"  {entry.name} " in text) is not entry.hidden
        assert (entry.help in text) is not entry.hidden
    assert set(build().commands) == {e.name for e in GROUPS[TOP].entries} | set(GROUPS) - {TOP}
