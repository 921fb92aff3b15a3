"""Backups in storage of the S3 protocol: there when whole, refused when they were spoilt."""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from neonhub.db.errors import InvalidInput
from neonhub.ops.backup.bucket import Bucket, StorageFailed
from neonhub.ops.backup.listing import listed
from neonhub.ops.backup.manifest import BackupDamaged, Manifest, NoBackup
from neonhub.ops.backup.places import MANIFEST
from neonhub.ops.backup.restore import restore, verify
from neonhub.ops.backup.rotation import Rule
from neonhub.ops.backup.take import backup
from tests.databases import Database, Server
from tests.ops.backup.storage import Storage, here, storage

PLACE = "s3://backups/neonhub/nightly"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    with storage(tmp_path_factory.mktemp("storage")) as made:
        yield made


@pytest.fixture(autouse=True)
def keys(served: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in served.environment.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def stored(served: Storage, demo: Database) -> tuple[str, Manifest]:
    """A backup in the bucket, not to be changed."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in served.environment.items():
            patch.setenv(name, value)
        return backup(demo.admin_dsn, PLACE)


def name_of(where: str) -> str:
    return where.rpartition("/")[2]


def test_taken_listed_verified_and_restored(
    server: Server, demo: Database, stored: tuple[str, Manifest], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    where, made = stored
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    (before,) = [each for each in listed(PLACE) if each.where == where]
    assert (before.size, before.revision, before.verified) == (made.size, made.revision, None)

    assert verify(demo.admin_dsn, where).faults == []
    assert listed(PLACE)[-1].where.endswith(verify(demo.admin_dsn, PLACE).backup)

    (after,) = [each for each in listed(PLACE) if each.where == where]
    assert after.verified is not None
    name = f"{demo.name}_from_bucket"
    assert restore(demo.admin_dsn, where, into=name).verified.rows == made.rows
    server.drop(name)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_is_large_goes_in_parts(served: Storage, tmp_path: Path) -> None:
    content = random.randbytes(21 << 20)
    (tmp_path / "large").write_bytes(content)
    bucket = Bucket.at(PLACE)

    assert bucket._upload(tmp_path / "large", "other/large") == len(content)

    assert (served.root / "backups/neonhub/nightly/other/large").read_bytes() == content
    bucket._delete(["other/large"])


def test_older_ones_go(served: Storage, database: Database) -> None:
    place = "s3://backups/rotated"
    taken = [backup(database.admin_dsn, place, keep=Rule(last=2))[0] for _ in range(3)]

    assert [each.where for each in listed(place)] == [taken[2], taken[1]]
    assert {path.partition("/")[0] for path in served.files("backups", "rotated")} == {
        name_of(taken[1]),
        name_of(taken[2]),
    }


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda path: os.truncate(path, path.stat().st_size // 2), "was altered"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1] + b"x"), "was altered"),
        (lambda path: Bucket.at(PLACE)._delete([_key(path)]), "is missing"),
    ],
)
def test_a_spoilt_object_is_refused(
    served: Storage, demo: Database, stored: tuple[str, Manifest], spoil: object, reason: str
) -> None:
    assert callable(spoil)
    folder = served.root / "backups/neonhub/nightly" / name_of(stored[0]) / "dump"
    path = max(folder.iterdir(), key=lambda each: each.stat().st_size)
    whole = path.read_bytes()
    spoil(path)
    try:
        with pytest.raises(BackupDamaged, match=f"dump/{path.name} {reason}"):
            verify(demo.admin_dsn, stored[0])
    finally:
        name, _, file = _key(path).partition("/")
        Bucket.at(PLACE).write(name, file, whole)


def _key(path: Path) -> str:
    return "/".join(path.parts[-3:])


@pytest.mark.parametrize(
    ("place", "environment", "said"),
    [
        ("s3://nosuch/x", {}, "NoSuchBucket"),
        (PLACE, {"AWS_SECRET_ACCESS_KEY": "wrong"}, "SignatureDoesNotMatch"),
        (PLACE, {"AWS_ACCESS_KEY_ID": "nobody"}, "InvalidAccessKeyId"),
    ],
)
def test_what_the_storage_refuses_is_told_before_the_dump(
    demo: Database, monkeypatch: pytest.MonkeyPatch, place: str,
    environment: dict[str, str], said: str,
) -> None:  # fmt: skip
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for do in (lambda: backup(demo.admin_dsn, place), lambda: listed(place)):
        with pytest.raises(StorageFailed, match=said) as caught:
            do()
        assert caught.value.hint


def test_names_that_are_none(demo: Database) -> None:
    for place in ("gs://bucket/x", "s3:///x", "https://example.com/x"):
        with pytest.raises(InvalidInput, match="a folder, or s3://bucket/prefix"):
            backup(demo.admin_dsn, place)
    with pytest.raises(NoBackup, match="it has no manifest"):
        verify(demo.admin_dsn, f"{PLACE}/nosuch")


_CHILD = """
import sys
from neonhub.ops.backup.take import backup
print("begins", flush=True)
backup(sys.argv[1], sys.argv[2])
"""


def started(dsn: str, place: str, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, dsn, place],
        env=here() | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdout is not None
    child.stdout.readline()
    return child


def wait_for_objects(served: Storage, *prefix: str) -> None:
    deadline = time.monotonic() + 30
    while not any("dump/" in path for path in served.files("backups", *prefix)):
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_killed_while_it_uploads_it_is_no_backup_and_the_next_is(
    served: Storage, demo: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = "s3://backups/killed"
    with started(demo.admin_dsn, place, served.environment) as child:
        wait_for_objects(served, "killed")
        time.sleep(random.uniform(0, 0.1))
        child.send_signal(signal.SIGKILL)
    left = served.files("backups", "killed")
    if not any(path.endswith(MANIFEST) for path in left):  # it was not done by then
        assert listed(place) == []

    where, _ = backup(demo.admin_dsn, place)

    assert verify(demo.admin_dsn, where).faults == []
    # What was left is taken away when it is surely nobody's: a day later.
    monkeypatch.setattr("neonhub.ops.backup.bucket._ABANDONED", dt.timedelta(seconds=-5))
    Bucket.at(place)._clear()
    names = {path.partition("/")[0] for path in served.files("backups", "killed")}
    assert names == {name_of(each.where) for each in listed(place)} >= {name_of(where)}


@pytest.mark.slow
def test_the_storage_dies_while_it_uploads(
    demo: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is slow enough to be killed midway; whoever uploads gives up and says so."""
    monkeypatch.setattr("neonhub.ops.backup.bucket._RETRIES", 1)
    with storage(tmp_path / "dying", "--bwlimit=256k") as dying:
        for name, value in dying.environment.items():
            monkeypatch.setenv(name, value)
        from threading import Thread

        def kill() -> None:
            wait_for_objects(dying, "x")
            dying.process.kill()

        killer = Thread(target=kill)
        killer.start()
        with pytest.raises(StorageFailed, match="failed"):
            backup(demo.admin_dsn, "s3://backups/x")
        killer.join()
        assert not any(path.endswith(MANIFEST) for path in dying.files("backups"))
