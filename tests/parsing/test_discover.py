"""Which files an ingest of paths means."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from neonhub.parsing import FoundFile, Rejected, discover


def make(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text")


def found(*paths: Path) -> list[str]:
    return [item.path.name for item in discover(paths) if isinstance(item, FoundFile)]


def rejected(*paths: Path) -> list[Rejected]:
    return [item for item in discover(paths) if isinstance(item, Rejected)]


def test_folders_are_walked_whole_in_a_stable_order(tmp_path: Path) -> None:
    make(tmp_path, "b.md", "a.txt", "c/z.html", "c/d/y.csv", "B.md", "e.pdf")
    names = [item.path.relative_to(tmp_path).as_posix() for item in discover([tmp_path])]
    assert names == ["B.md", "a.txt", "b.md", "c/d/y.csv", "c/z.html", "e.pdf"]


def test_other_peoples_files_and_hidden_ones_are_passed_over(tmp_path: Path) -> None:
    make(tmp_path, ".git/a.md", "node_modules/x/a.md", ".venv/a.md", ".hidden.md", "docs/a.md")
    assert [item.path for item in discover([tmp_path])] == [tmp_path / "docs/a.md"]
    # What is named outright is meant.
    assert found(tmp_path / ".hidden.md", tmp_path / ".venv") == [".hidden.md", "a.md"]


def test_a_file_found_twice_comes_once(tmp_path: Path) -> None:
    make(tmp_path, "a.md", "docs/b.md")
    assert found(tmp_path / "docs" / "b.md", tmp_path, tmp_path / "docs" / ".." / "a.md") == [
        "b.md",
        "a.md",
    ]


def test_symbolic_links_are_followed_and_loops_end(tmp_path: Path) -> None:
    make(tmp_path, "docs/a.md", "elsewhere/b.md")
    (tmp_path / "docs" / "loop").symlink_to(tmp_path / "docs", target_is_directory=True)
    (tmp_path / "docs" / "more").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (tmp_path / "docs" / "gone.md").symlink_to(tmp_path / "nothing.md")
    assert found(tmp_path / "docs") == ["a.md", "b.md"]
    (dangling,) = rejected(tmp_path / "docs")
    assert dangling.code == "missing"
    assert "symbolic link to nothing" in dangling.reason


def test_identity_size_and_time_do_not_depend_on_the_folder_asked_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "docs/a b.md")
    os.utime(tmp_path / "docs/a b.md", (1_700_000_000, 1_700_000_000))
    monkeypatch.chdir(tmp_path)
    (relative,) = discover([Path("docs")])
    monkeypatch.chdir(tmp_path / "docs")
    (other,) = discover([Path()])
    assert relative == other
    assert isinstance(relative, FoundFile)
    assert relative.source_uri == (tmp_path / "docs/a b.md").as_posix()
    assert relative.size == 4
    assert relative.mtime == datetime.fromtimestamp(1_700_000_000, UTC)


def test_what_is_not_read_is_reported_with_its_reason(tmp_path: Path) -> None:
    make(tmp_path, "a.md", "b.png", "Makefile")
    os.mkfifo(tmp_path / "c.txt")
    reasons = {item.path.name: (item.code, item.reason) for item in rejected(tmp_path)}
    assert reasons["b.png"][0] == reasons["Makefile"][0] == "unsupported"
    assert "(.png)" in reasons["b.png"][1]
    assert ".md" in reasons["b.png"][1]
    assert "no suffix" in reasons["Makefile"][1]
    assert reasons["c.txt"] == ("unreadable", "it is neither a file nor a folder")
    assert found(tmp_path) == ["a.md"]
    (missing,) = rejected(tmp_path / "nothing")
    assert missing.code == "missing"


def test_a_name_that_is_no_utf8_is_reported(tmp_path: Path) -> None:
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")).write_text("text")
    except OSError:
        pytest.skip("this file system refuses such names")
    (odd,) = rejected(tmp_path)
    assert odd.code == "unusable_name"
