"""Enumerations of the agents domain, native in the database under the same names."""

from __future__ import annotations

import enum


class AgentKind(enum.StrEnum):
    """What an agent is for."""

    COPILOT = "COPILOT"
    WORKFLOW = "WORKFLOW"
    ANALYST = "ANALYST"


class AgentStatus(enum.StrEnum):
    """Whether an agent works."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    DISABLED = "DISABLED"
