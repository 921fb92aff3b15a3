"""Tables of the collaboration domain."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from neonhub.db.base import (
    CASCADE,
    SET_NULL,
    Model,
    Scope,
    global_ref,
    index,
)
from neonhub.db.mixins import Timestamps
from neonhub.db.types import (
    Cuid,
    Instant,
    Json,
    TextArray,
)


class Task(Timestamps, Model, scope=Scope.WORKSPACE):
    """Something to do."""

    __tablename__ = "tasks"
    __indexes__ = (
        index("created_by_id", "status"),
        index("assignee_id", "status"),
        index("due_date"),
    )

    title: Mapped[str]
    description: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default=text("'todo'::text"))
    priority: Mapped[str] = mapped_column(server_default=text("'medium'::text"))
    created_by_id: Mapped[Cuid | None] = global_ref("users", SET_NULL)
    assignee_id: Mapped[Cuid | None] = global_ref("users", SET_NULL)
    due_date: Mapped[Instant | None]
    completed_at: Mapped[Instant | None]
    tags: Mapped[TextArray]
    metadata_: Mapped[Json | None] = mapped_column("metadata")


class Feedback(Timestamps, Model, scope=Scope.WORKSPACE):
    """What a user has to say."""

    __tablename__ = "feedback"
    __indexes__ = (
        index("user_id", "status"),
        index("type", "status"),
        index("created_at"),
    )

    type: Mapped[str]
    category: Mapped[str | None]
    title: Mapped[str]
    description: Mapped[str]
    rating: Mapped[int | None]
    status: Mapped[str] = mapped_column(server_default=text("'open'::text"))
    user_id: Mapped[Cuid] = global_ref("users", CASCADE)
    metadata_: Mapped[Json | None] = mapped_column("metadata")
    response: Mapped[str | None]
    resolved_at: Mapped[Instant | None]
