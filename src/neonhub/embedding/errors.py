"""What can go wrong between a text and its vector."""

from __future__ import annotations

from neonhub.db.errors import NeonHubError

__all__ = [
    "EmbedderUnavailable",
    "EmbeddingError",
    "EmbeddingFailed",
    "EmbeddingTooLarge",
    "InvalidVector",
    "SpaceUnavailable",
    "SpaceUnknown",
]


class EmbeddingError(NeonHubError):
    """Text could not be turned into vectors."""


class EmbedderUnavailable(EmbeddingError):
    """The {embedder} embedder cannot be used: {reason}."""

    http_status = 503
    exit_code = 78


class EmbeddingFailed(EmbeddingError):
    """The model {model} of {provider} made no vectors: {reason}."""

    http_status = 502
    exit_code = 69

    @property
    def status(self) -> int | None:
        """The HTTP status of the provider's answer, where there was one."""
        return self.details.get("status")

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed later."""
        return bool(self.details.get("retryable"))


class EmbeddingTooLarge(EmbeddingError):
    """The model {model} of {provider} makes vectors of {dimension} dimensions and cannot shorten
    them; at most {limit} can be stored. Choose a smaller model."""

    http_status = 422
    exit_code = 78


class InvalidVector(EmbeddingError):
    """The vector of row {row} cannot be stored: {reason}."""

    http_status = 422


class SpaceUnavailable(EmbeddingError):
    """Vectors of the space {space} cannot be made here: {reason}."""

    http_status = 503
    exit_code = 78


class SpaceUnknown(EmbeddingError):
    """The dimension of {model} is known only to the model itself: await prepare() first."""
