"""squawk, asked about the statements of a migration: its rules know what SQL is slow or unsafe."""

from __future__ import annotations

import json
import shutil
import subprocess
import sysconfig
from bisect import bisect_right
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from neonhub.db.errors import NeonHubError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Advice", "SquawkFailed", "SquawkMissing", "ask"]

# Taste (types, IF NOT EXISTS), what is looked at rather than read here (locks, time limits,
# transactions), and what is told as destructive.
_LEFT = (
    "prefer-bigint-over-int",
    "prefer-bigint-over-smallint",
    "prefer-identity",
    "prefer-robust-stmts",
    "prefer-text-field",
    "require-timeout-settings",
    "require-lock-timeout",
    "require-statement-timeout",
    "transaction-nesting",
    "ban-uncommitted-transaction",
    "ban-concurrent-index-creation-in-transaction",
    "ban-drop-column",
    "ban-drop-table",
    "renaming-column",
    "renaming-table",
)


class SquawkMissing(NeonHubError):
    """squawk, which reads the SQL of migrations, is not installed."""

    hint = "pip install 'neonhub[ops]'"
    exit_code = 69


class SquawkFailed(NeonHubError):
    """squawk could not read the SQL: {reason}."""

    exit_code = 70


class Advice(NamedTuple):
    """What squawk says of the statement at ``place``; ``line`` counts from 0 within it."""

    place: int
    line: int
    rule: str
    message: str
    remedy: str


def ask(statements: Sequence[str], version: str) -> list[Advice]:
    """Its advice on these statements, for a server of ``version``: ``"18.0"``.

    One that squawk cannot parse, and PostgreSQL can, hides all the others from it: it is left out,
    and has the advice ``unread``. Raises ``SquawkMissing``, ``SquawkFailed``.
    """
    made, unread = [], set[int]()
    advice = _ask(statements, version) if statements else []
    while strange := {each.place for each in advice if each.rule == "syntax-error"} - unread:
        unread |= strange
        readable = ["" if n in unread else sql for n, sql in enumerate(statements)]
        advice = _ask(readable, version)
    made = [Advice(place, 0, "unread", "squawk cannot read this.", "") for place in unread]
    return [*made, *(each for each in advice if each.place not in unread)]


def _ask(statements: Sequence[str], version: str) -> list[Advice]:
    starts, text, line = [], "", 0
    for sql in statements:
        starts.append(line)
        text += f"{sql.rstrip().rstrip(';')}\n;\n"
        line = text.count("\n")
    made = []
    for each in _run(text, version):
        place = bisect_right(starts, each["line"]) - 1
        remedy, at = each.get("help") or "", each["line"] - starts[place]
        made.append(Advice(place, at, each["rule_name"], each["message"], remedy))
    return made


def _run(text: str, version: str) -> list[dict[str, Any]]:
    command = [_program(), "--reporter=json", f"--pg-version={version}", "--assume-in-transaction"]
    command += [f"--exclude={rule}" for rule in _LEFT]
    done = subprocess.run(
        [*command, "--stdin-filepath=migration.sql"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",  # where no file of settings lies
    )
    try:
        found: list[dict[str, Any]] = json.loads(done.stdout or "[]")
    except json.JSONDecodeError as error:
        raise SquawkFailed(reason=done.stderr.strip() or str(error)) from error
    if done.returncode not in {0, 1} or (done.stderr.strip() and not done.stdout.strip()):
        raise SquawkFailed(reason=done.stderr.strip())
    return found


def _program() -> str:
    """Beside this Python, as pip puts it, or else in PATH."""
    beside = Path(sysconfig.get_path("scripts")) / "squawk"
    found = str(beside) if beside.is_file() else shutil.which("squawk")
    if found is None:
        raise SquawkMissing
    return found
