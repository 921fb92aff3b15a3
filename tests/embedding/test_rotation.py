"""The rotation keeps every length and cosine, and is the same everywhere."""

from __future__ import annotations

import hashlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from neonhub.embedding.rotation import ROTATION, Rotation, rotate, rotation_for

matrices = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 5), st.just(1536)),
    elements=st.floats(-1, 1, width=32),
    fill=st.sampled_from([0.0, 1.0, -0.5]),
)


@given(matrices)
def test_lengths_and_cosines_are_kept(vectors: NDArray[np.float32]) -> None:
    turned = rotate(vectors)
    before = vectors.astype(np.float64) @ vectors.T.astype(np.float64)
    after = turned.astype(np.float64) @ turned.T.astype(np.float64)
    # 1536 coordinates of at most 1: inner products reach 1536.
    np.testing.assert_allclose(after, before, atol=1e-5 * max(1.0, np.abs(before).max()))


def test_it_is_orthogonal() -> None:
    turned = rotate(np.eye(1536, dtype=np.float32)).astype(np.float64)
    np.testing.assert_allclose(turned @ turned.T, np.eye(1536), atol=1e-5)


def test_it_spreads_one_coordinate_over_all() -> None:
    turned = rotate(np.eye(1536, dtype=np.float32)[:8])
    # Sums of some 170 signs: one in twenty is zero for a lone axis, none for a real vector.
    assert (turned != 0).mean() > 0.9
    assert abs((turned > 0).mean() - 0.5) < 0.05


def test_a_row_does_not_depend_on_its_neighbours() -> None:
    vectors = np.random.default_rng(1).normal(size=(600, 1536)).astype(np.float32)
    turned = rotate(vectors)
    np.testing.assert_array_equal(turned[300], rotate(vectors[300:301])[0])
    np.testing.assert_array_equal(turned, rotation_for(ROTATION["seed"])(vectors))
    assert rotate(vectors[:0]).shape == (0, 1536)


def test_version_1_is_what_it_always_was() -> None:
    # Stored vectors depend on it: where this fails, a new version is due, not a new digest.
    ramp = (np.arange(2 * 1536, dtype=np.float32) % 97 - 48).reshape(2, 1536)
    assert ROTATION == {"kind": "hadamard-3x512", "seed": 20250301, "version": 1}
    assert hashlib.sha256(rotate(ramp).astype("<f4").tobytes()).hexdigest() == (
        "51a2a9c28f6f9278179a29226db6f4b0283ec61dd7adc3a4fdc552331b606cdc"
    )


def test_seeds_differ() -> None:
    axis = np.eye(1536, dtype=np.float32)[:1]
    assert abs(float(Rotation(1)(axis)[0] @ Rotation(2)(axis)[0])) < 0.15
