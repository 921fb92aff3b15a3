"""Enumerations of the governance domain, native in the database under the same names."""

from __future__ import annotations

import enum


class ActorType(enum.StrEnum):
    """Who acted."""

    USER = "user"
    AGENT = "agent"
    API_KEY = "api_key"
    SYSTEM = "system"
