"""A fixed random rotation of the 1536 stored dimensions.

Sign bits say most about a vector that is dense and centred. A padded or a hashed one is
neither: most of its coordinates are zero, and zero has no sign. Turned by an orthogonal
transform every coordinate carries a little of all others, and every cosine stays as it was.

The transform is two rounds of: permute, flip signs, Walsh-Hadamard over three blocks of 512.
Two rounds suffice to spread one coordinate over all 1536, and their common factor, 1/512, is a
power of two, so that a rotation is additions only, in a fixed order: the same input gives the
same bits on every machine. Signs and permutations come from SHA-256 in counter mode, since
NumPy promises no stable random streams between its versions.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from neonhub.embedding.base import STORED_DIMENSION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["ROTATION", "Rotation", "rotate", "rotation_for"]

BLOCK: Final = 512
ROUNDS: Final = 2
ROTATION: Final[dict[str, Any]] = {"kind": "hadamard-3x512", "seed": 20250301, "version": 1}
"""What a space's metadata records. A changed transform needs a new version: a stored vector is
comparable only with those that were turned the same way."""

_ROWS: Final = 256
"""Vectors turned at a time: 1.5 MB, which stays in a core's cache."""


class Rotation:
    """The orthogonal transform that belongs to one seed."""

    def __init__(self, seed: int) -> None:
        self._rounds = [_round(seed, number) for number in range(ROUNDS)]

    def __call__(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Turn ``vectors`` of shape ``(n, 1536)`` into a new array of that shape.

        Norms and cosines are kept to float32 rounding. A row's result does not depend on the
        rows beside it.
        """
        turned = np.empty(vectors.shape, np.float32)
        for start in range(0, len(vectors), _ROWS):
            stop = start + _ROWS
            columns = np.ascontiguousarray(vectors[start:stop].T, dtype=np.float32)
            turned[start:stop] = self.columns(columns).T
        return turned

    def columns(self, columns: NDArray[np.float32]) -> NDArray[np.float32]:
        """The same for vectors that are columns, shape ``(1536, n)``: every step then runs over
        contiguous memory. ``n`` is best a few hundred."""
        for order, signs in self._rounds:
            columns = np.take(columns, order, axis=0)
            columns *= signs
            columns = _hadamard(columns)
        columns *= np.float32(1 / BLOCK)
        return columns


def _hadamard(columns: NDArray[np.float32]) -> NDArray[np.float32]:
    """The unscaled Walsh-Hadamard transform of each block of 512 coordinates."""
    current, spare = columns, np.empty_like(columns)
    width = columns.shape[1]
    half = 1
    while half < BLOCK:
        pairs = current.reshape(-1, 2, half * width)
        out = spare.reshape(-1, 2, half * width)
        np.add(pairs[:, 0], pairs[:, 1], out=out[:, 0])
        np.subtract(pairs[:, 0], pairs[:, 1], out=out[:, 1])
        current, spare = spare, current
        half *= 2
    return current


def _round(seed: int, number: int) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    stream = _words(f"neonhub rotation {seed} round {number}")
    order = list(range(STORED_DIMENSION))
    for last in range(STORED_DIMENSION - 1, 0, -1):
        # Fisher-Yates; 64 random bits modulo 1536 at most are even to one part in 10^16.
        other = next(stream) % (last + 1)
        order[last], order[other] = order[other], order[last]
    signs = [1.0 if next(stream) & 1 else -1.0 for _ in range(STORED_DIMENSION)]
    return np.array(order, np.intp), np.array(signs, np.float32)[:, None]


def _words(label: str) -> Iterator[int]:
    """Endless 64-bit numbers: SHA-256 of the label and a counter, four to a digest."""
    counter = 0
    while True:
        digest = hashlib.sha256(f"{label} {counter}".encode()).digest()
        for at in range(0, 32, 8):
            yield int.from_bytes(digest[at : at + 8], "big")
        counter += 1


@lru_cache(maxsize=4)
def rotation_for(seed: int) -> Rotation:
    """The transform of a seed, made once (about 10 ms)."""
    return Rotation(seed)


def rotate(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn ``vectors`` of shape ``(n, 1536)`` by the rotation that ``ROTATION`` records."""
    return rotation_for(ROTATION["seed"])(vectors)
