"""Rows of the content domain."""

from __future__ import annotations

from tests.factories.base import Factory

CONTENT = Factory("content", {"kind": "article"}, needs=("workspace_id",))

CONTENT_ANALYSIS = Factory(
    "content_analyses",
    {"version": 1, "kind": "readability", "findings": {}},
    needs=("workspace_id", "draft_id"),
)

CONTENT_DRAFT = Factory(
    "content_drafts", {"title": "title-{n}", "body": "body-{n}"}, needs=("workspace_id",)
)

CONTENT_VERSION = Factory(
    "content_versions", {"version": "{n}", "body": "body-{n}"}, needs=("workspace_id", "draft_id")
)

EDITORIAL_CALENDAR = Factory(
    "editorial_calendar",
    {"title": "title-{n}", "publish_at": "2026-01-31T12:00:00+00:00"},
    needs=("workspace_id",),
)

PERSONA = Factory("personas", {"name": "name-{n}"}, needs=("workspace_id",))

SNIPPET_LIBRARY = Factory(
    "snippet_library",
    {"channel": "channel-{n}", "name": "name-{n}", "content": "content-{n}"},
    needs=("workspace_id",),
)
