"""Rows of the seo domain."""

from __future__ import annotations

from tests.factories.base import Factory

INTERNAL_LINK = Factory(
    "internal_links",
    {"from_url": "from-url-{n}", "to_url": "to-url-{n}", "anchor_text": "anchor-text-{n}"},
    needs=("workspace_id",),
)

KEYWORD_CLUSTER = Factory("keyword_clusters", {"name": "name-{n}"}, needs=("workspace_id",))

KEYWORD_RESEARCH = Factory("keyword_research", {"keyword": "keyword-{n}"}, needs=("workspace_id",))

KEYWORD = Factory("keywords", {"term": "term-{n}", "intent": "intent-{n}"}, needs=("workspace_id",))

LINK_GRAPH = Factory(
    "link_graph",
    {"anchor_text": "anchor-text-{n}"},
    needs=("workspace_id", "source_content_id", "target_content_id"),
)

SEO_METRIC = Factory(
    "seo_metrics",
    {"url": "url-{n}", "position": 3.5, "date": "2026-01-31"},
    needs=("workspace_id",),
)
