"""Tables of the billing domain."""

from __future__ import annotations

from sqlalchemy import func, text
from sqlalchemy.orm import Mapped, mapped_column

from neonhub.db.base import (
    CASCADE,
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
from neonhub.db.types import (
    Cuid,
    Instant,
    Json,
    Money,
)


class Subscription(Timestamps, Model, scope=Scope.ORGANIZATION):
    """What an organization pays for, and how much of it is used."""

    __tablename__ = "subscriptions"
    __uniques__ = (
        unique("organization_id"),
        unique("stripe_customer_id"),
        unique("stripe_subscription_id"),
        unique("organization_id", "id"),
    )

    user_id: Mapped[Cuid | None] = global_ref("users", SET_NULL)
    stripe_customer_id: Mapped[str]
    stripe_subscription_id: Mapped[str]
    stripe_price_id: Mapped[str]
    stripe_product_id: Mapped[str]
    plan: Mapped[str]
    status: Mapped[str]
    current_period_start: Mapped[Instant]
    current_period_end: Mapped[Instant]
    cancel_at_period_end: Mapped[bool] = mapped_column(server_default=text("false"))
    canceled_at: Mapped[Instant | None]
    campaigns_used: Mapped[int] = mapped_column(server_default=text("0"))
    emails_sent: Mapped[int] = mapped_column(server_default=text("0"))
    social_posts: Mapped[int] = mapped_column(server_default=text("0"))
    agent_calls: Mapped[int] = mapped_column(server_default=text("0"))
    campaign_limit: Mapped[int] = mapped_column(server_default=text("5"))
    email_limit: Mapped[int] = mapped_column(server_default=text("1000"))
    social_limit: Mapped[int] = mapped_column(server_default=text("100"))
    agent_call_limit: Mapped[int] = mapped_column(server_default=text("100"))
    trial_ends_at: Mapped[Instant | None]
    metadata_: Mapped[Json | None] = mapped_column("metadata")


class Invoice(Timestamps, Model, scope=Scope.ORGANIZATION):
    """A bill. Amounts are in the currency's smallest unit, as the payment provider has them."""

    __tablename__ = "invoices"
    __table_args__ = (currency_check(),)
    __uniques__ = (unique("stripe_invoice_id"),)
    __indexes__ = (index("subscription_id", "status"),)

    subscription_id: Mapped[Cuid] = tenant_ref("subscriptions", CASCADE)
    stripe_invoice_id: Mapped[str]
    stripe_payment_intent_id: Mapped[str | None]
    amount_due: Mapped[int]
    amount_paid: Mapped[int] = mapped_column(server_default=text("0"))
    currency: Mapped[str] = mapped_column(server_default=text("'usd'::text"))
    status: Mapped[str]
    invoice_pdf: Mapped[str | None]
    hosted_invoice_url: Mapped[str | None]
    due_date: Mapped[Instant | None]
    paid_at: Mapped[Instant | None]
    metadata_: Mapped[Json | None] = mapped_column("metadata")


class UsageRecord(Model, scope=Scope.ORGANIZATION):
    """A use of something that is counted."""

    __tablename__ = "usage_records"
    __indexes__ = (index("subscription_id", "resource_type", "timestamp"),)

    subscription_id: Mapped[Cuid] = tenant_ref("subscriptions", CASCADE)
    resource_type: Mapped[str]
    resource_id: Mapped[str | None]
    quantity: Mapped[int] = mapped_column(server_default=text("1"))
    cost: Mapped[int | None]
    timestamp: Mapped[Instant] = mapped_column(server_default=func.now())
    metadata_: Mapped[Json | None] = mapped_column("metadata")


class Payment(Timestamps, Model, scope=Scope.WORKSPACE):
    """Money that came in."""

    __tablename__ = "payments"
    __table_args__ = (currency_check(),)
    __uniques__ = (unique("stripe_payment_intent_id"),)
    __indexes__ = (index("status"),)

    budget_profile_id: Mapped[Cuid | None] = tenant_ref("budget_profiles", SET_NULL)
    stripe_payment_intent_id: Mapped[str]
    status: Mapped[str]
    amount: Mapped[Money]
    currency: Mapped[str] = mapped_column(server_default=text("'usd'::text"))
    customer_id: Mapped[str | None]
    metadata_: Mapped[Json | None] = mapped_column("metadata")


class Payout(Created, Model, scope=Scope.WORKSPACE):
    """Money that went out to a partner."""

    __tablename__ = "payouts"
    __table_args__ = (currency_check(),)
    __indexes__ = (index("status"),)

    budget_profile_id: Mapped[Cuid | None] = tenant_ref("budget_profiles", SET_NULL)
    partner_id: Mapped[str]
    stripe_transfer_id: Mapped[str | None]
    status: Mapped[str]
    amount: Mapped[Money]
    currency: Mapped[str] = mapped_column(server_default=text("'usd'::text"))
    metadata_: Mapped[Json | None] = mapped_column("metadata")
    processed_at: Mapped[Instant | None]
