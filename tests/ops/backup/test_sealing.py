"""Encrypted backups: opened by an identity, and by nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import orjson
import pyrage
import pytest

from neonhub.db.errors import InvalidInput
from neonhub.ops.backup.listing import listed
from neonhub.ops.backup.manifest import DUMP, MANIFEST, BackupDamaged, Manifest, NoBackup
from neonhub.ops.backup.opening import opened
from neonhub.ops.backup.places import partial
from neonhub.ops.backup.restore import restore, verify
from neonhub.ops.backup.sealing import (
    CannotDecrypt,
    IdentityNeeded,
    identities,
    recipients,
)
from neonhub.ops.backup.take import backup
from tests.databases import Database, Server


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A recipient, and the file of its identity as age-keygen writes it."""
    return make_keys(tmp_path_factory.mktemp("keys") / "key.txt")


def make_keys(path: Path) -> tuple[str, Path]:
    identity = pyrage.x25519.Identity.generate()
    to = str(identity.to_public())
    path.write_text(f"# created: today\n# public key: {to}\n{identity}\n", "utf-8")
    return to, path


@pytest.fixture(scope="module")
def sealed(
    demo: Database, keys: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Manifest]:
    return backup(demo.admin_dsn, tmp_path_factory.mktemp("sealed"), encrypt_to=[keys[0]])


def test_it_is_restored_by_its_identity(
    server: Server, demo: Database, sealed: tuple[Path, Manifest], keys: tuple[str, Path]
) -> None:
    folder, made = sealed
    assert verify(demo.admin_dsn, folder, identity=[keys[1]]).faults == []
    name = f"{demo.name}_sealed"
    assert restore(demo.admin_dsn, folder, into=name, identity=[keys[1]]).verified.rows == made.rows
    server.drop(name)


def test_nothing_of_the_rows_can_be_read(demo: Database, sealed: tuple[Path, Manifest]) -> None:
    folder, made = sealed
    with demo.admin() as conn:
        row = conn.execute("SELECT primary_email::text FROM people LIMIT 1").fetchone()
    assert row is not None and "@" in str(row[0])
    shown = orjson.loads((folder / MANIFEST).read_bytes())
    assert shown.keys() == {
        *("encrypted", "format", "moment", "revision", "secret", "sha256", "size")
    }
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert path.suffix == ".json" or content.startswith(b"age-encryption.org/v1\n")
            assert str(row[0]).encode() not in content and b"public.people" not in content
    (one,) = listed(folder.parent)
    assert (one.encrypted, one.size, one.revision) == (True, made.size, made.revision)


def test_without_the_identity_it_stays_shut(
    demo: Database, sealed: tuple[Path, Manifest], tmp_path: Path
) -> None:
    _, others = make_keys(tmp_path / "others.txt")

    with pytest.raises(IdentityNeeded, match="takes an identity"):
        verify(demo.admin_dsn, sealed[0])
    with pytest.raises(CannotDecrypt, match="it was encrypted to others"):
        verify(demo.admin_dsn, sealed[0], identity=[others])


def _newer(folder: Path) -> str:
    path = folder / MANIFEST
    body = orjson.loads(path.read_bytes()) | {"revision": "20990101000000_none"}
    return resealed(path, body)


def _plain(folder: Path) -> str:
    path = folder / MANIFEST
    return resealed(path, orjson.loads(path.read_bytes()) | {"size": 1})


def resealed(path: Path, body: dict[str, object]) -> str:
    """A forger knows how the checksum is made."""
    from neonhub.ops.backup.manifest import _text

    path.write_bytes(_text({name: each for name, each in body.items() if name != "sha256"}))
    return "manifest.json was altered"


def _secret(folder: Path) -> str:
    path = folder / "manifest.age"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    return "manifest.age was altered"


def _cut(folder: Path) -> str:
    path = max((folder / DUMP).iterdir(), key=lambda each: each.stat().st_size)
    os.truncate(path, path.stat().st_size - 1)
    return f"dump/{path.name} was altered"


@pytest.mark.parametrize("spoil", [_newer, _plain, _secret, _cut])
def test_what_was_altered_is_refused(
    demo: Database, sealed: tuple[Path, Manifest], keys: tuple[str, Path], tmp_path: Path,
    spoil: Callable[[Path], str],
) -> None:  # fmt: skip
    import shutil

    # Under a name that the database does not remember: the backup itself must tell.
    folder = Path(shutil.copytree(sealed[0], tmp_path / "20000101T000000000000Z_copy"))
    reason = spoil(folder)

    with pytest.raises(BackupDamaged, match=reason):
        verify(demo.admin_dsn, folder, identity=[keys[1]], trust=True)


def test_one_that_somebody_else_made_is_not_the_one_that_was_taken(
    demo: Database, database: Database, sealed: tuple[Path, Manifest], keys: tuple[str, Path],
    tmp_path: Path,
) -> None:  # fmt: skip
    """Everybody can encrypt to a recipient: the database remembers what it wrote."""
    forged, _ = backup(database.admin_dsn, tmp_path, encrypt_to=[keys[0]])
    forged = forged.rename(forged.with_name(sealed[0].name))

    with pytest.raises(BackupDamaged, match="otherwise than the database remembers"):
        verify(demo.admin_dsn, forged, identity=[keys[1]])


def test_recipients_and_identities_that_are_none(tmp_path: Path, keys: tuple[str, Path]) -> None:
    listed_ = tmp_path / "recipients.txt"
    listed_.write_text(f"# the operators\n{keys[0]}\n\n{keys[0]}\n", "utf-8")
    assert len(recipients([str(listed_), keys[0]])) == 3
    (tmp_path / "empty").write_text("# nobody\n")
    for word, reason in (
        ("age1nobody", "is no recipient of age"),
        (str(tmp_path / "nosuch"), "cannot be read"),
        (str(tmp_path / "empty"), "names no recipient"),
    ):
        with pytest.raises(InvalidInput, match=reason):
            recipients([word])
    secret = "AGE-SECRET-KEY-1WRONG"
    (tmp_path / "wrong").write_text(secret)
    with pytest.raises(InvalidInput, match="no identity of age") as caught:
        identities([tmp_path / "wrong"])
    assert secret not in str(caught.value)
    with pytest.raises(InvalidInput, match="it holds no identity"):
        identities([tmp_path / "empty"])


_MEASURED = """
import resource, sys
from pathlib import Path
from neonhub.ops.backup.sealing import identities, open_folder, recipients, seal_folder
folder, into, to, identity = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4])
keys, readers = identities([identity]), recipients([to])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
seal_folder(folder, readers)
open_folder(folder, into, keys, where="it")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_large_file_is_not_taken_into_memory(tmp_path: Path, keys: tuple[str, Path]) -> None:
    folder, into = tmp_path / "dump", tmp_path / "plain"
    folder.mkdir()
    with (folder / "large").open("wb") as file:
        file.truncate(200 << 20)

    words = [sys.executable, "-c", _MEASURED, str(folder), str(into), keys[0], str(keys[1])]
    done = subprocess.run(words, capture_output=True, text=True, check=True)

    assert (into / "large").stat().st_size == 200 << 20
    assert int(done.stdout) < 32 << 10  # kB


_CHILD = """
import pathlib, sys
from neonhub.ops.backup.take import backup
backup(sys.argv[1], pathlib.Path(sys.argv[2]), encrypt_to=[sys.argv[3]])
"""


def test_killed_before_it_is_encrypted_it_leaves_nothing_plain(
    demo: Database, keys: tuple[str, Path], tmp_path: Path
) -> None:
    words = [sys.executable, "-c", _CHILD, demo.admin_dsn, str(tmp_path), keys[0]]
    deadline = time.monotonic() + 30
    with subprocess.Popen(words) as child:
        while not list(tmp_path.glob(".neonhub-partial-*/dump/*.gz")):
            assert child.poll() is None and time.monotonic() < deadline
        child.kill()
    while list(tmp_path.iterdir()):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_lies_there_all_the_same_goes_with_the_next_look(tmp_path: Path) -> None:
    """The machine went down: nobody was there to take it away."""
    said: list[str] = []
    with partial(tmp_path) as running:
        (tmp_path / ".neonhub-partial-1-1" / "dump").mkdir(parents=True)
        (tmp_path / ".neonhub-partial-1-1" / "dump" / "1.dat.gz").write_text("plain")
        assert listed(tmp_path, said.append) == []
        assert list(tmp_path.iterdir()) == [running]
    assert said == [f"Took away what 1 interrupted runs had left in {tmp_path}."]


def test_what_only_looks_like_ours_stays(tmp_path: Path) -> None:
    others = {".partial-mine", ".partial-1-1", ".neonhub-partial-mine", ".neonhub-partial-1-1x"}
    others.add(".neonhub-partial-removed-notes")
    for name in (*others, ".neonhub-partial-removed-20260101T000000000000Z_neonhub"):
        (tmp_path / name).mkdir()
    assert listed(tmp_path) == []
    assert {path.name for path in tmp_path.iterdir()} == others
    # No place of ours: where a recovery goes to, and what is named to be verified.
    (tmp_path / ".neonhub-partial-1-1").mkdir()
    with partial(tmp_path, clear=False):
        assert (tmp_path / ".neonhub-partial-1-1").is_dir()
    with pytest.raises(NoBackup), opened("", tmp_path / "mistyped"):
        pass
    assert (tmp_path / ".neonhub-partial-1-1").is_dir()
