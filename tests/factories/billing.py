"""Rows of the billing domain."""

from __future__ import annotations

from tests.factories.base import Factory

INVOICE = Factory(
    "invoices",
    {"stripe_invoice_id": "stripe-invoice-id-{n}", "amount_due": 1, "status": "status-{n}"},
    needs=("organization_id", "subscription_id"),
)

PAYMENT = Factory(
    "payments",
    {
        "stripe_payment_intent_id": "stripe-payment-intent-id-{n}",
        "status": "status-{n}",
        "amount": 1,
    },
    needs=("workspace_id",),
)

PAYOUT = Factory(
    "payouts",
    {"partner_id": "partner-id-{n}", "status": "status-{n}", "amount": 1},
    needs=("workspace_id",),
)

SUBSCRIPTION = Factory(
    "subscriptions",
    {
        "stripe_customer_id": "stripe-customer-id-{n}",
        "stripe_subscription_id": "stripe-subscription-id-{n}",
        "stripe_price_id": "stripe-price-id-{n}",
        "stripe_product_id": "stripe-product-id-{n}",
        "plan": "plan-{n}",
        "status": "status-{n}",
        "current_period_start": "2026-01-31T12:00:00+00:00",
        "current_period_end": "2026-01-31T12:00:00+00:00",
    },
    needs=("organization_id",),
)

USAGE_RECORD = Factory(
    "usage_records",
    {"resource_type": "resource-type-{n}"},
    needs=("organization_id", "subscription_id"),
)
