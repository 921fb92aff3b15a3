"""Reading files in: what goes in, what is refused, what a second run does."""

import contextlib
import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from neonhub.cli._watch import Watch
from neonhub.domains.knowledge.progress import Failure
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


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("",), "a path is empty; an unset variable?"),
        ((".", ""), "a path is empty; an unset variable?"),
        ((".", "--max-mb", "inf"), "not a finite number"),
        ((".", "--max-mb", "1e400"), "not a finite number"),
        ((".", "--max-mb", "nan"), "not a finite number"),
        ((".", "--max-mb", "1e300"), "out of range"),
        ((".", "--max-mb", "0"), "out of range"),
        ((".", "--max-mb", "-1"), "out of range"),
        ((".", "-m", "k=\udcff"), "not valid UTF-8"),
        ((".", "-m", "\udcff=v"), "not valid UTF-8"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_read(
    home: Home, words: tuple[str, ...], complaint: str
) -> None:
    done = home.run("ingest", *words, "-d", "senseless")
    assert (done.returncode, done.stdout) == (2, "")
    assert complaint in done.stderr
    assert home.rows("SELECT 1 FROM datasets WHERE slug = 'senseless'") == []


def test_a_file_that_may_not_be_read_is_refused_in_words(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "loop.md"
    path.symlink_to(path)
    (tmp_path / "quiet.md").write_text(QUIET)
    (line,) = home.run("ingest", str(tmp_path), "-d", "loop").stderr.splitlines()
    assert line == f"refused: {path}: {os.strerror(errno.ELOOP)}"


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("[Errno 13] Permission denied: '/a/it''s.md'", "it may not be read by this user"),
        ("Permission denied", "it may not be read by this user"),
        ("[Errno 2] No such file or directory: '/a/b.md'", "it disappeared while it was to be"),
        ("[Errno 5] Input/output error: '/a/b.md'", "Input/output error"),
    ],
)
def test_what_the_system_says_of_a_file_is_put_in_words(
    told: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    watch = Watch(set(), None)
    watch.failed(Failure("/a/b.md", "unreadable", told))
    line = capsys.readouterr().err
    assert line.startswith(f"refused: /a/b.md: {shown}")
    assert "Errno" not in line
    assert watch.refused[0].message in line


def test_the_summary_says_which_dataset_a_name_stands_for(home: Home, tmp_path: Path) -> None:
    (tmp_path / "quiet.md").write_text(QUIET)
    for name, line in (("a/b", "dataset    a-b (for 'a/b')"), ("a-b", "dataset    a-b")):
        done = home.run("ingest", str(tmp_path), "-d", name)
        assert done.stdout.splitlines()[0] == line


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


def test_an_emptied_folder_and_one_out_of_reach(home: Home, tmp_path: Path) -> None:
    emptied, away = tmp_path / "emptied", tmp_path / "away"
    for folder in (emptied, away):
        folder.mkdir()
        (folder / "quiet.md").write_text(QUIET)
        home.json("ingest", str(folder), "-d", "leaving")
        (folder / "quiet.md").unlink()
    away.rmdir()
    assert home.json("ingest", str(emptied), "-d", "leaving")["retired"] == 1
    lost = home.run("ingest", str(away), "-d", "leaving")
    assert (lost.returncode, "1 document" in lost.stderr) == (66, True)
    assert home.documents("leaving") == 1


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
    assert "error: The database cannot be reached" in errors
    assert errors.endswith("hint: What was written stays; run the same again to go on.\n")
    assert len(errors.splitlines()) == 2  # nothing that a library says on its own
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
