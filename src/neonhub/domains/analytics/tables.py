"""Tables of the analytics domain."""

from __future__ import annotations

from sqlalchemy import func, text
from sqlalchemy.orm import Mapped, mapped_column

from neonhub.db.base import (
    Model,
    Scope,
    index,
    unique,
)
from neonhub.db.mixins import Timestamps
from neonhub.db.types import (
    BigInt,
    Instant,
    Json,
    enum_column,
)
from neonhub.domains.analytics.enums import Granularity


class MetricEvent(Model, scope=Scope.WORKSPACE, key=("workspace_id", "id", "timestamp")):
    """Something that happened, as it came in; kept by month."""

    __tablename__ = "metric_events"
    __table_args__ = ({"postgresql_partition_by": "RANGE (timestamp)"},)
    __indexes__ = (
        index("kind", "timestamp"),
        index("metadata", using="gin", ops={"metadata": "jsonb_path_ops"}, led_by_tenant=False),
    )

    kind: Mapped[str]
    metadata_: Mapped[Json] = mapped_column("metadata")
    timestamp: Mapped[Instant] = mapped_column(server_default=func.now())


class AnalyticsSummary(Timestamps, Model, scope=Scope.WORKSPACE):
    """Metric events rolled up over an hour, a day, a week or a month."""

    __tablename__ = "analytics_summaries"
    __uniques__ = (
        unique(
            "kind",
            "granularity",
            "period_start",
            "dimensions",
            name="ux_analytics_summaries__kind__period__dimensions",
        ),
    )

    kind: Mapped[str]
    granularity: Mapped[Granularity] = enum_column(Granularity)
    period_start: Mapped[Instant]
    count: Mapped[BigInt] = mapped_column(server_default=text("0"))
    value_sum: Mapped[float] = mapped_column(server_default=text("0"))
    dimensions: Mapped[Json] = mapped_column(server_default=text("'{}'::jsonb"))
