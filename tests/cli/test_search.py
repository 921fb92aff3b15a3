"""Search and the lists, as a reader, a script and a pipe meet them."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.homes import Home

GUIDE = """# Messages

## Quiet hours

Text messages rest at night. Nobody is sent a text message between nine in the evening and eight
in the morning, whatever the campaign says. Where a person lives in another zone of time, it is
the clock on that person's own wall that counts, not the one in the office. What was to be sent
meanwhile waits in the queue until the hours are over, and leaves in the order in which it came.
A confirmation that somebody has asked for at that very moment is no exception to this rule: it is
shown on the page instead, and follows by letter on the next working day.

## Frequency

A person gets at most three letters a week, and a pause of two days after an answer. The count
begins on Monday and takes in every campaign, whoever has planned it, and every channel that ends
in an inbox. What goes beyond it is put off, not thrown away, and the planner sees a list of what
was put off beside the reason for it. Receipts, contracts and notices that the law asks for are no
part of the count, since nobody can choose to go without them.
"""


@pytest.fixture(scope="module", autouse=True)
def guide(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("guide") / "messages.md"
    path.write_text(GUIDE)
    home.json("ingest", str(path), "--dataset", "Guide Book")
    return path


def test_a_hit_says_where_it_stands_and_how_it_was_found(home: Home, guide: Path) -> None:
    hit, *rest = home.json("search", "text messages at night", "--dataset", "guide-book")
    assert (hit["rank"], hit["vector_rank"], hit["text_rank"]) == (1, 1, 1)
    assert hit["score"] > max([0.0, *(each["score"] for each in rest)])
    assert (hit["title"], hit["source"]) == ("Messages", str(guide))
    assert hit["heading_path"] == ["Messages", "Quiet hours"]
    marked = {hit["passage"][a:b].lower() for a, b in hit["marks"]}
    assert marked == {"text", "messages", "message", "night"}


def test_in_plain_words(home: Home, guide: Path) -> None:
    done = home.run("search", "text messages at night", "-d", "guide-book", "-n", "1")
    lines = done.stdout.splitlines()
    assert re.fullmatch(r"1\. Messages  \[0\.\d{4}: vector #1, words #1\]", lines[0])
    assert lines[1].strip() == str(guide)
    assert lines[2].strip() == "Messages › Quiet hours"
    assert "**Text** **messages** rest at **night**." in lines[3]
    assert "\x1b" not in done.stdout


def test_nothing_found_is_no_failure(home: Home) -> None:
    words = ("search", "text messages", "-d", "guide-book", "--filter", "team=nobody")
    done = home.run(*words)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "Nothing was found.\n"
    assert home.json(*words) == []


def test_an_unknown_dataset_is_answered_with_those_like_it(home: Home) -> None:
    done = home.run("search", "anything", "--dataset", "guide-bok")
    assert done.returncode == 1
    assert done.stderr.startswith("error: There is no dataset 'guide-bok'.\nhint: Did you mean")
    assert "'guide-book'" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (("search", " "), 2, "empty"),
        (("search", "x", "--limit", "0"), 2, "at least 1"),
        (("search", "x", "--filter", "{"), 2, "not JSON"),
        (("search", "x", "--workspace", "nowhere"), 1, "no workspace 'nowhere'"),
        (("documents", "show", "c" * 25), 1, "no document"),
        (("documents", "list", "-d", "guide-book", "--after", "!"), 2, "cursor"),
    ],
)
def test_what_cannot_be_done_says_why(
    home: Home, words: tuple[str, ...], code: int, complaint: str
) -> None:
    done = home.run(*words)
    assert done.returncode == code
    assert complaint in done.stderr


def test_a_reader_that_leaves_after_a_line(home: Home) -> None:
    command = f"{sys.executable} -m neonhub.cli.main search letters -d guide-book | head -1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        capture_output=True,
        text=True,
        env=home.environment(),
        timeout=30,
        check=False,
    )
    assert done.stdout.startswith("1. Messages")
    assert done.stderr == ""


def test_lists_are_paged_by_cursor(home: Home, tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.txt").write_text(f"page number {number}")
    home.json("ingest", str(tmp_path), "-d", "pages")
    words = ["documents", "list", "-d", "pages", "-n", "2"]
    pages = [home.json(*words)]
    while (cursor := pages[-1]["next_cursor"]) is not None:
        pages.append(home.json(*words, "--after", cursor))
    assert [len(page["items"]) for page in pages] == [2, 2, 1]
    seen = [each["source_uri"] for page in pages for each in page["items"]]
    assert sorted(seen) == [str(tmp_path / f"{number}.txt") for number in range(5)]
    shown = home.run(*words)
    assert shown.stdout.splitlines()[0].split() == ["Document", "Title", "Source", "Updated"]
    assert "--after" in shown.stderr


def test_what_is_deleted_is_found_no_more(home: Home, tmp_path: Path) -> None:
    for name in ("stays", "goes"):
        (tmp_path / f"{name}.txt").write_text(f"the zebra {name}")
    home.json("ingest", str(tmp_path), "-d", "zoo")
    hits = {Path(hit["source"]).stem: hit for hit in home.json("search", "zebra", "-d", "zoo")}
    assert hits.keys() == {"stays", "goes"}
    refused = home.run("documents", "delete", hits["goes"]["document_id"])
    assert (refused.returncode, "add --yes" in refused.stderr) == (2, True)
    assert home.documents("zoo") == 2
    home.json("documents", "delete", hits["goes"]["document_id"], "--yes")
    (left,) = home.json("search", "zebra", "-d", "zoo")
    assert left["source"].endswith("stays.txt")
    refused = home.run("datasets", "delete", "zoo")
    assert (refused.returncode, "add --yes" in refused.stderr) == (2, True)
    assert home.documents("zoo") == 1
    done = home.run("datasets", "delete", "zoo", "--yes")
    assert done.stdout == "Deleted the dataset zoo with its documents: 1.\n"
    assert home.run("search", "zebra", "-d", "zoo").returncode == 1
    assert not [hit for hit in home.json("search", "zebra") if "zebra" in hit["passage"]]
    slugs = [each["slug"] for each in home.json("datasets", "list", "-n", "200")["items"]]
    assert "zoo" not in slugs
    assert json.dumps(slugs) == json.dumps(sorted(slugs))
