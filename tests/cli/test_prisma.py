"""``neonhub prisma schema``, as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from neonhub.cli.main import main
from neonhub.ops.prisma.document import prisma_schema


def test_it_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prisma", "schema"]) == 0
    assert capsys.readouterr().out == prisma_schema()


def test_it_writes_a_file_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "schema.prisma"
    assert main(["prisma", "schema", "--output", str(target)]) == 0
    assert target.read_text() == prisma_schema()
    told = capsys.readouterr().out
    assert told == f"Wrote {target}: 94 models, 30 enumerations.\n"


def test_for_scripts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "schema.prisma"
    words = ["--preview", "relationJoins", "--client-folder", "../client", "--json"]
    assert main(["prisma", "schema", "-o", str(target), *words]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"model": 94, "enum": 30, "output": str(target)}
    assert target.read_text() == prisma_schema(client_folder="../client", preview=["relationJoins"])


def test_a_folder_that_is_not_there_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prisma", "schema", "-o", str(tmp_path / "none" / "schema.prisma")]) != 0
    assert "none" in capsys.readouterr().err


def test_an_unknown_generator_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prisma", "schema", "--generator", "mine"]) == 2
    assert "prisma-client-js or prisma-client" in capsys.readouterr().err
