"""Rows of the collaboration domain."""

from __future__ import annotations

from tests.factories.base import Factory

FEEDBACK = Factory(
    "feedback",
    {"type": "type-{n}", "title": "title-{n}", "description": "description-{n}"},
    needs=("workspace_id", "user_id"),
)

TASK = Factory("tasks", {"title": "title-{n}"}, needs=("workspace_id",))
