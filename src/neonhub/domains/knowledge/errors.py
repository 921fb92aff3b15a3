"""Failures of the knowledge domain."""

from __future__ import annotations

from neonhub.db.errors import InvalidInput, NeonHubError

__all__ = [
    "DatasetExists",
    "DatasetGone",
    "DatasetMoved",
    "EmptyQuery",
    "NothingToIngest",
    "SpaceMismatch",
]


class DatasetExists(NeonHubError):
    """There is a dataset {slug!r} already."""

    http_status = 409


class DatasetGone(NeonHubError):
    """The dataset {dataset!r} was deleted while files went into it: the last of them did not."""

    http_status = 409


class DatasetMoved(NeonHubError):
    """The dataset {dataset!r} moved to another embedding space while files went into it."""

    hint = "Run it again: it goes on where it stopped, in the new space."
    http_status = 409
    exit_code = 75


class EmptyQuery(InvalidInput):
    """The question is empty."""


class NothingToIngest(NeonHubError):
    """There is no file to read in {paths}."""

    http_status = 422
    exit_code = 66


class SpaceMismatch(NeonHubError):
    """The dataset {dataset!r} holds vectors of {theirs}, which cannot be mixed with {ours}."""

    http_status = 409
