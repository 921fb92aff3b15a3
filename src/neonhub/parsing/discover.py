"""Which files are meant: paths and folders into the files below them, in a stable order."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from neonhub.parsing.parse import SUPPORTED, mime_type_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["SKIPPED_FOLDERS", "FoundFile", "Rejected", "discover"]

# Beside everything hidden (.git, .venv, ...): folders of other people's files, by the thousand.
SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "venv", "CVS", "__MACOSX"})

RejectionCode = Literal["missing", "unreadable", "unsupported", "unusable_name"]


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to read. ``source_uri`` is its absolute path in POSIX form, the same from whatever
    folder it is asked for; ``size`` in bytes; ``mtime`` in UTC."""

    path: Path
    source_uri: str
    size: int
    mtime: datetime


@dataclass(frozen=True, slots=True)
class Rejected:
    """A path that is not read, with its reason."""

    path: Path
    code: RejectionCode
    reason: str


def discover(paths: Iterable[Path]) -> Iterator[FoundFile | Rejected]:
    """The files at and below the paths, each once, in the order of the paths, then of the names.

    Folders are walked whole, symbolic links included, none twice. Hidden files and folders,
    version control, virtual environments and ``node_modules`` are passed over in silence; what
    was named outright is taken whatever its name. What cannot be read comes as ``Rejected``.
    """
    seen_files: set[str] = set()
    seen_folders: set[tuple[int, int]] = set()
    for given in paths:
        pending = [Path(os.path.abspath(given))]  # noqa: PTH100 - resolve() would follow links
        while pending:
            path = pending.pop()
            if (uri := path.as_posix()) in seen_files:
                continue
            seen_files.add(uri)
            found = _look_at(path, uri, seen_folders)
            if isinstance(found, list):
                pending.extend(found)
            elif found is not None:
                yield found


def _look_at(
    path: Path, uri: str, seen: set[tuple[int, int]]
) -> FoundFile | Rejected | list[Path] | None:
    """A file, a rejection, a folder's entries (the last first), or None: seen already."""
    if not _is_utf8(uri):
        # PostgreSQL stores text only: such a name could not be the file's identity there.
        return Rejected(path, "unusable_name", "its name is not valid UTF-8: rename it")
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            folder = (status.st_dev, status.st_ino)
            if folder in seen:
                return None
            seen.add(folder)
            return _entries(path)
    except FileNotFoundError:
        dangling = " (a symbolic link to nothing)" if path.is_symlink() else ""
        return Rejected(path, "missing", f"there is no such file or folder{dangling}")
    except (OSError, ValueError) as error:
        return Rejected(path, "unreadable", getattr(error, "strerror", None) or str(error))
    if not stat.S_ISREG(status.st_mode):
        return Rejected(path, "unreadable", "it is neither a file nor a folder")
    if mime_type_of(path.name) is None:
        shown = path.suffix or "no suffix"
        reason = f"files of this type ({shown}) are not read, only {' '.join(SUPPORTED)}"
        return Rejected(path, "unsupported", reason)
    return FoundFile(path, uri, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))


def _entries(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        names = [e.name for e in entries if not e.name.startswith(".")]
    return [folder / n for n in sorted(names, reverse=True) if n not in SKIPPED_FOLDERS]


def _is_utf8(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
