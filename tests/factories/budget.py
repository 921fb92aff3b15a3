"""Rows of the budget domain."""

from __future__ import annotations

from tests.factories.base import Factory

BUDGET_ALLOCATION = Factory(
    "budget_allocations",
    {"channel": "channel-{n}", "amount": 1},
    needs=("workspace_id", "budget_profile_id"),
)

BUDGET_LEDGER = Factory(
    "budget_ledger",
    {"entry_type": "allocate", "amount": 1},
    needs=("workspace_id", "budget_profile_id"),
)

BUDGET_PROFILE = Factory(
    "budget_profiles", {"name": "name-{n}", "slug": "slug-{n}"}, needs=("workspace_id",)
)

BUDGET_TRANSACTION = Factory(
    "budget_transactions",
    {"type": "allocate", "amount": 1, "balance_before": 1, "balance_after": 1},
    needs=("workspace_id", "campaign_id"),
)

BUDGET = Factory(
    "budgets",
    {"name": "name-{n}", "period_start": "2026-01-31", "period_end": "2026-01-31", "amount": 1},
    needs=("workspace_id",),
)
