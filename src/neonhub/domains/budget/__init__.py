"""Budgets: profiles, allocations, and the ledgers that are only added to."""
