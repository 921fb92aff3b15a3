"""pgvector's binary form: int16 dimension, int16 unused, then float32, all big-endian."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

import numpy as np

from neonhub.embedding.base import STORED_DIMENSION
from neonhub.embedding.errors import InvalidVector
from neonhub.embedding.vectors import check_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["from_pgvector_binary", "to_pgvector_binary"]

_HEADER: Final = struct.Struct(">HH")


def to_pgvector_binary(
    matrix: NDArray[np.floating], *, dimension: int = STORED_DIMENSION
) -> list[bytes]:
    """One value for binary COPY or a binary parameter per row of ``matrix``, shape
    ``(n, dimension)``.

    Raises ``InvalidVector`` naming the row, counted from 0, that is not ``dimension`` wide or
    holds NaN, an infinite number or nothing but zeros.
    """
    if matrix.ndim != 2 or matrix.shape[1] != dimension:
        shape = " x ".join(map(str, matrix.shape))
        raise InvalidVector(row=0, reason=f"the shape is {shape}, and rows of {dimension} fit")
    width = _HEADER.size + 4 * dimension
    buffer = np.empty((len(matrix), width), np.uint8)
    buffer[:, : _HEADER.size] = np.frombuffer(_HEADER.pack(dimension, 0), np.uint8)
    # float64 past the range of float32 becomes infinite here, which check_rows then names.
    with np.errstate(over="ignore"):
        single = np.ascontiguousarray(matrix, np.float32)
    check_rows(single)
    buffer[:, _HEADER.size :] = single.astype(">f4").view(np.uint8)
    raw = memoryview(buffer.tobytes())
    return [bytes(raw[at : at + width]) for at in range(0, len(raw), width)]


def from_pgvector_binary(value: bytes | bytearray | memoryview) -> NDArray[np.float32]:
    """The vector behind pgvector's binary form, shape ``(dimension,)``.

    Raises ``InvalidVector`` where the length does not agree with the header.
    """
    if len(value) < _HEADER.size:
        raise InvalidVector(row=0, reason=f"{len(value)} bytes hold no vector")
    dimension, _unused = _HEADER.unpack_from(value)
    if len(value) != _HEADER.size + 4 * dimension:
        reason = f"{len(value)} bytes do not hold the {dimension} numbers that are announced"
        raise InvalidVector(row=0, reason=reason)
    return np.frombuffer(value, ">f4", offset=_HEADER.size).astype(np.float32)
