"""Texts cut to what a server takes: pieces of a long text, batches of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

__all__ = ["BYTES_A_REQUEST", "BYTES_A_TEXT", "batches", "cut", "weighted_means"]

BYTES_A_TEXT: Final = 8_000
"""Below the 8,192 tokens that OpenAI's models take: no token is shorter than a byte."""
BYTES_A_REQUEST: Final = 300_000
"""OpenAI's bound on the tokens of one request, in bytes for the same reason."""


def cut(text: str, limit: int = BYTES_A_TEXT) -> list[str]:
    """``text`` in pieces of at most ``limit`` bytes of UTF-8, parted at white space where a
    piece's second half holds some. Blank pieces are dropped.

    A lone surrogate, which JSON cannot carry as UTF-8, becomes a question mark.
    """
    raw = text.encode("utf-8", "replace")
    if len(raw) <= limit:
        return [raw.decode()]
    pieces: list[str] = []
    start = 0
    while start < len(raw):
        stop = min(start + limit, len(raw))
        if stop < len(raw):
            stop = _parting(raw, start + limit // 2, stop)
        piece = raw[start:stop].decode()
        if not piece.isspace():
            pieces.append(piece)
        start = stop
    return pieces


def _parting(raw: bytes, low: int, high: int) -> int:
    """Where to part: after the last blank or line end in ``[low, high)``, else before the last
    character that does not fit in full."""
    space = max(raw.rfind(b" ", low, high), raw.rfind(b"\n", low, high))
    if space >= 0:
        return space + 1
    while raw[high] & 0xC0 == 0x80:  # a byte within a character
        high -= 1
    return high


def batches(texts: Sequence[str], *, most: int) -> Iterator[list[str]]:
    """``texts`` in order, in lists of at most ``most`` and ``BYTES_A_REQUEST``."""
    batch: list[str] = []
    size = 0
    for text in texts:
        length = len(text.encode())
        if batch and (len(batch) == most or size + length > BYTES_A_REQUEST):
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += length
    if batch:
        yield batch


def weighted_means(
    vectors: NDArray[np.float32], owners: Sequence[int], weights: Sequence[int]
) -> NDArray[np.float32]:
    """The weighted mean of the directions of each owner's vectors: one row per owner.

    ``vectors`` has shape ``(n, d)``; ``owners`` are numbers from 0 up, none left out, in order.
    """
    if len(owners) == len(set(owners)):
        return vectors
    directions = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    scaled = directions * np.asarray(weights, np.float32)[:, None]
    means: NDArray[np.float32] = np.add.reduceat(scaled, starts, axis=0)
    return means
