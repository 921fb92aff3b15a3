"""A table's rows as the bytes of a COPY, block by block, and chance without a generator.

Rows are made of what was prepared: times by the minute, sentences, vectors. What varies from row
to row follows from its number, so that every run makes the same, and none keeps a state.
"""

from __future__ import annotations

import datetime as dt
import struct
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from neonhub.ops.seeding.scale.tenants import Tenant

__all__ = [
    "BINARY_HEADER",
    "BINARY_TRAILER",
    "Clock",
    "Stream",
    "binary_row",
    "mix",
    "sentences",
    "skewed",
]

BINARY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
BINARY_TRAILER = b"\xff\xff"

_BLOCK = 1000
_NULL = struct.pack(">i", -1)
_PRIMES = (2654435761, 2246822519, 3266489917, 668265263)


def mix(number: int, salt: int = 0) -> int:
    """32 bits that look like chance: multiplied and folded, twice."""
    mixed = (number + 1) * _PRIMES[salt & 3] + salt * 0x9E3779B9 & 0xFFFFFFFF
    mixed ^= mixed >> 15
    mixed = mixed * 0x2C1B3C6D & 0xFFFFFFFF
    return mixed ^ (mixed >> 13)


def skewed(number: int, many: int, salt: int = 0) -> int:
    """One of ``many``, the first ones far more often than the last."""
    mixed = mix(number, salt)
    return (mixed & 0xFFFF) * (mixed >> 16) * many >> 32


class Clock:
    """Times of the thirty days before the anchor, as COPY reads them."""

    DAYS = 30

    def __init__(self, anchor: dt.date) -> None:
        self._minutes = [
            (dt.datetime.combine(anchor, dt.time()) - dt.timedelta(minutes=left)).strftime(
                "%Y-%m-%d %H:%M:"
            )
            for left in range(self.DAYS * 1440, 0, -1)
        ]
        began = anchor - dt.timedelta(days=self.DAYS)
        self.first_minute_2000 = (began - dt.date(2000, 1, 1)).days * 1440
        """The first minute, counted from where PostgreSQL's binary times begin."""
        self.dates = [(anchor - dt.timedelta(days=left)).isoformat() for left in range(30, 0, -1)]

    def at(self, minute: int, second: int = 0) -> str:
        """``second`` seconds (below 60) into a minute, counted from thirty days ago; it wraps."""
        return f"{self._minutes[minute % len(self._minutes)]}{second:02d}+00"


@dataclass(frozen=True)
class Stream:
    """A table, the columns that are given, and what makes a tenant's rows of it.

    ``rows`` yields lines of COPY's text form without their ends, or, where ``binary``, rows of
    its binary form.
    """

    table: str
    columns: tuple[str, ...]
    rows: Callable[[Tenant, Clock], Iterable[str] | Iterable[bytes]]
    binary: bool = False

    def copy_sql(self) -> str:
        """The statement that takes the blocks."""
        how = " WITH (FORMAT binary)" if self.binary else ""
        return f"COPY {self.table} ({', '.join(self.columns)}) FROM STDIN{how}"

    def blocks(self, tenants: Iterable[Tenant], clock: Clock) -> Iterator[tuple[int, bytes]]:
        """Rows and bytes of each block, all tenants one after the other."""
        rows = iter(row for tenant in tenants for row in self.rows(tenant, clock))
        if self.binary:
            yield 0, BINARY_HEADER
        while block := list(islice(rows, _BLOCK)):
            yield len(block), _joined(block)
        if self.binary:
            yield 0, BINARY_TRAILER


def _joined(block: list[Any]) -> bytes:
    if isinstance(block[0], bytes):
        return b"".join(block)
    return ("\n".join(block) + "\n").encode()


def binary_row(*values: str | int | bytes | None) -> bytes:
    """A row of COPY's binary form: text, 32-bit integers, and what has that form already."""
    parts = [struct.pack(">h", len(values))]
    for value in values:
        if value is None:
            parts.append(_NULL)
        elif isinstance(value, int):
            parts.append(struct.pack(">ii", 4, value))
        else:
            data = value.encode() if isinstance(value, str) else value
            parts.append(struct.pack(">i", len(data)) + data)
    return b"".join(parts)


_SUBJECTS = ("the sign", "a wall", "the letter", "every sketch", "our rental", "that backdrop")
_VERBS = ("arrives in", "is measured for", "was ordered after", "hangs above", "brings guests to")
_PLACES = ("the cafe", "a studio", "the garden", "two rooms", "the stage", "a shop window")
_TIMES = ("before dusk", "within nine days", "on the first of the month", "when it rains", "twice")


@cache
def sentences() -> list[str]:
    """900 different sentences of some eight words."""
    return [
        f"{subject} {verb} {place} {time}.".capitalize()
        for subject in _SUBJECTS
        for verb in _VERBS
        for place in _PLACES
        for time in _TIMES
    ]
