"""A server of another version than the embedded one: its files are for its own programs."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import orjson
import pytest

from neonhub.db import _pg_programs
from neonhub.ops.backup.programs import VersionMissing, program
from neonhub.ops.physical.base import ABOUT, BASES
from neonhub.ops.physical.recover import OtherVersion, recover

EMBEDDED = int(_pg_programs.find().major)


def test_a_program_of_the_servers_version_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert program("pg_verifybackup", EMBEDDED) == program("pg_verifybackup")
    with pytest.raises(VersionMissing, match="no pg_verifybackup of PostgreSQL 9 here"):
        program("pg_verifybackup", 9)

    other = tmp_path / "pg_verifybackup"
    other.write_text("#!/bin/sh\necho 'pg_verifybackup (PostgreSQL) 9.6.24 (Debian)'\n")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    assert program("pg_verifybackup", 9) == str(other)
    assert program("pg_verifybackup") != str(other)


def test_a_base_backup_of_another_version_is_refused_before_anything_is_copied(
    tmp_path: Path,
) -> None:
    base = tmp_path / "of" / BASES / "20260101T000000000000Z_full"
    base.mkdir(parents=True)
    about: dict[str, object] = {"name": base.name, "parent": None, "system": "1"}
    about |= {"version": "17.11 (Debian)"}
    about |= {"until": dt.datetime.now(dt.UTC), "seconds": 1.0, "size": 1}
    (base / ABOUT).write_bytes(orjson.dumps(about))

    with pytest.raises(OtherVersion, match="is of PostgreSQL 17, and the embedded server is of"):
        recover(tmp_path / "of", None, tmp_path / "into" / "home")

    assert list(tmp_path.iterdir()) == [tmp_path / "of"]
