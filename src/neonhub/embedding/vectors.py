"""From a model's vectors to stored ones: checked, padded, turned, of unit length."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from neonhub.embedding.base import STORED_DIMENSION
from neonhub.embedding.errors import InvalidVector
from neonhub.embedding.rotation import rotate, rotation_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["blank_vector", "check_rows", "is_blank", "to_stored", "with_blanks"]

_BLANK_SEED = 0


def is_blank(text: str) -> bool:
    """Whether a text holds nothing to embed: it is empty, or white space throughout."""
    return not text or text.isspace()


@lru_cache(maxsize=1)
def blank_vector() -> NDArray[np.float32]:
    """The fixed unit vector of every blank text, shape ``(1536,)``, read-only.

    A rotation's image of one axis: in 1536 dimensions, nearly orthogonal to anything real.
    """
    axis = np.zeros((1, STORED_DIMENSION), np.float32)
    axis[0, 0] = 1.0
    vector: NDArray[np.float32] = rotation_for(_BLANK_SEED)(axis)[0]
    vector.setflags(write=False)
    return vector


def check_rows(matrix: NDArray[np.floating], *, first_row: int = 0) -> NDArray[np.float64]:
    """The length of each row. Raises ``InvalidVector`` naming the first row that is not finite
    or has no length; ``first_row`` is the number of the matrix's first row in the caller's count.
    """
    # float64, since the square of a float32 past 1e19 is infinite.
    lengths: NDArray[np.float64] = np.sqrt(np.einsum("ij,ij->i", matrix, matrix, dtype=np.float64))
    bad = np.flatnonzero(~(np.isfinite(lengths) & (lengths > 0)))
    if bad.size:
        row = int(bad[0])
        raise InvalidVector(row=first_row + row, reason=_fault(matrix[row]))
    return lengths


def _fault(vector: NDArray[np.floating]) -> str:
    if np.isnan(vector).any():
        return "it holds NaN"
    if np.isinf(vector).any():
        return "it holds an infinite number"
    return "all its numbers are zero, and a zero vector has no direction"


def to_stored(matrix: NDArray[np.floating], *, turn: bool) -> NDArray[np.float32]:
    """Bring a model's vectors, shape ``(n, d)`` with ``d <= 1536``, into stored form.

    Padding with zeros and turning change no cosine. Raises ``InvalidVector`` for a row that is
    zero or not finite.
    """
    lengths = check_rows(matrix)
    padded = np.zeros((len(matrix), STORED_DIMENSION), np.float32)
    padded[:, : matrix.shape[1]] = matrix / lengths[:, None]
    return rotate(padded) if turn else padded


def with_blanks(texts: Sequence[str], stored: NDArray[np.float32]) -> NDArray[np.float32]:
    """Put the fixed vector between ``stored``, the vectors of those ``texts`` that are not
    blank: shape ``(len(texts), 1536)``."""
    full = np.tile(blank_vector(), (len(texts), 1))
    full[[not is_blank(text) for text in texts]] = stored
    return full
