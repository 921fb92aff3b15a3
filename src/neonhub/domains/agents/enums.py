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


class RunStatus(enum.StrEnum):
    """Where a run, a step or a call of a tool stands."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobStatus(enum.StrEnum):
    """Where a job of the queue stands."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class TrainStatus(enum.StrEnum):
    """Where a training stands."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
