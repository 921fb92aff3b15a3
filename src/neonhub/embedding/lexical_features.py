"""The lexical embedder's features: numbered words, their hashed n-grams, and pairs of words."""

from __future__ import annotations

import math
from hashlib import blake2b
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neonhub.embedding.base import STORED_DIMENSION
from neonhub.embedding.english import COMMON_WORDS, STOP_WORDS, stem
from neonhub.embedding.tokens import LONGEST_UNIT, units_of

__all__ = ["Vocabulary", "pair_features", "term_weight"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Hashes = NDArray[np.uint64]

STOP_WEIGHT: Final = 0.05
COMMON_WEIGHT: Final = 0.4
PAIR_WEIGHT: Final = 0.5
GRAM_WEIGHT: Final = 0.5
"""Length of all n-grams of a word together, against 1 for the word itself."""
GRAM_SIZES: Final = (3, 4, 5)

_UNITS_A_TOKEN: Final = 3
_STEP: Final = 2.0**12
_STOPS: Final = frozenset(map(stem, STOP_WORDS))
_COMMON: Final = frozenset(map(stem, COMMON_WORDS)) - _STOPS
_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)


def _exact(weights: Floats) -> Floats:
    """Weights as multiples of 2^-12, so that sums of their products are exact."""
    return np.rint(weights * _STEP) / _STEP


_TERM_WEIGHTS: Final = _exact(np.array([0.0] + [1.0 + math.log(times) for times in range(1, 1001)]))


def term_weight(times: Ints) -> Floats:
    """``1 + ln n`` for a unit seen n times, level from 1,000 on."""
    return _TERM_WEIGHTS[np.minimum(times, len(_TERM_WEIGHTS) - 1)]


def mix(values: Hashes) -> Hashes:
    """The finaliser of splitmix64 (Steele and others, 2014): every bit depends on every bit."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def coordinates(hashes: Hashes) -> tuple[Ints, Floats]:
    """Each hash's coordinate, 0 to 1535, and sign, -1 or 1."""
    at = (hashes >> np.uint64(1)) % np.uint64(STORED_DIMENSION)
    return at.astype(np.int64), np.where(hashes & np.uint64(1), 1.0, -1.0)


class _Numbering(dict[str, int]):
    """Gives each new key the next number, and keeps the new keys until they are taken."""

    def __init__(self) -> None:
        self.fresh: list[str] = []

    def __missing__(self, key: str) -> int:
        number = self[key] = len(self)
        self.fresh.append(key)
        return number

    def take(self) -> list[str]:
        fresh, self.fresh = self.fresh, []
        return fresh


class _Ragged:
    """Rows of unequal length, one after the other in flat arrays that grow."""

    def __init__(self, *kinds: type) -> None:
        self.starts = np.zeros(1, np.int64)
        self.flat: list[NDArray[Any]] = [np.empty(0, kind) for kind in kinds]

    def extend(self, lengths: Ints, *flat: NDArray[Any]) -> None:
        ends = self.starts[-1] + np.cumsum(lengths)
        self.starts = np.concatenate([self.starts, ends])
        self.flat = [np.concatenate(pair) for pair in zip(self.flat, flat, strict=True)]

    def places(self, rows: Ints) -> tuple[Ints, Ints]:
        """How long each of ``rows`` is, and where all their elements lie, in order."""
        starts = self.starts[rows]
        lengths = self.starts[rows + 1] - starts
        ends = np.cumsum(lengths)
        total = int(ends[-1]) if len(ends) else 0
        return lengths, np.repeat(starts - ends + lengths, lengths) + np.arange(total)


class Vocabulary:
    """Tokens to units to features, each worked out once.

    Kept until more than ``limit`` distinct tokens are known; then everything is forgotten and
    the numbering starts again. Within one call it may grow past that.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._forget()

    def _forget(self) -> None:
        self._tokens = _Numbering()
        self._units = _Numbering()
        self._units_of_token = _Ragged(np.int64)
        self._features_of_unit = _Ragged(np.int64, np.float64)
        self.hashes: Hashes = np.empty(0, np.uint64)
        self.weights: Floats = np.empty(0)
        self.paired: NDArray[np.bool_] = np.empty(0, np.bool_)

    def numbers(self, tokens: list[str]) -> Ints:
        """The number of each token, new ones worked out first."""
        kept = len(self._units_of_token.flat[0])
        if len(self._tokens) > self._limit or kept > _UNITS_A_TOKEN * self._limit:
            self._forget()
        found = np.fromiter(map(self._tokens.__getitem__, tokens), np.int64, len(tokens))
        fresh = self._tokens.take()
        if fresh:
            units = [units_of(token) for token in fresh]
            lengths = np.array([len(each) for each in units], np.int64)
            flat = [self._units[unit] for each in units for unit in each]
            self._units_of_token.extend(lengths, np.array(flat, np.int64))
            self._learn(self._units.take())
        return found

    def expand(self, rows: Ints, tokens: Ints) -> tuple[Ints, Ints]:
        """Tokens with their rows to units with their rows, in the same order."""
        lengths, places = self._units_of_token.places(tokens)
        return np.repeat(rows, lengths), self._units_of_token.flat[0][places]

    def features(self, rows: Ints, units: Ints, weights: Floats, width: int) -> tuple[Ints, Floats]:
        """The weighted features of units: their cells in a ``(1536, width)`` array, values."""
        lengths, places = self._features_of_unit.places(units)
        cells, values = self._features_of_unit.flat
        at = cells[places] * width + np.repeat(rows, lengths)
        return at, values[places] * np.repeat(weights, lengths)

    def _learn(self, units: list[str]) -> None:
        if not units:
            return
        digests = b"".join(blake2b(_bytes(unit), digest_size=8).digest() for unit in units)
        hashes = np.frombuffer(digests, ">u8").astype(np.uint64)
        weights = np.array([_weight(unit) for unit in units])
        whole = np.array([not unit.isalnum() for unit in units])
        self.hashes = np.concatenate([self.hashes, hashes])
        self.weights = np.concatenate([self.weights, weights])
        self.paired = np.concatenate([self.paired, ~whole & (weights > STOP_WEIGHT)])
        bare = whole | (weights <= STOP_WEIGHT)
        texts = ["" if alone else unit for unit, alone in zip(units, bare, strict=True)]
        owners, grams = ngrams(texts)
        counts = np.bincount(owners, minlength=len(units))
        cells, signs = coordinates(np.concatenate([hashes, grams]))
        lengths = np.sqrt(np.maximum(counts, 1))
        values = np.concatenate([weights, (GRAM_WEIGHT * weights / lengths)[owners]])
        owners = np.concatenate([np.arange(len(units)), owners])
        order = np.argsort(owners, kind="stable")
        self._features_of_unit.extend(counts + 1, cells[order], _exact(values * signs)[order])


def _bytes(text: str) -> bytes:
    # Lone surrogates, which a badly decoded file may hold, have no UTF-8 of their own.
    return text.encode("utf-8", "surrogatepass")


def _weight(unit: str) -> float:
    if unit in _STOPS or (unit.isascii() and not any(map(str.isalnum, unit))):
        return STOP_WEIGHT
    return COMMON_WEIGHT if unit in _COMMON else 1.0


def ngrams(units: list[str]) -> tuple[Ints, Hashes]:
    """All n-grams of all units, the ends marked: which unit each belongs to, and its hash.

    A unit of no more than one character has none; nor do those given as empty.
    """
    marked = [f"<{unit[:LONGEST_UNIT]}>" if len(unit) > 1 else "" for unit in units]
    text = "".join(marked).encode("utf-32-le", "surrogatepass")
    points = np.frombuffer(text, "<u4").astype(np.uint64)
    lengths = np.array([len(each) for each in marked], np.int64)
    owner = np.repeat(np.arange(len(units)), lengths)
    left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(points))
    owners, hashes = [], []
    rolling = points.copy()
    for size in range(2, max(GRAM_SIZES) + 1):
        rolling = rolling[:-1] * _MULTIPLIER + points[size - 1 :]
        if size in GRAM_SIZES:
            # Those that would run into the next unit are left out.
            fits = left[: len(rolling)] >= size
            hashes.append(mix(rolling[fits] + np.uint64(size)))
            owners.append(owner[: len(rolling)][fits])
    return np.concatenate(owners), np.concatenate(hashes)


def pair_features(
    rows: Ints, units: Ints, vocabulary: Vocabulary, width: int
) -> tuple[Ints, Floats]:
    """Successive words of one row as features: cells in a ``(1536, width)`` array, values."""
    kept = vocabulary.paired[units]
    rows, units = rows[kept], units[kept]
    same = rows[:-1] == rows[1:]
    rows, first, second = rows[:-1][same], units[:-1][same], units[1:][same]
    hashes = mix(vocabulary.hashes[first] * _MULTIPLIER + vocabulary.hashes[second])
    cells, signs = coordinates(hashes)
    weights = np.sqrt(vocabulary.weights[first] * vocabulary.weights[second])
    return cells * width + rows, _exact(PAIR_WEIGHT * weights) * signs
