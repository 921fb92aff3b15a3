"""What the embedded server is set to: our own file, written anew at each start."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neonhub.db._embedded_home import Account

__all__ = ["write"]

_MB = 1024 * 1024

_HBA = """\
# Written by NeonHub at each start: changes are lost.
# The socket lies in a directory that only its owner can enter, so whoever gets there is trusted;
# loopback asks for the password; nobody comes in from another machine.
local all all trust
local replication postgres trust
host all all 127.0.0.1/32 scram-sha-256
"""


def memory() -> int:
    """The bytes of memory that this process may use: the machine's, or its container's."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            total = min(total, int(Path(limit).read_text("utf-8")))
        except (OSError, ValueError):
            continue
    return total


def settings(*, lz4: bool, libraries: Sequence[str] = ()) -> dict[str, str]:
    """The server's settings, by name. Why each: beside it."""
    total = memory()
    # Each 512 MB cost 17 ms at every start, for a short command as for a long one.
    buffers = min(max(total // 32, 128 * _MB), 1024 * _MB)
    return {
        "shared_buffers": f"{buffers // _MB}MB",
        "effective_cache_size": f"{max(total // 2 // _MB, 256)}MB",
        "work_mem": "32MB",
        "maintenance_work_mem": "256MB",
        "max_connections": "200",
        # At 4 the planner takes a sequential scan over a vector index.
        "random_page_cost": "1.1",
        # Compiling costs more than it saves in queries of milliseconds.
        "jit": "off",
        # For `neonhub db doctor`, which then knows what was slow before it was asked.
        "shared_preload_libraries": f"'{', '.join(libraries)}'",
        "max_wal_size": "2GB",
        "wal_compression": "lz4" if lz4 else "pglz",
        # What was committed is on the disk.
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "password_encryption": "'scram-sha-256'",
        "unix_socket_permissions": "0700",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "log_checkpoints": "off",
        "log_line_prefix": "'%m [%p] %q%u@%d '",
    }


def write(data: Path, account: Account, *, lz4: bool, libraries: Sequence[str]) -> None:
    """Write ``neonhub.conf`` and ``pg_hba.conf`` into the data directory."""
    lines = [f"{name} = {value}" for name, value in settings(lz4=lz4, libraries=libraries).items()]
    head = "# Written by NeonHub at each start. Your own settings: postgresql.local.conf, beside.\n"
    _replace(data / "neonhub.conf", head + "\n".join(lines) + "\n", account)
    _replace(data / "pg_hba.conf", _HBA, account)


def _replace(path: Path, text: str, account: Account) -> None:
    """Write a file at once and whole; untouched where it already reads so."""
    try:
        if path.read_text("utf-8") == text:
            return
    except FileNotFoundError:
        pass
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    # Root writes here in a directory of another account: never through a link put there.
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        if account.other:
            os.fchown(fd, account.uid, account.gid)
        os.write(fd, text.encode("utf-8"))
        os.fsync(fd)
    finally:
        os.close(fd)
    draft.replace(path)
