"""Failures of the brands domain."""

from __future__ import annotations

from neonhub.db.errors import DuplicateKey, NeonHubError

__all__ = ["GuideExists", "VoiceInOtherSpace"]


class GuideExists(DuplicateKey):
    """A voice guide of the name {name!r} exists already."""


class VoiceInOtherSpace(NeonHubError):
    """The passages are embedded in {theirs}, and the question in {ours}: the two cannot be
    compared."""

    http_status = 409
    hint = "Embed the guides again with embed_guide, or set the embedder that they were made with."
