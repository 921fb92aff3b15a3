"""Tables of the agents domain."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, text
from sqlalchemy.orm import Mapped, mapped_column

from neonhub.db.base import (
    CASCADE,
    RESTRICT,
    SET_NULL,
    Model,
    Scope,
    global_ref,
    index,
    tenant_ref,
    unique,
)
from neonhub.db.mixins import Created, SoftDelete, Timestamps
from neonhub.db.types import (
    BigInt,
    Cuid,
    Date,
    Instant,
    Json,
    Money,
    embedding_bits_column,
    embedding_column,
    enum_column,
)
from neonhub.domains.agents.enums import AgentKind, AgentStatus, JobStatus, RunStatus, TrainStatus


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


class AgentCapability(Created, Model, scope=Scope.WORKSPACE):
    """Something that an agent can do."""

    __tablename__ = "agent_capabilities"
    __uniques__ = (unique("agent_id", "name"),)

    agent_id: Mapped[Cuid] = tenant_ref("agents", CASCADE)
    name: Mapped[str]
    config: Mapped[Json | None]


class AgentConfig(Timestamps, Model, scope=Scope.WORKSPACE):
    """One setting of an agent, by its key."""

    __tablename__ = "agent_configs"
    __uniques__ = (unique("agent_id", "key"),)

    agent_id: Mapped[Cuid] = tenant_ref("agents", CASCADE)
    key: Mapped[str]
    value: Mapped[Json]


class AgentRun(Model, scope=Scope.WORKSPACE):
    """One execution of an agent: what it was given, what came of it, what it cost."""

    __tablename__ = "agent_runs"
    __indexes__ = (
        index("agent_id", "started_at"),
        index("status", "started_at"),
    )
    __triggers__ = (("set_duration", "BEFORE INSERT OR UPDATE", "neonhub.set_duration"),)

    agent_id: Mapped[Cuid] = tenant_ref("agents", CASCADE)
    dataset_id: Mapped[Cuid | None] = tenant_ref("datasets", SET_NULL)
    status: Mapped[RunStatus] = enum_column(RunStatus, "pending")
    objective: Mapped[str | None]
    input: Mapped[Json]
    output: Mapped[Json | None]
    metrics: Mapped[Json | None]
    meta: Mapped[Json | None]
    input_hash: Mapped[str | None]
    error_message: Mapped[str | None]
    started_at: Mapped[Instant] = mapped_column(server_default=func.now())
    completed_at: Mapped[Instant | None]
    duration_ms: Mapped[int | None]
    total_tokens: Mapped[int] = mapped_column(server_default=text("0"))
    total_cost: Mapped[Money] = mapped_column(server_default=text("0"))
    trace_id: Mapped[str | None]


class AgentRunMetric(Model, scope=Scope.WORKSPACE):
    """A figure measured during a run."""

    __tablename__ = "agent_run_metrics"
    __indexes__ = (index("agent_run_id", "name"),)

    agent_run_id: Mapped[Cuid] = tenant_ref("agent_runs", CASCADE)
    name: Mapped[str]
    value: Mapped[float | None]
    metadata_: Mapped[Json | None] = mapped_column("metadata")
    recorded_at: Mapped[Instant] = mapped_column(server_default=func.now())


class RunStep(Model, scope=Scope.WORKSPACE):
    """A step of a run; steps may hold steps."""

    __tablename__ = "run_steps"
    __indexes__ = (
        index("run_id", "name"),
        index("run_id", "status"),
    )
    __triggers__ = (("set_duration", "BEFORE INSERT OR UPDATE", "neonhub.set_duration"),)

    run_id: Mapped[Cuid] = tenant_ref("agent_runs", CASCADE)
    name: Mapped[str]
    status: Mapped[RunStatus] = enum_column(RunStatus, "pending")
    payload: Mapped[Json | None]
    result: Mapped[Json | None]
    error: Mapped[str | None]
    started_at: Mapped[Instant | None] = mapped_column(server_default=func.now())
    completed_at: Mapped[Instant | None]
    duration_ms: Mapped[int | None]
    parent_step_id: Mapped[Cuid | None] = tenant_ref("run_steps", CASCADE)
    kind: Mapped[str] = mapped_column(server_default=text("'step'::text"))
    idx: Mapped[int]


class AgentJob(Timestamps, Model, scope=Scope.WORKSPACE):
    """A place in the durable queue of work for agents, claimed with ``SKIP LOCKED``."""

    __tablename__ = "agent_jobs"
    __indexes__ = (
        index("agent"),
        index("status"),
        index("created_at"),
    )

    agent: Mapped[str]
    input: Mapped[Json]
    output: Mapped[Json | None]
    status: Mapped[JobStatus] = enum_column(JobStatus, "queued")
    error: Mapped[str | None]
    metrics: Mapped[Json | None]
    created_by_id: Mapped[Cuid | None] = global_ref("users", SET_NULL)
    agent_id: Mapped[Cuid | None] = tenant_ref("agents", SET_NULL)
    run_after: Mapped[Instant] = mapped_column(server_default=func.now())
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    max_attempts: Mapped[int] = mapped_column(server_default=text("5"))
    locked_by: Mapped[str | None]
    locked_at: Mapped[Instant | None]
    priority: Mapped[int] = mapped_column(server_default=text("0"))


class AgentMemory(Timestamps, Model, scope=Scope.WORKSPACE):
    """What an agent keeps under a key, with its vector."""

    __tablename__ = "agent_memories"
    __uniques__ = (unique("agent", "key"),)
    __indexes__ = (
        index(
            "embedding_space_id",
            "agent_id",
            name="agent_memories_embedding_idx",
            include=("id", "embedding_bits"),
        ),
    )

    agent_id: Mapped[Cuid | None] = tenant_ref("agents", CASCADE)
    agent: Mapped[str]
    key: Mapped[str]
    content: Mapped[str]
    metadata_: Mapped[Json | None] = mapped_column("metadata")
    embedding_space_id: Mapped[Cuid | None] = tenant_ref("embedding_spaces", RESTRICT)
    embedding: Mapped[Any] = embedding_column()
    embedding_bits: Mapped[Any] = embedding_bits_column()
    expires_at: Mapped[Instant | None]


class Tool(Timestamps, Model, scope=Scope.WORKSPACE):
    """Something that agents call, with the JSON Schemas of what goes in and comes out."""

    __tablename__ = "tools"
    __uniques__ = (unique("slug"),)

    name: Mapped[str]
    slug: Mapped[str]
    description: Mapped[str | None]
    input_schema: Mapped[Json | None]
    output_schema: Mapped[Json | None]
    agent_id: Mapped[Cuid | None] = tenant_ref("agents", SET_NULL)
    version: Mapped[str | None]


class ToolExecution(Model, scope=Scope.WORKSPACE):
    """One call of a tool."""

    __tablename__ = "tool_executions"
    __indexes__ = (
        index("agent_run_id", "started_at"),
        index("tool_id", "started_at"),
    )
    __triggers__ = (("set_duration", "BEFORE INSERT OR UPDATE", "neonhub.set_duration"),)

    tool_id: Mapped[Cuid] = tenant_ref("tools", CASCADE)
    agent_run_id: Mapped[Cuid | None] = tenant_ref("agent_runs", CASCADE)
    status: Mapped[RunStatus] = enum_column(RunStatus, "pending")
    input: Mapped[Json | None]
    output: Mapped[Json | None]
    started_at: Mapped[Instant] = mapped_column(server_default=func.now())
    completed_at: Mapped[Instant | None]
    metadata_: Mapped[Json | None] = mapped_column("metadata")
    tool_name: Mapped[str]
    error_message: Mapped[str | None]
    duration_ms: Mapped[int | None]


class AgentMetrics(Timestamps, Model, scope=Scope.WORKSPACE):
    """A day of an agent's runs, rolled up."""

    __tablename__ = "agent_metrics"
    __uniques__ = (unique("agent_id", "date"),)

    agent_id: Mapped[Cuid] = tenant_ref("agents", CASCADE)
    date: Mapped[Date]
    total_runs: Mapped[int] = mapped_column(server_default=text("0"))
    successful_runs: Mapped[int] = mapped_column(server_default=text("0"))
    failed_runs: Mapped[int] = mapped_column(server_default=text("0"))
    avg_duration: Mapped[float | None]
    p95_duration: Mapped[float | None]
    total_tokens: Mapped[BigInt] = mapped_column(server_default=text("0"))
    total_cost: Mapped[Money] = mapped_column(server_default=text("0"))


class ModelVersion(Created, Model, scope=Scope.WORKSPACE):
    """A version of a model."""

    __tablename__ = "model_versions"
    __uniques__ = (unique("name", "version"),)

    name: Mapped[str]
    provider: Mapped[str]
    version: Mapped[str]
    metadata_: Mapped[Json | None] = mapped_column("metadata")


class TrainingJob(Model, scope=Scope.WORKSPACE):
    """The training of a model's version."""

    __tablename__ = "training_jobs"

    model_version_id: Mapped[Cuid] = tenant_ref("model_versions", CASCADE)
    status: Mapped[TrainStatus] = enum_column(TrainStatus, "queued")
    config: Mapped[Json]
    metrics: Mapped[Json | None]
    started_at: Mapped[Instant] = mapped_column(server_default=func.now())
    completed_at: Mapped[Instant | None]


class InferenceEndpoint(Created, Model, scope=Scope.WORKSPACE):
    """Where a model is asked."""

    __tablename__ = "inference_endpoints"
    __uniques__ = (unique("slug"),)

    model_version_id: Mapped[Cuid | None] = tenant_ref("model_versions", SET_NULL)
    name: Mapped[str]
    slug: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=text("'draft'::text"))
    config: Mapped[Json | None]
