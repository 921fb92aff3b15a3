"""Rows of the governance domain."""

from __future__ import annotations

from tests.factories.base import Factory

AUDIT_LOG = Factory(
    "audit_logs", {"action": "action-{n}", "seq": 1, "hash": b"\x01"}, needs=("organization_id",)
)
