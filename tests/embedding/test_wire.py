"""pgvector's binary form, there and back; nothing unusable goes out."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from pgvector import Vector

from neonhub.embedding.errors import InvalidVector
from neonhub.embedding.wire import from_pgvector_binary, to_pgvector_binary

numbers = st.floats(-(2.0**60), 2.0**60, width=32)


@given(arrays.arrays(np.float32, st.tuples(st.integers(1, 4), st.just(7)), elements=numbers))
def test_there_and_back(matrix: NDArray[np.float32]) -> None:
    matrix[:, 0] = 1.0
    values = to_pgvector_binary(matrix, dimension=7)
    assert len(values) == len(matrix)
    for row, value in zip(matrix, values, strict=True):
        np.testing.assert_array_equal(from_pgvector_binary(value), row)


def test_it_is_what_pgvector_reads_and_writes() -> None:
    matrix = np.random.default_rng(1).normal(size=(3, 1536)).astype(np.float32)
    values = to_pgvector_binary(matrix)
    for row, value in zip(matrix, values, strict=True):
        assert value == Vector(row).to_binary()
        np.testing.assert_array_equal(Vector.from_binary(value).to_numpy(), row)


def test_any_layout_and_width_of_numbers_will_do() -> None:
    matrix = np.random.default_rng(1).normal(size=(1536, 4)).astype(np.float32).T
    assert to_pgvector_binary(matrix) == to_pgvector_binary(matrix.astype(np.float64).copy())
    assert to_pgvector_binary(np.empty((0, 1536), np.float32)) == []


@pytest.mark.parametrize(
    ("value", "reason"),
    [(np.nan, "NaN"), (np.inf, "infinite"), (-np.inf, "infinite"), (1e300, "infinite")],
)
def test_a_number_that_is_none_names_its_row(value: float, reason: str) -> None:
    matrix = np.ones((5, 1536))
    matrix[3, 700] = value
    with pytest.raises(InvalidVector, match=rf"row 3 .*{reason}"):
        to_pgvector_binary(matrix)


def test_a_zero_vector_names_its_row() -> None:
    matrix = np.ones((5, 1536), np.float32)
    matrix[4] = 0
    with pytest.raises(InvalidVector, match=r"row 4 .*zero"):
        to_pgvector_binary(matrix)


@pytest.mark.parametrize("shape", [(2, 1535), (2, 384), (1536,), (1, 2, 1536)])
def test_a_wrong_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InvalidVector, match="rows of 1536 fit"):
        to_pgvector_binary(np.ones(shape, np.float32))


@pytest.mark.parametrize("value", [b"", b"\x00", struct.pack(">HH2f", 3, 0, 1, 2), b"\x00\x01\0\0"])
def test_bytes_that_are_no_vector_are_refused(value: bytes) -> None:
    with pytest.raises(InvalidVector):
        from_pgvector_binary(value)
