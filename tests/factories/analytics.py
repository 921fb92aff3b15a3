"""Rows of the analytics domain."""

from __future__ import annotations

from tests.factories.base import Factory

ANALYTICS_SUMMARY = Factory(
    "analytics_summaries",
    {"kind": "kind-{n}", "granularity": "hour", "period_start": "2026-01-31T12:00:00+00:00"},
    needs=("workspace_id",),
)

METRIC_EVENT = Factory(
    "metric_events", {"kind": "kind-{n}", "metadata": {}}, needs=("workspace_id",)
)
