"""A server of an older PostgreSQL, where this machine has its programs."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@contextlib.contextmanager
def older_server() -> Iterator[str]:
    """Its URL; the test is skipped where there is none."""
    found = [
        each
        for each in Path("/usr/lib/postgresql").glob("*/bin/postgres")
        if int(each.parts[-3]) < 17
    ]
    if not found:
        pytest.skip("no PostgreSQL before 17 is installed here")
    programs, home = found[0].parent, Path(tempfile.mkdtemp(prefix="neonhub-older-"))
    who = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    shutil.chown(home, who.pw_uid, who.pw_gid)
    other: dict[str, Any] = {"user": who.pw_uid, "group": who.pw_gid} if os.geteuid() == 0 else {}

    def run(program: str, *words: str) -> None:
        subprocess.run(
            [str(programs / program), *words],
            check=True, cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **other,
        )  # fmt: skip

    data = str(home / "data")
    run("initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync")
    run("pg_ctl", "-D", data, "-w", "-o", f"-k {home} -c listen_addresses= -F", "-l",
        str(home / "log"), "start")  # fmt: skip
    try:
        yield f"host={home} user=postgres dbname=postgres"
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(home, ignore_errors=True)
