"""Tables of the agents domain."""

from __future__ import annotations

from sqlalchemy.orm import Mapped

from neonhub.db.base import Model, Scope, unique
from neonhub.db.mixins import SoftDelete, Timestamps
from neonhub.db.types import Json, enum_column
from neonhub.domains.agents.enums import AgentKind, AgentStatus


class Agent(Timestamps, SoftDelete, Model, scope=Scope.WORKSPACE):
    """An agent's definition."""

    __tablename__ = "agents"
    __uniques__ = (unique("slug"),)

    name: Mapped[str]
    slug: Mapped[str]
    kind: Mapped[AgentKind] = enum_column(AgentKind)
    status: Mapped[AgentStatus] = enum_column(AgentStatus, "ACTIVE")
    description: Mapped[str | None]
    version: Mapped[str | None]
    config: Mapped[Json | None]
    prompt: Mapped[str | None]
