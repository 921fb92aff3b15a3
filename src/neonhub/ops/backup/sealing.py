"""Encryption to age recipients: who takes backups cannot read them, who holds an identity can.

The files are in the age format, so that the standard ``age`` opens them too.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import InvalidInput, NeonHubError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = [
    "SUFFIX",
    "CannotDecrypt",
    "IdentityNeeded",
    "identities",
    "open_bytes",
    "open_folder",
    "recipients",
    "seal_bytes",
    "seal_folder",
]

SUFFIX = ".age"


class IdentityNeeded(NeonHubError):
    """The backup {path} is encrypted: it takes an identity to open it."""

    hint = "Add --identity FILE: the file that age-keygen wrote."
    exit_code = 77


class CannotDecrypt(NeonHubError):
    """The backup {path} cannot be opened with this identity: {reason}."""

    hint = "It takes the identity of one of the recipients to whom it was encrypted."
    exit_code = 77


def _library() -> Any:
    try:
        import pyrage
    except ImportError as error:
        from neonhub.ops.backup.bucket import LibraryMissing

        raise LibraryMissing(name="pyrage") from error
    return pyrage


def recipients(given: Iterable[str]) -> list[Any]:
    """Recipients as age writes them: ``age1…``, ``ssh-…``, or a file with one on each line."""
    made = []
    for word in given:
        listed = [word] if _is_recipient(word) else list(_lines(word, "--encrypt-to"))
        if not listed:
            raise InvalidInput(field="--encrypt-to", reason=f"{word} names no recipient")
        made += [_recipient(each) for each in listed]
    return made


def _is_recipient(word: str) -> bool:
    return word.startswith(("age1", "ssh-"))


def _recipient(text: str) -> Any:
    pyrage = _library()
    kind = pyrage.ssh.Recipient if text.startswith("ssh-") else pyrage.x25519.Recipient
    try:
        return kind.from_str(text)
    except pyrage.RecipientError as error:
        if text.upper().startswith("AGE-SECRET-KEY-"):
            reason = "that is a secret key: give the public one, which begins with age1"
            raise InvalidInput(field="--encrypt-to", reason=reason) from None
        shown = text if len(text) < 80 else f"{text[:40]}…"
        reason = f"{shown!r} is no recipient of age: {error}"
        raise InvalidInput(field="--encrypt-to", reason=reason) from error


def identities(files: Sequence[Path]) -> list[Any]:
    """The secret keys in these files: as ``age-keygen`` writes them, or SSH's private keys."""
    if not files:
        return []
    pyrage = _library()
    made = []
    for path in files:
        text, lines = _read(path, "--identity"), []
        try:
            if b"PRIVATE KEY-----" in text:
                made.append(pyrage.ssh.Identity.from_buffer(text))
                continue
            lines = list(_lines_of(text.decode("utf-8", "replace")))
            made += [pyrage.x25519.Identity.from_str(line) for line in lines]
        except pyrage.IdentityError as error:
            # Not what the line says: it may be a secret with one letter wrong.
            reason = "it holds a line that is no identity of age"
            raise InvalidInput(field=str(path), reason=reason) from error
        if not lines:
            raise InvalidInput(field=str(path), reason="it holds no identity")
    return made


def _lines(path: str, option: str) -> Iterator[str]:
    return _lines_of(_read(Path(path), option).decode("utf-8", "replace"))


def _lines_of(text: str) -> Iterator[str]:
    lines = (line.strip() for line in text.splitlines())
    return (line for line in lines if line and not line.startswith("#"))


def _read(path: Path, option: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = f"the file {path} cannot be read: {error.strerror}"
        raise InvalidInput(field=option, reason=reason) from error


def seal_folder(folder: Path, to: Sequence[Any]) -> None:
    """Encrypt every file in ``folder`` where it lies, a piece at a time; the plain ones go."""
    pyrage = _library()
    for path in sorted(folder.iterdir()):
        pyrage.encrypt_file(str(path), f"{path}{SUFFIX}", to)
        path.unlink()


def open_folder(folder: Path, into: Path, using: Sequence[Any], *, where: str) -> None:
    """Decrypt every file of ``folder`` into another folder, a piece at a time."""
    pyrage = _library()
    into.mkdir(mode=0o700)
    for path in sorted(folder.iterdir()):
        try:
            pyrage.decrypt_file(str(path), str(into / path.name.removesuffix(SUFFIX)), using)
        except pyrage.DecryptError as error:
            raise CannotDecrypt(path=where, reason=_said(error)) from error


def seal_bytes(content: bytes, to: Sequence[Any]) -> bytes:
    """Encrypt what fits into memory."""
    return bytes(_library().encrypt(content, to))


def open_bytes(content: bytes, using: Sequence[Any], *, where: str) -> bytes:
    """Decrypt it. Raises ``IdentityNeeded``, ``CannotDecrypt``."""
    if not using:
        raise IdentityNeeded(path=where)
    pyrage = _library()
    try:
        return bytes(pyrage.decrypt(content, using))
    except pyrage.DecryptError as error:
        raise CannotDecrypt(path=where, reason=_said(error)) from error


def _said(error: Exception) -> str:
    if "No matching keys" in str(error):
        return "it was encrypted to others"
    return f"it is damaged ({error})"
