"""What a user or a script meets around every command: output, errors, signals, completion."""

import json
import os
import pty
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import neonhub as package
from tests.cli.conftest import Probe, Start, environment

JSON_OPTION = 'as_json: Annotated[bool, typer.Option("--json")] = False'
REFUSES = f"""
from neonhub.db.errors import NotFound
def command({JSON_OPTION}) -> None:
    raise NotFound(what="dataset", key="docs", hint="See postgresql://me:hunter2@host/db.")
"""
BREAKS = f"""
def command({JSON_OPTION}) -> None:
    raise RuntimeError("no way to postgresql://me:p@ss/w@host:5432/db\\nDETAIL: password=hunter2")
"""
PRINTS = """
from neonhub.cli.console import emit, table
def command(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    from datetime import UTC, datetime, timedelta
    from decimal import Decimal
    rows = [{"id": "c" * 25, "text": "[bold]a\\x1b[31m " + "long " * 40, "spent": Decimal("1.10"),
             "at": datetime(2024, 1, 2, tzinfo=UTC), "took": timedelta(seconds=1.5),
             "name": b"caf\\xe9".decode("utf-8", "surrogateescape")}]
    emit(rows, as_json=as_json,
         render=lambda rows: table(["ID", "Text"], [(r["id"], r["text"]) for r in rows]))
"""
ENDLESS = """
from neonhub.cli.console import emit
def command(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    while True:
        emit(["x" * 5000], as_json=as_json, render=RENDER)
"""
WAITS = """
from neonhub.cli.run import run
def command() -> None:
    import asyncio
    async def work() -> None:
        print("ready", flush=True)
        try:
            await asyncio.sleep(30)
        finally:
            await asyncio.sleep(0.05)
            print("cleaned up", flush=True)
    run(work)
"""


def test_version_as_text_and_as_json(neonhub: Probe) -> None:
    text, data = neonhub("version"), neonhub("version", "--json")
    assert f"neonhub {package.__version__}\n" in text.stdout
    assert json.loads(data.stdout)["version"] == package.__version__
    assert neonhub("--version").stdout == f"neonhub {package.__version__}\n"


def test_a_typed_error_is_one_message_with_its_hint(probe: Probe) -> None:
    done = probe(REFUSES)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        "error: There is no dataset 'docs'.\nhint: See postgresql://me:***@host/db.\n"
    )


def test_with_json_an_error_is_an_object_on_standard_output(probe: Probe) -> None:
    done = probe(REFUSES, "--json")
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["code"]) == (1, "not_found")
    assert error["message"] == "There is no dataset 'docs'."
    assert error["hint"] == "See postgresql://me:***@host/db."
    assert "error: There is no dataset" in done.stderr


def test_an_error_sets_its_own_exit_code(probe: Probe) -> None:
    source = """
from neonhub.db.errors import ConnectionFailed
def command() -> None:
    raise ConnectionFailed(reason="nobody listens")
"""
    assert probe(source).returncode == 69


def test_errors_of_tasks_are_shown_as_the_typed_one(probe: Probe) -> None:
    source = """
from neonhub.db.errors import NotFound
def command() -> None:
    raise ExceptionGroup("tasks", [ValueError("x"), NotFound(what="document", key="d")])
"""
    assert probe(source).stderr == "error: There is no document 'd'.\n"


def test_a_fault_is_short_and_says_how_to_see_more(probe: Probe) -> None:
    done = probe(BREAKS)
    assert done.returncode == 70
    assert done.stderr.startswith("error: RuntimeError: no way to postgresql://me:***@host:5432/db")
    assert "NEONHUB_DEBUG=1" in done.stderr
    assert "Traceback" not in done.stderr


def test_debugging_shows_the_traceback_without_passwords(probe: Probe) -> None:
    done = probe(BREAKS, "--json", NEONHUB_DEBUG="1")
    assert "Traceback" in done.stderr
    assert "RuntimeError: no way to postgresql://me:***@host:5432/db" in done.stderr
    assert json.loads(done.stdout)["error"]["code"] == "unexpected"
    assert "hunter2" not in done.stderr
    assert "p@ss" not in done.stderr


@pytest.mark.parametrize(
    ("words", "hint"), [(["versio"], "Did you mean 'version'"), (["db", "sed"], "'seed'")]
)
def test_a_mistyped_command_is_a_usage_error_with_a_suggestion(
    neonhub: Probe, words: list[str], hint: str
) -> None:
    done = neonhub(*words)
    assert done.returncode == 2
    assert hint in done.stderr
    assert json.loads(neonhub(*words, "--json").stdout)["error"]["code"] == "usage"


def test_piped_output_is_plain_whole_and_harmless(probe: Probe) -> None:
    lines = probe(PRINTS, COLUMNS="60").stdout.splitlines()
    assert len(lines) == 2
    assert lines[1].split()[0] == "c" * 25
    assert "[bold]a\N{REPLACEMENT CHARACTER}[31m " + "long " * 40 in lines[1] + " "
    assert "\x1b" not in "".join(lines)


def test_json_is_faithful(probe: Probe) -> None:
    done = probe(PRINTS, "--json")
    (row,) = json.loads(done.stdout)
    assert row["id"] == "c" * 25
    assert (row["spent"], row["at"], row["took"]) == ("1.10", "2024-01-02T00:00:00+00:00", 1500.0)
    assert row["name"] == "caf\\udce9"
    assert row["text"].startswith("[bold]a\x1b[31m long ")


def on_terminal(*words: str, **extra: str) -> str:
    """What ``neonhub`` prints where both its outputs are a terminal."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "neonhub.cli.main", *words]
    env = environment(TERM="xterm", **extra)
    subprocess.run(command, stdout=theirs, stderr=theirs, env=env, timeout=30, check=False)
    os.close(theirs)
    with os.fdopen(ours, "rb") as screen:
        return screen.read1().decode()


def test_colour_is_for_terminals_and_no_color_turns_it_off() -> None:
    assert "\x1b[1;31merror:" in on_terminal("nope")
    assert on_terminal("nope", NO_COLOR="1").startswith("error: No such command")


@pytest.mark.parametrize("render", ["str", "lambda data: __import__('rich.text').text.Text('x')"])
@pytest.mark.parametrize("words", [[], ["--json"]])
def test_a_reader_that_leaves_ends_the_program_quietly(
    start: Start, render: str, words: list[str]
) -> None:
    process = start(ENDLESS.replace("RENDER", render), *words)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    process.stdout = None
    assert process.communicate(timeout=30)[1] == ""
    assert process.returncode == 141


def test_a_reader_that_never_reads_ends_the_program_quietly(start: Start) -> None:
    process = start("import time\ndef command(): time.sleep(0.2); print('one line')")
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    assert process.communicate(timeout=30)[1] == ""
    assert process.returncode == 141


def test_a_broken_pipe_that_is_not_the_output_is_reported(probe: Probe) -> None:
    done = probe("def command(): raise BrokenPipeError(32, 'the server hung up')")
    assert done.returncode == 70
    assert "the server hung up" in done.stderr


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        (">&-", "it is closed"),
        ("> /dev/full", "No space left on device"),
        ("1< /dev/null", "Bad file descriptor"),
    ],
)
@pytest.mark.parametrize("words", ["version", "version --json", "--help"])
def test_output_that_cannot_be_written_is_no_success(where: str, reason: str, words: str) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m neonhub.cli.main {words} {where}"],
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        timeout=30,
        check=False,
    )
    assert done.returncode == 74
    assert done.stderr == f"error: Standard output cannot be written: {reason}.\n"


@pytest.mark.parametrize("word", ["", "--json"])
def test_output_that_fails_midway_is_told_as_such(start: Start, word: str, tmp_path: Path) -> None:
    start(ENDLESS.replace("RENDER", "str"), "--help").communicate(timeout=30)
    command = f"{sys.executable} {tmp_path / 'driver.py'} probe {word}"
    done = subprocess.run(
        ["bash", "-c", f"{command} > /dev/full"],
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        timeout=30,
        check=False,
    )
    assert done.returncode == 74
    assert done.stderr == "error: Standard output cannot be written: No space left on device.\n"


def test_an_error_is_told_even_where_its_json_cannot_be_written() -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m neonhub.cli.main versio --json > /dev/full"],
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: No such command 'versio'")


def test_libraries_log_for_who_debugs_and_neonhub_for_all(probe: Probe) -> None:
    source = """
import logging
from neonhub.cli.run import run
def command() -> None:
    async def work() -> None:
        logging.getLogger("psycopg").warning("error ignored terminating <psycopg.AsyncCopy>")
        logging.getLogger("neonhub.db").warning("the disk is nearly full")
    run(work)
"""
    assert probe(source).stderr == "the disk is nearly full\n"
    for debugging in ({"NEONHUB_DEBUG": "1"}, {"NEONHUB_LOG_LEVEL": "debug"}):
        assert "error ignored terminating" in probe(source, **debugging).stderr


def test_a_database_that_does_not_answer_leads_to_its_address(neonhub: Probe) -> None:
    with socket.socket() as bound:  # bound, and not listening: whoever knocks is turned away
        bound.bind(("127.0.0.1", 0))
        url = f"postgresql://me:secret@127.0.0.1:{bound.getsockname()[1]}/db"
        done = neonhub("datasets", "list", DATABASE_URL=url)
    assert done.returncode == 69
    assert "error: The database cannot be reached" in done.stderr
    assert "hint: Check DATABASE_URL: is the server running" in done.stderr
    assert "secret" not in done.stderr


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_cancel_the_work_and_let_it_clean_up(
    start: Start, sent: signal.Signals, code: int
) -> None:
    process = start(WAITS)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(sent)
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, output, errors) == (code, "cleaned up\n", "")


def test_run_returns_the_result_and_passes_errors_on(probe: Probe) -> None:
    source = """
from neonhub.cli.run import run
def command(fail: bool = False) -> None:
    async def work() -> int:
        return 1 // (not fail)
    print(run(work))
"""
    assert probe(source).stdout == "1\n"
    assert "ZeroDivisionError" in probe(source, "--fail").stderr


def complete(neonhub: Probe, line: str) -> list[str]:
    """The words that bash is offered after ``line``."""
    done = neonhub(
        _NEONHUB_COMPLETE="complete_bash",
        COMP_WORDS=line,
        COMP_CWORD=str(len(line.split(" ")) - 1),
    )
    return done.stdout.split()


def test_the_shell_completes_commands_and_their_options(neonhub: Probe) -> None:
    assert complete(neonhub, "neonhub ver") == ["version"]
    assert complete(neonhub, "neonhub db s") == ["seed", "status", "stop"]
    assert complete(neonhub, "neonhub version --js") == ["--json"]
    assert "_NEONHUB_COMPLETE=complete_bash" in neonhub(_NEONHUB_COMPLETE="source_bash").stdout
