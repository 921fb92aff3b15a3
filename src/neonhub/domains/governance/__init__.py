"""Governance: the audit log."""
