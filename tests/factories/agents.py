"""Rows of the agents domain."""

from __future__ import annotations

from tests.factories.base import Factory

AGENT = Factory(
    "agents",
    {"name": "Agent {n}", "slug": "agent-{n}", "kind": "COPILOT"},
    needs=("workspace_id",),
)

AGENT_CAPABILITY = Factory(
    "agent_capabilities", {"name": "name-{n}"}, needs=("workspace_id", "agent_id")
)

AGENT_CONFIG = Factory(
    "agent_configs", {"key": "key-{n}", "value": {}}, needs=("workspace_id", "agent_id")
)

AGENT_JOB = Factory("agent_jobs", {"agent": "agent-{n}", "input": {}}, needs=("workspace_id",))

AGENT_MEMORY = Factory(
    "agent_memories",
    {"agent": "agent-{n}", "key": "key-{n}", "content": "content-{n}"},
    needs=("workspace_id",),
)

AGENT_METRICS = Factory("agent_metrics", {"date": "2026-01-31"}, needs=("workspace_id", "agent_id"))

AGENT_RUN_METRIC = Factory(
    "agent_run_metrics", {"name": "name-{n}"}, needs=("workspace_id", "agent_run_id")
)

AGENT_RUN = Factory("agent_runs", {"input": {}}, needs=("workspace_id", "agent_id"))

INFERENCE_ENDPOINT = Factory(
    "inference_endpoints", {"name": "name-{n}", "slug": "slug-{n}"}, needs=("workspace_id",)
)

MODEL_VERSION = Factory(
    "model_versions",
    {"name": "name-{n}", "provider": "provider-{n}", "version": "version-{n}"},
    needs=("workspace_id",),
)

RUN_STEP = Factory("run_steps", {"name": "name-{n}", "idx": 1}, needs=("workspace_id", "run_id"))

TOOL_EXECUTION = Factory(
    "tool_executions", {"tool_name": "tool-name-{n}"}, needs=("workspace_id", "tool_id")
)

TOOL = Factory("tools", {"name": "name-{n}", "slug": "slug-{n}"}, needs=("workspace_id",))

TRAINING_JOB = Factory("training_jobs", {"config": {}}, needs=("workspace_id", "model_version_id"))
