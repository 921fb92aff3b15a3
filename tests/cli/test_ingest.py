"""Reading files in: what goes in, what is refused, what a second run does."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.homes import Home

QUIET = "# Quiet hours\n\nNo text message is sent between nine at night and eight in the morning.\n"
FILES = 520  # three batches
REFUNDS = "# Refunds\n\nMoney goes back to the card within five days of the parcel's return.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three good files, four bad ones, and one that is none of our business."""
    made = tmp_path / "handbook"
    (made / "deep").mkdir(parents=True)
    (made / "quiet.md").write_text(QUIET)
    (made / "refunds.md").write_text(REFUNDS)
    (made / "deep" / "latin.txt").write_bytes(
        "Le café crème se boit à Orléans.\n".encode("latin-1")
    )
    (made / "empty.md").write_bytes(b"")
    (made / "binary.txt").write_bytes(bytes(range(256)) * 20)
    (made / "broken.pdf").write_bytes(b"%PDF-1.7\nnot any more")
    (made / "huge.txt").write_text("too much " * 200_000)
    (made / "logo.png").write_bytes(b"\x89PNG")
    return made


def test_good_files_go_in_and_each_bad_one_is_named_with_its_reason(
    home: Home, folder: Path
) -> None:
    done = home.run("ingest", str(folder), "--dataset", "mixed", "--max-mb", "1")
    assert done.returncode == 3
    refused = [line for line in done.stderr.splitlines() if line.startswith("refused: ")]
    reasons = {"empty.md": "empty", "binary.txt": "not text", "broken.pdf": "damaged"}
    for name, reason in (reasons | {"huge.txt": "too large"}).items():
        (line,) = [line for line in refused if name in line]
        assert reason in line
    assert len(refused) == 4
    assert "documents  3 added, 0 changed, 0 unchanged, 0 retired, 4 refused" in done.stdout
    assert "passed by  1 of types that are not read: 1 .png" in done.stdout
    assert "lexical (offline)" in done.stdout
    (hit, *_) = home.json("search", "café Orléans", "--dataset", "mixed")
    assert hit["source"] == str(folder / "deep" / "latin.txt")
    assert "Le café crème" in hit["passage"]


def test_a_second_run_does_only_what_changed(home: Home, folder: Path) -> None:
    words = ("ingest", str(folder), "-d", "again")
    home.json(*words, code=3)
    same = home.json(*words, code=3)
    assert (same["added"], same["changed"], same["unchanged"], same["embedded"]) == (0, 0, 4, 0)

    (folder / "quiet.md").write_text(QUIET.replace("eight", "seven"))
    (folder / "refunds.md").unlink()
    changed = home.json(*words, code=3)
    assert (changed["added"], changed["changed"], changed["retired"]) == (0, 1, 1)
    (document,) = [
        each
        for each in home.json("documents", "list", "-d", "again")["items"]
        if each["source_uri"].endswith("quiet.md")
    ]
    shown = home.json("documents", "show", document["id"])
    assert "seven in the morning" in shown["content"]
    assert [each["version"] for each in shown["versions"]] == [1]
    found = home.json("search", "refunds money back to the card", "-d", "again")
    assert not [hit for hit in found if hit["source"].endswith("refunds.md")]


def test_what_is_gone_stays_without_pruning(home: Home, folder: Path) -> None:
    home.json("ingest", str(folder), "-d", "kept", code=3)
    (folder / "refunds.md").unlink()
    report = home.json("ingest", str(folder), "-d", "kept", "--no-prune", code=3)
    assert report["retired"] == 0
    assert home.documents("kept") == 4


def test_metadata_is_put_on_documents_and_filters_by_it(home: Home, tmp_path: Path) -> None:
    for name, text in (("email", QUIET), ("shop", REFUNDS)):
        path = tmp_path / f"{name}.md"
        path.write_text(text)
        home.json("ingest", str(path), "-d", "teams", "-m", f"team={name}")
    words = ("search", "quiet hours and refunds", "-d", "teams")
    assert {hit["metadata"]["team"] for hit in home.json(*words)} == {"email", "shop"}
    for given in ("team=shop", '{"team": "shop"}'):
        hits = home.json(*words, "--filter", given)
        assert [hit["metadata"]["team"] for hit in hits] == ["shop"]
    wrong = home.run("ingest", str(tmp_path), "-d", "teams", "-m", "team")
    assert (wrong.returncode, "key=value" in wrong.stderr) == (2, True)


def test_a_path_that_is_not_there(home: Home, tmp_path: Path) -> None:
    alone = home.run("ingest", str(tmp_path / "nowhere"), "-d", "nothing")
    assert alone.returncode == 66
    assert "nowhere" in alone.stderr
    (tmp_path / "quiet.md").write_text(QUIET)
    words = ("ingest", str(tmp_path / "nowhere"), str(tmp_path / "quiet.md"), "-d", "some")
    beside = home.run(*words, "--json")
    assert beside.returncode == 3
    report = json.loads(beside.stdout)
    assert (report["added"], report["refused"][0]["code"]) == (1, "missing")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough files for several batches."""
    made = tmp_path_factory.mktemp("library")
    for number in range(FILES):
        rule = f"Rule {number} says that campaign {number * 7} may send {number % 13} letters."
        (made / f"{number:04}.md").write_text(f"# Rule {number}\n\n{rule}\n")
    return made


@pytest.fixture(scope="module")
def undisturbed(home: Home, library: Path) -> list[tuple[object, ...]]:
    report = home.json("ingest", str(library), "-d", "undisturbed")
    assert report["added"] == FILES
    return home.contents("undisturbed")


def assert_the_next_run_completes(
    home: Home, library: Path, dataset: str, undisturbed: list[tuple[object, ...]]
) -> None:
    before = home.documents(dataset)
    assert 0 < before < FILES
    report = home.json("ingest", str(library), "-d", dataset)
    assert (report["unchanged"], report["added"]) == (before, FILES - before)
    assert home.contents(dataset) == undisturbed


def test_interrupted_it_goes_on_where_it_stopped(
    home: Home, library: Path, undisturbed: list[tuple[object, ...]]
) -> None:
    process = home.start("ingest", str(library), "-d", "interrupted")
    home.wait_for_documents("interrupted", process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors == "Stopped. What was written stays; run the same again to go on.\n"
    assert_the_next_run_completes(home, library, "interrupted", undisturbed)


def test_a_server_killed_meanwhile_leaves_nothing_half_written(
    home: Home, library: Path, undisturbed: list[tuple[object, ...]]
) -> None:
    process = home.start("ingest", str(library), "-d", "killed")
    home.wait_for_documents("killed", process)
    postmaster = home.embedded.status().pid
    assert postmaster is not None
    os.kill(postmaster, signal.SIGKILL)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 69
    assert "The database cannot be reached" in errors
    after = home.run("datasets", "list")
    assert after.returncode == 0
    assert "recovered from its log" in after.stderr
    assert_the_next_run_completes(home, library, "killed", undisturbed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_killed_again_and_again_it_still_ends_as_if_nothing_had_been(
    home: Home, library: Path, undisturbed: list[tuple[object, ...]], seed: int
) -> None:
    """The server, or the ingest itself, killed at moments that nobody chose."""
    chance = random.Random(seed)
    for _ in range(5):
        process = home.start("ingest", str(library), "-d", f"torn-{seed}")
        time.sleep(chance.uniform(0.2, 2.5))
        postmaster = home.embedded.status().pid
        victim = process.pid if chance.random() < 0.5 or postmaster is None else postmaster
        with contextlib.suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
        process.communicate(timeout=60)
    report = home.json("ingest", str(library), "-d", f"torn-{seed}")
    assert report["unchanged"] + report["added"] == FILES
    assert home.contents(f"torn-{seed}") == undisturbed


def test_on_a_terminal_there_is_a_bar(home: Home, folder: Path) -> None:
    command = f"{sys.executable} -m neonhub.cli.main ingest {folder} -d terminal"
    env = home.environment(TERM="xterm", COLUMNS="100")
    done = subprocess.run(
        ["script", "-qec", command, "/dev/null"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=env,
        timeout=60,
        check=False,
    )
    assert "7/7" in done.stdout  # the picture is none of them
    assert "refused: " in done.stdout
