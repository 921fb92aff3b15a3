"""Where the servers of tests lie: in memory where there is room, else in the temporary folder.

A worker's server makes a hundred databases of a thousand files each. On a disk that, and taking
them away, is the larger part of the run.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

import psutil

from neonhub.db import _lease

_MEMORY = Path("/dev/shm")
_ROOM = 4 << 30  # a run takes about one
_PREFIX = "neonhub-test-"
_LEFT_BEHIND = 3600.0
_kept: list[Path] = []


@functools.cache
def memory() -> Path | None:
    """The file system in memory, where there is one with room."""
    if not os.access(_MEMORY, os.W_OK | os.X_OK):
        return None
    _sweep()
    room = min(shutil.disk_usage(_MEMORY).free, psutil.virtual_memory().available)
    return _MEMORY if room > _ROOM else None


def _sweep() -> None:
    """Take away what runs that were killed have left: it holds memory."""
    for home in _MEMORY.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            old = time.time() - home.stat().st_mtime > _LEFT_BEHIND
            if old and not _lease.live_users(str(home)):
                shutil.rmtree(home, ignore_errors=True)


def new(kind: str = "server") -> Path:
    """A new folder for a server, which its account can reach: pytest's own are closed to it."""
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{kind}-", dir=memory()))


def kept(kind: str) -> Path:
    """One that stays until the run ends."""
    _kept.append(new(kind))
    return _kept[-1]


def clear() -> None:
    """Take away what was kept."""
    while _kept:
        shutil.rmtree(_kept.pop(), ignore_errors=True)


def stop_at_once(home: Path) -> None:
    """End the server of ``home`` without a checkpoint: its data are not needed any more."""
    data = str(home / "data")
    note = _lease.read_pidfile(data)
    if note is None or not _lease.is_postmaster(note.pid, data):
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(note.pid, signal.SIGQUIT)
    _lease.end(note.pid, data)
