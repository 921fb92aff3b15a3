"""`neonhub db backup`, `verify` and `restore`, as an operator types them."""

from __future__ import annotations

import os
from pathlib import Path

import psycopg
import pytest

from tests.cli.homes import Home


def test_backed_up_verified_and_restored(home: Home, tmp_path: Path) -> None:
    taken = home.json("db", "backup", "--to", str(tmp_path))
    folder = taken["folder"]
    assert Path(folder).parent == tmp_path

    found = home.json("db", "verify", folder)
    assert (found["faults"], found["rows"]) == ([], taken["rows"])

    done = home.json("db", "restore", folder, "--into", "again")
    assert (done["database"], done["before"]) == ("again", None)
    again = home.run("db", "restore", folder, "--into", "again")
    assert again.returncode == 73
    assert "There is a database again already." in again.stderr


def test_backups_and_base_backups_of_one_folder_are_both_listed(home: Home, tmp_path: Path) -> None:
    folder = home.json("db", "backup", "--to", str(tmp_path))["folder"]
    assert home.json("db", "backups", str(tmp_path))["server"] is None
    (tmp_path / "base").mkdir()
    (tmp_path / "wal").mkdir()

    found = home.json("db", "backups", str(tmp_path))

    assert [each["where"] for each in found["backups"]] == [folder]
    assert found["server"]["bases"] == []
    shown = home.run("db", "backups", str(tmp_path)).stdout
    assert folder in shown and "No base backup." in shown and "The log: 0 pieces" in shown


def test_a_damaged_one_ends_verify_with_1_and_none_with_2(home: Home, tmp_path: Path) -> None:
    folder = Path(home.json("db", "backup", "--to", str(tmp_path))["folder"])
    os.truncate(next((folder / "dump").glob("*.gz")), 3)

    damaged = home.json("db", "verify", str(folder), code=1)
    assert "was altered" in damaged["error"]["message"]
    (empty := tmp_path / "empty").mkdir()
    assert "is no backup" in home.json("db", "verify", str(empty), code=2)["error"]["message"]


def test_the_live_database_is_not_replaced_unasked(home: Home, tmp_path: Path) -> None:
    folder = home.json("db", "backup", "--to", str(tmp_path))["folder"]

    refused = home.run("db", "restore", folder, "--in-place")

    assert refused.returncode == 2
    assert "--yes" in refused.stderr


@pytest.mark.slow
def test_encrypted_listed_and_a_part_put_back(home: Home, tmp_path: Path) -> None:
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    (tmp_path / "key.txt").write_text(f"{identity}\n", "utf-8")
    place, to = str(tmp_path / "backups"), str(identity.to_public())
    taken = home.json("db", "backup", "--to", place, "--encrypt-to", to, "--keep-daily", "2")
    (listed,) = home.json("db", "backups")["backups"]
    assert (listed["where"], listed["encrypted"]) == (taken["folder"], True)

    shut = home.run("db", "verify", taken["folder"])
    assert (shut.returncode, "--identity" in shut.stderr) == (2, True)
    part = ("--table", "connectors", "--in-place", "--yes", "-i", str(tmp_path / "key.txt"))
    before = home.rows("SELECT count(*) FROM connectors")
    with psycopg.connect(home.dsn()) as conn:
        conn.execute("DELETE FROM connectors")
    done = home.run("db", "restore", taken["folder"], *part)
    assert done.returncode == 0, done.stderr
    assert home.rows("SELECT count(*) FROM connectors") == before > [(0,)]
    wrong = home.run("db", "restore", taken["folder"], "--workspace", "primary")
    assert (wrong.returncode, "--in-place" in wrong.stderr) == (2, True)
