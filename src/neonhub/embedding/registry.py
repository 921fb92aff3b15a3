"""From settings, or from a recorded space, to the embedder that makes its vectors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from neonhub.embedding.errors import EmbedderUnavailable, EmbeddingError, SpaceUnavailable
from neonhub.embedding.rotation import ROTATION

if TYPE_CHECKING:
    from pydantic import SecretStr

    from neonhub.embedding.base import Embedder, SpaceSpec

__all__ = ["EmbeddingSettings", "embedder_for_space", "embedder_from_settings"]


class EmbeddingSettings(Protocol):
    """The part of the settings that is about embedding."""

    @property
    def resolved_embedder(self) -> str:
        """``lexical``, ``openai`` or ``local``: what ``auto`` means is the settings' to say."""
        ...

    @property
    def openai_api_key(self) -> SecretStr | None:
        """The key; a compatible server may need none."""
        ...

    @property
    def openai_base_url(self) -> str | None:
        """The server's address where it is not OpenAI's own."""
        ...

    @property
    def openai_embedding_model(self) -> str:
        """The model's name at that server."""
        ...

    @property
    def openai_timeout_s(self) -> float:
        """Seconds to wait for an answer."""
        ...

    @property
    def local_model(self) -> str:
        """The name or folder of a sentence-transformers model."""
        ...


def embedder_from_settings(settings: EmbeddingSettings) -> Embedder:
    """The embedder that the settings name.

    Raises ``EmbedderUnavailable`` where what it takes is missing, and ``EmbeddingTooLarge``.
    """
    choice = settings.resolved_embedder
    if choice == "openai":
        return _openai(settings, settings.openai_embedding_model)
    if choice == "local":
        return _local(settings.local_model)
    if choice == "lexical":
        return _lexical()
    reason = "there is no such embedder; choose auto, lexical, openai or local"
    raise EmbedderUnavailable(embedder=choice, reason=reason)


def embedder_for_space(space: SpaceSpec, settings: EmbeddingSettings) -> Embedder:
    """The embedder that makes vectors of ``space``: the one to ask questions of it with.

    Raises ``SpaceUnavailable``, which says what is missing.
    """
    if space.rotation is not None and dict(space.rotation) != ROTATION:
        reason = f"they were turned by {dict(space.rotation)}, and this version knows {ROTATION}"
        raise SpaceUnavailable(space=space.name, reason=reason)
    try:
        embedder = _of_provider(space, settings)
    except EmbeddingError as error:
        raise SpaceUnavailable(space=space.name, reason=str(error).rstrip(".")) from error
    made = embedder.space
    if (made, made.rotation is None) != (space, space.rotation is None):
        reason = f"what is installed here makes vectors of {made.name}; embed the texts anew"
        raise SpaceUnavailable(space=space.name, reason=reason)
    return embedder


def _of_provider(space: SpaceSpec, settings: EmbeddingSettings) -> Embedder:
    if space.provider == "lexical":
        return _lexical()
    if space.provider == "local":
        named = settings.local_model
        # A folder is recorded by its name alone: where the settings hold its path, take that.
        is_it = Path(named).name == space.model
        return _local(named if is_it else space.model, space.dimension)
    if space.provider in ("openai", "openai-compatible"):
        return _openai(settings, space.model, space)
    reason = f"there is no provider {space.provider!r} in this version"
    raise SpaceUnavailable(space=space.name, reason=reason)


def _lexical() -> Embedder:
    from neonhub.embedding.lexical import LexicalEmbedder

    return LexicalEmbedder()


def _local(model: str, dimension: int | None = None) -> Embedder:
    from neonhub.embedding.local import LocalEmbedder

    return LocalEmbedder(model, dimension=dimension)


def _openai(settings: EmbeddingSettings, model: str, space: SpaceSpec | None = None) -> Embedder:
    key = settings.openai_api_key
    if key is None and not settings.openai_base_url:
        reason = "set OPENAI_API_KEY, or OPENAI_BASE_URL for a server that needs no key"
        raise EmbedderUnavailable(embedder="openai", reason=reason)
    from neonhub.embedding.openai_compatible import OpenAIEmbedder

    return OpenAIEmbedder(
        model=model,
        api_key=None if key is None else key.get_secret_value(),
        base_url=settings.openai_base_url,
        timeout_s=settings.openai_timeout_s,
        dimension=None if space is None else space.dimension,
        shortened=space is not None and bool(space.metadata.get("shortened")),
    )
