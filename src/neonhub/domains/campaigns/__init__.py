"""Campaigns: what is sent and when, how it performed, leads and their touchpoints."""
