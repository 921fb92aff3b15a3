"""What every embedder offers, and what names the space its vectors live in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["STORED_DIMENSION", "Embedder", "SpaceSpec"]

STORED_DIMENSION: Final = 1536
"""The width of every stored vector, whatever the model's own dimension."""


@dataclass(frozen=True, slots=True)
class SpaceSpec:
    """An embedding space: vectors of two spaces are never compared.

    Two are equal where provider, model and dimension are.
    ``dimension`` is the model's own, before padding. ``metadata`` says how the stored vector
    follows from the model's: ``rotation`` (``{"kind", "seed", "version"}``, or ``None``),
    ``normalized``, and where it matters ``language`` and ``native_dimension``.
    """

    provider: str
    model: str
    dimension: int
    metadata: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def name(self) -> str:
        """``provider/model/dimension``, as ``openai/text-embedding-3-small/1536``."""
        return f"{self.provider}/{self.model}/{self.dimension}"

    @property
    def rotation(self) -> Mapping[str, Any] | None:
        """The recorded rotation, ``None`` where the vectors are stored as the model made them."""
        rotation: Mapping[str, Any] | None = self.metadata.get("rotation")
        return rotation


class Embedder(Protocol):
    """Makes vectors of one space, ready to store: padded, rotated, of unit length, float32.

    Any text is allowed. A blank one gets one fixed vector that no real text comes near, since
    a zero vector has no cosine and no model takes an empty input.
    """

    @property
    def space(self) -> SpaceSpec:
        """The space of the vectors. Raises ``SpaceUnknown`` where only the model knows its
        dimension and ``prepare`` has not been awaited yet."""
        ...

    async def prepare(self) -> SpaceSpec:
        """Find out the space; load the model, and ask the server where only it can tell.

        Cheap when called again. Raises where that fails: better before a long job than in it.
        """
        ...

    async def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of ``texts``, in their order: shape ``(len(texts), 1536)``."""
        ...

    async def embed_query(self, text: str) -> NDArray[np.float32]:
        """The vector of a question: shape ``(1536,)``."""
        ...

    async def aclose(self) -> None:
        """Let go of connections, threads and models. May be called twice."""
        ...
