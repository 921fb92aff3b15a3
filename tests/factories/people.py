"""Rows of the people domain."""

from __future__ import annotations

from tests.factories.base import Factory

PERSON = Factory("people", {}, needs=("workspace_id",))

EVENT = Factory(
    "events", {"channel": "channel-{n}", "type": "type-{n}"}, needs=("workspace_id", "person_id")
)

MEM_EMBEDDING = Factory(
    "mem_embeddings", {"kind": "fact", "text": "text-{n}"}, needs=("workspace_id", "person_id")
)

CONSENT = Factory(
    "person_consents", {"channel": "channel-{n}"}, needs=("workspace_id", "person_id")
)

IDENTITY = Factory(
    "person_identities",
    {"type": "type-{n}", "value": "value-{n}"},
    needs=("workspace_id", "person_id"),
)

NOTE = Factory("person_notes", {"body": "body-{n}"}, needs=("workspace_id", "person_id"))

OBJECTIVE = Factory(
    "person_objectives", {"title": "title-{n}"}, needs=("workspace_id", "person_id")
)

TOPIC = Factory("person_topics", {"name": "name-{n}"}, needs=("workspace_id", "person_id"))
