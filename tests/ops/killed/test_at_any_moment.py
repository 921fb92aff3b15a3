"""kill -9 of an operation, of a session of it, or of the server: run again, nothing is lost.

Each command is run once to its end, to know how long it takes; then again and again, killed at a
moment that is drawn over that time. `NEONHUB_TEST_SEED` draws the same moments again.
"""

from __future__ import annotations

import logging
import os
import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ops.killed import world as worlds
from tests.ops.killed.cases import CASES, Case, Reembed, embeddings
from tests.ops.killed.world import BUSY, World

pytestmark = pytest.mark.slow
# What is killed, a round each.
ROUNDS = ["command", "command", "command", "backend", "server"]
_told = logging.getLogger(__name__)  # what is shown where a test fails
_took: dict[type[Case], float] = {}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with worlds.made() as made:
        yield made


@pytest.fixture(scope="module")
def seed() -> int:
    return int(os.environ.get("NEONHUB_TEST_SEED") or random.randrange(10**6))


@pytest.fixture(scope="module")
def openai() -> Iterator[dict[str, str]]:
    with embeddings() as settings:
        yield settings


def prepared(world: World, kind: type[Case], folder: Path, openai: dict[str, str]) -> Case:
    world.afresh()
    folder.mkdir()
    made = kind(world, folder)
    made.more = {"TMPDIR": str(folder), **(openai if kind is Reembed else {})}
    return made


def run(case: Case) -> tuple[int, str]:
    """To its end; a command that says that another is at it is run again, as it asks for."""
    deadline = time.monotonic() + 120
    while True:
        process = case.world.start(case.words(), **case.more)
        said, errors = process.communicate(timeout=300)
        if process.returncode != BUSY or time.monotonic() > deadline:
            return process.returncode, said + errors
        time.sleep(0.5)


def measured(world: World, kind: type[Case], folder: Path, openai: dict[str, str]) -> float:
    """How long the command takes; where it is not killed all is right, too."""
    if kind not in _took:
        case = prepared(world, kind, folder, openai)
        began = time.monotonic()
        code, said = run(case)
        _took[kind] = time.monotonic() - began
        assert code == 0, said
        case.right()
        world.assert_nothing_is_left()
    return _took[kind]


@pytest.mark.parametrize("round_", range(len(ROUNDS)))
@pytest.mark.parametrize("kind", CASES)
def test_killed(
    world: World, kind: type[Case], round_: int, tmp_path: Path, openai: dict[str, str], seed: int
) -> None:
    dice = random.Random(f"{seed} {kind.__name__} {round_}")
    # A tenth of it is the interpreter's.
    after = dice.uniform(0.1, 1.0) * measured(world, kind, tmp_path / "whole", openai)
    _told.warning("NEONHUB_TEST_SEED=%s: the %s killed after %.2f s", seed, ROUNDS[round_], after)
    case = prepared(world, kind, tmp_path / "killed", openai)

    process = world.start(case.words(), **case.more)
    at_work = killed(world, process, ROUNDS[round_], after)
    said = "".join(process.communicate(timeout=300))

    _told.warning("at work: %s; it ended with %s: %s", at_work, process.returncode, said[-1500:])
    if ROUNDS[round_] != "command":  # it has lost its server: it says so, as it says other things
        assert process.returncode >= 0
        assert "Traceback" not in said, said
    case.holds()
    code, again = run(case)
    assert code in case.done, again
    case.right()
    world.assert_nothing_is_left()
    assert list(tmp_path.rglob(".*partial-*")) == []


def killed(world: World, process: subprocess.Popen[str], what: str, after: float) -> bool:
    """Kill it when so much time is over; whether it was at work still."""
    deadline = time.monotonic() + after
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    at_work = process.poll() is None
    if what == "command":
        process.kill()
    elif what == "server":
        world.kill_server()
    else:
        while process.poll() is None and not world.kill_backend():
            time.sleep(0.01)
    return at_work
