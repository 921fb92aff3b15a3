"""Tables of the budget domain."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Identity, func, text
from sqlalchemy.orm import Mapped, mapped_column

from neonhub.db.base import (
    CASCADE,
    RESTRICT,
    SET_NULL,
    Model,
    Scope,
    currency_check,
    global_ref,
    index,
    tenant_ref,
    unique,
)
from neonhub.db.mixins import Created, Timestamps
from neonhub.db.policies import Access
from neonhub.db.types import (
    BigInt,
    Cuid,
    Date,
    Instant,
    Json,
    Money,
    enum_column,
)
from neonhub.domains.budget.enums import (
    BudgetAllocationStatus,
    BudgetTransactionType,
    LedgerEntryType,
)


class Budget(Timestamps, Model, scope=Scope.WORKSPACE):
    """An amount for a period."""

    __tablename__ = "budgets"
    __table_args__ = (currency_check(),)
    __uniques__ = (unique("name", "period_start"),)

    name: Mapped[str]
    period_start: Mapped[Date]
    period_end: Mapped[Date]
    amount: Mapped[Money]
    currency: Mapped[str] = mapped_column(server_default=text("'usd'::text"))
    status: Mapped[str] = mapped_column(server_default=text("'active'::text"))
    budget_profile_id: Mapped[Cuid | None] = tenant_ref("budget_profiles", SET_NULL)


class BudgetProfile(Timestamps, Model, scope=Scope.WORKSPACE):
    """A purse: what there is, what is held, what is spent. It never overspends."""

    __tablename__ = "budget_profiles"
    __table_args__ = (
        currency_check(),
        CheckConstraint("reserved + spent <= total_budget", name="within_total"),
    )
    __uniques__ = (
        unique("slug"),
        unique("name"),
    )
    __indexes__ = (index("brand_id"),)

    brand_id: Mapped[Cuid | None] = tenant_ref("brands", SET_NULL)
    name: Mapped[str]
    currency: Mapped[str] = mapped_column(server_default=text("'usd'::text"))
    total_budget: Mapped[Money | None]
    reserved: Mapped[Money] = mapped_column(server_default=text("0"))
    spent: Mapped[Money] = mapped_column(server_default=text("0"))
    constraints: Mapped[Json | None]
    settings: Mapped[Json | None]
    slug: Mapped[str]


class BudgetAllocation(Timestamps, Model, scope=Scope.WORKSPACE):
    """A part of a purse, for a channel, a campaign or an objective."""

    __tablename__ = "budget_allocations"
    __table_args__ = (currency_check(),)
    __indexes__ = (
        index("status"),
        index("budget_profile_id"),
        index("campaign_id"),
    )

    budget_profile_id: Mapped[Cuid] = tenant_ref("budget_profiles", CASCADE)
    campaign_id: Mapped[Cuid | None] = tenant_ref("marketing_campaigns", SET_NULL)
    objective_id: Mapped[Cuid | None] = tenant_ref("person_objectives", SET_NULL)
    channel: Mapped[str]
    amount: Mapped[Money]
    currency: Mapped[str] = mapped_column(server_default=text("'usd'::text"))
    window_start: Mapped[Instant | None]
    window_end: Mapped[Instant | None]
    status: Mapped[BudgetAllocationStatus] = enum_column(BudgetAllocationStatus, "planned")
    metadata_: Mapped[Json | None] = mapped_column("metadata")


class BudgetLedger(Model, scope=Scope.WORKSPACE, access=Access(append_only=True)):
    """Every movement of a purse; only ever added to."""

    __tablename__ = "budget_ledger"
    __table_args__ = (currency_check(),)
    __indexes__ = (
        index("occurred_at"),
        index("budget_profile_id"),
        index("allocation_id"),
    )

    budget_profile_id: Mapped[Cuid] = tenant_ref("budget_profiles", RESTRICT)
    allocation_id: Mapped[Cuid | None] = tenant_ref("budget_allocations", RESTRICT)
    campaign_id: Mapped[Cuid | None] = tenant_ref("marketing_campaigns", RESTRICT)
    person_id: Mapped[Cuid | None] = tenant_ref("people", SET_NULL)
    entry_type: Mapped[LedgerEntryType] = enum_column(LedgerEntryType)
    amount: Mapped[Money]
    currency: Mapped[str] = mapped_column(server_default=text("'usd'::text"))
    occurred_at: Mapped[Instant] = mapped_column(server_default=func.now())
    metadata_: Mapped[Json | None] = mapped_column("metadata")
    idempotency_key: Mapped[str | None]
    seq: Mapped[BigInt] = mapped_column(Identity(always=True))


class BudgetTransaction(Created, Model, scope=Scope.WORKSPACE, access=Access(append_only=True)):
    """Every movement of a campaign's balance; only ever added to."""

    __tablename__ = "budget_transactions"
    __table_args__ = (currency_check(),)
    __indexes__ = (
        index("campaign_id"),
        index("type"),
        index("created_at"),
    )

    campaign_id: Mapped[Cuid] = tenant_ref("campaigns", RESTRICT)
    type: Mapped[BudgetTransactionType] = enum_column(BudgetTransactionType)
    amount: Mapped[Money]
    currency: Mapped[str] = mapped_column(server_default=text("'usd'::text"))
    channel: Mapped[str | None]
    description: Mapped[str | None]
    metadata_: Mapped[Json | None] = mapped_column("metadata")
    balance_before: Mapped[Money]
    balance_after: Mapped[Money]
    created_by_id: Mapped[Cuid | None] = global_ref("users", SET_NULL)
    idempotency_key: Mapped[str | None]
