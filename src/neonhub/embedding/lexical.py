"""The offline embedder: hashed words, word pairs and character n-grams. No model, no network.

A text's vector is a weighted sum of features, each hashed to one of 1536 coordinates and a
sign (Weinberger and others, "Feature Hashing for Large Scale Multitask Learning", 2009), then
turned by the fixed rotation, so that its sign bits are informative, and scaled to length one.
What it finds is shared wording, not meaning: it knows no synonyms.

- A *unit* is a stemmed word, an identifier as a whole, or one of an identifier's parts:
  ``max_wal_size`` counts as itself and as ``max``, ``wal``, ``size``.
- A unit seen n times weighs ``1 + ln n``; function words count for next to nothing, everyday
  words for less than others.
- N-grams of three to five characters, the word's ends marked, let ``replica`` meet
  ``replication`` and a word its misspelling.
- Pairs of successive words, function words skipped, tell ``index scan`` from ``scan index``.

All hashes are fixed (BLAKE2b, splitmix64) and all weights are multiples of 2^-12, so that sums
of products are exact in float64 whatever their order: the same text gives the same vector on
every machine, whatever was embedded before or beside it.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from neonhub.embedding.base import STORED_DIMENSION, SpaceSpec
from neonhub.embedding.lexical_features import Vocabulary, pair_features, term_weight
from neonhub.embedding.rotation import ROTATION, Rotation, rotation_for
from neonhub.embedding.tokens import tokenize
from neonhub.embedding.vectors import blank_vector

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["LEXICAL_MODEL", "LexicalEmbedder"]

LEXICAL_MODEL: Final = "hash-v1"
"""A changed feature, weight or hash needs a new name: old vectors would not be comparable."""

_ROWS: Final = 128
"""Texts embedded at a time: what they need then stays in a core's cache."""

_WORDS_KEPT: Final = 100_000
"""Distinct words whose features are kept between calls, about 30 MB."""

_LARGEST_BLOCK: Final = 24 << 20


class LexicalEmbedder:
    """Deterministic vectors from wording alone; see the module for how they are made."""

    def __init__(self) -> None:
        # glibc hands large blocks back to the kernel when they are freed, and takes them anew,
        # page by page: 150,000 page faults for 10,000 texts, 0.4 of 1.7 s. Once a block of this
        # size was freed, it keeps smaller ones. It is never written to, so it costs nothing.
        np.empty(_LARGEST_BLOCK, np.uint8)
        self._vocabulary = Vocabulary(_WORDS_KEPT)
        self._rotation: Rotation = rotation_for(ROTATION["seed"])
        # Two threads that teach the vocabulary at once would number words twice.
        self._lock = threading.Lock()
        metadata: dict[str, Any] = {"rotation": ROTATION, "normalized": True, "language": "en"}
        self._space = SpaceSpec("lexical", LEXICAL_MODEL, STORED_DIMENSION, metadata)

    @property
    def space(self) -> SpaceSpec:
        """``lexical/hash-v1/1536``."""
        return self._space

    async def prepare(self) -> SpaceSpec:
        """Nothing to load."""
        return self._space

    async def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of ``texts``, shape ``(len(texts), 1536)``, made in a worker thread."""
        return await asyncio.to_thread(self.embed, texts)

    async def embed_query(self, text: str) -> NDArray[np.float32]:
        """The vector of a question, shape ``(1536,)``: the same as of a document."""
        # In a thread too: on the event loop it would wait for a running ingest's lock.
        vector: NDArray[np.float32] = (await asyncio.to_thread(self.embed, [text]))[0]
        return vector

    async def aclose(self) -> None:
        """Nothing to close."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """``embed_documents`` without the event loop: shape ``(len(texts), 1536)``."""
        vectors = np.empty((len(texts), STORED_DIMENSION), np.float32)
        for start in range(0, len(texts), _ROWS):
            block = texts[start : start + _ROWS]
            # Block by block, so that a question waits for milliseconds at most.
            with self._lock:
                vectors[start : start + len(block)] = self._block(block)
        return vectors

    def _block(self, texts: Sequence[str]) -> NDArray[np.float32]:
        tokens: list[str] = []
        counts = np.empty(len(texts), np.int64)
        for row, text in enumerate(texts):
            found = tokenize(text)
            counts[row] = len(found)
            tokens += found
        words = self._vocabulary.numbers(tokens)
        rows = np.repeat(np.arange(len(texts)), counts)
        columns = self._hashed(rows, words, len(texts))
        lengths = np.sqrt(np.einsum("ij,ij->j", columns, columns))
        # A blank text has no features, and those of two function words may cancel out.
        empty = lengths == 0.0
        columns /= np.where(empty, 1.0, lengths)
        vectors = self._rotation.columns(columns.astype(np.float32)).T
        vectors[empty] = blank_vector()
        return vectors

    def _hashed(
        self, rows: NDArray[np.int64], words: NDArray[np.int64], width: int
    ) -> NDArray[np.float64]:
        """The features of all texts summed: shape ``(1536, width)``, one text a column."""
        rows, units = self._vocabulary.expand(rows, words)
        # Both fit 64 bits: at most 128 rows, and numbers of units below 2^40.
        distinct, times = np.unique(rows << 40 | units, return_counts=True)
        at, weights = self._vocabulary.features(
            distinct >> 40, distinct & ((1 << 40) - 1), term_weight(times), width
        )
        sums = np.zeros(STORED_DIMENSION * width)
        sums += np.bincount(at, weights, STORED_DIMENSION * width)
        at, weights = pair_features(rows, units, self._vocabulary, width)
        sums += np.bincount(at, weights, STORED_DIMENSION * width)
        return sums.reshape(STORED_DIMENSION, width)
