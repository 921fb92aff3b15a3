"""Failures of the agents domain."""

from __future__ import annotations

from neonhub.db.errors import DuplicateKey

__all__ = ["AgentExists"]


class AgentExists(DuplicateKey):
    """An agent with the slug {slug!r} exists already."""
