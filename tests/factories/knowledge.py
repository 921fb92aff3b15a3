"""Rows of the knowledge domain."""

from __future__ import annotations

from tests.factories.base import Factory

DATASET = Factory(
    "datasets",
    {"name": "Dataset {n}", "slug": "dataset-{n}", "kind": "documents"},
    needs=("workspace_id",),
)
DOCUMENT = Factory(
    "documents", {"title": "Document {n}", "content": "Text {n}."}, needs=("workspace_id",)
)
DOCUMENT_VERSION = Factory(
    "document_versions",
    {"version": 1, "content": "Text {n}.", "content_hash": "hash-{n}"},
    needs=("workspace_id", "document_id"),
)
CHUNK = Factory(
    "chunks",
    {"idx": 0, "text": "Text {n}.", "content_hash": "hash-{n}"},
    needs=("workspace_id", "dataset_id", "document_id", "embedding_space_id"),
)
CONVERSATION = Factory("conversations", {}, needs=("workspace_id",))
MESSAGE = Factory(
    "messages",
    {"role": "user", "content_json": {"text": "hello"}},
    needs=("workspace_id", "conversation_id"),
)
