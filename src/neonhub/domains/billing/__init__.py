"""Billing: subscriptions, invoices, usage, payments and payouts."""
