"""Rows of the campaigns domain."""

from __future__ import annotations

from tests.factories.base import Factory

ABTEST = Factory(
    "ab_tests",
    {"name": "name-{n}", "variants": {}, "metrics": {}},
    needs=("workspace_id", "campaign_id"),
)

CAMPAIGN_METRIC = Factory(
    "campaign_metrics", {"kind": "kind-{n}"}, needs=("workspace_id", "campaign_id")
)

CAMPAIGN = Factory("campaigns", {"name": "name-{n}", "type": "type-{n}"}, needs=("workspace_id",))

EMAIL_SEQUENCE = Factory(
    "email_sequences",
    {"subject": "subject-{n}", "body": "body-{n}"},
    needs=("workspace_id", "campaign_id"),
)

MARKETING_CAMPAIGN_PERFORMANCE = Factory(
    "marketing_campaign_performance", {"date": "2026-01-31"}, needs=("workspace_id", "campaign_id")
)

MARKETING_CAMPAIGN = Factory(
    "marketing_campaigns", {"name": "name-{n}", "type": "email"}, needs=("workspace_id",)
)

MARKETING_LEAD = Factory(
    "marketing_leads", {"email": "lead-{n}@example.com"}, needs=("workspace_id",)
)

MARKETING_METRIC = Factory("marketing_metrics", {"date": "2026-01-31"}, needs=("workspace_id",))

MARKETING_TOUCHPOINT = Factory(
    "marketing_touchpoints",
    {"type": "page_view", "channel": "channel-{n}"},
    needs=("workspace_id", "lead_id"),
)

SOCIAL_POST = Factory(
    "social_posts",
    {"platform": "platform-{n}", "content": "content-{n}"},
    needs=("workspace_id", "campaign_id"),
)
