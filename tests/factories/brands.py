"""Rows of the brands domain."""

from __future__ import annotations

from tests.factories.base import Factory

EMBEDDING_SPACE = Factory(
    "embedding_spaces",
    {"name": "space-{n}", "provider": "neonhub", "model": "lexical", "dimension": 1536},
    needs=("workspace_id",),
)
