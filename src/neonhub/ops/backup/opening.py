"""A backup opened: fetched where it is far, checked, and decrypted where it is encrypted."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import NeonHubError
from neonhub.ops.backup.log import seal_of, silent
from neonhub.ops.backup.manifest import DUMP, BackupDamaged, Manifest, check_files, head, read
from neonhub.ops.backup.places import Place, one, scratch, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from neonhub.ops.backup.log import Notify

__all__ = ["BackupUnknown", "Opened", "opened"]


class BackupUnknown(NeonHubError):
    """This database does not remember having taken {path}."""

    hint = (
        "Restoring a dump runs what is in it, with your rights. Do NEONHUB_HOME and DATABASE_URL "
        "name the database that took it? Where you know that it is yours (that database is lost, "
        "say), add --trust."
    )
    exit_code = 65


@dataclass(frozen=True, slots=True)
class Opened:
    """``dump`` is what pg_restore reads; ``where`` is what an operator calls the backup."""

    where: str
    name: str
    place: Place
    dump: Path
    manifest: Manifest
    identities: Sequence[Any] = ()


@contextlib.contextmanager
def opened(
    dsn: str,
    where: Path | str,
    identity: Sequence[Path] = (),
    *,
    trust: bool = False,
    notify: Notify = silent,
) -> Iterator[Opened]:
    """The backup, as long as the block lasts; ``identity`` are files of secret keys.

    The database of ``dsn`` must remember having taken it, and its manifest be the same: restoring
    a dump runs what it holds with the rights of who restores. ``trust``: the caller knows where it
    comes from. Raises ``BackupUnknown``, ``NoBackup``, ``BackupDamaged``, ``NotReadable``,
    ``IdentityNeeded``, ``CannotDecrypt``, ``StorageFailed``.
    """
    from neonhub.ops.backup.sealing import identities

    place, name = one(where)
    keys = identities(identity)
    manifest = read(place, name, keys)
    tidy(where if "://" in str(where) else Path(where).absolute().parent, notify)
    path = place.url(name)
    known = seal_of(dsn, name)
    if known is None and not trust:
        raise BackupUnknown(path=path)
    if known not in (None, head(place, name).seal):
        reason = "it says otherwise than the database remembers that it said when it was taken"
        raise BackupDamaged(path=path, reason=reason)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(place.local(name))
        check_files(folder, manifest, path)
        dump = folder / DUMP
        if manifest.encrypted:
            from neonhub.ops.backup.sealing import open_folder

            dump = stack.enter_context(scratch()) / DUMP
            open_folder(folder / DUMP, dump, keys, where=path)
        yield Opened(path, name, place, dump, manifest, keys)
