"""Rows of the brands domain."""

from __future__ import annotations

from tests.factories.base import Factory

EMBEDDING_SPACE = Factory(
    "embedding_spaces",
    {"name": "space-{n}", "provider": "neonhub", "model": "lexical", "dimension": 1536},
    needs=("workspace_id",),
)

BRAND_ASSET = Factory(
    "brand_assets", {"kind": "kind-{n}", "name": "name-{n}"}, needs=("workspace_id", "brand_id")
)

BRAND_VOICE_EMBEDDING = Factory(
    "brand_voice_embeddings",
    {"idx": 1, "chunk": "chunk-{n}", "content_hash": "content-hash-{n}"},
    needs=("workspace_id", "guide_id", "embedding_space_id"),
)

BRAND_VOICE_GUIDE = Factory(
    "brand_voice_guides", {"name": "name-{n}", "content": "content-{n}"}, needs=("workspace_id",)
)

BRAND_VOICE = Factory(
    "brand_voices",
    {"prompt_template": "prompt-template-{n}", "style_rules_json": {}},
    needs=("workspace_id", "brand_id", "embedding_space_id"),
)

BRAND = Factory("brands", {"name": "name-{n}", "slug": "slug-{n}"}, needs=("workspace_id",))
