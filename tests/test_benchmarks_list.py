"""The benchmarks can be listed, and each of them is there."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import NAMES
from benchmarks.harness import Figure, Mark

ROOT = Path(__file__).resolve().parent.parent


def test_they_are_listed_without_anything_running() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--list"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert [line.split()[0] for line in done.stdout.splitlines()] == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_has_a_run(name: str) -> None:
    assert callable(importlib.import_module(f"benchmarks.{name}").run)


def test_the_questions_name_pages_and_are_twenty() -> None:
    from benchmarks.retrieval import questions

    loaded = questions()

    assert len({each["question"] for each in loaded}) == 20
    assert all(1 <= len(each["pages"]) <= 3 for each in loaded)


@pytest.mark.parametrize(
    ("figure", "kept"),
    [
        (Figure("a ratio", 1.2, reference=1.0, mark=Mark(1.25)), True),
        (Figure("a ratio", 1.3, reference=1.0, mark=Mark(1.25)), False),
        (Figure("a time", 0.3, reference=0.1, mark=Mark(0.4, of="value")), True),
        (Figure("a time", 0.5, reference=1.0, mark=Mark(0.4, of="value")), False),
        (Figure("recall", 0.98, unit="", mark=Mark(0.99, of="value", at_least=True)), False),
        (Figure("recall", 0.99, unit="", mark=Mark(0.99, of="value", at_least=True)), True),
        (Figure("no mark", 1.0), None),
        (Figure.missing("nothing", "no reason"), None),
    ],
)
def test_a_mark_is_kept_or_missed(figure: Figure, kept: bool | None) -> None:
    assert figure.kept is kept
