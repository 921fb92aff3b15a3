"""Identifiers in the cuid form: 25 characters, a leading ``c``, ordered by time.

``c`` + 8 digits of milliseconds + 4 digits of a counter + 12 random digits, all base 36, so
that ids made by one process sort in the order of their making, and by several within a
millisecond. Sorting needs ``COLLATE "C"``, which the id columns have. The database function
``neonhub.cuid()`` makes the same form for hand-written SQL.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
import time

__all__ = ["CUID_LENGTH", "CUID_PATTERN", "cuid", "deterministic_cuid", "is_cuid"]

CUID_LENGTH = 25
CUID_PATTERN = re.compile(r"c[0-9a-z]{24}")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_COUNTER_SPAN = 36**4
_RANDOM_SPAN = 36**12

_lock = threading.Lock()
_last_ms = 0
_counter = 0


def _base36(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, rest = divmod(number, 36)
        digits.append(_DIGITS[rest])
    return "".join(reversed(digits))


def _tick() -> tuple[int, int]:
    """The next (millisecond, counter), never falling back when the clock does."""
    global _last_ms, _counter  # noqa: PLW0603
    with _lock:
        now = time.time_ns() // 1_000_000
        if now > _last_ms:
            _last_ms, _counter = now, 0
        else:
            _counter += 1
            if _counter >= _COUNTER_SPAN:
                _last_ms, _counter = _last_ms + 1, 0
        return _last_ms, _counter


def cuid() -> str:
    """A new id, greater than every id this process made before."""
    milliseconds, counter = _tick()
    return (
        "c"
        + _base36(milliseconds, 8)
        + _base36(counter, 4)
        + _base36(secrets.randbelow(_RANDOM_SPAN), 12)
    )


def deterministic_cuid(*parts: str) -> str:
    """The same id for the same parts, everywhere: for seeds. It sorts before every real one."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return "c" + _base36(int.from_bytes(digest) % 36**23, 24)


def is_cuid(text: str) -> bool:
    """Whether ``text`` has the form of an id (it may be of no row)."""
    return CUID_PATTERN.fullmatch(text) is not None
