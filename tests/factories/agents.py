"""Rows of the agents domain."""

from __future__ import annotations

from tests.factories.base import Factory

AGENT = Factory(
    "agents",
    {"name": "Agent {n}", "slug": "agent-{n}", "kind": "COPILOT"},
    needs=("workspace_id",),
)
