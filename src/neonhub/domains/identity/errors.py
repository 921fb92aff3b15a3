"""Failures of the identity domain."""

from __future__ import annotations

from neonhub.db.errors import DuplicateKey, NeonHubError

__all__ = ["AccountTaken", "EmailTaken", "SignInRequired"]


class SignInRequired(NeonHubError):
    """This belongs to one user, and no user is set."""

    http_status = 401
    exit_code = 77


class EmailTaken(DuplicateKey):
    """There is a user with this e-mail address already."""


class AccountTaken(DuplicateKey):
    """This account of {provider} belongs to a user already."""
