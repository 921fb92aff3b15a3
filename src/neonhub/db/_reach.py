"""Whether an account can walk down to a directory, and letting it pass where it cannot.

Needed for root only: the server then runs as another account, which may not be able to enter
what root owns. Access control lists follow acl(5) and the kernel's ``posix_acl_xattr.h``.
"""

from __future__ import annotations

import os
import stat
import struct
from pathlib import Path

from neonhub.db._embedded_errors import HomeUnreachable

__all__ = ["barriers", "let_pass", "may"]

_XATTR = "system.posix_acl_access"
_USER_OBJ, _USER, _GROUP_OBJ, _GROUP, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
_NO_ID = 0xFFFFFFFF
_SEARCH = 1

Entry = tuple[int, int, int]  # tag, permissions, id


def _entries(path: Path) -> list[Entry]:
    """The access control list of ``path``, made from its mode where it has none of its own."""
    try:
        raw = os.getxattr(path, _XATTR)
        return [struct.unpack_from("<HHI", raw, at) for at in range(4, len(raw), 8)]
    except (OSError, AttributeError):
        mode = path.stat().st_mode
        return [
            (_USER_OBJ, mode >> 6 & 7, _NO_ID),
            (_GROUP_OBJ, mode >> 3 & 7, _NO_ID),
            (_OTHER, mode & 7, _NO_ID),
        ]


def may(path: Path, uid: int, gid: int, wanted: int = _SEARCH) -> bool:
    """Whether the account has the permission bits ``wanted`` (4 read, 1 search) on ``path``."""
    status, entries = path.stat(), _entries(path)
    by_tag = {tag: permissions for tag, permissions, _ in entries}
    mask = by_tag.get(_MASK, 7)
    if status.st_uid == uid:
        return by_tag[_USER_OBJ] & wanted == wanted
    for tag, permissions, who in entries:
        if tag == _USER and who == uid:
            return permissions & mask & wanted == wanted
    groups = [p for tag, p, who in entries if tag == _GROUP and who == gid]
    if status.st_gid == gid:
        groups.append(by_tag[_GROUP_OBJ])
    if groups:
        return any(p & mask & wanted == wanted for p in groups)
    return by_tag[_OTHER] & wanted == wanted


def barriers(path: Path, uid: int, gid: int) -> list[Path]:
    """The existing directories on the way to ``path``, itself included, that stop the account."""
    way = [*reversed(path.parents), path]
    return [p for p in way if p.is_dir() and not may(p, uid, gid)]


def let_pass(directory: Path, uid: int, name: str, *, ours: bool = False) -> None:
    """Let the one account search ``directory``, nobody else where the file system can say that.

    Without access control lists the directory is opened to be passed through (not read) by
    all, but only where it is ``ours`` or lies under the system's temporary directory.
    Raises ``HomeUnreachable``.
    """
    grouped = (_USER, _GROUP_OBJ, _GROUP)
    before = _entries(directory)
    # What the old mask held back is taken away for good: the new mask must let our entry through.
    held = next((permissions for tag, permissions, _ in before if tag == _MASK), 7)
    entries = [(t, p & held if t in grouped else p, who) for t, p, who in before if t != _MASK]
    entries = [e for e in entries if e[0] != _USER or e[2] != uid] + [(_USER, _SEARCH, uid)]
    mask = 0
    for tag, permissions, _ in entries:
        mask |= permissions if tag in grouped else 0
    entries.append((_MASK, mask, _NO_ID))
    packed = b"".join(struct.pack("<HHI", *e) for e in sorted(entries, key=lambda e: (e[0], e[2])))
    try:
        os.setxattr(directory, _XATTR, struct.pack("<I", 2) + packed)
    except (OSError, AttributeError) as error:
        import tempfile

        temporary = Path(tempfile.gettempdir()).resolve()
        if not ours and temporary not in directory.parents:
            hint = (
                f"Let it pass with `setfacl -m u:{name}:x {directory}`, or {HomeUnreachable.hint}"
            )
            raise HomeUnreachable(hint=hint, path=str(directory), account=name) from error
        directory.chmod(stat.S_IMODE(directory.stat().st_mode) | stat.S_IXOTH)
