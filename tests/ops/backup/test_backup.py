"""Backups: whole or not there, proven by restoring, refused when they are not what they were."""

from __future__ import annotations

import gzip
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import psycopg
import pytest

from neonhub.db.errors import InvalidInput
from neonhub.db.ids import cuid
from neonhub.ops.backup.fingerprints import Fingerprint, fingerprints
from neonhub.ops.backup.listing import listed, rotate
from neonhub.ops.backup.manifest import (
    DUMP,
    MANIFEST,
    BackupDamaged,
    Manifest,
    NoBackup,
    NotReadable,
    load,
)
from neonhub.ops.backup.opening import BackupUnknown
from neonhub.ops.backup.places import Folder, NoRoom
from neonhub.ops.backup.programs import ProgramFailed
from neonhub.ops.backup.restore import DatabaseExists, restore, verify
from neonhub.ops.backup.rotation import Rule
from neonhub.ops.backup.take import backup, backups
from neonhub.ops.drift import drift
from tests.databases import Database, Server


def without_log(tables: dict[str, Fingerprint]) -> dict[str, Fingerprint]:
    """All but what each backup adds to."""
    return {name: each for name, each in tables.items() if name != "neonhub.operation_log"}


def databases(server: Server) -> set[str]:
    with server.admin() as conn:
        return {str(name) for (name,) in conn.execute("SELECT datname FROM pg_database")}


def test_what_is_restored_is_what_was_there(
    server: Server, demo: Database, taken: tuple[Path, Manifest]
) -> None:
    folder, made = taken
    name = f"{demo.name}_again"
    before = databases(server)

    done = restore(demo.admin_dsn, folder, into=name)

    assert (done.database, done.before, done.verified.faults) == (name, None, [])
    assert done.verified.rows == made.rows > 10_000
    assert databases(server) - before == {name}
    restored = server.database(name)
    with demo.admin() as one, restored.admin() as other:
        with one.transaction(), other.transaction():
            assert fingerprints(other) == made.tables
            assert without_log(fingerprints(one)) == without_log(made.tables)
        assert one.execute(  # settings that plans rely on
            "SELECT setconfig FROM pg_db_role_setting WHERE setrole = 0"
        ).fetchall()
    assert drift(restored.admin_dsn).findings == []
    with restored.connect() as conn:
        assert conn.execute("SELECT count(*) FROM people").fetchone() == (0,)
    server.drop(name)


def test_the_drill_leaves_nothing(
    server: Server, demo: Database, taken: tuple[Path, Manifest]
) -> None:
    before = databases(server)

    found = verify(demo.admin_dsn, taken[0])

    assert (found.faults, found.rows) == ([], taken[1].rows)
    assert databases(server) == before


def test_it_is_of_one_moment_though_others_write(demo: Database, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        with demo.admin() as conn:
            while not stop.is_set():
                with conn.transaction():  # as many users as organizations are new
                    new = cuid()
                    conn.execute(
                        "INSERT INTO users (id, email) VALUES (%s, %s)", [new, f"{new}@example.com"]
                    )
                    conn.execute(
                        "INSERT INTO organizations (id, slug, name) VALUES (%s, %s, 'n')",
                        [new, new],
                    )

    with demo.admin() as conn:
        counts = "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM organizations)"
        users, organizations = conn.execute(counts).fetchone() or (0, 0)
    writer = threading.Thread(target=write)
    writer.start()
    try:
        folder, made = backup(demo.admin_dsn, tmp_path)
    finally:
        stop.set()
        writer.join()

    new = made.tables["public.users"].rows - int(str(users))
    assert new == made.tables["public.organizations"].rows - int(str(organizations))
    assert verify(demo.admin_dsn, folder).faults == []


def test_in_place_the_old_one_is_kept(server: Server, taken: tuple[Path, Manifest]) -> None:
    live = server.clone()
    user = cuid()
    with live.admin() as conn:
        conn.execute("INSERT INTO users (id, email) VALUES (%s, 'later@example.com')", [user])

    with live.connect() as held:  # whoever is connected is cut off
        done = restore(live.admin_dsn, taken[0], in_place=True, trust=True)
        with pytest.raises(psycopg.Error):
            held.execute("SELECT 1")

    assert done.database == live.name
    assert done.before is not None
    find = "SELECT count(*) FROM users WHERE id = %s"
    with live.admin() as conn:
        assert conn.execute(find, [user]).fetchone() == (0,)
        assert conn.execute("SELECT count(*) > 0 FROM people").fetchone() == (True,)
    with server.database(done.before).admin() as conn:
        assert conn.execute(find, [user]).fetchone() == (1,)
    server.drop(done.before)


def _truncated(folder: Path) -> str:
    file = max((folder / DUMP).glob("*.gz"), key=lambda path: path.stat().st_size)
    os.truncate(file, file.stat().st_size // 2)
    return f"the file dump/{file.name} was altered"


def _altered(folder: Path) -> str:
    file = max((folder / DUMP).glob("*.gz"), key=lambda path: path.stat().st_size)
    text = gzip.decompress(file.read_bytes())
    file.write_bytes(gzip.compress(text.replace(b"a", b"b", 1)))
    return f"the file dump/{file.name} was altered"


def _lost(folder: Path) -> str:
    file = next((folder / DUMP).glob("*.gz"))
    file.unlink()
    return f"the file dump/{file.name} is missing"


def _more(folder: Path) -> str:
    (folder / DUMP / "stray").write_text("x")
    return "the file dump/stray is not of it"


def _manifest_altered(folder: Path) -> str:
    path = folder / MANIFEST
    path.write_text(path.read_text("utf-8").replace('"database": "', '"database": "x', 1), "utf-8")
    return "manifest.json was altered"


def _manifest_cut(folder: Path) -> str:
    path = folder / MANIFEST
    os.truncate(path, path.stat().st_size // 2)
    return "manifest.json is no JSON"


@pytest.mark.parametrize(
    "spoil", [_truncated, _altered, _lost, _more, _manifest_altered, _manifest_cut]
)
def test_a_spoilt_backup_is_refused(
    server: Server, demo: Database, copied: Path, spoil: object
) -> None:
    assert callable(spoil)
    reason = spoil(copied)
    before = databases(server)

    for refuse in (verify, restore):
        with pytest.raises(BackupDamaged) as caught:
            refuse(demo.admin_dsn, copied)
        assert reason in str(caught.value)
    assert databases(server) == before


def test_of_a_folder_of_backups_the_newest_is_proven(
    demo: Database, taken: tuple[Path, Manifest], tmp_path: Path
) -> None:
    older, newer = (tmp_path / f"2026010{day}T000000000000Z_db" for day in (1, 2))
    for each in (older, newer):
        shutil.copytree(taken[0], each)
    (older / MANIFEST).write_bytes(b"")
    told: list[str] = []

    found = verify(demo.admin_dsn, tmp_path, trust=True, notify=told.append)

    assert (found.faults, found.backup) == ([], newer.name)
    assert told[0] == f"The newest backup there is {newer}."
    (newer / MANIFEST).write_bytes(b"{\xff")
    with pytest.raises(BackupDamaged, match=r"manifest\.json is no text from byte 1 on"):
        verify(demo.admin_dsn, tmp_path)


def test_what_is_no_backup_is_refused(demo: Database, copied: Path, tmp_path: Path) -> None:
    with pytest.raises(NoBackup, match="it holds backups"):
        restore(demo.admin_dsn, tmp_path)
    with pytest.raises(NoBackup, match="there is no such folder") as caught:
        verify(demo.admin_dsn, tmp_path / "mistyped")
    assert f"db backups {tmp_path}" in (caught.value.hint or "")
    (tmp_path / "another's").mkdir()
    with pytest.raises(NoBackup, match="it has no manifest"):
        verify(demo.admin_dsn, tmp_path / "another's")
    (copied / MANIFEST).write_bytes(orjson.dumps({"format": 99}))
    with pytest.raises(NoBackup, match="is not one of this"):
        verify(demo.admin_dsn, copied)


def test_what_cannot_be_read_is_not_damaged_for_that(
    demo: Database, copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = next((copied / DUMP).glob("*.gz"))
    file.unlink()
    file.symlink_to(file)  # the disk fails, say: too many levels of symbolic links
    with pytest.raises(NotReadable, match="cannot be read: Too many levels"):
        verify(demo.admin_dsn, copied)
    (shown,) = listed(tmp_path)
    assert (shown.fault, shown.failed) == (None, "not_readable")

    def refused(_folder: Folder, _name: str, _file: str) -> bytes:
        raise PermissionError(13, "Permission denied")

    shutil.copytree(copied, tmp_path / f"2020{copied.name[4:]}", symlinks=True)
    with monkeypatch.context() as patch:
        patch.setattr(Folder, "read", refused)
        assert {each.fault for each in listed(tmp_path)} == {"Permission denied"}
        assert rotate(Folder(tmp_path), Rule(last=1)) == []
    assert len(rotate(Folder(tmp_path), Rule(last=1))) == 1


def test_rows_that_differ_are_told(demo: Database, copied: Path) -> None:
    """A dump and a manifest that are each whole, but not of one another, and not remembered."""
    copied = copied.rename(copied.with_name("20000101T000000000000Z_another"))
    made = load(copied)
    tables = dict(made.tables)
    users, people = tables["public.users"], tables["public.people"]
    tables["public.users"] = users._replace(rows=users.rows + 1)
    tables["public.people"] = people._replace(checksum="1")
    tables["public.lost"] = people
    del tables["public.tools"]
    fields = {name: getattr(made, name) for name in Manifest.__slots__} | {"tables": tables}
    Manifest(**fields).write(copied)

    assert verify(demo.admin_dsn, copied, trust=True).faults == [
        "the table public.lost is missing",
        "public.people has other rows than it had",
        "the table public.tools was not backed up",
        f"public.users has {users.rows:,} rows and had {users.rows + 1:,}",
    ]


def test_what_the_database_did_not_take_is_refused_unless_trusted(
    demo: Database, taken: tuple[Path, Manifest], empty_database: Database
) -> None:
    """Restoring a dump runs what is in it: one from elsewhere takes a word of the operator's."""
    with pytest.raises(BackupUnknown):
        verify(empty_database.admin_dsn, taken[0])
    with pytest.raises(BackupUnknown):
        restore(empty_database.admin_dsn, taken[0], into=f"{demo.name}_elsewhere")
    assert verify(empty_database.admin_dsn, taken[0], trust=True).faults == []


def test_a_name_that_is_taken_is_refused(demo: Database, taken: tuple[Path, Manifest]) -> None:
    with pytest.raises(DatabaseExists):
        restore(demo.admin_dsn, taken[0], into=demo.name)


def test_older_ones_go(demo: Database, tmp_path: Path) -> None:
    folders = [backup(demo.admin_dsn, tmp_path, keep=2)[0] for _ in range(3)]

    assert backups(tmp_path) == folders[1:]


def test_a_folder_that_cannot_be_written_is_named(demo: Database, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")

    with pytest.raises(InvalidInput, match="no backup can be written there"):
        backup(demo.admin_dsn, tmp_path / "file")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of half a megabyte."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", folder],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip("mounting a small file system takes root")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_leaves_nothing(demo: Database, small_disk: Path) -> None:
    with pytest.raises((ProgramFailed, NoRoom), match=r"No space left|could not write"):
        backup(demo.admin_dsn, small_disk)

    assert list(small_disk.iterdir()) == []


_CHILD = """
import sys, pathlib
from neonhub.ops.backup.restore import restore
from neonhub.ops.backup.take import backup
dsn, what, path, name = sys.argv[1:]
print("begins", flush=True)
if what == "backup":
    backup(dsn, pathlib.Path(path))
else:
    restore(dsn, pathlib.Path(path), into=name)
"""


def killed(dsn: str, what: str, path: Path, name: str, after: float) -> None:
    words = [sys.executable, "-c", _CHILD, dsn, what, str(path), name]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(after)
        child.send_signal(signal.SIGKILL)


def test_killed_at_any_moment_it_can_be_taken_again(demo: Database, tmp_path: Path) -> None:
    killed(demo.admin_dsn, "backup", tmp_path, "", random.uniform(0, 0.5))
    whole = backups(tmp_path)
    for folder in whole:  # it was done before it was killed
        assert verify(demo.admin_dsn, folder).faults == []

    folder, _ = backup(demo.admin_dsn, tmp_path)

    assert sorted(tmp_path.iterdir()) == [*whole, folder]
    assert verify(demo.admin_dsn, folder).faults == []


def test_a_restore_that_is_killed_leaves_no_half_database(
    server: Server, demo: Database, taken: tuple[Path, Manifest]
) -> None:
    name = f"{demo.name}_killed"
    killed(demo.admin_dsn, "restore", taken[0], name, random.uniform(0.1, 1.5))

    if name not in databases(server):
        deadline = time.monotonic() + 20
        while True:  # sessions of the killed end by themselves
            try:
                restore(demo.admin_dsn, taken[0], into=name)
                break
            except DatabaseExists:  # it was being renamed when it was killed
                break
        while left := {each for each in databases(server) if each.startswith("neonhub_scratch_")}:
            assert time.monotonic() < deadline, left
            time.sleep(0.2)
            verify(demo.admin_dsn, taken[0])
    with server.database(name).admin() as conn, conn.transaction():
        assert fingerprints(conn) == taken[1].tables
    server.drop(name)
