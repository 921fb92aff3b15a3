"""Enumerations of the budget domain, native in the database under the same names."""

from __future__ import annotations

import enum


class BudgetAllocationStatus(enum.StrEnum):
    """Where an allocation stands."""

    PLANNED = "planned"
    APPROVED = "approved"
    EXECUTING = "executing"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class LedgerEntryType(enum.StrEnum):
    """What a ledger's entry did."""

    ALLOCATE = "allocate"
    RESERVE = "reserve"
    RELEASE = "release"
    SPEND = "spend"
    REFUND = "refund"
    ADJUSTMENT = "adjustment"


class BudgetTransactionType(enum.StrEnum):
    """What a transaction did."""

    ALLOCATE = "allocate"
    SPEND = "spend"
    RESERVE = "reserve"
    REFUND = "refund"
    ADJUSTMENT = "adjustment"
