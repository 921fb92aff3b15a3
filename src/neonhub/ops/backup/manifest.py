"""What a backup says of itself: a folder with the dump and ``manifest.json``."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import NeonHubError
from neonhub.ops.backup.fingerprints import Fingerprint

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["DUMP", "MANIFEST", "BackupDamaged", "Manifest", "NoBackup", "check_files", "load"]

MANIFEST, DUMP = "manifest.json", "dump"
FORMAT = 1


class NoBackup(NeonHubError):
    """{path} is no backup: {reason}."""

    exit_code = 66


class BackupDamaged(NeonHubError):
    """The backup {path} is damaged: {reason}."""

    hint = "Take another backup: this one must not be restored."
    exit_code = 65


@dataclass(frozen=True, slots=True)
class Manifest:
    """``tables`` by qualified name; ``files`` of the dump with their SHA-256."""

    database: str
    revision: str | None
    server: str
    extensions: dict[str, str]
    moment: dt.datetime
    seconds: float
    size: int
    tables: dict[str, Fingerprint]
    files: dict[str, str]
    neonhub: str

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(each.rows for each in self.tables.values())

    def write(self, folder: Path) -> None:
        """Into ``folder``, as JSON that tells itself whether it was altered."""
        import orjson

        body = {"format": FORMAT, **asdict(self)}
        body["tables"] = {name: list(each) for name, each in self.tables.items()}
        options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
        text = orjson.dumps(body | {"sha256": _seal(body)}, option=options)
        (folder / MANIFEST).write_bytes(text + b"\n")


def _seal(body: dict[str, Any]) -> str:
    import orjson

    kept = {key: value for key, value in body.items() if key != "sha256"}
    return hashlib.sha256(orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)).hexdigest()


def load(folder: Path) -> Manifest:
    """The manifest of a backup. Raises ``NoBackup``, ``BackupDamaged``."""
    import orjson

    try:
        body = orjson.loads((folder / MANIFEST).read_bytes())
    except FileNotFoundError as error:
        raise NoBackup(path=folder, reason=f"it has no {MANIFEST}") from error
    except (OSError, orjson.JSONDecodeError) as error:
        raise BackupDamaged(path=folder, reason=f"{MANIFEST} cannot be read: {error}") from error
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise NoBackup(path=folder, reason=f"its {MANIFEST} is not one of this version's")
    if body.pop("sha256", None) != _seal(body):
        raise BackupDamaged(path=folder, reason=f"{MANIFEST} was altered")
    del body["format"]
    body["tables"] = {name: Fingerprint(*each) for name, each in body["tables"].items()}
    body["moment"] = dt.datetime.fromisoformat(body["moment"])
    return Manifest(**body)


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file in ``folder``, by name."""
    made = {}
    for path in sorted(folder.iterdir()):
        with path.open("rb") as file:
            made[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return made


def check_files(folder: Path, manifest: Manifest) -> None:
    """Hold the dump's files against the manifest. Raises ``BackupDamaged`` naming the file."""
    try:
        there = digests(folder / DUMP)
    except OSError as error:
        raise BackupDamaged(path=folder, reason=f"{DUMP} cannot be read: {error}") from error
    for name, digest in manifest.files.items():
        if name not in there:
            raise BackupDamaged(path=folder, reason=f"the file {DUMP}/{name} is missing")
        if there[name] != digest:
            raise BackupDamaged(path=folder, reason=f"the file {DUMP}/{name} was altered")
    if strange := sorted(there.keys() - manifest.files.keys()):
        raise BackupDamaged(path=folder, reason=f"the file {DUMP}/{strange[0]} is not of it")
