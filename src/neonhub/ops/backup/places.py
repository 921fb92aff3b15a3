"""Where backups lie: a folder, or a bucket of storage that speaks the protocol of S3."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from neonhub.db.errors import InvalidInput, NeonHubError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "DUMP",
    "MANIFEST",
    "SECRET",
    "VERIFIED",
    "Folder",
    "NoRoom",
    "Place",
    "newest",
    "one",
    "partial",
    "place_of",
    "scratch",
    "tidy",
]

MANIFEST, SECRET, VERIFIED, DUMP = "manifest.json", "manifest.age", "verified.json", "dump"
_PARTIAL = ".neonhub-partial-"
# What is like it in part is somebody else's, and stays.
_OURS = re.compile(rf"{re.escape(_PARTIAL)}(\d+-\d+|removed-\d{{8}}T\d{{12}}Z_.+)")


class NoRoom(NeonHubError):
    """No space left on the device of {path}."""

    hint = "Nothing was left behind. Make room, or give TMPDIR another disk for what is scratch."
    exit_code = 74


class Place(Protocol):
    """Backups by their names, which sort by time. What is whole has a manifest."""

    def names(self) -> list[str]:
        """The whole ones, the oldest first."""

    def url(self, name: str) -> str:
        """How an operator names one of them."""

    def read(self, name: str, file: str) -> bytes:
        """A small file of one. Raises ``FileNotFoundError``."""

    def write(self, name: str, file: str, content: bytes) -> None:
        """Put a small file into one."""

    def making(self) -> contextlib.AbstractContextManager[Path]:
        """A local folder to make one in, gone at the end and after a kill."""

    def add(self, made: Path, name: str) -> None:
        """Take over a whole one from ``making``; it appears at once or not at all."""

    def local(self, name: str) -> contextlib.AbstractContextManager[Path]:
        """The folder of one, fetched if need be."""

    def remove(self, name: str) -> None:
        """Take one away; interrupted, it is gone from the names all the same."""


def place_of(where: Path | str) -> Place:
    """The folder or the bucket (``s3://bucket/prefix``) that ``where`` names."""
    if isinstance(where, str) and "://" in where:
        from neonhub.ops.backup.bucket import Bucket

        return Bucket.at(where)
    return Folder(Path(where))


def one(where: Path | str) -> tuple[Place, str]:
    """A single backup: its place, and its name there."""
    if isinstance(where, str) and "://" in where:
        whole, _, name = where.rstrip("/").rpartition("/")
        if whole.count("/") < 2:
            raise InvalidInput(field=where, reason="a backup is named s3://bucket/prefix/NAME")
        return place_of(whole), name
    path = Path(os.path.abspath(where))  # noqa: PTH100 - links stay as they were given
    return Folder(path.parent), path.name


def newest(where: Path | str) -> Path | str:
    """The newest backup in ``where``; ``where`` itself, when it is a backup or holds none."""
    far = isinstance(where, str) and "://" in where
    if not far or str(where).rstrip("/").count("/") > 2:
        place, name = one(where)
        try:
            place.read(name, MANIFEST)
        except FileNotFoundError:
            pass
        except OSError:  # no folder, or none that can be read: who opens it says so
            return where
        else:
            return where
    if not far and not Path(where).is_dir():
        return where
    place = place_of(where)
    names = place.names()
    return place.url(names[-1]) if names else where


class Folder:
    """Backups side by side in a folder."""

    def __init__(self, path: Path):
        self.path = path

    def names(self) -> list[str]:
        """The whole ones, the oldest first."""
        try:
            found = [each for each in self.path.iterdir() if not each.name.startswith(".")]
        except OSError as error:
            reason = f"{self.path} cannot be read: {error.strerror}"
            hint = "It is the folder that `neonhub db backup --to` was given."
            raise InvalidInput(field="PLACE", reason=reason, hint=hint) from error
        return sorted(each.name for each in found if (each / MANIFEST).is_file())

    def url(self, name: str) -> str:
        """Its path."""
        return str(self.path / name)

    def read(self, name: str, file: str) -> bytes:
        """A small file of one."""
        return (self.path / name / file).read_bytes()

    def write(self, name: str, file: str, content: bytes) -> None:
        """Put a small file into one, whole or not at all."""
        draft = self.path / name / f".{file}.{os.getpid()}"
        try:
            draft.write_bytes(content)
            draft.replace(self.path / name / file)
        finally:
            draft.unlink(missing_ok=True)

    def making(self) -> contextlib.AbstractContextManager[Path]:
        """A hidden folder beside the others."""
        return partial(self.path)

    def add(self, made: Path, name: str) -> None:
        """On the disk first, then under its name."""
        _sync(made)
        made.rename(self.path / name)
        _sync_one(self.path)

    @contextlib.contextmanager
    def local(self, name: str) -> Iterator[Path]:
        """The folder itself."""
        yield self.path / name

    def remove(self, name: str) -> None:
        """Out of sight at once; what a kill leaves of it is cleared away by the next run."""
        hidden = self.path / f"{_PARTIAL}removed-{name}"
        (self.path / name).rename(hidden)
        shutil.rmtree(hidden, ignore_errors=True)


@contextlib.contextmanager
def partial(to: Path, *, clear: bool = True) -> Iterator[Path]:
    """A folder in ``to`` that is locked as long as we live, and gone at the end.

    Where this process is killed, another takes it away. What is left there all the same (the
    machine went down) is taken away first, if ``to`` is ours to ``clear``.
    """
    try:
        to.mkdir(mode=0o700, parents=True, exist_ok=True)
        if clear:
            _clear(to)
        made, lock = _locked(to)
    except OSError as error:
        reason = f"no backup can be written there: {error.strerror}"
        raise InvalidInput(field=str(to), reason=reason) from error
    try:
        with _gone_with_us(made):
            yield made
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoRoom(path=to) from error
        raise
    finally:
        shutil.rmtree(made, ignore_errors=True)  # nothing, where it has its name by now
        os.close(lock)


def _locked(to: Path) -> tuple[Path, int]:
    """A new folder and its lock; another process may take it for left behind until it has that."""
    while True:
        made = to / f"{_PARTIAL}{os.getpid()}-{time.time_ns()}"
        made.mkdir(mode=0o700)
        with contextlib.suppress(FileNotFoundError):
            lock = os.open(made, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if made.exists():
                return made, lock
            os.close(lock)


# Ends its reading when we end, however that is; pg_dump, which ends with us too, may still write.
_WATCH = 'read -r _; for _ in 1 2 3 4 5; do rm -rf -- "$1"; test -e "$1" || exit; sleep 1; done'


@contextlib.contextmanager
def _gone_with_us(made: Path) -> Iterator[None]:
    """Should this process be killed, another takes the folder away: what it holds may be plain."""
    watch = subprocess.Popen(
        ["/bin/sh", "-c", _WATCH, "sh", made],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        watch.kill()
        watch.communicate()


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A private folder for what must be on a disk for a while: in ``TMPDIR``."""
    home = _scratch_home()
    with contextlib.suppress(FileExistsError):
        home.mkdir(mode=0o700)
    if not _is_ours(home):
        raise InvalidInput(field=str(home), reason="it is not this user's alone")
    with partial(home) as made:
        yield made


def _scratch_home() -> Path:
    return Path(tempfile.gettempdir()) / f"neonhub-backup-{os.getuid()}"


def _is_ours(home: Path) -> bool:
    """Whether it is this user's alone: others may write beside it, and know its name."""
    found = home.lstat()
    return found.st_uid == os.getuid() and not found.st_mode & 0o077 and not home.is_symlink()


def tidy(where: Path | str, notify: Callable[[str], None]) -> None:
    """Take away what killed runs have left in a folder and in scratch: it may be plain."""
    folders = [] if "://" in str(where) else [Path(where)]
    home = _scratch_home()
    if home.is_dir() and _is_ours(home):
        folders.append(home)
    for folder in folders:
        if count := _clear(folder):
            notify(f"Took away what {count} interrupted runs had left in {folder}.")


def _clear(to: Path) -> int:
    """Take away what is locked by nobody; how many there were."""
    gone = 0
    for left in to.glob(f"{_PARTIAL}*"):
        if not _OURS.fullmatch(left.name):
            continue
        with contextlib.suppress(OSError):
            lock = os.open(left, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
                gone += 1
            finally:
                os.close(lock)
    return gone


def _sync(folder: Path) -> None:
    """Everything on the disk, before the name says that it is whole."""
    for path in folder.rglob("*"):
        _sync_one(path)
    _sync_one(folder)


def _sync_one(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
