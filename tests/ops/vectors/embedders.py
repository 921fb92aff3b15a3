"""An embedder of a space of its own: the same text gives the same vector, on every machine."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neonhub.embedding.base import STORED_DIMENSION, SpaceSpec


def vector_of(text: str, model: str) -> NDArray[np.float32]:
    digest = hashlib.sha256(f"{model} {text}".encode()).digest()
    dice = np.random.default_rng(int.from_bytes(digest[:8], "big"))
    made = dice.standard_normal(STORED_DIMENSION, np.float32)
    return np.asarray(made / np.linalg.norm(made), np.float32)


class Hashing:
    """Takes ``pause`` seconds a batch, as a server does."""

    def __init__(self, model: str = "new", pause: float = 0.0):
        self.space = SpaceSpec("hashing", model, STORED_DIMENSION)
        self.pause, self.embedded = pause, 0

    async def prepare(self) -> SpaceSpec:
        return self.space

    async def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        await asyncio.sleep(self.pause)
        self.embedded += len(texts)
        return np.stack([vector_of(text, self.space.model) for text in texts])

    async def embed_query(self, text: str) -> NDArray[np.float32]:
        return vector_of(text, self.space.model)

    async def aclose(self) -> None:
        return None
