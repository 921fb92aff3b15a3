"""What a backup says of itself: ``manifest.json``, and ``manifest.age`` where it is encrypted."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import NeonHubError
from neonhub.ops.backup.fingerprints import Fingerprint
from neonhub.ops.backup.places import DUMP, MANIFEST, SECRET, Folder

if TYPE_CHECKING:
    import json
    from collections.abc import Sequence

    from neonhub.ops.backup.places import Place

__all__ = [
    "DUMP",
    "MANIFEST",
    "BackupDamaged",
    "Head",
    "Manifest",
    "NoBackup",
    "NotReadable",
    "check_files",
    "head",
    "load",
    "read",
]

FORMAT = 1
# What of an encrypted backup can be read without an identity: which to take, and no more. How
# many rows each table has, and its checksum, would tell something of what is in it.
_OPEN = ("moment", "revision", "size")


_LIST = "`neonhub db backups {}` lists those that are there."


class NoBackup(NeonHubError):
    """{path} is no backup: {reason}."""

    exit_code = 66


class BackupDamaged(NeonHubError):
    """The backup {path} is damaged: {reason}."""

    hint = "Take another backup: this one must not be restored."
    exit_code = 65


class NotReadable(NeonHubError):
    """{file} of the backup {path} cannot be read: {reason}."""

    hint = "That says nothing of the backup: is its disk there, and may this account read it?"
    exit_code = 74


# Not of the disk, nor of who reads: it is not there as it was written.
_GONE = (FileNotFoundError, NotADirectoryError, IsADirectoryError)


def _unread(error: OSError, file: str, path: str) -> NeonHubError:
    if isinstance(error, _GONE):
        return BackupDamaged(path=path, reason=f"{file} cannot be read: {error}")
    return NotReadable(file=file, path=path, reason=error.strerror or str(error))


@dataclass(frozen=True, slots=True)
class Head:
    """What anybody may read. ``seal`` is the SHA-256 of all that the manifest says."""

    moment: dt.datetime
    revision: str | None
    size: int
    encrypted: bool
    seal: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """``tables`` by qualified name; ``files`` of the dump, as they are stored, with their SHA-256;
    ``erasures`` that the database remembers at that moment: table, workspace, id, when."""

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
    encrypted: bool = False
    erasures: list[tuple[str, str, str, str]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(each.rows for each in self.tables.values())

    def write(self, folder: Path, to: Sequence[Any] = ()) -> str:
        """Into ``folder``, as JSON that tells itself whether it was altered; its seal.

        ``to`` are the recipients of an encrypted backup: they read all of it, others its head.
        """
        body = {"format": FORMAT, **asdict(self)}
        body["tables"] = {name: list(each) for name, each in self.tables.items()}
        if to:
            from neonhub.ops.backup.sealing import seal_bytes

            secret = seal_bytes(_text(body), to)
            (folder / SECRET).write_bytes(secret)
            body = {name: body[name] for name in ("format", "encrypted", *_OPEN)}
            body["secret"] = hashlib.sha256(secret).hexdigest()
        (folder / MANIFEST).write_bytes(_text(body))
        return _seal(body)


def _text(body: dict[str, Any]) -> bytes:
    import orjson

    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(body | {"sha256": _seal(body)}, option=options)


def _seal(body: dict[str, Any]) -> str:
    import orjson

    kept = {key: value for key, value in body.items() if key != "sha256"}
    return hashlib.sha256(orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)).hexdigest()


def load(folder: Path, identities: Sequence[Any] = ()) -> Manifest:
    """The manifest of the backup in a folder. Raises as ``read``."""
    return read(Folder(folder.parent), folder.name, identities)


def head(place: Place, name: str) -> Head:
    """What anybody may read of one. Raises ``NoBackup``, ``BackupDamaged``, ``NotReadable``."""
    body = _body(place, name)
    moment = dt.datetime.fromisoformat(body["moment"])
    encrypted = bool(body.get("encrypted"))
    return Head(moment, body["revision"], body["size"], encrypted, _seal(body))


def read(place: Place, name: str, identities: Sequence[Any] = ()) -> Manifest:
    """The whole manifest of a backup.

    Raises ``NoBackup``, ``BackupDamaged``, ``NotReadable``, ``IdentityNeeded``, ``CannotDecrypt``.
    """
    body = _body(place, name)
    if body.get("encrypted"):
        body = _secret(place, name, body, identities)
    del body["format"]
    body.pop("sha256", None)
    body["tables"] = {name: Fingerprint(*each) for name, each in body["tables"].items()}
    body["erasures"] = [tuple(each) for each in body["erasures"]]
    body["moment"] = dt.datetime.fromisoformat(body["moment"])
    return Manifest(**body)


def _body(place: Place, name: str) -> dict[str, Any]:
    path = place.url(name)
    try:
        text = place.read(name, MANIFEST)
    except FileNotFoundError as error:
        raise NoBackup(path=path, **_what_it_is(path)) from error
    except OSError as error:
        raise _unread(error, MANIFEST, path) from error
    return _checked(text, MANIFEST, path)


def _what_it_is(path: str) -> dict[str, str]:
    """Why it has no manifest, and what was meant perhaps."""
    if "://" in path:
        return {"reason": f"it has no {MANIFEST}", "hint": _LIST.format(path.rpartition("/")[0])}
    folder = Path(path)
    if not folder.is_dir():
        reason = "it is a file" if folder.exists() else "there is no such folder"
        return {"reason": reason, "hint": _LIST.format(folder.parent)}
    if any(folder.glob(f"*/{MANIFEST}")):
        return {"reason": "it holds backups", "hint": f"Name one: {_LIST.format(folder)}"}
    return {"reason": f"it has no {MANIFEST}", "hint": _LIST.format(folder.parent)}


def _checked(text: bytes, file: str, path: str) -> dict[str, Any]:
    import orjson

    try:
        body = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BackupDamaged(path=path, reason=f"{file} {_unparsed(text, error)}") from error
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise NoBackup(path=path, reason=f"its {file} is not one of this version's")
    if body.get("sha256") != _seal(body):
        raise BackupDamaged(path=path, reason=f"{file} was altered")
    return body


def _unparsed(text: bytes, error: json.JSONDecodeError) -> str:
    if not text:
        return "is empty"
    try:
        text.decode()
    except UnicodeDecodeError as wrong:
        return f"is no text from byte {wrong.start} on"
    return f"is no JSON: line {error.lineno}, column {error.colno}"


def _secret(
    place: Place, name: str, shown: dict[str, Any], identities: Sequence[Any]
) -> dict[str, Any]:
    """The part that is encrypted, held against what stands in the open."""
    from neonhub.ops.backup.sealing import open_bytes

    path = place.url(name)
    try:
        content = place.read(name, SECRET)
    except OSError as error:
        raise _unread(error, SECRET, path) from error
    if hashlib.sha256(content).hexdigest() != shown.get("secret"):
        raise BackupDamaged(path=path, reason=f"{SECRET} was altered")
    body = _checked(open_bytes(content, identities, where=path), SECRET, path)
    if any(body[each] != shown.get(each) for each in _OPEN):
        raise BackupDamaged(path=path, reason=f"{MANIFEST} was altered")
    return body


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file in ``folder``, by name."""
    made = {}
    for path in sorted(folder.iterdir()):
        with path.open("rb") as file:
            made[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return made


def check_files(folder: Path, manifest: Manifest, path: str | None = None) -> None:
    """Hold the dump's files against the manifest. Raises ``BackupDamaged`` naming the file,
    ``NotReadable``."""
    where = path or str(folder)
    try:
        there = digests(folder / DUMP)
    except OSError as error:
        raise _unread(error, DUMP, where) from error
    for name, digest in manifest.files.items():
        if name not in there:
            raise BackupDamaged(path=where, reason=f"the file {DUMP}/{name} is missing")
        if there[name] != digest:
            raise BackupDamaged(path=where, reason=f"the file {DUMP}/{name} was altered")
    if strange := sorted(there.keys() - manifest.files.keys()):
        raise BackupDamaged(path=where, reason=f"the file {DUMP}/{strange[0]} is not of it")
