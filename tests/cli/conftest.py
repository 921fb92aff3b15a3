"""Runs the real command line in a process of its own, with a command made for the test."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli import warm

if TYPE_CHECKING:
    from tests.cli.homes import Home

# Puts one more command into the table; everything else is the program as it is.
DRIVER = """
import importlib.util, sys
from neonhub.cli import commands
spec = importlib.util.spec_from_file_location("neonhub.cli.top.probe", {path!r})
module = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = module
spec.loader.exec_module(module)
top = commands.GROUPS["top"]
commands.GROUPS["top"] = top._replace(entries=(*top.entries, commands.Entry("probe", "Probe.")))
from neonhub.cli.main import main
sys.exit(main())
"""
HEADER = """
from pathlib import Path
from typing import Annotated, Optional
import typer
"""

Start = Callable[..., "subprocess.Popen[str]"]
Probe = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(**extra: str) -> dict[str, str]:
    hidden = {"NEONHUB_DEBUG", "NO_COLOR", "FORCE_COLOR", "_NEONHUB_COMPLETE"}
    # Unbuffered output fails at the first word: a user's fails when it is flushed, at the end.
    hidden.add("PYTHONUNBUFFERED")
    return {k: v for k, v in os.environ.items() if k not in hidden} | extra


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Start ``neonhub probe``, whose module is ``source``, without waiting for its end."""

    def start_probe(source: str, *words: str, **extra: str) -> "subprocess.Popen[str]":
        module, driver = tmp_path / "probe.py", tmp_path / "driver.py"
        module.write_text(HEADER + source)
        driver.write_text(DRIVER.format(path=str(module)))
        return subprocess.Popen(
            [sys.executable, str(driver), "probe", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(**extra),
        )

    return start_probe


@pytest.fixture
def probe(start: Start) -> Probe:
    """Run ``neonhub probe`` to its end."""

    def run_probe(source: str, *words: str, **extra: str) -> "subprocess.CompletedProcess[str]":
        process = start(source, *words, **extra)
        output, errors = process.communicate(timeout=30)
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    return run_probe


@pytest.fixture
def neonhub() -> Probe:
    """Run ``neonhub`` with these words."""

    def run(*words: str, **extra: str) -> "subprocess.CompletedProcess[str]":
        return warm.run(*words, environment=environment(**extra), timeout=30)

    return run


@pytest.fixture
def empty_home() -> "Iterator[Home]":
    """The same for one test alone."""
    from tests.cli import homes

    with homes.made() as ready:
        yield ready


@pytest.fixture(scope="session")
def home() -> "Iterator[Home]":
    """``neonhub`` in a home of its own."""
    from tests.cli import homes

    with homes.made() as ready:
        yield ready
